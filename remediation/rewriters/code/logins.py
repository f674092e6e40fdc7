"""Reads the parts of a database login that a program's text shows around a password: URL, connection string, DSN.

Only what plainly stands there is taken. A part that is an expression counts as not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from remediation import connection
from remediation.model import Connection

_TABLE = Path(__file__).with_name("logins.yaml")
_PASSWORD = "\ue8ff"  # noqa: S105 (a mark for where a password stands)
# An expression, or what a format is to fill in there.
_UNKNOWN = re.compile(r"[\ue000-\uf8ff]|%[-+#\d.]*[a-z]|%\(|\{\w*\}")
_JDBC = re.compile(
    r"\A(?:jdbc:)?(?P<engine>\w+)://(?P<host>\[[^\]]*\]|[^:/?#,@]*)(?::(?P<port>\d+))?(?:/(?P<dbname>[^?#;]*))?"
)
_PDO = re.compile(r"\A(\w+):(\w+=[^:/]*)\Z")
_PDO_DRIVERS = {"pgsql": "postgres", "sqlsrv": "mssql"}
_USER = re.compile(r"[?&]user=([^&#]*)")
_PAIRS = {";": re.compile(r"\s*([^=;]+?)\s*=\s*([^;]*?)\s*(?:;|\Z)"), " ": re.compile(r"\s*(\w+)=(\S*)(?:\s|\Z)")}


@cache
def _table() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return loaded


@cache
def parts() -> Mapping[str, list[str]]:
    """Return what programs call the parts of a login, in lower case and without blanks; the first counts."""
    known: Mapping[str, list[str]] = connection.table()["parts"]
    return {part: [*names, *_table()["parts"].get(part, ())] for part, names in known.items()}


def in_text(before: str, after: str) -> Connection | None:
    """Return the login of a text by what stands before and behind its password, None where the text shows none."""
    found = connection.in_url(before, after) or _in_query(before, after)
    if found is not None or "://" in before:
        return found
    text = f"{before}{_PASSWORD}{after}"
    return _by_shape(text) or _by_pairs(text)


def _in_query(before: str, after: str) -> Connection | None:
    head = _JDBC.match(before)
    engine = connection.engine_where("schemes", head["engine"]) if head is not None else None
    if head is None or engine is None:
        return None
    user = _USER.search(f"{before}{_PASSWORD}{after}")
    return _made(engine, {**head.groupdict(), "username": user[1] if user else None})


def located(text: str) -> Connection | None:
    """Return what a URL of JDBC (or a DSN of PDO) without a login in it tells: engine, host, port and database."""
    dsn = _PDO.match(text)
    if dsn is not None:
        engine = engine_named(dsn[1])
        named = {part: _named(_pairs(dsn[2]), names) for part, names in _table()["parts"].items() if part != "password"}
        return _made(engine, named) if engine is not None else None
    head = _JDBC.match(text)
    engine = connection.engine_where("schemes", head["engine"]) if head is not None else None
    return _made(engine, head.groupdict()) if head is not None and engine is not None else None


def engine_named(text: str) -> str | None:
    """Return the engine that a driver's name or a scheme tells, None where it tells none."""
    name = text.lower().removeprefix("pdo_")
    return connection.engine_where("schemes", _PDO_DRIVERS.get(name, name))


def made_of(name: str) -> str | None:
    """Return the engine that the name of a type or function tells, None where it tells none."""
    rows = _table()["types"]
    return next((str(row["engine"]) for row in rows if any(word in name.lower() for word in row["words"])), None)


def _by_shape(text: str) -> Connection | None:
    for row in _table()["texts"]:
        found = re.match(row["text"].replace("PASSWORD", _PASSWORD), text)
        if found is not None:
            return _made(row["engine"], found.groupdict())
    return None


def _by_pairs(text: str) -> Connection | None:
    pairs = _pairs(text)
    named = {part: _named(pairs, names) for part, names in _table()["parts"].items()}
    if named.pop("password") != _PASSWORD:
        return None
    engine = _engine(pairs, named["port"])
    return _made(engine, named) if engine is not None else None


def _pairs(text: str) -> Mapping[str, str]:
    pattern = _PAIRS[";" if ";" in text else " "]
    pairs: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = pattern.match(text, at)
        if found is None:
            return {}
        pairs[found[1].lower().replace(" ", "").replace("_", "")] = found[2].strip("'\"")
        at = found.end()
    return pairs


def _named(pairs: Mapping[str, str], names: list[str]) -> str | None:
    return next((pairs[name] for name in names if name in pairs), None)


def _engine(pairs: Mapping[str, str], port: str | None) -> str | None:
    for row in _table()["engines"]:
        if any(word in pairs for word in row["words"]):
            return str(row["engine"])
    return connection.engine_where("port", int(port)) if port is not None and port.isdigit() else None


def _made(engine: str, parts: Mapping[str, str | None]) -> Connection | None:
    known = {name: part if part and not _UNKNOWN.search(part) else None for name, part in parts.items()}
    host, _, behind = (known.get("host") or "").removeprefix("tcp:").partition(",")
    port = known.get("port") or behind
    if not host and known.get("username") is None:
        return None
    return Connection(
        engine=engine,
        host=host or None,
        port=int(port) if port.isdigit() else None,
        username=known.get("username"),
        dbname=known.get("dbname"),
    )
