"""Reads what MySQL and MariaDB tell of an account, and turns it into the statements that make its double.

Sources: MySQL Reference Manual and MariaDB Knowledge Base, "SHOW GRANTS" and "SHOW CREATE USER".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault.rotation.rotators.base import RotationFailed

NATIVE = "mysql_native_password"
_TOKEN = re.compile(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`|[^\s'`]+|\s+")
_BY_NAME = re.compile(r" IDENTIFIED (?:VIA|WITH) ['`]?(\w+)")
_OPTIONS = ("REQUIRE", "WITH")
"""What may follow how an account logs in, in a row of SHOW GRANTS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as these servers know it: a name, and a pattern of the hosts that it may come from."""

    name: str
    host: str

    @property
    def text(self) -> str:
        """The form that CURRENT_USER() has."""
        return f"{self.name}@{self.host}"

    @classmethod
    def read(cls, text: str) -> Account:
        """Return the account that CURRENT_USER() told; a host has no `@`, a name may."""
        name, _, host = text.rpartition("@")
        return cls(name=name, host=host)

    def shown(self) -> tuple[str, str]:
        """Return how servers write it: in back quotes, and in single ones as old ones do."""
        ticks = "@".join("`" + part.replace("`", "``") + "`" for part in (self.name, self.host))
        quotes = "@".join("'" + part.replace("'", "''") + "'" for part in (self.name, self.host))
        return ticks, quotes


def replayed(grant: str, original: Account, double: str) -> str:
    """Return a row of SHOW GRANTS for another account, which is given quoted; how the first one logs in is left out.

    Raises `RotationFailed` for a row that is of nobody known.
    """
    for shown in original.shown():
        for word in (" TO ", " FROM ", " FOR "):
            before, found, after = grant.rpartition(word + shown)
            if found and (not after or after.startswith(" ")):
                return before + word + double + _without_login(after)
    raise RotationFailed(f"a right of the user {original.name} cannot be read, and so not be cloned")


def plugin_of(created: str) -> str:
    """Return by which plugin an account logs in, by what SHOW CREATE USER says."""
    found = _BY_NAME.search(created)
    return found[1] if found else NATIVE


def limits(created: str) -> str:
    """Return the TLS options and limits in what MySQL's SHOW CREATE USER says."""
    return _between(created, "REQUIRE", ("PASSWORD", "ACCOUNT", "COMMENT", "ATTRIBUTE")) or "REQUIRE NONE"


def usual_roles(created: str) -> str:
    """Return the roles in what MySQL's SHOW CREATE USER says that are on after login; empty for none."""
    return _between(created, "DEFAULT", ("REQUIRE",)).removeprefix("DEFAULT ROLE ")


def _between(text: str, first: str, ends: tuple[str, ...]) -> str:
    tokens = _TOKEN.findall(text)
    if first not in tokens:
        return ""
    rest = tokens[tokens.index(first) :]
    end = next((place for place, token in enumerate(rest) if token in ends), len(rest))
    return "".join(rest[:end]).strip()


def _without_login(tail: str) -> str:
    tokens = _TOKEN.findall(tail)
    if "IDENTIFIED" not in tokens:
        return tail
    start = tokens.index("IDENTIFIED")
    # The word after it may be WITH, which then is not the WITH of options.
    rest = tokens[start + 3 :]
    kept = next((place for place, token in enumerate(rest) if token in _OPTIONS), len(rest))
    return "".join([*tokens[:start], *rest[kept:]]).rstrip()
