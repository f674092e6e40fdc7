"""The receiving side of replication: what another region of the deployment says is taken, once and in order.

Every answer is given after looking, and before anything is changed: what is refused leaves the store as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, EncryptionFailed
from vault.domain.keys import Key
from vault.domain.names import SecretLocator
from vault.domain.replication import REMEMBERED, Action, Primary, Task, in_region, region_of
from vault.domain.reply import Outcome, Reply
from vault.domain.secret import Secret
from vault.domain.versions import SecretVersion, Versions
from vault.services.key_replicas import KeyReplicas
from vault.services.key_use import KeyUse
from vault.services.keyring import Keyring
from vault.services.messages import find_credential, read, sealer
from vault.storage.store import UnitOfWork

_DONE = Reply(outcome=Outcome.APPLIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The primary as its region told it. `values` are those that came with the message, still as they were written."""

    arn: str
    """Of the replica."""
    primary: Primary
    force: bool
    kms_key: str
    described: Mapping[str, Any] = field(repr=False)
    versions: Sequence[Mapping[str, Any]] = field(repr=False)

    @property
    def values(self) -> dict[str, list[str]]:
        return {each["id"]: each["value"] for each in self.versions if "value" in each}


class Replicas:
    """What regions tell each other, in one transaction. All raise `AccessDenied` for a message from elsewhere."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def put(self, context: CallContext, source: str, message: bytes) -> Reply:
        """Make a replica of a secret or a KMS key, or bring it to what its primary is now."""
        content = self._opened(context, "PutReplica", source, message)
        if _is_key(content):
            return KeyReplicas(self._tx, self._keyring).put(context, source, content)
        told = _Told(
            arn=in_region(content["arn"], context.region),
            primary=Primary.from_state({**content, "region": source}),
            force=content["force"],
            kms_key=content["kms_key"],
            described=content,
            versions=content["versions"],
        )
        if context.region not in self._tx.meta.regions(context.account_id):
            return Reply(outcome=Outcome.NOT_ENABLED)
        return self._put(context, told)

    def remove(self, context: CallContext, source: str, message: bytes) -> Reply:
        """Remove a replica; one that stands alone by now, or is newer than the message, stays."""
        content = self._opened(context, "RemoveReplica", source, message)
        arn, generation = in_region(content["arn"], context.region), content["generation"]
        secret = self._tx.secrets.find_arn(arn)
        primary = secret.primary if secret is not None else None
        if primary is None or (primary.region == source and primary.generation <= generation):
            if primary is not None:
                self._tx.secrets.remove(arn)
            self._remember(context, arn, generation)
        return _DONE

    def leave(self, context: CallContext, source: str, message: bytes) -> Reply:
        """Take a replica that stands alone now, or a key's that was deleted, off its primary's list."""
        content = self._opened(context, "LeaveReplica", source, message)
        if _is_key(content):
            return KeyReplicas(self._tx, self._keyring).leave(context, source, content)
        arn = in_region(content["arn"], context.region)
        secret = self._tx.secrets.find_arn(arn)
        replicas = secret.replicas if secret is not None else ()
        staying = tuple(each for each in replicas if each.region != source or each.since > content["generation"])
        if secret is not None and staying != replicas:
            self._tx.replication.remove(arn, source, Action.SHIP.kind)
            self._tx.secrets.note(replace(secret, replicas=staying, changed=context.now))
        return _DONE

    def set_region(self, context: CallContext, source: str, message: bytes) -> Reply:
        """Answer for the account from now on, or no more."""
        if self._opened(context, "SetRegion", source, message)["enabled"]:
            self._tx.meta.enable_region(context.account_id, context.region)
        else:
            self._tx.meta.disable_region(context.account_id, context.region)
        return _DONE

    def _opened(self, context: CallContext, operation: str, source: str, message: bytes) -> dict[str, Any]:
        credential = find_credential(self._tx, self._keyring, context.account_id, context.access_key_id)
        if credential is None:
            raise AccessDenied("Only regions of this deployment may call this operation.")
        content = credential.open(message, operation=operation, source=source, target=context.region)
        if region_of(content["arn"]) != source:
            raise AccessDenied("A region speaks of its own secrets and keys only.")
        return content

    def _put(self, context: CallContext, told: _Told) -> Reply:
        existing = self._tx.secrets.find_arn(told.arn)
        mine = existing if existing is not None and existing.primary is not None else None
        known = self._known(told, mine)
        if known is not None:
            return known
        if mine is None and (refused := self._in_the_way(context, told)) is not None:
            return refused
        missing = _missing(told, mine)
        if missing:
            return Reply(outcome=Outcome.MISSING, version_ids=missing)
        use = KeyUse(self._tx, self._keyring, sealer(context.account_id, context.access_key_id))
        try:
            key = use.resolve(context, told.kms_key if mine is None else mine.kms_key, owner=context.account_id)
        except (EncryptionFailed, AccessDenied):
            return Reply(outcome=Outcome.KEY_UNUSABLE)
        secret = self._made(context, told, key) if mine is None else mine
        return self._brought_on(context, told, secret, key, use)

    def _known(self, told: _Told, mine: Secret | None) -> Reply | None:
        """Return the answer to what is not news here."""
        if mine is None or mine.primary is None:
            gone = self._tx.replication.find(told.arn, region_of(told.arn), Action.GONE.kind)
            return _DONE if gone is not None and gone.generation >= told.primary.generation else None
        if mine.primary.region != told.primary.region:
            return Reply(outcome=Outcome.REPLICATED_OTHERWISE)
        if not mine.primary.is_behind(told.primary):
            return Reply(outcome=Outcome.AHEAD, generation=mine.primary.generation)
        done = mine.primary.whole and mine.primary.generation == told.primary.generation
        return Reply(outcome=Outcome.APPLIED, accessed=mine.accessed) if done else None

    def _in_the_way(self, context: CallContext, told: _Told) -> Reply | None:
        """Return why a replica cannot be made; what may be overwritten is removed."""
        place = SecretLocator(account_id=context.account_id, region=context.region, name=told.described["name"])
        other = self._tx.secrets.find(place)
        if other is None:
            return None
        if other.replicated:
            return Reply(outcome=Outcome.REPLICATED_OTHERWISE)
        if not told.force:
            return Reply(outcome=Outcome.NAME_EXISTS)
        return None

    def _made(self, context: CallContext, told: _Told, key: Key) -> Secret:
        place = SecretLocator(account_id=context.account_id, region=context.region, name=told.described["name"])
        other = self._tx.secrets.find(place)
        if other is not None:
            self._tx.secrets.remove(other.arn)
            # What stood alone there is a replica again: nobody is to be told that it left.
            self._tx.replication.remove(other.arn, told.primary.region, Action.LEAVE.kind)
        created = datetime.fromisoformat(told.described["created"])
        made = Secret(
            account_id=context.account_id,
            region=context.region,
            arn=told.arn,
            name=told.described["name"],
            created=created,
            changed=created,
            creation_token=told.described["creation_token"],
            kms_key="" if key.managed else told.kms_key,
            primary=told.primary,
        )
        self._tx.secrets.add(made)
        return made

    def _brought_on(self, context: CallContext, told: _Told, secret: Secret, key: Key, use: KeyUse) -> Reply:
        for version_id, value in told.values.items():
            known = secret.versions.find(version_id)
            if known is None or not known.has_value:
                sealed = use.seal(context, key, secret, version_id, read(value))
                self._tx.secrets.add_version(secret.arn, sealed, now=context.now)
        versions = Versions(items=tuple(_version(each, secret, key) for each in told.versions))
        self._tx.secrets.remove_versions(secret.arn, secret.versions.gone_from(versions))
        saved = self._tx.secrets.note(
            replace(
                secret,
                name=told.described["name"],
                description=told.described["description"],
                kind=told.described["kind"],
                tags=tuple((name, text) for name, text in told.described["tags"]),
                # A server of an earlier release does not tell.
                untagged=told.described.get("untagged", False),
                policy=told.described["policy"],
                changed=datetime.fromisoformat(told.described["changed"]),
                versions=versions,
                primary=told.primary,
            )
        )
        return Reply(outcome=Outcome.APPLIED, accessed=saved.accessed)

    def _remember(self, context: CallContext, arn: str, generation: int) -> None:
        gone = Task(
            arn=arn,
            region=context.region,
            action=Action.GONE,
            due=context.now + REMEMBERED,
            generation=generation,
        )
        self._tx.replication.save(gone)


def _is_key(content: Mapping[str, Any]) -> bool:
    """Tell whether a message is about a KMS key of several regions."""
    return str(content["arn"]).split(":", 3)[2] == "kms"


def _missing(told: _Told, mine: Secret | None) -> list[str]:
    """Return the versions whose values are neither here nor in the message."""
    held = {each.version_id for each in mine.versions.items if each.has_value} if mine is not None else set()
    wanted = {each["id"] for each in told.versions if each["has_value"]}
    return sorted(wanted - held - told.values.keys())


def _version(told: Mapping[str, Any], secret: Secret, key: Key) -> SecretVersion:
    """Return a version as it stands here: labels are the primary's, keys and days of reading this region's."""
    created, stages = datetime.fromisoformat(told["created"]), frozenset(told["stages"])
    known = secret.versions.find(told["id"])
    if known is not None and known.has_value:
        return replace(known, stages=stages, created=created)
    return SecretVersion(
        version_id=told["id"],
        created=created,
        stages=stages,
        has_value=told["has_value"],
        key_id=key.key_id if told["has_value"] else "",
    )
