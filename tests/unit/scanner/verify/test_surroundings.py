"""What stands near a value, as its verifier asks for it: the other half of a pair, an account, a connection URL."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from scanner.config import ScanConfig
from scanner.model import Finding
from tests.unit.scanner.making import token

Found = Callable[..., list[Finding]]
VERIFYING = ScanConfig(verify=True)
IDS = [token(f"id{number}", "AKIA[A-Z2-7]{16}") for number in range(3)]
SECRETS = [token(f"secret{number}", "[A-Za-z0-9/+]{40}") for number in range(3)]


def beside(found: Found, path: str, text: str, rule_id: str) -> list[dict[str, list[str]]]:
    """Return what stands near each finding of a rule."""
    return [
        {name: [value.reveal_text() for value in values] for name, values in one.surroundings}
        for one in found(path, text, VERIFYING)
        if one.rule_id == rule_id
    ]


def profile(number: int) -> str:
    return f"[p{number}]\naws_access_key_id = {IDS[number]}\naws_secret_access_key = {SECRETS[number]}\n"


def test_nothing_is_looked_for_where_findings_are_not_to_be_verified(found: Found) -> None:
    assert [one.surroundings for one in found("credentials", profile(0))] == [(), ()]


def test_the_nearest_other_halves_come_first(found: Found) -> None:
    text = profile(0) + profile(1) + profile(2)
    secrets = beside(found, "credentials", text, "aws-secret-access-key")
    assert [near["id"][0] for near in secrets] == IDS
    assert [near["secret"][0] for near in beside(found, "credentials", text, "aws-access-key-id")] == SECRETS
    assert all(len(near["id"]) <= 2 for near in secrets)


def test_an_other_half_far_away_is_not_near(found: Found) -> None:
    text = f"aws_access_key_id = {IDS[0]}\n" + "\n" * 40 + f"aws_secret_access_key = {SECRETS[0]}\n"
    assert beside(found, "credentials", text, "aws-secret-access-key") == [{"id": [], "token": []}]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (
            "postgresql://shop:{}@db.internal:5433/orders?x=1",
            {"scheme": "postgresql", "user": "shop", "host": "db.internal", "port": "5433", "database": "orders"},
        ),
        (
            "postgres+psycopg://a.b:{}@10.0.0.5/x",
            {"scheme": "postgres+psycopg", "user": "a.b", "host": "10.0.0.5", "database": "x"},
        ),
        (
            "postgres://u:{}@[::1]:1/x",
            {"scheme": "postgres", "user": "u", "host": "[::1]", "port": "1", "database": "x"},
        ),
    ],
)
def test_a_password_in_a_connection_url_has_the_url_around_it(found: Found, url: str, parts: dict[str, str]) -> None:
    text = f'DATABASE_URL = "{url.format(token("pw", "[A-Za-z][A-Za-z0-9]{14}[0-9]"))}"\n'
    assert beside(found, "app.conf", text, "postgresql-url-password") == [{name: [one] for name, one in parts.items()}]


def test_a_password_among_settings_has_the_server_beside_it(found: Found) -> None:
    password = token("pw", "[A-Z][a-z]{5}[0-9]{5}[A-Za-z]{4}")
    text = f'PGHOST=db.internal\nPGPORT=5433\nPGUSER=shop\nPGDATABASE=orders\nPGPASSWORD="{password}"\n'
    near = beside(found, ".env", text, "postgresql-password")
    assert near == [{"host": ["db.internal"], "port": ["5433"], "user": ["shop"], "database": ["orders"]}]


def test_a_password_of_a_call_has_the_other_arguments_beside_it(found: Found) -> None:
    password = token("pw", "[A-Z][a-z]{5}[0-9]{5}[A-Za-z]{4}")
    text = (
        "import psycopg\n\n\ndef connect():\n"
        f'    return psycopg.connect(host="db.internal", user="shop", password="{password}", dbname="orders")\n'
    )
    near = beside(found, "app.py", text, "postgresql-password")
    assert near == [{"host": ["db.internal"], "port": [], "user": ["shop"], "database": ["orders"]}]


def test_what_stands_encoded_has_what_was_encoded_with_it_beside_it(found: Found) -> None:
    password = token("pw", "[A-Za-z][A-Za-z0-9]{14}[0-9]")
    url = f"postgresql://shop:{password}@db.internal/orders"
    text = f"kind: Secret\ndata:\n  url: {b64encode(url.encode()).decode()}\n"
    near = beside(found, "secret.yaml", text, "postgresql-url-password")
    assert near == [{"scheme": ["postgresql"], "user": ["shop"], "host": ["db.internal"], "database": ["orders"]}]
