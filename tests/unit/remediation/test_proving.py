"""A rewrite that does not prove itself is left to a person, and the rest of the fix goes on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from remediation.model import Plan
from remediation.planner import plan_fix
from remediation.proving import proven
from scanner.model import Finding
from strongroom.kernel.errors import CheckFailed
from tests.unit.remediation.building import contents, finding, findings, made_up, snapshot

GOOD, BAD = made_up(301), made_up(302)
START = snapshot({"good.py": f'API_KEY = "{GOOD}"\n', "bad.py": f'API_KEY = "{BAD}"\n'})


def draw(refused: Mapping[str, str]) -> Plan:
    return plan_fix(findings(contents(START), [GOOD, BAD]), START, refused=refused)


def test_the_file_is_left_with_the_reason_and_the_others_are_rewritten() -> None:
    def rescan(after: Mapping[str, bytes]) -> list[Finding]:
        return [finding("bad.py", b"other", 0, "other")] if "bad.py" in after else []

    plan = proven(draw, START, rescan)

    assert "good.py" in {edit.path for edit in plan.patch.edits}
    assert "bad.py" not in {edit.path for edit in plan.patch.edits}
    (left,) = (step for step in plan.steps if step.path == "bad.py")
    assert left.reason.startswith("a rewrite of this file does not prove itself: ")


def test_what_is_wrong_with_a_file_of_our_own_ends_the_fix() -> None:
    def rescan(after: Mapping[str, bytes]) -> list[Finding]:
        return [finding("app_secrets.py", b"other", 0, "other")]

    with pytest.raises(CheckFailed, match=r"app_secrets\.py would be reported"):
        proven(draw, START, rescan)
