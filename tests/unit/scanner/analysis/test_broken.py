"""Files that do not parse are not skipped: what can be followed is, the rest is read as text, and findings say so."""

from __future__ import annotations

import json

import pytest

from scanner.model import Finding
from tests.unit.scanner.analysis.conftest import Analysed
from tests.unit.scanner.making import password

PW = password("a broken file")
_FOLLOWED = "z = '@PW'\nimport pymysql\npymysql.connect(host='db', user='app', passwd=z)\n"
_BROKEN = {
    "a syntax error before": "def f(:\n    pass\n\n" + _FOLLOWED,
    "a syntax error behind": _FOLLOWED + "\nclass A(\n    x = = 1\n",
    "print statements": "print 'starting'\n" + _FOLLOWED + "print >>out, 'done'\n",
    "exceptions of Python 2": "try:\n    pass\nexcept IOError, e:\n    print e\n" + _FOLLOWED + "exec 'x'\n",
    "a template's braces": "{% if db %}\n" + _FOLLOWED + "{% endif %}\nNAME = {{ name }}\n",
    "a template's names": "class {{ cookiecutter.name }}Config:\n    debug = False\n\n" + _FOLLOWED,
    "marks of a merge": "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n" + _FOLLOWED,
    "tabs among spaces": "if x:\n        a = 1\n\tb = 2\n" + _FOLLOWED,
}


def _says_so(found: list[Finding]) -> bool:
    return bool(found) and all(any("does not parse" in one.detail for one in each.evidence) for each in found)


@pytest.mark.parametrize("name", _BROKEN)
def test_python_that_does_not_parse_is_followed_and_says_so(name: str, analysed: Analysed) -> None:
    found = analysed({"app/main.py": _BROKEN[name].replace("@PW", PW)})

    assert PW in {one.value.reveal().decode() for one in found}
    assert _says_so(found)


def test_why_nothing_is_rewritten_there_is_that_it_does_not_parse(analysed: Analysed) -> None:
    (found,) = analysed({"app/main.py": f"print 'x'\npassword = '{PW}'\n"})

    assert not found.remediation.fixable
    assert "does not parse" in found.remediation.reason


def test_a_name_that_says_credential_is_enough_where_nothing_parses(analysed: Analysed) -> None:
    found = analysed({"app/main.py": f"print 'x'\n)))\npassword = '{PW}'\n"})

    assert [one.value.reveal().decode() for one in found] == [PW]
    assert _says_so(found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "const z = '@PW';\nrequire('mysql2').createConnection({ password: z });\nfunction (\n"),
        ("a.go", 'package a\n\nfunc {{ name }}() {}\n\nvar password = "@PW"\n'),
        (
            "A.java",
            'class A {\nString z = "@PW";\n  void f() { java.sql.DriverManager.getConnection("", "a", z); }\n  +;\n}\n',
        ),
    ],
)
def test_other_languages_say_so_too(path: str, text: str, analysed: Analysed) -> None:
    assert _says_so(analysed({path: text.replace("@PW", PW)}))


def test_a_file_that_parses_says_nothing_of_it(analysed: Analysed) -> None:
    found = analysed({"app/main.py": _FOLLOWED.replace("@PW", PW)})

    assert found
    assert not _says_so(found)


@pytest.mark.parametrize(
    "first", ["%matplotlib inline", "!pip install pymysql", "%%time", "files = !ls", "?pymysql.connect"]
)
def test_a_notebook_with_commands_of_its_own_is_read(first: str, analysed: Analysed) -> None:
    lines = [f"{first}\n", "import pymysql\n", f"pymysql.connect(host='db', user='app', password='{PW}')\n"]
    cell = {"cell_type": "code", "source": lines, "outputs": [], "metadata": {}, "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    found = analysed({"work.ipynb": json.dumps(notebook, indent=1)})

    assert PW in {one.value.reveal().decode() for one in found}
