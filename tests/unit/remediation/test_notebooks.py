"""Notebooks: the cell reads the value, outputs that show it go, and nothing else of the file changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from remediation.check import check
from remediation.model import Plan
from remediation.planner import plan_fix
from scanner.config import load_config
from scanner.pipeline import scan
from scanner.rulebook.loader import load_rulebook
from scanner.sources.texts import TextsSource
from strongroom.kernel.record import replace
from tests.unit.remediation.building import made_up, snapshot

TOKEN = "ghp_" + made_up(81, 36)


def notebook(*cells: dict[str, Any]) -> str:
    document = {"cells": list(cells), "metadata": {"language_info": {"name": "python"}}, "nbformat": 4}
    return json.dumps({**document, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n"


def code(*lines: str, outputs: tuple[str, ...] = ()) -> dict[str, Any]:
    shown = [{"name": "stdout", "output_type": "stream", "text": [text]} for text in outputs]
    return {"cell_type": "code", "execution_count": 1, "id": "a", "metadata": {}, "outputs": shown, "source": [*lines]}


def plan(text: str, tmp_path: Path) -> Plan:
    start = snapshot({"work/a.ipynb": text})
    book, config = load_rulebook(), load_config(tmp_path)

    def rescan(files: dict[str, bytes]) -> Any:
        return scan(TextsSource("made up", files, {}), book, config).open_findings

    found = rescan({path: entry.data for path, entry in start.entries.items()})
    made = plan_fix([replace(each, blob_id=None) for each in found], start)
    check(made, start, rescan)  # type: ignore[arg-type]
    return made


def after(made: Plan, path: str = "work/a.ipynb") -> str:
    return next(edit.after for edit in made.patch.edits if edit.path == path).decode()


def test_a_cell_reads_the_value_and_the_output_that_shows_it_goes(tmp_path: Path) -> None:
    before = notebook(
        code(
            "%matplotlib inline\n", "é = 1\n", f'token = "{TOKEN}"\n', "print(token)", outputs=("é\n", f"is {TOKEN}\n")
        ),
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": ["# Üse\n"]},
    )

    made = plan(before, tmp_path)

    name = made.secrets[0].name
    call = f'token = secret("{name}")\n'
    assert after(made) == notebook(
        code(
            "%matplotlib inline\n",
            "from app_secrets import secret\n",
            "\n",
            "é = 1\n",
            call,
            "print(token)",
            outputs=("é\n",),
        ),
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": ["# Üse\n"]},
    )
    assert any(edit.path == "work/app_secrets.py" for edit in made.patch.edits)
    assert made.left == ()


def test_all_outputs_of_a_cell_that_show_the_value_leave_an_empty_list(tmp_path: Path) -> None:
    before = notebook(code(f'key = "{TOKEN}"', outputs=(TOKEN, f"{TOKEN}\n")))

    assert json.loads(after(plan(before, tmp_path)))["cells"][0]["outputs"] == []
