"""What the analysis knows of calls, as data: which take a credential, which hand a text on, which compare or bind.

One file a language stands beside its grammar: `languages/LANGUAGE.calls.yaml`. Calls are named as `names.py` does it:
`Class.method`, `module.function`, `new Class`, and `*.method` for a method of whatever object.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from scanner.analysis.syntax import folder_file, languages, syntax
from scanner.kept import load_yaml
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SETTER = re.compile(r"^set(?:_|(?=[A-Z]))")
RECEIVER = "receiver"
LAST = "last"
"""Places of a call beside the numbers of its arguments."""
_SHORT_NAME = 6
"""Letters of names that stand in too many files to look for them."""
EVERY = "each"
"""The place of a name that stands for every argument that has another behind it."""


class Parameter(Record):
    """Where a call takes a credential: an argument by `position` (from 0), by `name`, or the `receiver` itself.

    `key` is a path in a map given there (`auth.pass`), `*` all of it; `returned`: what a routine
    given there returns. `when` lists words of which another argument is one, `unless` those of which none is. Without
    a `rule` it is a connection URL that may hold one. Of a text in which more stands than the credential, it begins
    `after` a mark and ends before the first of the marks `until`.
    """

    position: int | str | None = None
    name: str = ""
    key: str = ""
    element: int | str | None = None
    after: str = ""
    """What stands in the same text before the credential: `user:` or `pass:`."""
    until: Sequence[str] = ()
    rule: str | None = None
    returned: bool = False
    drawn: bool = False
    """Whether only what is surely drawn at random is meant: other things are given there, too."""
    when: Sequence[str] = ()
    unless: Sequence[str] = ()
    least: int = 0
    """How many arguments there have to be: with fewer the call takes no credential."""
    most: int = 0
    """How many there may be: with more that one is something else, as a user before a password."""


class Through(Record):
    """A call whose result is a text made of what it is given."""

    way: str
    """Of `value.WAYS`, or `setting`, `format`, `template`, `join`, `concat`, `builder`, `replace`; of maps `merge`,
    `item`, `get`, `path`, `elements`; of lists `pairs`, `zipped`."""
    start: int | str
    """An argument by its place or (where it is no number) its name, or the receiver."""
    when: Sequence[str] = ()
    """Words of which another argument is one; empty where it does not matter."""
    otherwise: str = ""
    """The way where none of these words is given; empty where the text is not followed then."""


class Pair(Record):
    """A call that binds a value to a name: `properties.setProperty(name, value)`."""

    name: int | str
    value: int | str
    """Positions, or names of arguments; the name `each` is that of every argument, with the next as its value."""


class Comparison(Record):
    """A call that compares two of its sides. With a `rule` only credentials are compared so."""

    left: int | str
    right: int | str
    rule: str | None = None
    one_way: bool = False
    """Whether only the left side holds literals that matter: a list in which the right one is looked for."""


class Calls(Record):
    """The table of one language, by the names of calls."""

    sinks: dict[str, tuple[Parameter, ...]]
    through: dict[str, Through]
    pairs: dict[str, tuple[Pair, ...]]
    compared: dict[str, tuple[Comparison, ...]]
    hands: dict[str, str]
    """What methods hand to a function that they are given: `same` (their object), or its `elements`. They make a list
    of what it returns, but for those that are `kept` of the elements, or `one` of them."""
    checked: dict[str, int]
    """Calls that check what a user gives, by position, against what is stored."""
    asked: dict[str, int]
    """Calls that hand over what a user gives: which of their results it is, or of the parameters of the function that
    they are given."""
    stored: dict[str, int]
    """Methods that put something into the object that they are called on, and which argument that is."""
    lists: frozenset[str]
    """Calls that make a list, set or array of what they are given."""
    maps: frozenset[str]
    """Calls that make a map of keys and values, which they are given in turn."""
    copied: dict[str, tuple[int | str, int | str]]
    """Calls that copy a list or array, `from` one side `to` another."""
    around: frozenset[str]
    """Classes that are made around what they are given first: what is put into such an object is in the other."""
    names: dict[str, str]
    """Names beyond those that every language shares, each with the rule that it falls under."""
    settings: frozenset[str]
    """Names of texts that hold settings, among them credentials by their names."""
    tuples: dict[str, str]
    """Names that a pair of user and password is bound to, with the password's rule."""
    members: frozenset[str]
    """Members that are their object's text: the `value` of an enumeration."""
    applied: frozenset[str]
    """Calls that make a call of what they are given first, with the rest of what they are given."""
    structures: dict[str, int]
    """Calls that make a class, each with the place at which the names of its fields stand."""
    updates: frozenset[str]
    """Methods that put all of what they are given into the map that they are called on."""
    put: frozenset[str]
    """Calls that set a field of the object given first: by the name given second, to what is given third."""
    splits: dict[str, tuple[int | str, int]]
    """Calls that take a text apart: where the text stands, and at which argument what parts it."""
    runs: dict[str, tuple[int | str, ...]]
    """Calls that run what they are given: from which argument on, or under which name, the command or script stands."""
    interprets: dict[str, str]
    """Commands that are given a program of another language, and which one."""
    installed: frozenset[str]
    """Methods that call what they are given first with the rest of what they are given: `app.register(plugin, ...)`."""
    options: dict[str, frozenset[str]]
    """Options of the command line: methods that declare them, read them all, or give them to a function."""
    prompts: dict[str, frozenset[str]]
    """Methods that wait for a prompt (`asked`), and those that answer it on the same object (`given`)."""
    transparent: frozenset[str]
    """Calls, by their last words, whose result is known by the name that what they are given would have there."""
    words: frozenset[str]
    """What stands wherever a credential is taken: the class or module whose call it is, or `method(` of any object."""
    takers: frozenset[Taker]


class Taker(Record):
    """What stands in a program that calls something which takes a credential."""

    word: str
    """The class or module whose call it is, or `method(` of any object."""
    modules: frozenset[str] = frozenset()
    """The modules and classes that it comes from, by all of whose names it is known."""
    spellings: frozenset[str] = frozenset()
    """How the call's own name may be written; none where the word says enough."""


@lru_cache(maxsize=32)
def calls(language: str) -> Calls:
    """Return the table of `language`; an empty one where there is none."""
    place = folder_file(f"{language}.calls.yaml")
    table: dict[str, Any] = load_yaml(place) if os.path.isfile(place) else {}  # noqa: PTH113
    base: dict[str, Any] = load_yaml(folder_file(f"{table['like']}.calls.yaml")) if "like" in table else {}
    rows = {
        part: [*base.get(part, ()), *table.get(part, ())]
        for part in ("sinks", "through", "pairs", "compared", "checked", "asked", "stored", "copied", "runs", "splits")
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
    compared: dict[str, tuple[Comparison, ...]] = {}
    for row in rows["compared"]:
        for call in row["calls"]:
            left, right = row["sides"]
            one_way = bool(row.get("one_way"))
            held = Comparison(left=left, right=right, rule=row.get("rule"), one_way=one_way)
            compared[call] = (*compared.get(call, ()), held)
    way = syntax(language).modules
    of_credentials = [row for row in rows["compared"] if "rule" in row]
    taking = (*rows["sinks"], *rows["checked"], *rows["asked"], *rows["runs"], *of_credentials)
    takers = frozenset(taker for row in taking for taker in _takers(row, way))
    takers |= {Taker(word=name) for name in table.get("names", {}) if len(name) > _SHORT_NAME}
    takers |= {Taker(word=word) for word in table.get("words", ())}
    return Calls(
        sinks=sinks,
        through={call: _through(row) for row in rows["through"] for call in row["calls"]},
        pairs=pairs,
        hands={**base.get("hands", {}), **table.get("hands", {})},
        compared=compared,
        checked={call: row["position"] for row in rows["checked"] for call in row["calls"]},
        asked={call: row["position"] for row in rows["asked"] for call in row["calls"]},
        stored={call.removeprefix("*."): row["value"] for row in rows["stored"] for call in row["calls"]},
        lists=frozenset([*base.get("lists", ()), *table.get("lists", ())]),
        maps=frozenset([*base.get("maps", ()), *table.get("maps", ())]),
        copied={call: (row["from"], row["to"]) for row in rows["copied"] for call in row["calls"]},
        around=frozenset([one.removeprefix("new ") for one in (*base.get("around", ()), *table.get("around", ()))]),
        names={**base.get("names", {}), **table.get("names", {})},
        settings=frozenset([*base.get("settings", ()), *table.get("settings", ())]),
        tuples={**base.get("tuples", {}), **table.get("tuples", {})},
        members=frozenset([*base.get("members", ()), *table.get("members", ())]),
        applied=frozenset([*base.get("applied", ()), *table.get("applied", ())]),
        structures={**base.get("structures", {}), **table.get("structures", {})},
        updates=frozenset([*base.get("updates", ()), *table.get("updates", ())]),
        put=frozenset([*base.get("put", ()), *table.get("put", ())]),
        splits={call: (row["from"], row["by"]) for row in rows["splits"] for call in row["calls"]},
        runs=_runs(rows["runs"]),
        interprets={**base.get("interprets", {}), **table.get("interprets", {})},
        installed=frozenset([*base.get("installed", ()), *table.get("installed", ())]),
        prompts={kind: frozenset(names) for kind, names in table.get("prompts", {}).items()},
        options={kind: frozenset(names) for kind, names in (base.get("options") or table.get("options", {})).items()},
        transparent=frozenset(table.get("transparent", ())),
        words=frozenset(taker.word for taker in takers),
        takers=takers,
    )


def _through(row: dict[str, Any]) -> Through:
    when = tuple(row.get("when", ()))
    return Through(way=row["way"], start=row.get("from", 0), when=when, otherwise=row.get("otherwise", ""))


def _runs(rows: Sequence[dict[str, Any]]) -> dict[str, tuple[int | str, ...]]:
    found: dict[str, tuple[int | str, ...]] = {}
    for row in rows:
        found |= {call: (*found.get(call, ()), row["from"]) for call in row["calls"]}
    return found


@lru_cache(maxsize=1)
def program_words() -> frozenset[str]:
    """Return the words of all languages, one of which stands in every program that passes a credential to a call."""
    return frozenset().union(*(calls(language).words for language in languages().values()))


def _takers(row: dict[str, Any], way: str) -> Iterator[Taker]:
    if "words" in row:
        yield from (Taker(word=word) for word in row["words"])
    else:
        # A structure whose type is not named, `new`, is known by the names of its fields only.
        yield from (_taker(call, way) for call in row["calls"] if call != "new")


def _taker(call: str, way: str) -> Taker:
    """Return what stands in every file that makes a call; of Python's the package, which is imported by its name."""
    plain = call.removeprefix("new ")
    if way == "go" and not plain.startswith("*"):
        return Taker(word=".".join(plain.split(".")[:2]))
    *before, last = (part for part in plain.split(".") if part != "*")
    if not before:
        return Taker(word=f"{last}(" if plain.startswith("*") else last.rpartition("/")[2])
    module = before[0] if len(before) > 1 and not plain.startswith("*") else ""
    if way == "python" and not plain.startswith("*"):
        return Taker(word=before[0], modules=frozenset(before[1:]), spellings=_spellings(last))
    return Taker(
        word=before[-1].rpartition("/")[2],
        modules=frozenset({module} if module and way != "types" else ()),
        spellings=_spellings(last),
    )


def _spellings(name: str) -> frozenset[str]:
    """Return how a program may write the call of a method: that of a setter is written as its field, too."""
    plain = name.rstrip("=!?")
    field = _SETTER.sub("", plain)
    return frozenset({plain} if field == plain else {plain, field, field[0].lower() + field[1:]})
