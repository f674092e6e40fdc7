"""A planned value that stands elsewhere in the tree too: it is read there, or named in a text."""

from __future__ import annotations

import pytest

from remediation.check import check
from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(61, 20)


def plan(files: dict[str, str]) -> Plan:
    """Return the plan for the first place of the value; a scan sees none of the others."""
    start = snapshot({path: text.replace("PLANTED", VALUE) for path, text in files.items()})
    made = plan_fix(findings(contents(start), [VALUE])[:1], start)
    check(made, start, lambda _: [])
    return made


def after(made: Plan, path: str) -> str:
    return next(edit.after for edit in made.patch.edits if edit.path == path).decode()


@pytest.mark.parametrize(
    ("line", "rewritten"),
    [
        ('X = ("u", "PLANTED")', 'X = ("u", secret("shop/api_key"))'),
        ("assert key() == 'PLANTED'", "assert key() == secret('shop/api_key')"),
        ('X = "https://h/?k=PLANTED"', "X = f\"https://h/?k={secret('shop/api_key')}\""),
    ],
)
def test_another_literal_that_says_the_value_reads_it_too(line: str, rewritten: str) -> None:
    made = plan({"a.py": 'KEY = "PLANTED"\n', "b.py": f"{line}\n"})

    assert after(made, "b.py").splitlines()[-1] == rewritten
    assert len(made.secrets) == 1
    assert made.mentions == ()


@pytest.mark.parametrize(
    ("path", "line", "disposition"),
    [
        ("b.py", "X = 1  # was PLANTED", Disposition.SAFE),
        ("b.py", '"""Use PLANTED."""', Disposition.SAFE),
        ("b.py", 'p.add_argument("--k", help="default: PLANTED")', Disposition.REVIEW),
        ("b.py", 'raise ValueError("not PLANTED")', Disposition.REVIEW),
        ("README.md", "Use `PLANTED` to log in.", Disposition.SAFE),
    ],
)
def test_a_text_for_people_names_the_secret_instead_of_its_value(
    path: str, line: str, disposition: Disposition
) -> None:
    made = plan({"a.py": 'KEY = "PLANTED"\n', path: f"{line}\n"})

    assert after(made, path) == line.replace("PLANTED", "<shop/api_key>") + "\n"
    assert [step.disposition for step in made.steps if step.path == path] == [disposition]


def test_an_example_that_is_run_is_left_to_a_person() -> None:
    made = plan({"a.py": 'KEY = "PLANTED"\n\n\ndef f():\n    """Use it.\n\n    >>> f("PLANTED")\n    """\n'})

    assert [(each.path, each.line) for each in made.mentions] == [("a.py", 7)]


def test_a_copy_that_is_part_of_a_word_is_another_value() -> None:
    made = plan({"a.py": 'KEY = "PLANTED"\n', "b.py": 'X = "aPLANTEDb"\n'})

    assert [edit.path for edit in made.patch.edits if edit.path == "b.py"] == []


def test_a_test_reads_the_value_and_is_to_be_looked_at() -> None:
    made = plan(
        {"a.py": 'KEY = "PLANTED"\n', "tests/test_a.py": 'import a\n\n\ndef test():\n    assert a.KEY == "PLANTED"\n'}
    )

    (step,) = (step for step in made.steps if step.path == "tests/test_a.py")
    assert (step.disposition, "a test reads it" in step.reason) == (Disposition.REVIEW, True)
