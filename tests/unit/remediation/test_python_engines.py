"""Engines of SQLAlchemy: which follow the rotation of their password, how, and that real servers let them in again."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import URL, Engine, create_engine, text

from remediation import accessor
from remediation.check import check
from remediation.model import Plan
from remediation.planner import plan_fix
from remediation.rewriters import python_engines
from tests.testing.credentials import made_up_credential
from tests.testing.mariadb import MariaDBServer
from tests.testing.postgres import PostgresServer
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(81)
HEAD = "import os\n\nfrom sqlalchemy import URL, create_engine\n\n"
URL_BEFORE = '"postgresql://shop:PLANTED@db/orders"'
URL_AFTER = "f\"postgresql://shop:{quote(secret('shop/db/orders', 'password'), safe='')}@db/orders\""
PARTS_BEFORE = 'URL.create("postgresql", username="shop", password="PLANTED", host="db", database="orders")'
PARTS_AFTER = PARTS_BEFORE.replace('"PLANTED"', 'secret("shop/db/orders", "password")')
FOLLOWED = {
    "in-the-call": (
        f"engine = create_engine({URL_BEFORE}, pool_size=5)",
        f'engine = follow_rotation(create_engine({URL_AFTER}, pool_size=5), "shop/db/orders", "password")',
    ),
    "by-keyword": (
        f"engine = create_engine(url={URL_BEFORE})",
        f'engine = follow_rotation(create_engine(url={URL_AFTER}), "shop/db/orders", "password")',
    ),
    "a-constant": (
        f"DATABASE = {URL_BEFORE}\n\n\ndef engine():\n    return create_engine(DATABASE, echo=True)",
        f"DATABASE = {URL_AFTER}\n\n\ndef engine():\n"
        '    return follow_rotation(create_engine(DATABASE, echo=True), "shop/db/orders", "password")',
    ),
    "a-call-of-several-lines": (
        f"DATABASE = {URL_BEFORE}\nengine = create_engine(\n    DATABASE,\n    echo=True,  # for now\n)",
        f"DATABASE = {URL_AFTER}\nengine = follow_rotation(create_engine(\n    DATABASE,\n    echo=True,  # for now\n"
        '), "shop/db/orders", "password")',
    ),
    "right-behind-a-keyword": (
        f"def engine():\n    return(create_engine({URL_BEFORE}))",
        f'def engine():\n    return(follow_rotation(create_engine({URL_AFTER}), "shop/db/orders", "password"))',
    ),
    "put-together": (
        f"engine = create_engine({PARTS_BEFORE})",
        f'engine = follow_rotation(create_engine({PARTS_AFTER}), "shop/db/orders", "password")',
    ),
    "a-constant-put-together": (
        f"DATABASE: URL = {PARTS_BEFORE}\nengine = create_engine(DATABASE)",
        f"DATABASE: URL = {PARTS_AFTER}\n"
        'engine = follow_rotation(create_engine(DATABASE), "shop/db/orders", "password")',
    ),
    "used-at-once": (
        f"connection = create_engine({URL_BEFORE}).connect()",
        f'connection = follow_rotation(create_engine({URL_AFTER}), "shop/db/orders", "password").connect()',
    ),
}
KEPT = {
    "the-environment-decides": f'DATABASE = os.environ.get("DATABASE", {URL_BEFORE})\nengine = create_engine(DATABASE)',
    "set-twice": f"DATABASE = {URL_BEFORE}\nif os.name == 'nt':\n    DATABASE = ''\nengine = create_engine(DATABASE)",
    "a-parameter": f"DATABASE = {URL_BEFORE}\n\n\ndef engine(DATABASE):\n    return create_engine(DATABASE)",
    "no-engine-of-sqlalchemy": f"from elsewhere import create_engine\nengine = create_engine({URL_BEFORE})",
    "not-its-url": f"engine = create_engine('sqlite://', connect_args={URL_BEFORE})",
    "part-of-a-text": f"DATABASE = {URL_BEFORE}\nengine = create_engine(DATABASE + '?sslmode=require')",
}


def planned(program: str, *, superuser: str | None = None) -> Plan:
    start = snapshot({"db.py": (HEAD + program + "\n").replace("PLANTED", VALUE)})
    plan = plan_fix(findings(contents(start), [VALUE]), start, superuser=superuser)
    check(plan, start, lambda after: findings(after, [VALUE]))
    return plan


def after(plan: Plan, path: str = "db.py") -> str:
    return next(edit.after.decode() for edit in plan.patch.edits if edit.path == path)


@pytest.mark.parametrize(("before", "wanted"), FOLLOWED.values(), ids=list(FOLLOWED))
def test_what_makes_an_engine_is_handed_to_follow_rotation(before: str, wanted: str) -> None:
    plan = planned(before)

    assert after(plan).endswith(f"\n\n{wanted}\n")
    assert "from app_secrets import follow_rotation, secret\n" in after(plan)
    assert "def follow_rotation(" in after(plan, "app_secrets.py")
    assert [one.reason for secret in plan.secrets for one in secret.references] == [python_engines.FOLLOWS]


@pytest.mark.parametrize("program", KEPT.values(), ids=list(KEPT))
def test_an_engine_whose_url_may_be_another_stays_as_it_is(program: str) -> None:
    plan = planned(program)

    assert "follow_rotation" not in after(plan) + after(plan, "app_secrets.py")


def test_an_engine_of_two_users_in_turn_keeps_what_it_was_made_with() -> None:
    plan = planned(f"engine = create_engine({PARTS_BEFORE})", superuser="shop/admin")

    (secret,) = plan.secrets
    assert secret.rotation == "postgres-alternating"
    assert {one.reason for one in secret.references} == {python_engines.KEEPS}
    assert "follow_rotation" not in after(plan)


def test_an_asynchronous_engine_is_followed_by_the_one_beneath_it() -> None:
    program = f"from sqlalchemy.ext.asyncio import create_async_engine\n\nengine = create_async_engine({URL_BEFORE})"

    assert "follow_rotation(create_async_engine(" in after(planned(program))


def _module(value: list[str]) -> Any:
    """Return the accessor with a store that has the last of `value`."""
    made = types.ModuleType("app_secrets")
    exec(accessor.source(["app/db"], with_bytes=False, with_engines=True), made.__dict__)
    made.__dict__["_ask"] = lambda name, stage="AWSCURRENT": f'{{"password": "{value[-1]}"}}'
    return made


def _postgresql(server: PostgresServer, user: str, password: str) -> tuple[URL, Callable[[str], None]]:
    server.create_role(user, password, user)
    url = URL.create("postgresql+psycopg", user, password, server.host, server.port, user)

    def change(changed: str) -> None:
        with server.connect() as connection:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), changed))

    return url, change


def _mariadb(server: MariaDBServer, user: str, password: str) -> tuple[URL, Callable[[str], None]]:
    server.create_user(user, password)
    url = URL.create("mysql+pymysql", user, password, server.host, server.port)

    def change(changed: str) -> None:
        server.run("ALTER USER %s@'127.0.0.1' IDENTIFIED BY %s", user, changed)

    return url, change


def _says(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


@pytest.mark.parametrize(("server", "prepare"), [("postgres", _postgresql), ("mariadb", _mariadb)])
def test_a_pool_that_runs_on_opens_connections_after_a_rotation(
    server: str, prepare: Callable[..., tuple[URL, Callable[[str], None]]], request: pytest.FixtureRequest
) -> None:
    values = [made_up_credential()]
    url, change = prepare(request.getfixturevalue(server), made_up_credential(12).lower(), values[0])
    engine = _module(values).follow_rotation(create_engine(url), "app/db", "password")
    assert _says(engine) == 1

    values.append(made_up_credential())
    change(values[-1])
    engine.dispose()

    assert _says(engine) == 1
    engine.dispose()
