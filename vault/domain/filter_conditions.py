"""The conditions of a filter pattern on JSON events: what each asks of an event that was parsed.

A condition on something that an event does not have is false, whatever it compares with; only NOT EXISTS is true then.
Each condition also gives hints, sets of texts of each of which a document must hold one: so most are passed over
unparsed. What something must be tells more than where it stands.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vault.domain.filter_terms import Term

ABSENT = object()
"""What a selector finds where an event has nothing."""

Hints = tuple[frozenset[str], ...]
"""Sets of texts; of each one must be in a document for the condition to hold. Empty where nothing is known."""

_COMPARING: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition(Protocol):
    """Something that holds for an event or not."""

    def holds(self, event: Any) -> bool:
        """Tell whether it holds for a parsed event."""

    @property
    def hints(self) -> Hints:
        """The texts that a document needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A place in an event: `$.userIdentity.type`, `$.tags[0].key`."""

    steps: tuple[str | int, ...]

    def find(self, event: Any) -> Any:
        """Return what stands there, `ABSENT` for nothing."""
        for step in self.steps:
            if isinstance(step, str):
                if not isinstance(event, Mapping) or step not in event:
                    return ABSENT
            elif not isinstance(event, list) or step >= len(event):
                return ABSENT
            event = event[step]
        return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """`=` or, `negated`, `!=`."""

    selector: Selector
    term: Term
    negated: bool = False

    def holds(self, event: Any) -> bool:
        """Tell whether a text, number or truth stands there that is, or is not, the term."""
        value = self.selector.find(event)
        return isinstance(value, str | int | float) and self.term.matches(value) is not self.negated

    @property
    def hints(self) -> Hints:
        """The term itself where it must be there."""
        return (frozenset({self.term.hint}),) if self.term.hint and not self.negated else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`<`, `<=`, `>` or `>=`."""

    selector: Selector
    sign: str
    number: float

    def holds(self, event: Any) -> bool:
        """Tell whether a number stands there that compares so."""
        value = self.selector.find(event)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return _COMPARING[self.sign](value, self.number)

    @property
    def hints(self) -> Hints:
        """Nothing that is rare."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """`IS NULL`, `IS TRUE` and `IS FALSE`."""

    selector: Selector
    value: bool | None

    def holds(self, event: Any) -> bool:
        """Tell whether just that stands there."""
        return self.selector.find(event) is self.value

    @property
    def hints(self) -> Hints:
        """Nothing that is rare."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """`EXISTS` or, `negated`, `NOT EXISTS`."""

    selector: Selector
    negated: bool = False

    def holds(self, event: Any) -> bool:
        """Tell whether something stands there, or nothing."""
        return (self.selector.find(event) is ABSENT) is self.negated

    @property
    def hints(self) -> Hints:
        """The name of what must be there."""
        name = self.selector.steps[-1]
        known = not self.negated and isinstance(name, str) and name.isalnum() and name.isascii()
        return (frozenset({str(name)}),) if known else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Conditions between `&&`."""

    parts: Sequence[Condition]

    def holds(self, event: Any) -> bool:
        """Tell whether all hold."""
        return all(part.holds(event) for part in self.parts)

    @property
    def hints(self) -> Hints:
        """Those of all parts, the longest first, which are likely the rarest."""
        return tuple(sorted((each for part in self.parts for each in part.hints), key=_shortest, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Conditions between `||`."""

    parts: Sequence[Condition]

    def holds(self, event: Any) -> bool:
        """Tell whether one holds."""
        return any(part.holds(event) for part in self.parts)

    @property
    def hints(self) -> Hints:
        """One set of each part together, where each has some."""
        chosen = [max(part.hints, key=_shortest) for part in self.parts if part.hints]
        return (frozenset().union(*chosen),) if len(chosen) == len(self.parts) else ()


def _shortest(texts: frozenset[str]) -> int:
    return min(len(text) for text in texts)
