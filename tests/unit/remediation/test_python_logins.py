"""A login with a rotating password: what the call that logs in becomes, and where it stays as it is."""

from __future__ import annotations

import pytest

from remediation.rewriters.python import Fetch, rewrite
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.building import made_up

VALUE = made_up(61)
RETRIED = {
    "keyword": (
        'db = psycopg.connect(host="db", user="shop", password="PLANTED")',
        'db = with_secret("shop/db", lambda password: psycopg.connect(host="db", user="shop", password=password), '
        'field="password")',
    ),
    "url": (
        'db = psycopg.connect("postgresql://shop:PLANTED@db/shop")',
        'db = with_secret("shop/db", lambda password: psycopg.connect('
        'f"postgresql://shop:{quote(password, safe=\'\')}@db/shop"), field="password")',
    ),
    "put-together": (
        'def f(host):\n    return psycopg.connect("postgresql://shop:PLANTED@" + host)',
        'def f(host):\n    return with_secret("shop/db", lambda password: psycopg.connect('
        'f"postgresql://shop:{quote(password, safe=\'\')}@" + host), field="password")',
    ),
    "context-manager": (
        'with psycopg.connect(\n    host="db",\n    password="PLANTED",  # the owner\'s\n) as db:\n    pass',
        'with with_secret("shop/db", lambda password: psycopg.connect(\n    host="db",\n'
        '    password=password,  # the owner\'s\n), field="password") as db:\n    pass',
    ),
    "name-taken": (
        'def f(password):\n    return psycopg.connect(password="PLANTED", options=password)',
        'def f(password):\n    return with_secret("shop/db", lambda value: psycopg.connect('
        'password=value, options=password), field="password")',
    ),
    "return-right-before": (
        'def f():\n    return(psycopg.connect(password="PLANTED"))',
        'def f():\n    return(with_secret("shop/db", lambda password: psycopg.connect(password=password), '
        'field="password"))',
    ),
}
FETCHED = {
    "an-engine-logs-in-later": 'db = create_engine("postgresql://shop:PLANTED@db/shop")',
    "asynchronous": 'async def f():\n    return await psycopg.AsyncConnection.connect(password="PLANTED")',
    "waits-inside": 'async def f():\n    return psycopg.connect(password="PLANTED", host=await g())',
    "binds-inside": 'db = psycopg.connect(password="PLANTED", host=(host := "db"))',
    "class-body": 'class C:\n    host = "db"\n    db = psycopg.connect(password="PLANTED", host=host)',
    "asks-its-function": 'def f(host):\n    return psycopg.connect(password="PLANTED", options=str(locals()))',
    "environment-first": 'db = psycopg.connect(password=os.environ.get("PW", "PLANTED"))',
    "two-at-once": 'db = psycopg.connect(password="PLANTED", options="PLANTED")',
    "somebody-elses-connect": 'db = connect(password="PLANTED")',
    "by-a-name": 'PASSWORD = "PLANTED"\ndb = psycopg.connect(password=PASSWORD)',
    "every-name-taken": (
        "def f(password, value, stored_password, rotated_password):\n"
        '    return psycopg.connect("PLANTED", password, value, stored_password, rotated_password)'
    ),
}


def rewritten(text: str, *, rotates: bool = True) -> str:
    """Return a program's rewritten lines behind its imports."""
    data = f"import os\nimport psycopg\n\n{text}\n".replace("PLANTED", VALUE).encode()
    fetches, start = [], data.find(VALUE.encode())
    while start >= 0:
        span = Span(start=start, end=start + len(VALUE))
        fetches.append(Fetch(span=span, value=SecretValue(VALUE), name="shop/db", field="password", rotates=rotates))
        start = data.find(VALUE.encode(), start + 1)
    result = rewrite(data, fetches, "app_secrets").decode()
    compile(result, "planted.py", "exec")
    return result


@pytest.mark.parametrize("before, after", RETRIED.values(), ids=RETRIED)
def test_a_call_that_logs_in_is_handed_to_with_secret(before: str, after: str) -> None:
    text = rewritten(before)
    assert text.endswith(f"\n{after}\n")
    assert "from app_secrets import with_secret\n" in text


@pytest.mark.parametrize("before", FETCHED.values(), ids=FETCHED)
def test_what_cannot_be_tried_again_fetches_its_secret_in_place(before: str) -> None:
    text = rewritten(before)
    assert "with_secret" not in text
    assert 'secret("shop/db", "password")' in text or "secret('shop/db', 'password')" in text


def test_a_password_that_does_not_rotate_is_fetched_in_place() -> None:
    text = rewritten('db = psycopg.connect(password="PLANTED")', rotates=False)
    assert text.endswith('\ndb = psycopg.connect(password=secret("shop/db", "password"))\n')


def test_the_functions_own_import_is_known_by_another_name() -> None:
    text = rewritten('from psycopg import connect as log_in\n\ndb = log_in(password="PLANTED")')
    assert 'with_secret("shop/db", lambda password: log_in(password=password), field="password")' in text
