"""Checks everything a store holds: each document's MAC, each envelope, each row's place, each chain of the trail.

Values are opened and dropped, one at a time. The work is done in many short transactions, so that a server on the
same store goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from vault.domain.errors import DecryptionFailed, IntegrityFailure, VaultError
from vault.domain.fault import Fault
from vault.domain.iam.kinds import KINDS
from vault.domain.secret import Secret
from vault.domain.versions import SecretVersion
from vault.services.alarm_verification import alarm_faults
from vault.services.function_verification import function_faults
from vault.services.keyring import Keyring
from vault.storage.secrets import REMOVED
from vault.storage.store import Store, UnitOfWork
from vault.storage.trail import ChainWalk

_PAGE = 200
Heard = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much was looked at."""

    secrets: int = 0
    versions: int = 0
    events: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            secrets=self.secrets + other.secrets,
            versions=self.versions + other.versions,
            events=self.events + other.events,
        )


class Verification:
    """Walks one store; `counts` tells how far it has come."""

    def __init__(self, store: Store, keyring: Keyring, heard: Heard = lambda _: None) -> None:
        """`heard` is told of so many more rows now and then."""
        self._store = store
        self._keyring = keyring
        self._heard = heard
        self._walks: list[ChainWalk] = []
        self._seen: set[str] = set()
        self._replicas: set[tuple[str, str]] = set()
        self._key_replicas: set[tuple[str, str]] = set()
        self.counts = Counts()

    def faults(self) -> Iterator[Fault]:
        """Yield every row that is not as the store left it."""
        yield from self._keys_and_identities()
        # The trail comes first: what it says of a secret is then no newer than the secret that is read.
        yield from self._trail()
        recorded = self._recorded()
        yield from self._secrets(recorded)
        yield from self._gone(recorded)
        yield from self._jobs()
        yield from self._replication()
        yield from alarm_faults(self._store)
        yield from function_faults(self._store, self._keyring)

    def _keys_and_identities(self) -> Iterator[Fault]:
        with self._store.transaction() as tx:
            keys = [fault for key_id in tx.keys.ids() for fault in self._key(tx, key_id)]
            grants = [fault for grant_id in tx.grants.ids() for fault in self._grant(tx, grant_id)]
            identities = [fault for key_id in tx.identities.ids() for fault in self._identity(tx, key_id)]
            entities = [fault for place in tx.iam.places() for fault in self._entity(tx, *place)]
        yield from keys
        yield from grants
        yield from identities
        yield from entities

    def _key(self, tx: UnitOfWork, key_id: str) -> Iterator[Fault]:
        row = f"KMS key {key_id}"
        try:
            key = tx.keys.find(key_id)
        except IntegrityFailure:
            yield Fault(row=row, problem="it was changed outside the store")
            return
        if key is None:
            return
        if key.is_primary and key.multi is not None and not key.swept:
            self._key_replicas.update((key.arn(), region) for region in key.multi.replicas)
        strays = tx.keys.strays(key)
        yield from (Fault(row=f"{row}, {stray}", problem="the key and its rows do not agree") for stray in strays)
        materials = [each for each in key.all_materials if each.held and f"material {each.material_id}" not in strays]
        if not all(self._keyring.materials.opens(tx.keys, key, each) for each in materials):
            yield Fault(row=row, problem="it does not open at its place")

    def _grant(self, tx: UnitOfWork, grant_id: str) -> Iterator[Fault]:
        try:
            tx.grants.find(grant_id)
        except IntegrityFailure:
            yield Fault(row=f"grant {grant_id}", problem="it was changed outside the store")

    def _identity(self, tx: UnitOfWork, access_key_id: str) -> Iterator[Fault]:
        try:
            identity = tx.identities.find(access_key_id)
            if identity is not None:
                self._keyring.open_access_key(identity)
        except (IntegrityFailure, DecryptionFailed):
            yield Fault(row=f"access key {access_key_id}", problem="it was changed outside the store")

    def _entity(self, tx: UnitOfWork, account_id: str, kind: str, name: str) -> Iterator[Fault]:
        known = KINDS.get(kind)
        try:
            if known is not None and tx.iam.find(known, account_id, name) is not None:
                return
        except IntegrityFailure:
            pass
        yield Fault(row=f"{kind} {name} of {account_id}", problem="it was changed outside the store")

    def _recorded(self) -> dict[str, int]:
        """Return the generation of each secret that the chains say it had last."""
        recorded: dict[str, int] = {}
        for walk in self._walks:
            for arn, generation in walk.generations.items():
                known = recorded.get(arn, generation)
                recorded[arn] = REMOVED if REMOVED in (known, generation) else max(known, generation)
        return recorded

    def _gone(self, recorded: Mapping[str, int]) -> Iterator[Fault]:
        """Yield secrets of the trail that are not there, unless their removal is recorded by now."""
        with self._store.transaction() as tx:
            for walk in self._walks:
                while walk.go_on(tx.trail, _PAGE * 5):
                    pass
        removed = {arn for arn, generation in self._recorded().items() if generation == REMOVED}
        for arn in sorted(recorded.keys() - self._seen - removed):
            yield Fault(row=f"secret {arn}", problem="it is gone, and nothing removed it")

    def _secrets(self, recorded: Mapping[str, int]) -> Iterator[Fault]:
        last = ""
        while True:
            with self._store.transaction() as tx:
                page = tx.secrets.arns(after=last, limit=_PAGE)
                found = [fault for arn in page for fault in self._secret(tx, arn, recorded.get(arn, 0))]
            yield from found
            self._heard(len(page))
            if not page:
                return
            last = page[-1]

    def _secret(self, tx: UnitOfWork, arn: str, recorded: int) -> Iterator[Fault]:
        self._seen.add(arn)
        self.counts = replace(self.counts, secrets=self.counts.secrets + 1)
        try:
            secret = tx.secrets.find_arn(arn)
        except VaultError as error:
            yield Fault(row=f"secret {arn}", problem=error.message)
            return
        if secret is None:
            return
        if recorded == REMOVED:
            yield Fault(row=f"secret {arn}", problem="it was removed, and put back outside the store")
        elif secret.generation < recorded:
            yield Fault(row=f"secret {arn}", problem="it was put back to an older state outside the store")
        self._replicas.update((secret.arn, each.region) for each in secret.replicas)
        yield from self._versions(tx, secret)

    def _jobs(self) -> Iterator[Fault]:
        with self._store.transaction() as tx:
            found = [fault for arn in tx.rotation_jobs.arns() for fault in self._job(tx, arn)]
        yield from found

    def _job(self, tx: UnitOfWork, arn: str) -> Iterator[Fault]:
        try:
            tx.rotation_jobs.find(arn)
        except IntegrityFailure as error:
            yield Fault(row=f"rotation of {arn}", problem=error.message)

    def _replication(self) -> Iterator[Fault]:
        with self._store.transaction() as tx:
            found = [fault for key in tx.replication.places() for fault in self._task(tx, key)]
            unknown = [*self._without_task(tx), *self._keys_without_task(tx)]
        yield from found
        yield from unknown

    def _task(self, tx: UnitOfWork, key: tuple[str, str, str]) -> Iterator[Fault]:
        try:
            tx.replication.find(*key)
        except IntegrityFailure as error:
            yield Fault(row=f"replication of {key[0]} to {key[1]}", problem=error.message)

    def _without_task(self, tx: UnitOfWork) -> Iterator[Fault]:
        """Yield the replicas of which nothing is known: without its task one would silently stay as it is."""
        kept = {(arn, region) for arn, region, _ in tx.replication.places()}
        for arn, region in sorted(self._replicas - kept):
            secret = tx.secrets.find_arn(arn)
            if secret is not None and region in [each.region for each in secret.replicas]:
                yield Fault(row=f"replication of {arn} to {region}", problem="it was removed outside the store")

    def _keys_without_task(self, tx: UnitOfWork) -> Iterator[Fault]:
        """Yield the replicas of KMS keys that nobody would be told about."""
        kept = {(arn, region) for arn, region, _ in tx.replication.places()}
        for arn, region in sorted(self._key_replicas - kept):
            key = tx.keys.find(arn.rpartition("/")[2])
            if key is not None and key.is_primary and key.multi is not None and region in key.multi.replicas:
                yield Fault(row=f"replication of {arn} to {region}", problem="it was removed outside the store")

    def _versions(self, tx: UnitOfWork, secret: Secret) -> Iterator[Fault]:
        stored = set(tx.secrets.version_ids(secret.arn))
        listed = [version for version in secret.versions.items if version.has_value]
        self.counts = replace(self.counts, versions=self.counts.versions + len(listed))
        for version in listed:
            stored.discard(version.version_id)
            try:
                problem = self._problem(tx, secret, version)
            except VaultError as error:
                problem = error.message
            if problem:
                yield Fault(row=_version(secret, version.version_id), problem=problem)
        yield from (Fault(row=_version(secret, stray), problem="the secret has no such version") for stray in stored)

    def _problem(self, tx: UnitOfWork, secret: Secret, version: SecretVersion) -> str:
        """Return what is wrong with a version, by each of its keys; those that were deleted open nothing any more."""
        sealed = tx.secrets.find_version(secret.arn, version.version_id, further=bool(version.further_keys))
        if sealed.key_id != version.key_id or set(sealed.further) != set(version.further_keys):
            return "its data keys were changed"
        for key_id in version.key_ids:
            key = tx.keys.find(key_id)
            if key is None:
                return f"its KMS key {key_id} was removed outside the store"
            if key.swept or key.lacks_material:
                continue
            content = self._keyring.open_version(tx.keys, key, secret, sealed)
            if not self._keyring.is_digest(sealed.digest, secret, version.version_id, content):
                return "its digest was changed"
        return ""

    def _trail(self) -> Iterator[Fault]:
        with self._store.transaction() as tx:
            writers = tx.trail.writers_or_none()
        if writers is None:
            yield Fault(row="trail", problem="the record of its writers was changed outside the store")
            return
        for writer in writers:
            yield from self._chain(writer)
        with self._store.transaction() as tx:
            strays = tx.trail.strays()
        yield from (Fault(row=f"trail of {writer}", problem="no chain of that name was begun") for writer in strays)

    def _chain(self, writer: str) -> Iterator[Fault]:
        named = f"trail of {writer or 'the first writer'}"
        with self._store.transaction() as tx:
            walk = tx.trail.walk(writer)
        self._walks.append(walk)
        number = 1
        while number and walk.bad is None:
            with self._store.transaction() as tx:
                number = walk.go_on(tx.trail, _PAGE * 5)
                bad = walk.fault(tx.trail) if number == 0 else walk.bad
            self._heard(number)
        self.counts = replace(self.counts, events=self.counts.events + walk.walked)
        if bad is not None:
            yield Fault(row=f"{named}, row {bad}", problem="it is not the row that was recorded there")


def _version(secret: Secret, version_id: str) -> str:
    return f"version {version_id} of {secret.arn}"
