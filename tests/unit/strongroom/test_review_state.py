"""A review's states: whatever keys are pressed in whatever order, what is decided is decided of what was meant."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from scanner.baseline.model import Label
from scanner.model import Confidence, Finding, Region, Remediation, Severity, Span
from strongroom.cli.review_state import Choice, Scope, State, Verdict, in_order
from strongroom.kernel.secretvalue import SecretValue

HERE = Region(start_line=1, start_column=1, end_line=1, end_column=2)


def finding(number: int, rule: str, path: str, value: str, severity: Severity) -> Finding:
    return Finding(
        fingerprint=f"{number:032x}", secret_id=value, rule_id=rule, rule_name=rule, severity=severity,
        confidence=Confidence.HIGH, path=path, region=HERE, span=Span(start=number, end=number + 1),
        value=SecretValue(value), preview="", binding="", evidence=(),
        remediation=Remediation(fixable=True, strategy="", reason=""),
    )  # fmt: skip


some = st.lists(
    st.builds(
        finding, st.integers(0, 99), st.sampled_from("rs"), st.sampled_from("pq"), st.sampled_from("vw"),
        st.sampled_from(Severity),
    ),
    min_size=1, max_size=8,
)  # fmt: skip
choices = st.builds(Choice, verdict=st.sampled_from(Verdict), reason=st.text(max_size=3))
MOVES: dict[str, Callable[[State], State]] = {
    "skip": State.skipped, "back": State.back, "next rule": State.at_next_rule,
}  # fmt: skip
steps = st.lists(st.one_of(st.sampled_from(sorted(MOVES)), st.tuples(choices, st.sampled_from([None, *Scope]))))


@given(findings=some, pressed=steps)
def test_what_was_decided_last_of_a_finding_counts_and_nothing_else_is_decided(
    findings: list[Finding], pressed
) -> None:  # type: ignore[no-untyped-def]
    state = State(findings=in_order(findings))
    expected: dict[int, Choice] = {}
    for step in pressed:
        if state.at_end:
            state = state.back()
        if isinstance(step, str):
            state = MOVES[step](state)
            continue
        choice, scope = step
        numbers = [state.number] if scope is None else state.alike(scope)
        assert state.number in numbers
        assert all(number == state.number or number not in expected for number in numbers)
        expected |= dict.fromkeys(numbers, choice)
        state = state.decided(numbers, choice)
    assert dict(state.chosen) == expected
    assert [one.finding for one in state.decisions()] == [state.findings[number] for number in sorted(expected)]


@given(findings=some)
def test_the_worst_come_first_and_rules_stay_together_within_one_severity(findings: list[Finding]) -> None:
    ordered = in_order(findings)
    levels = [list(Severity).index(one.severity) for one in ordered]
    assert levels == sorted(levels)
    for level in Severity:
        rules = [one.rule_id for one in ordered if one.severity is level]
        assert rules == sorted(rules)


@given(findings=some)
def test_the_next_rule_is_another_one_or_the_end(findings: list[Finding]) -> None:
    state = State(findings=in_order(findings))
    after = state.at_next_rule()
    assert after.at_end or after.current.rule_id != state.current.rule_id


def test_what_is_to_be_fixed_stays_open_and_what_is_no_credential_does_not() -> None:
    one = finding(1, "r", "p", "v", Severity.HIGH)
    told = {verdict: Choice(verdict=verdict).of(one) for verdict in Verdict}
    assert {verdict: (said.accepts, said.label) for verdict, said in told.items()} == {
        Verdict.ACCEPT: (True, None),
        Verdict.NONE: (True, Label.FALSE),
        Verdict.FIX: (False, Label.TRUE),
    }
