"""Secrets and their sealed versions: one row a secret, its document under a MAC, one row a version.

The MAC covers the whole document, and the document names the secret; so a row that was edited, or holds another
row's document, is an `IntegrityFailure` and never another answer.
"""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from vault.crypto.kdf import Barrier, Purpose
from vault.domain.envelope import SealedVersion
from vault.domain.errors import IntegrityFailure
from vault.domain.names import SecretLocator
from vault.domain.rotation_job import JobState
from vault.domain.secret import Secret
from vault.storage.documents import document, loaded
from vault.storage.hot import Driver, HotStatement
from vault.storage.many import ManyRows
from vault.storage.schema import data_keys, rotation_jobs, secrets, to_micros, versions

_OWNED = and_(secrets.c.account_id == bindparam("account"), secrets.c.region == bindparam("in_region"))
_BY_NAME = HotStatement(select(secrets).where(_OWNED, secrets.c.name == bindparam("wanted")))
_BY_ARN = HotStatement(select(secrets).where(secrets.c.arn == bindparam("wanted")))
_CHANGING = ("changed", "accessed", "rotation_due", "purge_at", "state", "mac")
"""The columns that a change of a secret may change: the indexes of the others need not be looked at."""
_SAVE = HotStatement(
    update(secrets)
    .where(secrets.c.arn == bindparam("saved_arn"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_ADD_VERSION = HotStatement(insert(versions))
_REMOVE = delete(secrets).where(secrets.c.arn == bindparam("removed"))
_UNDER_WAY = exists().where(rotation_jobs.c.arn == secrets.c.arn, rotation_jobs.c.state != JobState.AFTER.value)
_ROTATION_DUE = (
    select(secrets.c.arn)
    .where(secrets.c.rotation_due <= bindparam("now"), ~_UNDER_WAY)
    .order_by(secrets.c.rotation_due, secrets.c.arn)
    .limit(bindparam("most"))
)
_PURGE_DUE = select(secrets).where(secrets.c.purge_at <= bindparam("now"))
_SEALED = versions.c["arn", "version_id", "key_id", "wrapped_key", "payload", "digest"]
_VERSION = HotStatement(
    select(*_SEALED).where(versions.c.arn == bindparam("of"), versions.c.version_id == bindparam("wanted"))
)
_MANY_NAMED = ManyRows(secrets, ("account_id", "region", "name"), tuple(secrets.c))
_MANY_OF_ARNS = ManyRows(secrets, ("arn",), tuple(secrets.c))
_MANY_VERSIONS = ManyRows(versions, ("arn", "version_id"), tuple(_SEALED))
_FURTHER = select(data_keys.c.key_id, data_keys.c.wrapped_key).where(
    data_keys.c.arn == bindparam("of"), data_keys.c.version_id == bindparam("wanted")
)
_ARNS = (
    select(secrets.c.arn).where(secrets.c.arn > bindparam("behind")).order_by(secrets.c.arn).limit(bindparam("most"))
)
_VERSION_IDS = select(versions.c.version_id).where(versions.c.arn == bindparam("of")).order_by(versions.c.version_id)
_REMOVE_VERSION = delete(versions).where(
    versions.c.arn == bindparam("of"), versions.c.version_id == bindparam("removed")
)
_ORDER = {
    "name": secrets.c.name,
    "created": secrets.c.created,
    "changed": secrets.c.changed,
    "accessed": secrets.c.accessed,
}

_COLUMNS = tuple(secrets.c.keys())
_SecretRow = namedtuple("_SecretRow", _COLUMNS)  # type: ignore[misc]
_VERIFIED = ("state", "mac")
"""The last columns of a row; those before them are searched by, in the order of `_search_columns`."""

Position = tuple[str | int, str]
"""Where a page ended: the value of the order's column, and the ARN."""


REMOVED = -1
"""What stands for the generation of a secret that is gone."""
_MOST_KNOWN = 4096


class KnownRows:
    """Rows of secrets that were read and verified before, so that the same row needs neither again.

    Nothing is answered from here: a row is read each time, and must equal the one that was verified in every column.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[tuple[Any, ...], Secret]] = OrderedDict()

    def find(self, row: Any) -> Secret | None:
        """Return the secret that an equal row was verified to be."""
        known = self._known.get(row.mac)
        return known[1] if known is not None and known[0] == row else None

    def add(self, mac: bytes, columns: tuple[Any, ...], secret: Secret) -> None:
        """Remember a row that was verified, or that was written just now, by all its columns."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.popitem(last=False)
        self._known[mac] = (columns, secret)


class SecretRepository:
    """The secrets of all accounts and regions. Every method that reads may raise `IntegrityFailure`.

    What was found stays found until it is written: the transaction is the only writer while it lasts.
    """

    def __init__(
        self,
        connection: Connection,
        driver: Driver,
        barrier: Barrier,
        known: KnownRows,
        changed: Callable[[Secret], None],
    ) -> None:
        """`changed` is told of each change of a secret that has replicas."""
        self._connection = connection
        self._driver = driver
        self._barrier = barrier
        self._rows = known
        self._changed = changed
        self._found: dict[SecretLocator, Secret] = {}
        self._sealed: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.written: dict[str, int] = {}
        """The generation of each secret that this transaction wrote, by its ARN; `REMOVED` for one it took out."""

    def find(self, locator: SecretLocator) -> Secret | None:
        """Return the secret a locator points at, None where there is none in that account and region."""
        found = self._found.get(locator) or self._look_up(locator)
        if found is not None:
            self._found[locator] = found
        return found

    def expect(self, locators: Collection[SecretLocator]) -> None:
        """Read secrets that will be asked for; one that is damaged is left to who asks. Raises `StoreUnavailable`."""
        named = {(each.account_id, each.region, each.name): each for each in locators if not each.arn}
        if named:
            self._expect(_MANY_NAMED.find(self._driver, named), lambda row: named[row.account_id, row.region, row.name])
        arns = {each.arn: each for each in locators if each.arn}
        if arns:
            self._expect(_MANY_OF_ARNS.find(self._driver, [(arn,) for arn in arns]), lambda row: arns[row.arn])

    def _expect(self, rows: list[tuple[Any, ...]], locator_of: Callable[[Any], SecretLocator]) -> None:
        for columns in rows:
            row: Any = _SecretRow(*columns)
            locator = locator_of(row)
            if (row.account_id, row.region) == (locator.account_id, locator.region):
                with suppress(IntegrityFailure):
                    self._found[locator] = self._read(row)

    def expected(self, locator: SecretLocator) -> Secret | None:
        """Return a secret that was found before."""
        return self._found.get(locator)

    def expect_versions(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Read the sealed versions, by ARN and id, that will be asked for. Raises `StoreUnavailable`."""
        for row in _MANY_VERSIONS.find(self._driver, wanted):
            self._sealed[row[0], row[1]] = row

    def forget(self) -> None:
        """Look everything up anew: something was undone."""
        self._found.clear()
        self._sealed.clear()

    def _forget(self, arn: str) -> None:
        for locator in [locator for locator, secret in self._found.items() if secret.arn == arn]:
            del self._found[locator]

    def _look_up(self, locator: SecretLocator) -> Secret | None:
        if locator.arn:
            found = self.find_arn(locator.arn)
            owned = found is not None and (found.account_id, found.region) == (locator.account_id, locator.region)
            return found if owned else None
        wanted = {"account": locator.account_id, "in_region": locator.region, "wanted": locator.name}
        return self._one(_BY_NAME, wanted)

    def find_arn(self, arn: str) -> Secret | None:
        """Return the secret of a full ARN."""
        return self._one(_BY_ARN, {"wanted": arn})

    def arns(self, *, after: str, limit: int) -> list[str]:
        """Return up to `limit` ARNs behind `after` in order, of all accounts and regions; nothing is verified."""
        return list(self._connection.execute(_ARNS, {"behind": after, "most": limit}).scalars())

    def version_ids(self, arn: str) -> list[str]:
        """Return the ids of the versions that are stored of a secret, whether or not its document lists them."""
        return list(self._connection.execute(_VERSION_IDS, {"of": arn}).scalars())

    def add(self, secret: Secret) -> None:
        """Keep a new secret; its name must be free in its account and region."""
        self.written[secret.arn] = secret.generation
        self._connection.execute(insert(secrets), self._row(secret))

    def save(self, secret: Secret) -> Secret:
        """Keep a changed secret and return it with its generation counted on; its replicas are to be told."""
        saved = self.note(secret)
        if saved.replicas:
            self._changed(saved)
        return saved

    def note(self, secret: Secret) -> Secret:
        """Keep what is no business of replicas, such as the day of a read; return the secret as `save` does."""
        self._forget(secret.arn)
        saved = replace(secret, generation=secret.generation + 1)
        self.written[saved.arn] = saved.generation
        row = self._row(saved)
        changes = {f"new_{name}": row[name] for name in _CHANGING}
        _SAVE.run(self._driver, {**changes, "saved_arn": saved.arn})
        self._rows.add(row["mac"], tuple([row[name] for name in _COLUMNS]), saved)
        return saved

    def remove(self, arn: str) -> None:
        """Take out a secret with its versions and rotation job."""
        self.forget()
        self.written[arn] = REMOVED
        self._connection.execute(_REMOVE, {"removed": arn})

    def scan(
        self,
        account_id: str,
        region: str,
        *,
        order: str,
        descending: bool,
        after: Position | None,
        most: int | None = None,
    ) -> Iterator[tuple[Position, Secret]]:
        """Yield an account's secrets of a region with their positions, from behind `after`, `most` of them where given.

        `order` is `name`, `created`, `changed` or `accessed`; the ARN decides between equals.
        """
        column = _ORDER[order]
        statement = select(secrets).where(_OWNED)
        if after is not None:
            value, arn = after
            beyond = column < value if descending else column > value
            statement = statement.where(or_(beyond, and_(column == value, secrets.c.arn > arn)))
        statement = statement.order_by(column.desc() if descending else column, secrets.c.arn).limit(most)
        for row in self._connection.execute(statement, {"account": account_id, "in_region": region}):
            yield (getattr(row, order), row.arn), self._read(row)

    def rotation_due(self, now: datetime, most: int) -> Sequence[str]:
        """Return up to `most` ARNs of secrets whose next scheduled rotation may start, the longest due first.

        Those with a rotation under way are left out; nothing is verified.
        """
        return self._connection.execute(_ROTATION_DUE, {"now": to_micros(now), "most": most}).scalars().all()

    def purge_due(self, now: datetime) -> list[Secret]:
        """Return the secrets whose recovery window is over."""
        return self._all(_PURGE_DUE, now)

    def find_version(self, arn: str, version_id: str, *, further: bool = False) -> SealedVersion:
        """Return the sealed version of an id the secret's document lists with a value.

        `further` tells that other KMS keys wrap its data key, too. Raises `IntegrityFailure` when its row is gone.
        """
        row = self._sealed.get((arn, version_id)) or _VERSION.first(self._driver, {"of": arn, "wanted": version_id})
        if row is None:
            raise IntegrityFailure(f"A version of secret {arn} was removed outside the store.")
        _, _, key_id, wrapped_key, payload, digest = row
        return SealedVersion(
            version_id=version_id,
            key_id=key_id,
            wrapped_key=wrapped_key,
            payload=payload,
            digest=digest,
            further=self._further(arn, version_id) if further else {},
        )

    def add_data_key(self, arn: str, version_id: str, key_id: str, wrapped_key: bytes) -> None:
        """Keep the data key of a version as a further KMS key wraps it."""
        values = {"arn": arn, "version_id": version_id, "key_id": key_id, "wrapped_key": wrapped_key}
        self._connection.execute(insert(data_keys), values)

    def _further(self, arn: str, version_id: str) -> dict[str, bytes]:
        rows = self._connection.execute(_FURTHER, {"of": arn, "wanted": version_id})
        return {row.key_id: row.wrapped_key for row in rows}

    def add_version(self, arn: str, sealed: SealedVersion, *, now: datetime) -> None:
        """Keep a sealed version of a secret."""
        self._sealed.pop((arn, sealed.version_id), None)
        values = {
            "arn": arn,
            "version_id": sealed.version_id,
            "key_id": sealed.key_id,
            "wrapped_key": sealed.wrapped_key,
            "payload": sealed.payload,
            "digest": sealed.digest,
            "created": to_micros(now),
        }
        _ADD_VERSION.run(self._driver, values)

    def remove_versions(self, arn: str, version_ids: Iterable[str]) -> None:
        """Take out versions of a secret with their data keys."""
        for version_id in version_ids:
            self._sealed.pop((arn, version_id), None)
            self._connection.execute(_REMOVE_VERSION, {"of": arn, "removed": version_id})

    def _all(self, statement: Select[Any], now: datetime) -> list[Secret]:
        rows = self._connection.execute(statement, {"now": to_micros(now)})
        return [self._read(row) for row in rows]

    def _one(self, statement: HotStatement, values: dict[str, str]) -> Secret | None:
        row = statement.first(self._driver, values)
        return None if row is None else self._read(_SecretRow(*row))

    def _read(self, row: Any) -> Secret:
        secret = self._rows.find(row)
        if secret is None:
            secret = self._verified(row)
            self._rows.add(row.mac, tuple(row), secret)
        return secret

    def _verified(self, row: Any) -> Secret:
        if not self._barrier.verifies(row.mac, Purpose.STATE, row.state.encode("utf-8")):
            raise IntegrityFailure(f"The secret {row.arn!r} was changed outside the store.")
        secret = Secret.from_state(loaded(row.state))
        if tuple(row)[: -len(_VERIFIED)] != tuple(_search_columns(secret).values()):
            raise IntegrityFailure(f"The secret {row.arn!r} was changed outside the store.")
        return secret

    def _row(self, secret: Secret) -> dict[str, Any]:
        state = document(secret.state())
        mac = self._barrier.mac(Purpose.STATE, state)
        return {**_search_columns(secret), "state": state.decode("utf-8"), "mac": mac}


def _search_columns(secret: Secret) -> dict[str, Any]:
    deletion, rotation = secret.deletion, secret.rotation
    opens = rotation.opens if rotation is not None and deletion is None else None
    return {
        "arn": secret.arn,
        "account_id": secret.account_id,
        "region": secret.region,
        "name": secret.name,
        "created": to_micros(secret.created),
        "changed": to_micros(secret.changed),
        "accessed": to_micros(_midnight(secret.accessed)) if secret.accessed else 0,
        "rotation_due": to_micros(opens) if opens is not None else None,
        "purge_at": to_micros(deletion.purge_at) if deletion is not None else None,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
