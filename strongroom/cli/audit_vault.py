"""The vault that an audit asks which texts of repositories are values of its secrets: the one at hand, or one named."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from strongroom.cli.connection import connected, embedded_place, place_of_store
from strongroom.cli.held_values import Held, HeldValues, held_values
from strongroom.kernel.errors import StrongroomError
from strongroom.kernel.leaktags import UNKNOWN


class AskedVault:
    """A vault that answers for one audit."""

    def __init__(self, values: HeldValues, name: str) -> None:
        self._values = values
        self.name = name

    @property
    def facts(self) -> dict[str, Any]:
        """Return what a report says of the vault: its name, and how many secrets could be asked about."""
        return {"name": self.name, "secrets": self._values.secrets}

    def unopened(self) -> int:
        """Return how many versions of secrets the vault could not compare: their key is off, or not for the caller."""
        return len(self._values.unopened)

    def held(self, digests: Iterable[bytes]) -> dict[str, dict[str, Any]]:
        """Return for each digest (hex) of a value that the vault holds which secret it is of.

        Of several secrets that hold the same value, or had it, one is told: that which has it now, if any.
        """
        found: dict[str, Held] = {}
        for one in self._values.matches(digests):
            known = found.get(one.digest.hex())
            if known is None or _order(one) < _order(known):
                found[one.digest.hex()] = one
        return {digest: _told(one) for digest, one in sorted(found.items())}


def _order(one: Held) -> tuple[bool, bool, str, str]:
    return not one.current, one.deleted is not None, one.name, one.version_id


def _told(one: Held) -> dict[str, Any]:
    return {
        "name": one.name,
        "arn": one.arn,
        "version_id": one.version_id,
        "stages": list(one.stages),
        "member": one.member or None,
        "current": one.current,
        "rotated": _iso(one.rotated),
        "dead": one.refused not in ("", UNKNOWN),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


@contextmanager
def vault_at_hand(
    vault_name: str | None, data_dir: Path | None, key: bytes, *, wanted: bool
) -> Iterator[AskedVault | None]:
    """Give the vault that is named, or else the one that commands use where there is one; None where there is none.

    One that is named has to answer: raises `VaultUnavailable`, `Denied`, `UsageError`. Of another that does not answer
    it is said that it was not asked.
    """
    named = vault_name is not None or data_dir is not None
    with ExitStack() as opened:
        vault = None
        if wanted and (named or _is_there()):
            try:
                vault = _asked(opened, vault_name, data_dir, key)
            except StrongroomError as error:
                if named:
                    raise
                sys.stderr.write(f"note: the vault was not asked for values it holds: {error.message}\n")
        yield vault


def _is_there() -> bool:
    place, folder = place_of_store(None, None)
    return place != "embedded" or (folder is not None and embedded_place(folder).initialised)


def _asked(opened: ExitStack, vault_name: str | None, data_dir: Path | None, key: bytes) -> AskedVault:
    place, folder = place_of_store(vault_name, data_dir)
    connection = opened.enter_context(connected(vault_name, data_dir))
    values = held_values(connection, key)
    values.check()
    return AskedVault(values, "embedded" if folder is not None else _host(place))


def _host(place: str) -> str:
    return place.partition("://")[2].partition("/")[0].rpartition("@")[2] or place
