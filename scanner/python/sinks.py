"""The table of calls that take credentials."""

from __future__ import annotations

import os
from functools import lru_cache

from scanner.kept import load_yaml
from strongroom.kernel.record import Record


class Parameter(Record):
    """A parameter that takes a credential, or (without a rule) a connection URL that may hold one."""

    keyword: str
    position: int | None = None
    element: int | None = None
    rule: str | None = None


class SinkTable(Record):
    """Parameters by the dotted name of their call, and the names of calls that hand a text through."""

    calls: dict[str, tuple[Parameter, ...]]
    transparent: frozenset[str]


@lru_cache(maxsize=1)
def sink_table() -> SinkTable:
    """Return the table of `sinks.yaml`."""
    read = load_yaml(os.path.join(os.path.dirname(__file__), "sinks.yaml"))  # noqa: PTH118, PTH120 - on the way
    calls: dict[str, tuple[Parameter, ...]] = {}
    for entry in read["sinks"]:
        parameters = tuple([Parameter(**parameter) for parameter in entry["parameters"]])
        for call in entry["calls"]:
            calls[call] = calls.get(call, ()) + parameters
    return SinkTable(calls=calls, transparent=frozenset(read["transparent"]))
