"""Notebooks: cells and outputs are read as the text they are, and findings lie in the file."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config import ScanConfig
from scanner.decoding.notebook import pieces
from scanner.history.flow import scan_history
from scanner.model import Finding, ScanResult
from scanner.prefilter.choose import prepared
from scanner.rulebook.model import RuleBook
from tests.unit.scanner.making import Repository, password, token

Found = Callable[..., list[Finding]]
PASSWORD = password("notebook")
KEY = token("notebook", "ghp_[A-Za-z0-9]{36}")


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": "code", "metadata": {}, "source": lines, "outputs": list(outputs), "execution_count": 1}


def test_a_value_in_a_code_cell_lies_in_the_file(found: Found) -> None:
    text = notebook(code(f'import os\n\ndb_password = "{PASSWORD}"\nprint(1)\n'))
    (one,) = found("a.ipynb", text)
    assert text.encode()[one.span.start : one.span.end].decode() == PASSWORD
    assert one.binding == "db_password"
    assert one.region.start_line == next(n for n, line in enumerate(text.splitlines(), 1) if PASSWORD in line)
    assert "code cell 1" in one.evidence[-1].detail


def test_a_value_in_an_output_is_found(found: Found) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["one\n", f"the key is {KEY}\n"]}
    (one,) = found("a.ipynb", notebook(code("print(key)\n", stream)))
    assert any("output of cell 1" in reason.detail for reason in one.evidence)


def test_an_image_in_an_output_is_no_finding(found: Found) -> None:
    image = base64.b64encode(bytes(range(256)) * 40).decode()
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": image, "text/plain": ["<Figure>"]}}
    assert found("a.ipynb", notebook(code("plot()\n", shown))) == []


def test_a_value_encoded_in_a_cell_is_found(found: Found) -> None:
    encoded = base64.b64encode(f"token={KEY}".encode()).decode()
    text = notebook(code(f'blob = "{encoded}"\n'))
    (one,) = found("a.ipynb", text)
    held = text.encode()[one.span.start : one.span.end]
    assert held in encoded.encode()
    assert one.value.reveal() == KEY.encode()


def test_what_is_no_notebook_is_read_as_text(found: Found) -> None:
    (one,) = found("a.ipynb", f'{{"cell_type": broken\ntoken: "{KEY}"')
    assert one.value.reveal() == KEY.encode()


def test_ten_thousand_brackets_are_read_as_text(found: Found) -> None:
    text = '{"cell_type": ' + "[" * 10_000 + f'\n"{KEY}"'
    assert len(found("a.ipynb", text)) == 1


def test_the_sheets_of_format_3_are_read(found: Found) -> None:
    cell = {"cell_type": "code", "input": [f'api_password = "{PASSWORD}"\n'], "outputs": [], "language": "python"}
    text = json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3})
    (one,) = found("a.ipynb", text)
    assert one.binding == "api_password"


def test_an_accepted_cell_stays_accepted(found: Found) -> None:
    text = notebook(code(f'db_password = "{PASSWORD}"  # pragma: allowlist secret\n'))
    (one,) = found("a.ipynb", text)
    assert one.suppressed_by is not None


def test_a_notebook_of_the_past_is_found(repository: Repository, book: RuleBook) -> None:
    first = repository.commit([("a.ipynb", notebook(code(f'db_password = "{PASSWORD}"\n')))])
    repository.commit([("a.ipynb", notebook(code("clean = 1\n")))])
    result: ScanResult = scan_history(str(repository.top), book, ScanConfig(), prepared(book))
    (one,) = result.findings
    assert one.commit is not None
    assert one.commit.sha == first


@pytest.mark.parametrize("escaped", [True, False], ids=["ASCII only", "UTF-8"])
@given(lines=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=5))
def test_every_character_of_a_cell_has_its_place(escaped: bool, lines: list[str]) -> None:
    cell = {"cell_type": "code", "source": lines}
    data = json.dumps({"cells": [cell]}, ensure_ascii=escaped).encode()
    (piece,) = pieces(data)
    text = "".join(lines)
    assert piece.data.decode() == text
    places = piece.places[0]
    at = 0
    for character in text:
        start, end = places.outer(at, at + len(character.encode()))
        held = data[start:end].decode()
        assert (json.loads(f'"{held}"') if held != '"' else held) == character
        at += len(character.encode())
