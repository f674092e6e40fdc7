"""Each row of the two tables that a fix is measured by has its fixtures: 65 shapes of Python, 22 formats.

`fixtures/rewrites/python/shapes.yaml` and `fixtures/rewrites/formats.yaml` hold the numbers. Rewritten shapes
are run by `test_rewrites.py` and `test_configuration.py`; here are projects of several files, which must say the same
when they run, and what is left to a person.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from remediation import naming
from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, snapshot
from tests.unit.remediation.test_configuration import ROOT, found, planned, tree

PROJECTS = sorted(path.parent for path in ROOT.glob("python_project/*/use.py"))
LEFT = sorted(path.parent for path in ROOT.glob("*_left/*/expected.yaml"))


def rows(table: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((ROOT / table).read_text(encoding="utf-8"))
    return loaded


def name(folder: Path) -> str:
    return folder.name


@pytest.mark.parametrize(("table", "last"), [("python/shapes.yaml", 65), ("formats.yaml", 22)])
def test_every_row_of_a_table_has_a_fixture(table: str, last: int) -> None:
    listed = rows(table)
    shown = [(row, folder) for row in listed for kind in ("rewritten", "left") for folder in row.get(kind, ())]

    assert [row["row"] for row in listed] == list(range(1, last + 1))
    assert {row["row"] for row, _ in shown} == {row["row"] for row in listed}
    assert [folder for _, folder in shown if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize("kind", ["python_left", "formats_left", "python_project"])
def test_every_folder_beside_the_rewritten_ones_belongs_to_a_row(kind: str) -> None:
    listed = [row for table in ("python/shapes.yaml", "formats.yaml") for row in rows(table)]
    told = [folder for row in listed for folder in folders(row)]

    assert [path.name for path in sorted(ROOT.glob(f"{kind}/*")) if f"{kind}/{path.name}" not in told] == []


def folders(row: dict[str, Any]) -> list[str]:
    return [*row.get("rewritten", ()), *row.get("left", ())]


@pytest.mark.parametrize("folder", LEFT, ids=name)
def test_what_is_left_to_a_person_is_as_it_was_and_says_what_to_do(folder: Path) -> None:
    start = snapshot(tree(folder / "files"))

    plan = plan_fix(found(contents(start)), start)

    told = [
        {"path": step.path, "line": step.line, "action": step.action, "reason": step.reason}
        for step in plan.steps
        if step.disposition is Disposition.MANUAL
    ]
    assert plan.patch.edits == ()
    assert plan.secrets == ()
    assert told == yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))


def said(files: dict[str, bytes], folder: Path, use: Path, variables: dict[str, str]) -> str:
    """Return what a project prints when it is used, its secrets given by their variables."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    (folder / "use.py").write_bytes(use.read_bytes())
    done = subprocess.run(
        [sys.executable, "use.py"],
        cwd=folder,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def fixed(plan: Plan, files: dict[str, bytes]) -> dict[str, bytes]:
    return files | {edit.path: edit.after for edit in plan.patch.edits}


@pytest.mark.parametrize("folder", PROJECTS, ids=name)
def test_a_project_says_the_same_before_and_after(folder: Path, tmp_path: Path) -> None:
    plan, start = planned(folder)
    before, variables = contents(start), {}
    for secret in plan.secrets:
        variables[naming.variable(secret.name, secret.field)] = secret.value.reveal_text()

    first = said(before, tmp_path / "before", folder / "use.py", {})
    second = said(fixed(plan, before), tmp_path / "after", folder / "use.py", variables)

    assert first.strip()
    assert second == first
