"""A program that is followed for too long is left, named among the errors, and the next one is followed as ever."""

from __future__ import annotations

import itertools

import pytest

from scanner.analysis.detector import ProgramDetector
from scanner.analysis.limit import TooLongError, limited
from scanner.config import ScanConfig
from scanner.model import Blob, ScanResult
from scanner.pipeline import scan
from scanner.rulebook.model import RuleBook
from tests.unit.scanner.making import password

SECRET = password("limit")
LOGIN = f'class A {{ void m() {{ new PasswordAuthentication("ada", "{SECRET}".toCharArray()); }} }}\n'


def endless() -> None:
    """Count for ever."""
    for _ in itertools.count():
        pass


def scanned(book: RuleBook, *paths: str) -> ScanResult:
    return scan([Blob(path=path, data=LOGIN.encode()) for path in paths], book, ScanConfig())


def test_what_runs_too_long_is_interrupted() -> None:
    with pytest.raises(TooLongError), limited(0.05):
        endless()


def test_what_ends_in_time_is_left_alone() -> None:
    with limited(0.05):
        pass
    sum(range(3_000_000))


def test_a_program_that_takes_too_long_is_named_and_its_neighbour_followed(
    book: RuleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = ProgramDetector.find

    def find(self: ProgramDetector, files: object, program: object) -> object:
        if program.path == "Slow.java":  # type: ignore[attr-defined]
            endless()
        return really(self, files, program)  # type: ignore[arg-type]

    monkeypatch.setattr(ProgramDetector, "find", find)
    monkeypatch.setattr("scanner.analysis.programs.MOST_SECONDS", 0.1)
    result = scanned(book, "Slow.java", "Fast.java")
    assert [error.path for error in result.errors] == ["Slow.java"]
    assert [one.path for one in result.findings] == ["Fast.java"]


def test_an_error_of_ours_costs_one_program_and_is_told_without_its_text(
    book: RuleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = ProgramDetector.find

    def find(self: ProgramDetector, files: object, program: object) -> object:
        if program.path == "Odd.java":  # type: ignore[attr-defined]
            raise IndexError(SECRET)
        return really(self, files, program)  # type: ignore[arg-type]

    monkeypatch.setattr(ProgramDetector, "find", find)
    result = scanned(book, "Odd.java", "Fast.java")
    (error,) = result.errors
    assert (error.path, "internal error IndexError at" in error.message) == ("Odd.java", True)
    assert SECRET not in error.message
    assert [one.path for one in result.findings] == ["Fast.java"]


def test_a_name_that_is_made_of_itself_may_be_compared_with_itself(book: RuleBook) -> None:
    login = f"new Client({{ password: '{SECRET}' }});"
    program = f"const {{ Client }} = require('pg');\nlet key = sign(key);\nif (key === key) {{ {login} }}\n"
    result = scan([Blob(path="a.js", data=program.encode())], book, ScanConfig())
    assert (len(result.findings), result.errors) == (1, ())
