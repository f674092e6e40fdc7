"""No line is changed that need not be: what a rewriter writes passes, and any line more is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from remediation.check import check
from remediation.needless import needless_line
from remediation.planner import plan_fix
from remediation.rewriters.python import rewrite
from strongroom.kernel.errors import CheckFailed
from tests.unit.remediation.building import contents, findings, snapshot
from tests.unit.remediation.test_rewrites import SHAPES, VALUES, fetches, planted

NAMES = ["app/value"]
TEXT = """import os

import requests

TOKEN = "{}"


def call(key="{}", *,
         limit=3):
    first = 1
    other = 2
    return requests.get("https://x.internal", headers={{
        "X-Key": "{}",
    }})


def rest():
    return os.name
""".format(*([VALUES[0]] * 3))
PLACES = [each.span for each in fetches(TEXT, VALUES[0])]
FIXED = rewrite(TEXT.encode(), fetches(TEXT, VALUES[0]), "app_secrets").decode()
FREE = [number for number, line in enumerate(TEXT.splitlines(), 1) if line.strip() and line in FIXED.splitlines()]
"""The lines that the fix leaves as they are."""
STATEMENTS = {5, 8, 9, *range(12, 15)}
"""The lines of statements, or heads of such, that hold a value: those may change."""


def _shape_name(shape: Path) -> str:
    return shape.name


@pytest.mark.parametrize("shape", SHAPES, ids=_shape_name)
def test_what_is_written_for_a_shape_has_a_reason(shape: Path) -> None:
    text = planted((shape / "before.py").read_text(encoding="utf-8"), VALUES[0])
    places = fetches(text, VALUES[0])
    rewritten = rewrite(text.encode(), places, "app_secrets")
    assert needless_line(text.encode(), rewritten, [each.span for each in places], NAMES) == 0


def test_a_file_with_windows_line_ends_is_judged_as_any_other() -> None:
    text = TEXT.replace("\n", "\r\n")
    rewritten = rewrite(text.encode(), fetches(text, VALUES[0]), "app_secrets")
    spans = [each.span for each in fetches(text, VALUES[0])]
    assert needless_line(text.encode(), rewritten, spans, NAMES) == 0
    unix = rewritten.replace(b"\r\n", b"\n")
    assert needless_line(text.encode(), unix, spans, NAMES) > 0


def parses(data: bytes) -> bool:
    try:
        compile(data, "spoiled.py", "exec")
    except SyntaxError:
        return False
    return True


def changed(line: str, how: str) -> list[str]:
    return {
        "blank": [f"{line} "], "added": ["# another", line], "gone": [], "other": [f"{line}  # changed"],
    }[how]  # fmt: skip


@given(number=st.sampled_from(FREE), how=st.sampled_from(["blank", "added", "gone", "other"]))
def test_any_other_line_that_changes_is_found(number: int, how: str) -> None:
    wanted = TEXT.splitlines()[number - 1]
    lines = FIXED.split("\n")
    at = lines.index(wanted)
    spoiled = "\n".join([*lines[:at], *changed(wanted, how), *lines[at + 1 :]]).encode()
    assume(parses(spoiled))
    found = needless_line(TEXT.encode(), spoiled, PLACES, NAMES)
    allowed = number in STATEMENTS or wanted.startswith(("import", "from"))
    assert found > 0 or allowed


def test_a_plan_that_changes_another_line_is_refused_with_the_place() -> None:
    start = snapshot({"a.py": TEXT, "requirements.txt": ""})
    found = findings(contents(start), [VALUES[0]])
    plan = plan_fix(found, start)
    (edit,) = [each for each in plan.patch.edits if each.path == "a.py"]
    spoiled = replace(edit, after=edit.after.replace(b"return os.name", b"return  os.name"))
    edits = tuple(spoiled if each is edit else each for each in plan.patch.edits)
    with pytest.raises(CheckFailed, match=r"a\.py:18 would be changed for no reason"):
        check(replace(plan, patch=replace(plan.patch, edits=edits)), start, lambda _: [])
    check(plan, start, lambda _: [])


def test_the_dependency_in_a_setup_script_has_a_reason() -> None:
    setup = (
        'from setuptools import setup\n\nrequires = [\n    "flask",\n]\n\nsetup(name="a", install_requires=["flask"])\n'
    )
    start = snapshot({"a.py": f'TOKEN = "{VALUES[0]}"\n', "setup.py": setup})
    plan = plan_fix(findings(contents(start), [VALUES[0]]), start)
    assert "setup.py" in {each.path for each in plan.patch.edits}
    check(plan, start, lambda _: [])
