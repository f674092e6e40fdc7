"""What holds for every built-in rotation function, on real services where there are any."""

from __future__ import annotations

from itertools import count

import pytest

from tests.contract.rotators.harness import Harness
from tests.testing.rotators import Cut, CutOff, Subject
from vault.rotation.rotators.base import RotationFailed, Step


def test_the_new_value_is_accepted(harness: Harness, rotated: Subject) -> None:
    before = rotated.value()
    rotated.rotate()
    after = rotated.value()
    assert after is not None
    assert after != before
    assert harness.accepted(after)


def test_the_previous_value_ends_as_it_was_promised(harness: Harness, rotated: Subject) -> None:
    rotated.rotate()
    previous = rotated.value("AWSPREVIOUS")
    assert previous is not None
    assert harness.accepted(previous) is harness.previous_survives


def test_what_was_current_two_rotations_ago_is_refused(harness: Harness, rotated: Subject) -> None:
    first = rotated.value()
    rotated.rotate()
    rotated.rotate()
    assert first is not None
    assert not harness.accepted(first)
    assert harness.accepted(rotated.value() or "")


def test_ten_rotations_follow_each_other(harness: Harness, rotated: Subject) -> None:
    values = set()
    for _ in range(10):
        rotated.rotate()
        values.add(rotated.value())
    assert len(values) == 10
    assert harness.accepted(rotated.value() or "")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_cut_off_at_any_call_some_stored_value_works_and_a_retry_completes(
    harness: Harness, rotated: Subject, after: bool
) -> None:
    for at in count(1):
        token, cut = rotated.start(), Cut(at=at, after=after)
        try:
            rotated.run(token, cut)
        except CutOff:
            assert _some_works(harness, rotated), f"nothing stored works after call {at}"
            rotated.run(token)
        assert "AWSCURRENT" in rotated.client.describe_secret(SecretId=rotated.arn)["VersionIdsToStages"][token]
        assert harness.accepted(rotated.value() or "")
        if cut.calls < at:
            break
    assert at > len(Step)


def _some_works(harness: Harness, rotated: Subject) -> bool:
    stored = (rotated.value(stage) for stage in ("AWSCURRENT", "AWSPENDING"))
    return any(harness.accepted(value) for value in stored if value is not None)


def test_each_step_run_again_changes_nothing(harness: Harness, rotated: Subject) -> None:
    token = rotated.start()
    for step in Step:
        rotated.function(token).run(step)
        before = (rotated.value(), rotated.value("AWSPENDING"))
        rotated.function(token).run(step)
        assert (rotated.value(), rotated.value("AWSPENDING")) == before
    assert harness.accepted(rotated.value() or "")


def test_a_token_that_is_not_pending_is_refused(rotated: Subject) -> None:
    rotated.start()
    for step in Step:
        with pytest.raises(RotationFailed, match="is not labeled AWSPENDING"):
            rotated.function("another-token").run(step)


def test_what_is_accepted_is_told(harness: Harness, rotated: Subject) -> None:
    rotated.rotate()
    current, previous = rotated.value() or "", rotated.value("AWSPREVIOUS") or ""
    assert rotated.accepts(current)
    assert rotated.accepts(previous) is harness.previous_survives
    assert not rotated.accepts(harness.junk(current))


def test_a_revoked_value_is_refused_and_the_current_one_goes_on(harness: Harness, rotated: Subject) -> None:
    rotated.rotate()
    previous = rotated.value("AWSPREVIOUS") or ""
    rotated.revoke(previous)
    rotated.revoke(previous)
    assert not harness.accepted(previous)
    assert not rotated.accepts(previous)
    assert harness.accepted(rotated.value() or "")
    rotated.rotate()
    assert harness.accepted(rotated.value() or "")


def test_the_current_value_is_never_revoked(harness: Harness, rotated: Subject) -> None:
    rotated.rotate()
    with pytest.raises(RotationFailed, match="is the current one"):
        rotated.revoke(rotated.value() or "")
    assert harness.accepted(rotated.value() or "")
