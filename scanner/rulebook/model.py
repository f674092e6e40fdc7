"""What a rule is: one shape of credential, or one family of names that credentials are bound to. Pure data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from scanner.globs import Globs
from scanner.model import Confidence, Severity
from scanner.rulebook.verifier import Verifier
from strongroom.kernel.record import Record


class ValueKind(StrEnum):
    """How the value of a name rule is weighed: people choose passwords, machines draw tokens."""

    PASSWORD = "password"  # noqa: S105 - the word itself
    TOKEN = "token"  # noqa: S105 - the word itself


class CharacterClass(StrEnum):
    """A kind of character that a value may be asked to hold."""

    LOWER = "lower"
    UPPER = "upper"
    LETTER = "letter"
    DIGIT = "digit"


class Disposition(StrEnum):
    """What a fix may do with a finding of the rule."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


class Allowlist(Record):
    """What an imported configuration lets pass, by patterns that are searched for (`re` over bytes)."""

    description: str = ""
    regexes: tuple[str, ...] = ()
    target: str = "value"
    """Where `regexes` are searched: in the `value`, in the rule's whole `match`, or on the `line`."""
    paths: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    """Lower-case texts that a value may hold."""
    commits: tuple[str, ...] = ()
    every: bool = False
    """Whether every kind of check must hold; else one is enough."""
    origin: str = ""


class Rule(Record):
    """One thing that is looked for. A rule has either a `pattern` (a known shape) or `names` (any value so named)."""

    id: str
    name: str
    description: str
    """What was found and what a thief gains by it."""
    severity: Severity
    confidence: Confidence
    keywords: tuple[str, ...]
    """Lower-case literals, one of which stands in every text that the rule can match; none: it is looked for itself."""
    pattern: str = ""
    """Python `re` over bytes, in the subset that RE2 and hyperscan share; the group `value` is the credential."""
    names: tuple[str, ...] = ()
    """Patterns that a whole normalised name (`lower_snake_case`) must match."""
    value_kind: ValueKind = ValueKind.TOKEN
    weak: bool = False
    """Whether the names are such common words that programs are not followed for them; the text around must speak."""
    min_entropy: float = 0.0
    """Least Shannon entropy of the value, in bits a character."""
    requires: tuple[CharacterClass, ...] = ()
    """Kinds of character, one of each of which must stand in the value."""
    check: str = ""
    """Name of a check in `scanner.checks` that the format allows."""
    depends_on: tuple[str, ...] = ()
    """Ids of rules for the other half of a pair."""
    alone: Confidence | None = None
    """How sure a match is at most where none of `depends_on` stands near; as sure as ever where there is nothing."""
    in_tests: Confidence | None = None
    """How sure a match is at most in tests and texts about code; as sure as ever where there is nothing."""
    preview_prefix: str = ""
    """Public prefix that a report may show."""
    paths: tuple[str, ...] = ()
    """Globs over the lower-cased file name; empty means every file."""
    multiline: bool = False
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    verifier: Verifier | None = None
    """How to ask whether a value is live; none where nobody can be asked."""
    rotator: str | None = None
    layout: str | None = None
    disposition: Disposition = Disposition.SAFE
    reason: str = ""
    """Why a fix must not rewrite it, where the disposition is `manual`."""
    origin: str = ""
    """The file the rule was read from."""
    lead: str = ""
    """What a match may begin with before `pattern`, which makes no difference to whether there is one."""
    nearby: tuple[str, ...] = ()
    """Lower-case texts one of which stands anywhere in a file that the rule is for."""
    path_pattern: str = ""
    """What is searched for in the path of a file that the rule is for."""
    allowlists: tuple[Allowlist, ...] = ()

    @property
    def generic(self) -> bool:
        """Tell whether the rule knows only a name, not the shape of the value."""
        return bool(self.names)


class Shape(Record):
    """A way in which text binds a value to a name; groups `name` and `value`."""

    id: str
    pattern: str
    paths: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    multiline: bool = False
    rule: str = ""
    """The rule that owns what the shape binds, where the shape says it all; else the name decides."""
    front: bool = False
    """Whether the automaton asks for what stands before the name: worth it where words in plain text would fit else."""
    keywords: tuple[str, ...] = ()
    """Lower-case literals, one of which stands in every match; empty: those of the name rules."""


class Encoding(Record):
    """A way in which text stands encoded, known by `leads`: one of them matches wherever such text begins."""

    id: str
    codec: str
    """Which codec of `scanner.decoding` is tried there."""
    leads: tuple[str, ...]


class RuleBook(Record):
    """All rules, shapes and encodings of a run, in reading order."""

    rules: Sequence[Rule]
    shapes: tuple[Shape, ...] = ()
    encodings: tuple[Encoding, ...] = ()
    by_id: Mapping[str, Rule]
    paths: tuple[str, ...] = ()
    """Files and folders that the book was read from; none for one that was made in memory."""
    notes: tuple[str, ...] = ()
    """What people should hear of once: parts of imported files that are not honoured."""

    @property
    def pattern_rules(self) -> tuple[Rule, ...]:
        """Return the rules that know the shape of a value."""
        return tuple(rule for rule in self.rules if rule.pattern)

    @property
    def name_rules(self) -> tuple[Rule, ...]:
        """Return the rules that know names only; the first that matches a name owns it."""
        return tuple(rule for rule in self.rules if rule.names)


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[bytes]:
    """Return `pattern` compiled over bytes, where `^` and `$` mean lines. Raises `re.error`."""
    return re.compile(pattern.encode(), re.MULTILINE)


def applies_to(globs: tuple[str, ...], path: str) -> bool:
    """Tell whether the file name of `path` fits one of `globs`; no globs fit every path."""
    return not globs or _globs(globs).fit(path.rsplit("/", 1)[-1].lower())


@lru_cache(maxsize=1024)
def _globs(globs: tuple[str, ...]) -> Globs:
    return Globs(globs)
