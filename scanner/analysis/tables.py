"""What the analysis knows of calls, as data: which take a credential, which hand a text on, which compare or bind.

One file a language stands beside its grammar: `languages/LANGUAGE.calls.yaml`. Calls are named as `names.py` does it:
`Class.method`, `module.function`, `new Class`, and `*.method` for a method of whatever object.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.analysis.syntax import folder_file, languages
from scanner.kept import load_yaml

RECEIVER = "receiver"
LAST = "last"
"""Places of a call beside the numbers of its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Where a call takes a credential: an argument by `position` (from 0), by `name`, or the `receiver` itself.

    `key` is a path in a map given there (`auth.pass`). Without a `rule` it is a connection URL that may hold one.
    `where` demands of other arguments, by position, that they say something.
    """

    position: int | str | None = None
    name: str = ""
    key: str = ""
    element: int | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """A call whose result is a text made of what it is given."""

    way: str
    """`same`, `default`, `base64`, `hex`, `url`, `format`, `join`, `concat`, `builder`, `replace` or `reverse`."""
    start: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A call that binds a value to a name: `properties.setProperty(name, value)`."""

    name: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The table of one language, by the names of calls."""

    sinks: dict[str, tuple[Parameter, ...]]
    through: dict[str, Through]
    pairs: dict[str, tuple[Pair, ...]]
    compared: dict[str, tuple[tuple[int | str, int | str], ...]]
    checked: dict[str, int]
    """Calls that check what a user gives, by position, against what is stored."""
    stored: dict[str, int]
    """Methods that put something into the object that they are called on, and which argument that is."""
    lists: frozenset[str]
    """Calls that make a list, set or array of what they are given."""
    blocks: frozenset[str]
    """Methods that give the object that they are called on to a block."""
    names: dict[str, str]
    """Names beyond those that every language shares, each with the rule that it falls under."""
    words: frozenset[str]
    """What stands wherever a credential is taken: the class or module whose call it is, or `method(` of any object."""


@lru_cache(maxsize=32)
def calls(language: str) -> Calls:
    """Return the table of `language`; an empty one where there is none."""
    place = folder_file(f"{language}.calls.yaml")
    table: dict[str, Any] = load_yaml(place) if os.path.isfile(place) else {}  # noqa: PTH113
    base: dict[str, Any] = load_yaml(folder_file(f"{table['like']}.calls.yaml")) if "like" in table else {}
    rows = {
        part: [*base.get(part, ()), *table.get(part, ())]
        for part in ("sinks", "through", "pairs", "compared", "checked", "stored")
    }
    sinks: dict[str, tuple[Parameter, ...]] = {}
    for row in rows["sinks"]:
        given = tuple([Parameter(**one) for one in row["parameters"]])
        for call in row["calls"]:
            sinks[call] = sinks.get(call, ()) + given
    pairs: dict[str, tuple[Pair, ...]] = {}
    for row in rows["pairs"]:
        for call in row["calls"]:
            pairs[call] = (*pairs.get(call, ()), Pair(name=row["name"], value=row["value"]))
    compared: dict[str, tuple[tuple[int | str, int | str], ...]] = {}
    for row in rows["compared"]:
        for call in row["calls"]:
            compared[call] = (*compared.get(call, ()), (row["sides"][0], row["sides"][1]))
    return Calls(
        sinks=sinks,
        through={
            call: Through(way=row["way"], start=row.get("from", 0)) for row in rows["through"] for call in row["calls"]
        },
        pairs=pairs,
        compared=compared,
        checked={call: row["position"] for row in rows["checked"] for call in row["calls"]},
        stored={call.removeprefix("*."): row["value"] for row in rows["stored"] for call in row["calls"]},
        lists=frozenset([*base.get("lists", ()), *table.get("lists", ())]),
        blocks=frozenset(one.removeprefix("*.") for one in [*base.get("blocks", ()), *table.get("blocks", ())]),
        names={**base.get("names", {}), **table.get("names", {})},
        words=frozenset(_word(call) for row in (*rows["sinks"], *rows["checked"]) for call in row["calls"]),
    )


@lru_cache(maxsize=1)
def program_words() -> frozenset[str]:
    """Return the words of all languages, one of which stands in every program that passes a credential to a call."""
    return frozenset().union(*(calls(language).words for language in languages().values()))


def _word(call: str) -> str:
    plain = call.removeprefix("new ")
    before, _, last = plain.rpartition(".")
    if before == "*":
        return f"{last}("
    return plain if call.startswith("new ") and not before else (before or plain).rpartition(".")[2].rpartition("/")[2]
