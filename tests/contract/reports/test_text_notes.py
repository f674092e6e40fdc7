"""What the text report adds to a finding: a command fit for a shell, its history, and where the value stands too."""

from __future__ import annotations

import shlex

import pytest

from scanner.model import Commit, Finding, Remediation, ScanResult
from scanner.reports.summary import fix_command
from strongroom.kernel.record import replace
from tests.contract.reports.scans import every_kind, written

FOUND = replace(
    every_kind().open_findings[0],
    path="app/settings.py",
    commit=None,
    remediation=Remediation(fixable=True, strategy="module-constant", reason="reads it from the vault"),
)


def _text(*findings: Finding) -> str:
    return written("text", ScanResult(findings=findings))


@pytest.mark.parametrize(
    ("path", "named"),
    [("a b.py", "a b.py"), ("$(id).py", "$(id).py"), ("it's.py", "it's.py"), ("-rf", "./-rf")],
)
def test_the_command_names_the_file_to_a_shell_as_one_argument(path: str, named: str) -> None:
    assert shlex.split(fix_command(replace(FOUND, path=path))) == ["strongroom", "fix", named]


def test_a_file_whose_name_cannot_be_typed_is_fixed_with_all_others() -> None:
    assert fix_command(replace(FOUND, path="a\nb.py")) == "strongroom fix"


def test_what_a_person_has_to_do_has_no_command() -> None:
    by_hand = replace(FOUND, remediation=Remediation(fixable=False, strategy="", reason="it is compiled"))
    assert "fix: by hand: it is compiled" in _text(by_hand)


def test_a_value_that_stands_elsewhere_too_says_in_how_many_places() -> None:
    twice = _text(FOUND, replace(FOUND, path="b.py"))
    assert twice.count("also: the same value in 1 other place of this report") == 2
    assert "also:" not in _text(FOUND)


def test_a_finding_of_the_history_says_since_when_and_whether_it_is_gone() -> None:
    commit = Commit(sha="c" * 40, author="Ada", email="a@example.org", date="2024-03-02T10:00:00Z", summary="Add")
    assert "since: 2024-03-02, commit cccccccccccc by Ada; no longer in HEAD" in _text(
        replace(FOUND, commit=commit, in_head=False)
    )


def test_the_footer_counts_severities_suppressions_and_what_was_skipped() -> None:
    footer = written("text", every_kind()).splitlines()[-2]
    assert footer.startswith(
        "23 credentials found (5 critical, 6 high, 6 medium, 6 low), 6 active; 40 files, 123.5 kB in 1.2 s; "
    )
    assert footer.endswith(
        "33 suppressed (11 baseline, 11 config, 11 inline); skipped 3 binary, 1 too large; 14 not read"
    )
