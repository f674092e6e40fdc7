"""How fast hosts are asked, measured by the server, on a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from itertools import pairwise

import pytest

from scanner.model import Verified
from scanner.verify.base import Unreachable
from scanner.verify.http import ask
from scanner.verify.pace import BUDGET, MOST_PATIENCE, Pace, seconds_of
from tests.testing.stub import Answer, Stub, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import NOON, SkippingClock, question, reach_to, verifier


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as running:
        yield running


@pytest.mark.parametrize("rate", [0.5, 2.0, 10.0])
def test_a_host_is_asked_no_more_often_a_second_than_its_rule_says(stub: Stub, rate: float) -> None:
    clock = SkippingClock()
    seen: list[float] = []

    def answer(_: object) -> Answer:
        seen.append(clock.now())
        return Answer()

    stub.answer = answer
    reach = reach_to(stub, clock=clock)
    for number in range(4):
        ask(question(token(str(number)), verifier(rate=rate)), reach)
    assert [after - before for before, after in pairwise(seen)] == pytest.approx([1 / rate] * 3)


def test_one_host_does_not_wait_for_another() -> None:
    clock = SkippingClock()
    pace = Pace(clock=clock)
    pace.turn("a.example", 0.1)
    pace.turn("b.example", 0.1)
    assert clock.now() == 0.0


@pytest.mark.parametrize("after", ["7", formatdate(NOON + 7, usegmt=True)])
def test_a_host_that_asks_for_patience_gets_it_and_is_asked_again(stub: Stub, after: str) -> None:
    clock = SkippingClock()
    answers = iter([Answer(status=429, headers={"Retry-After": after}), Answer()])
    seen: list[float] = []

    def answer(_: object) -> Answer:
        seen.append(clock.now())
        return next(answers)

    stub.answer = answer
    assert ask(question(token("x")), reach_to(stub, clock=clock)).state is Verified.ACTIVE
    assert seen[1] - seen[0] == pytest.approx(7)


def test_a_host_that_asks_for_patience_twice_is_left_alone(stub: Stub) -> None:
    stub.answer = lambda _: Answer(status=429, headers={"Retry-After": "1"})
    said = ask(question(token("x")), reach_to(stub))
    assert said.state is Verified.UNKNOWN
    assert "429" in said.why
    assert len(stub.asked) == 2


@pytest.mark.parametrize("after", [str(MOST_PATIENCE + 1), "soon", "", "-1", "9" * 400])
def test_no_host_is_waited_for_without_end(stub: Stub, after: str) -> None:
    clock = SkippingClock()
    stub.answer = lambda _: Answer(status=429, headers={"Retry-After": after})
    assert ask(question(token("x")), reach_to(stub, clock=clock)).state is Verified.UNKNOWN
    assert len(stub.asked) == 1
    assert clock.now() == 0.0


def test_nothing_is_asked_once_the_time_for_all_is_used_up(stub: Stub) -> None:
    clock = SkippingClock()
    reach = reach_to(stub, clock=clock)
    clock.wait(BUDGET)
    said = ask(question(token("x")), reach)
    assert said.state is Verified.UNKNOWN
    assert said.why == "not asked: the 300 s for all questions were used up"
    assert stub.asked == []


def test_a_turn_that_would_come_too_late_is_not_waited_for() -> None:
    clock = SkippingClock()
    pace = Pace(budget=5, clock=clock)
    pace.turn("a.example", 0.1)
    with pytest.raises(Unreachable):
        pace.turn("a.example", 0.1)
    assert clock.now() == 0.0


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert seconds_of("30", NOON) == 30
    assert seconds_of(formatdate(NOON - 60, usegmt=True), NOON) == 0
    assert seconds_of("Thu, 99 Foo 2026", NOON) is None
