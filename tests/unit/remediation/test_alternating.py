"""Two users that take turns: planned where user name and password are read in one moment, and nowhere else."""

from __future__ import annotations

import json

import pytest

from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(77)
SUPERUSER = "shop/admin"


def planned(code: str, superuser: str | None = SUPERUSER) -> Plan:
    start = snapshot({"db.py": code})
    return plan_fix(findings(contents(start), [VALUE]), start, superuser=superuser)


def after(plan: Plan) -> str:
    return next(edit.after.decode() for edit in plan.patch.edits if edit.path == "db.py")


def call(user: str = '"app"', engine: str = "psycopg") -> str:
    return f'import {engine}\n\nDB = {engine}.connect(host="db", user={user}, password="{VALUE}", dbname="shop")\n'


@pytest.mark.parametrize(
    ("engine", "strategy"), [("psycopg", "postgres-alternating"), ("pymysql", "mysql-alternating")]
)
def test_user_name_and_password_of_one_call_move_together(engine: str, strategy: str) -> None:
    plan = planned(call(engine=engine))
    (secret,) = plan.secrets
    assert (secret.rotation, secret.superuser) == (strategy, SUPERUSER)
    assert f'connect(host="db", user=secret("{secret.name}", "username"), password=secret("{secret.name}", ' in after(
        plan
    )
    assert json.loads(secret.payload().reveal_text())["masterarn"] == SUPERUSER


def test_those_of_one_mapping_do_too() -> None:
    plan = planned(
        f'DB = {{"ENGINE": "django.db.backends.postgresql", "HOST": "db", "USER": "app",\n"PASSWORD": "{VALUE}"}}\n'
    )
    (secret,) = plan.secrets
    assert secret.rotation == "postgres-alternating"
    assert f'"USER": secret("{secret.name}", "username"),' in after(plan)


def test_a_user_given_by_its_place_moves_as_well() -> None:
    plan = planned(f'import pymysql\n\nDB = pymysql.connect("db", "app", "{VALUE}", "shop")\n')
    assert f'connect("db", secret("{plan.secrets[0].name}", "username"), secret(' in after(plan)


@pytest.mark.parametrize(
    "code",
    [
        call(user="USER").replace("import psycopg\n", 'import psycopg\n\nUSER = "app"\n'),
        f'import psycopg\n\nPASSWORD = "{VALUE}"\n\n\n'
        'def db():\n    return psycopg.connect(host="db", user="app", password=PASSWORD)\n',
        f'import psycopg\n\nDB = psycopg.connect("postgresql://app:{VALUE}@db/shop")\n',
    ],
    ids=["a constant", "another moment", "a URL"],
)
def test_where_they_would_be_read_apart_one_user_keeps_its_name_and_the_plan_says_so(code: str) -> None:
    plan = planned(code)
    (secret,) = plan.secrets
    assert (secret.rotation, secret.superuser) == ("postgres-single", None)
    assert any("two in turn" in step.reason for step in plan.steps if step.disposition is Disposition.REVIEW)


def test_without_a_superuser_there_is_one_user() -> None:
    (secret,) = planned(call(), superuser=None).secrets
    assert (secret.rotation, [each.field for each in secret.references]) == ("postgres-single", [None])


def test_both_variables_are_told() -> None:
    assert planned(call()).secrets[0].fields_read == ("password", "username")
