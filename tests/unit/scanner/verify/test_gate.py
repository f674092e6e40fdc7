"""The door: what is asked about and how often, in what order findings come out, and how an interrupt ends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from scanner.model import EvidenceKind, SuppressedBy, Verified
from scanner.verify.gate import Gate
from strongroom.kernel.record import replace
from tests.testing.stub import Answer, Asked, Stub, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import RULE, SkippingClock, finding, near, reach_to, rule, verifier

LIVE, DEAD = token("live"), token("dead")
RULES = {RULE: rule(verifier())}


def by_value(asked: Asked) -> Answer:
    return Answer(status=200 if LIVE in asked.headers["Authorization"] else 401)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(by_value) as running:
        yield running


def test_each_finding_gets_what_its_provider_says_and_who_said_so(stub: Stub) -> None:
    found = Gate(RULES, reach_to(stub)).verified([finding(LIVE), finding(DEAD)])
    assert [one.verified for one in found] == [Verified.ACTIVE, Verified.INACTIVE]
    said = found[0].evidence[-1]
    assert said.kind is EvidenceKind.VERIFICATION
    assert said.detail == "active: the provider accepted it at 127.0.0.1"
    assert found[0].severity is finding(LIVE).severity


def test_what_is_live_comes_first_and_all_else_stays_in_order(stub: Stub) -> None:
    findings = [finding(DEAD, line=1), finding(LIVE, line=2), finding(DEAD, line=3), finding(LIVE, line=4)]
    found = Gate(RULES, reach_to(stub)).verified(findings)
    assert [one.region.start_line for one in found] == [2, 4, 1, 3]


def test_equal_values_are_asked_about_once(stub: Stub) -> None:
    found = Gate(RULES, reach_to(stub)).verified([finding(LIVE, line=line) for line in range(1, 20)])
    assert {one.verified for one in found} == {Verified.ACTIVE}
    assert len(stub.asked) == 1


def test_equal_values_beside_different_halves_are_different_questions(stub: Stub) -> None:
    Gate(RULES, reach_to(stub)).verified([finding(LIVE, surroundings=near(account=name)) for name in ("a", "b", "a")])
    assert len(stub.asked) == 2


def test_what_was_accepted_beforehand_is_not_asked_about(stub: Stub) -> None:
    found = Gate(RULES, reach_to(stub)).verified([finding(LIVE, suppressed_by=SuppressedBy.BASELINE)])
    assert found[0].verified is None
    assert stub.asked == []


def test_a_rule_that_names_nobody_to_ask_leaves_it_unknown(stub: Stub) -> None:
    found = Gate({RULE: rule(None)}, reach_to(stub)).verified([finding(LIVE)])
    assert found[0].verified is Verified.UNKNOWN
    assert found[0].evidence[-1].detail == "unknown: its rule names nobody who could be asked"
    assert stub.asked == []


def test_what_there_was_no_time_for_is_unknown(stub: Stub) -> None:
    reach = reach_to(stub, clock=SkippingClock(), budget=2.0)
    found = Gate(RULES, reach, workers=1).verified([finding(token(str(number))) for number in range(9)])
    late = [one for one in found if "not asked" in one.evidence[-1].detail]
    assert {one.verified for one in late} == {Verified.UNKNOWN}
    assert len(late) == 9 - len(stub.asked)
    assert late


def test_questions_of_one_rule_do_not_stand_before_those_of_all_others() -> None:
    rules = {name: rule(verifier(), name) for name in ("acme-one", "acme-two")}
    order: list[str] = []

    def answer(asked: Asked) -> Answer:
        order.append(asked.headers["Authorization"].removeprefix("Bearer "))
        return Answer()

    names = ["acme-one", "acme-one", "acme-one", "acme-two"]
    values = [token(str(number)) for number in range(4)]
    findings = [replace(finding(value), rule_id=name) for value, name in zip(values, names, strict=True)]
    with serving(answer) as stub:
        Gate(rules, reach_to(stub), workers=1).verified(findings)
    assert order == [values[0], values[3], values[1], values[2]]


def test_progress_is_heard_of(stub: Stub) -> None:
    heard: list[tuple[int, int]] = []
    Gate(RULES, reach_to(stub)).verified(
        [finding(LIVE), finding(DEAD), finding(DEAD)], lambda *counted: heard.append(counted)
    )
    assert heard == [(1, 2), (2, 2)]


def test_no_more_than_a_few_are_asked_at_once() -> None:
    guard = threading.Lock()
    now = most = 0
    together = threading.Barrier(2, timeout=5)

    def answer(_: Asked) -> Answer:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        together.wait()
        with guard:
            now -= 1
        return Answer()

    with serving(answer) as stub:
        Gate(RULES, reach_to(stub), workers=2).verified([finding(token(str(number))) for number in range(8)])
    assert most == 2


def test_an_interrupt_ends_the_run_and_nothing_more_is_asked() -> None:
    interrupted = threading.Event()
    first = threading.Event()

    def answer(_: Asked) -> Answer:
        if first.is_set():
            interrupted.wait()
        first.set()
        return Answer()

    def interrupt(_answered: int, _of: int) -> None:
        raise KeyboardInterrupt

    with serving(answer) as stub:
        reach = reach_to(stub)
        with pytest.raises(KeyboardInterrupt):
            Gate(RULES, reach, workers=1).verified([finding(token(str(number))) for number in range(50)], interrupt)
        assert reach.pace.spent
        interrupted.set()
        assert len(stub.asked) <= 2
