"""Python: ways from a literal to where it is used, with names that say nothing, and programs that hold nothing."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from tests.unit.scanner.analysis.conftest import Analysed
from tests.unit.scanner.making import password, token

PW = password("analysis of python")
KEY = token("analysis of python")
B64 = base64.b64encode(token("key in base64").encode()).decode()
PROGRAMS = yaml.safe_load(Path(__file__).with_name("python.yaml").read_text())


def _drawn(text: str) -> str:
    return text.replace("@PW", PW).replace("@KEY", KEY).replace("@B64", B64)


@pytest.mark.parametrize("way", PROGRAMS["ways"])
def test_a_literal_is_followed(way: str, analysed: Analysed) -> None:
    assert analysed({"app/main.py": _drawn(PROGRAMS["ways"][way])})


@pytest.mark.parametrize("way", PROGRAMS["across"])
def test_a_literal_is_followed_across_modules(way: str, analysed: Analysed) -> None:
    first, second = map(_drawn, PROGRAMS["across"][way])
    found = analysed({"shop/__init__.py": "", "shop/settings.py": first, "shop/db.py": second})
    literal = "shop/settings.py" if PW in first else "shop/db.py"
    assert [finding.path for finding in found] == [literal]


@pytest.mark.parametrize("text", PROGRAMS["ordinary"])
def test_an_ordinary_program_is_quiet(text: str, analysed: Analysed) -> None:
    assert analysed({"app/main.py": text}) == []


def test_a_place_that_may_hold_a_user_counts_where_nothing_else_is_given(analysed: Analysed) -> None:
    both, alone = (
        f"from github import Github\n\nGithub('octocat2', {PW!r})\n",
        f"import github\n\ngithub.Github({KEY!r})\n",
    )
    assert [one.value.reveal().decode() for one in analysed({"app/main.py": both})] == [PW]
    assert [one.value.reveal().decode() for one in analysed({"app/main.py": alone})] == [KEY]


@pytest.mark.parametrize(("pair", "number"), [("('svc', {!r})", 1), ("('svc', 'step-2', {!r})", 0), ("{!r}", 0)])
def test_a_pair_of_user_and_password_may_have_a_name(pair: str, number: int, analysed: Analysed) -> None:
    program = f"WAY = {pair.format(PW)}\n\n\ndef follow(session):\n    session.auth = WAY\n"
    assert len(analysed({"app/main.py": program})) == number


def test_a_field_of_the_class_that_one_is_based_on_is_read_by_the_ones_name(analysed: Analysed) -> None:
    classes = f"class Base:\n    WORD = {PW!r}\n\n\nclass Prod(Base):\n    TIMEOUT = 5\n"
    use = "import smtplib\n\n\ndef mail():\n    smtplib.SMTP('mail').login('svc', Prod.WORD)\n"
    here = analysed({"app/main.py": classes + "\n\n" + use})
    elsewhere = analysed({"app/kinds.py": classes, "app/main.py": f"from app.kinds import Prod\n{use}"})
    assert [one.path for one in (*here, *elsewhere)] == ["app/main.py", "app/kinds.py"]
