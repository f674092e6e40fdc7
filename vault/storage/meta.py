"""Facts of the store, and its accounts and regions."""

from __future__ import annotations

import os
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from vault.storage.hot import Driver, HotStatement
from vault.storage.schema import accounts, meta, regions, to_micros
from vault.storage.upsert import replace_row

_GET = HotStatement(select(meta.c.value).where(meta.c.name == bindparam("wanted")))
_ACCOUNTS = select(accounts.c.account_id).order_by(accounts.c.account_id)
_REGIONS = select(regions.c.region).where(regions.c.account_id == bindparam("account")).order_by(regions.c.region)


_DISABLE = delete(regions).where(regions.c.account_id == bindparam("account"), regions.c.region == bindparam("named"))
_GENERATION = "generation"
_GENERATION_BYTES = 16


class MetaRepository:
    """What the store knows about itself."""

    def __init__(self, connection: Connection, driver: Driver) -> None:
        self._connection = connection
        self._driver = driver
        self._generation: bytes | None = None

    @property
    def generation(self) -> bytes:
        """The mark that every change of accounts, regions, identities and keys draws anew.

        What is remembered of those from one transaction to the next stands while the mark does. It is drawn and not
        counted, so that a change that was undone leaves no mark which a later one could have again.
        """
        if self._generation is None:
            self._generation = self.get(_GENERATION) or b""
        return self._generation

    def draw_generation(self) -> None:
        """Make what is remembered from before this change void."""
        self._generation = os.urandom(_GENERATION_BYTES)
        self.set(_GENERATION, self._generation)

    def forget(self) -> None:
        """Read the generation anew: a change of it was undone."""
        self._generation = None

    def get(self, name: str) -> bytes | None:
        """Return the fact of that name, None where there is none."""
        row = _GET.first(self._driver, {"wanted": name})
        return None if row is None else bytes(row[0])

    def set(self, name: str, value: bytes) -> None:
        """Keep a fact, in place of an earlier one of that name."""
        replace_row(self._connection, meta, {"name": name, "value": value})

    def add_account(self, account_id: str, region_names: tuple[str, ...], *, now: datetime) -> None:
        """Add an account with the regions enabled for it."""
        self.draw_generation()
        self._connection.execute(insert(accounts), {"account_id": account_id, "created": to_micros(now)})
        rows = [{"account_id": account_id, "region": region} for region in region_names]
        if rows:
            self._connection.execute(insert(regions), rows)

    def accounts(self) -> list[str]:
        """Return the ids of all accounts."""
        return list(self._connection.execute(_ACCOUNTS).scalars())

    def regions(self, account_id: str) -> list[str]:
        """Return the regions enabled for an account."""
        return list(self._connection.execute(_REGIONS, {"account": account_id}).scalars())

    def enable_region(self, account_id: str, region: str) -> None:
        """Enable a region for an account; one that is enabled stays so."""
        self.draw_generation()
        replace_row(self._connection, regions, {"account_id": account_id, "region": region})

    def disable_region(self, account_id: str, region: str) -> None:
        """Disable a region for an account; one that is not enabled stays so."""
        self.draw_generation()
        self._connection.execute(_DISABLE, {"account": account_id, "named": region})
