"""Literals that reach a call which takes a credential, directly or through a name."""

from __future__ import annotations

import pytest

from scanner.model import Confidence, EvidenceKind, Finding
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

PW = password("flow")
KEY = token("flow")

FLOWS = {
    "through a module constant": f'import psycopg2\nPASS_ = "{PW}"\ndef f():\n    psycopg2.connect(password=PASS_)\n',
    "through an alias": f'import psycopg as pg\nx = "{PW}"\npg.connect("host=db", password=x)\n',
    "through an imported name": f'from pymysql import connect\nx = "{PW}"\nconnect(host="h", password=x)\n',
    "through a local": f'import redis\ndef f():\n    x = "{PW}"\n    redis.Redis(host="h", password=x)\n',
    "through self": (
        f'import redis\nclass C:\n    def __init__(self):\n        self.x = "{PW}"\n'
        "    def go(self):\n        redis.Redis(password=self.x)\n"
    ),
    "through a class attribute": f'import redis\nclass C:\n    X = "{PW}"\nredis.Redis(password=C.X)\n',
    "through a default argument": f'import redis\ndef f(x="{PW}"):\n    redis.Redis(password=x)\n',
    "through the environment": f'import os, redis\nredis.Redis(password=os.environ.get("X", "{PW}"))\n',
    "by position": f'import smtplib\ns = smtplib.SMTP("h")\ns.login("me", "{PW}")\n',
    "of a context manager": f'import smtplib\nwith smtplib.SMTP("h") as s:\n    s.login("me", "{PW}")\n',
    "in a tuple": f'import requests\nrequests.get("https://h", auth=("me", "{PW}"))\n',
}


def _flow(finding: Finding) -> list[str]:
    return [step.message for reason in finding.evidence if reason.kind is EvidenceKind.SINK for step in reason.flow]


@pytest.mark.parametrize("name", FLOWS)
def test_a_literal_that_reaches_a_credential_parameter_is_found_with_its_way(name: str, found: Found) -> None:
    (finding,) = found("app.py", FLOWS[name])
    assert finding.value.reveal_text() == PW
    assert finding.confidence is Confidence.HIGH
    steps = _flow(finding)
    assert steps[0] == "the literal"
    assert steps[-1].startswith(("reaches ", "the password of "))


def test_the_way_names_lines_and_columns(found: Found) -> None:
    (finding,) = found("app.py", f'import redis\nx = "{PW}"\nredis.Redis(password=x)\n')
    flow = next(reason.flow for reason in finding.evidence if reason.flow)
    assert [(step.line, step.column) for step in flow] == [(2, 5), (3, 22), (3, 22)]


def test_a_name_of_the_enclosing_class_is_not_seen_by_its_methods(found: Found) -> None:
    source = f'import redis\nclass C:\n    x = "{PW}"\n    def f(self, x):\n        redis.Redis(password=x)\n'
    assert found("app.py", source) == []


def test_a_password_that_the_program_checks_itself_can_be_rotated_by_drawing_a_new_one(found: Found) -> None:
    source = f'ADMIN = "{PW}"\ndef ok(form):\n    return form["password"] == ADMIN\n'
    (finding,) = found("app.py", source)
    assert finding.rotator == "generated"


def test_a_password_sent_elsewhere_is_not_rotated_by_drawing_a_new_one(found: Found) -> None:
    (finding,) = found("app.py", f'import smtplib\ns = smtplib.SMTP("h")\ns.login("me", "{PW}")\n')
    assert finding.rotator is None


def test_a_postgresql_password_has_the_postgresql_rotator(found: Found) -> None:
    (finding,) = found("app.py", f'import psycopg\npsycopg.connect(host="db", user="u", password="{PW}")\n')
    assert finding.rotator == "postgresql"


def test_a_provider_token_keeps_its_rule_where_its_name_says_token_too(found: Found) -> None:
    value = "ghp_" + token("github", r"[A-Za-z0-9]{36}")
    (finding,) = found("app.py", f'GITHUB_TOKEN = "{value}"\n')
    assert finding.rule_id == "github-personal-access-token"
    assert finding.remediation.strategy == "module-constant"
    assert finding.preview.startswith("ghp_")
    assert value[4:] not in finding.preview


def test_a_url_whose_password_stands_in_the_next_literal_needs_no_other_word_to_be_read(found: Found) -> None:
    (finding,) = found("app.py", f'HOST = "reports.internal"\nLINK = "https://me:" + "{PW}" + "@" + HOST\n')
    assert finding.value.reveal_text() == PW
