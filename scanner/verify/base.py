"""What passes between the verifiers and the gate: a question about one value, an answer, and why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product

from scanner.model import Surroundings, Verified
from scanner.rulebook.verifier import Verifier
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.verify.reach import Reach

    Verify = Callable[["Question", Reach], "Said"]

Names = dict[str, SecretValue]
"""What a verifier's names stand for."""
_MOST_WAYS = 4
"""Requests for one value: two nearest of each of two things."""


class Said(Record):
    """What is known of a credential, and in words by whom or why not. The words never hold a value."""

    state: Verified
    why: str


class Question(Record):
    """One value, the verifier that its rule names, and what stands near it."""

    rule_id: str
    verifier: Verifier
    value: SecretValue
    surroundings: Surroundings = ()

    def ways(self) -> Iterator[Names]:
        """Yield what the names may stand for, the nearest first; `value` is the value itself."""
        found = [(name, values) for name, values in self.surroundings if values]
        for chosen in islice(product(*(values for _, values in found)), _MOST_WAYS):
            yield {**{name: one for (name, _), one in zip(found, chosen, strict=True)}, "value": self.value}

    def key(self, key: bytes) -> tuple[str, ...]:
        """Return what is equal for equal questions, by digests under `key`."""
        found = [(name, one.digest(key)) for name, values in self.surroundings for one in values]
        return (self.rule_id, self.value.digest(key), *(text for pair in found for text in pair))


class Unreachable(Exception):
    """There is no answer. The words say why, hold no value, and are raised free of what a library said."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def active(why: str) -> Said:
    """Return that a credential is live."""
    return Said(state=Verified.ACTIVE, why=why)


def inactive(why: str) -> Said:
    """Return that a credential opens nothing."""
    return Said(state=Verified.INACTIVE, why=why)


def unknown(why: str) -> Said:
    """Return that nothing is known of a credential."""
    return Said(state=Verified.UNKNOWN, why=why)


def together(answers: Sequence[Said]) -> Said:
    """Return what several ways of asking say: one that opens is enough, all must be refused.

    A value that is refused beside the wrong other half may be live, so one answer in doubt leaves all of it in doubt.
    """
    for state in (Verified.ACTIVE, Verified.UNKNOWN, Verified.INACTIVE):
        for said in answers:
            if said.state is state:
                return said
    return unknown("what it belongs to does not stand near")
