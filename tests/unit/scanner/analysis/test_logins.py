"""A credential says which user name and host the same call is given: they are one login, and move as one secret."""

from __future__ import annotations

import pytest

from scanner.model import EvidenceKind, Finding
from tests.unit.scanner.analysis.conftest import Analysed
from tests.unit.scanner.making import password

PW = password("a login")
_TOGETHER = {
    "named arguments of Python": (
        "a.py",
        "import pymysql\nu = 'billing'\npymysql.connect(host='db1', user=u, password='@PW')\n",
    ),
    "positions of Python": ("a.py", "import smtplib\nsmtplib.SMTP('mail').login('billing', '@PW')\n"),
    "options of Python": (
        "a.py",
        "import redis\no = {'host': 'db1', 'username': 'billing', 'password': '@PW'}\nredis.Redis(**o)\n",
    ),
    "options of JavaScript": (
        "a.js",
        "const m = require('mysql2');\nm.createConnection({ host: 'db1', user: 'billing', password: '@PW' });\n",
    ),
    "inner options of JavaScript": (
        "a.js",
        "const n = require('nodemailer');\nn.createTransport({ auth: { user: 'billing', pass: '@PW' } });\n",
    ),
    "positions of Java": (
        "A.java",
        'import java.sql.*;\nclass A { void f() { DriverManager.getConnection("jdbc:x:y", "billing", "@PW"); } }\n',
    ),
    "positions of Go": (
        "a.go",
        'package a\n\nimport "net/smtp"\n\nvar x = smtp.PlainAuth("", "billing", "@PW", "mail")\n',
    ),
    "positions of PHP": ("a.php", "<?php\n$x = new mysqli('db1', 'billing', '@PW', 'app');\n"),
}


def _beside(found: list[Finding]) -> list[str]:
    return [one.detail for each in found for one in each.evidence if one.kind is EvidenceKind.PAIR]


@pytest.mark.parametrize("name", _TOGETHER)
def test_a_credential_says_where_the_user_name_of_its_login_stands(name: str, analysed: Analysed) -> None:
    path, text = _TOGETHER[name]
    assert any(
        one.startswith("pair: the user name stands on line")
        for one in _beside(analysed({path: text.replace("@PW", PW)}))
    )


def test_where_a_user_name_stands_is_no_way_that_the_credential_goes(analysed: Analysed) -> None:
    (found,) = analysed({"a.py": f"import pymysql\npymysql.connect(user='billing', password='{PW}')\n"})
    assert [one.flow for one in found.evidence if one.kind is EvidenceKind.PAIR] == [()]


def test_the_host_is_a_part_of_the_login(analysed: Analysed) -> None:
    text = f"import pymysql\npymysql.connect(\n    host='db1',\n    user='billing',\n    password='{PW}',\n)\n"
    assert "pair: the host stands on line 3 of a.py" in _beside(analysed({"a.py": text}))


@pytest.mark.parametrize("user", ["os.environ['USER_OF_DB']", "user()", "f'{x}@example.org'"])
def test_a_user_name_that_the_program_does_not_say_is_none(user: str, analysed: Analysed) -> None:
    text = f"import os, pymysql\nfrom there import x, user\npymysql.connect(user={user}, password='{PW}')\n"
    assert _beside(analysed({"a.py": text})) == []
