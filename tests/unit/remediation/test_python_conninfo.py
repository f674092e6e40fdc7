"""Connection strings of libpq in Python: their parts make the secret a login that rotates, where they are plain."""

from __future__ import annotations

import pytest

from remediation.check import check
from remediation.model import Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(95)
SPACED = f"{made_up(96, 8)} {made_up(97, 8)}"
SHOP = {"engine": "postgres", "host": "db", "username": "shop", "password": VALUE}


def plan(line: str, value: str = VALUE) -> Plan:
    start = snapshot({"db.py": f"import psycopg\n\nHOST = 'db'\n\n\ndef f(given):\n    return {line}\n"})
    made = plan_fix(findings(contents(start), [value]), start)
    check(made, start, lambda _: [])
    return made


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (f'"host=db user=shop password={VALUE}"', SHOP),
        (f"\"user=shop password='{VALUE}' host=db\"", SHOP),
        (f'f"host={{HOST}} user=shop password={VALUE}"', SHOP),
        (f'"host=db user=shop " + "password={VALUE} " + "sslmode=require"', SHOP),
        (
            f'"hostaddr=10.0.0.7 port=5433 user=shop password={VALUE} dbname=orders"',
            {**SHOP, "host": "10.0.0.7", "port": 5433, "dbname": "orders"},
        ),
    ],
)
def test_the_parts_around_a_password_are_its_login(line: str, parts: dict[str, object]) -> None:
    (secret,) = plan(line).secrets

    assert secret.fields() == parts
    assert secret.rotation == "postgres-single"


@pytest.mark.parametrize(
    "line",
    [
        f'f"host={{given}} user=shop password={VALUE}"',
        f'"host=%s user=shop password={VALUE}" % given',
        f'"host={{}} user=shop password={VALUE}".format(given)',
    ],
)
def test_a_login_whose_server_is_not_known_is_not_rotated(line: str) -> None:
    (secret,) = plan(line).secrets

    assert (secret.field, secret.rotation) == ("password", None)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (f'"level=1 password={VALUE}"', VALUE),
        (f'"Driver=SQL Server;Server=db;UID=shop;PWD={VALUE}"', VALUE),
        (f"\"host=db user=shop password='{SPACED}'\"", SPACED),
    ],
    ids=["no-login", "semicolons", "in-need-of-quotes"],
)
def test_a_text_that_is_no_plain_connection_string_keeps_its_password_a_plain_secret(line: str, value: str) -> None:
    (secret,) = plan(line, value).secrets

    assert secret.connection is None


def test_a_login_by_a_connection_string_is_tried_again_after_a_rotation() -> None:
    made = plan(f'psycopg.connect("host=db user=shop password={VALUE}")')

    (edit,) = (each for each in made.patch.edits if each.path == "db.py")
    call = 'with_secret("shop/db/db", lambda password: psycopg.connect(f"host=db user=shop password={password}"), '
    assert f'return {call}field="password")\n' in edit.after.decode()


def test_a_connection_string_and_a_url_with_one_password_are_one_login() -> None:
    made = plan(f'["host=db user=shop password={VALUE}", "postgresql://shop:{VALUE}@db/orders"]')

    (secret,) = made.secrets
    assert secret.fields() == {**SHOP, "dbname": "orders"}
    assert len(secret.references) == 2
