"""`strongroom fix --superuser-secret`: two users of a real PostgreSQL take turns, and no login of the program fails."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository
from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer
from tests.testing.server import command_line, plain_environment

PROGRAM = '''"""Who are we?"""

import psycopg


def who():
    with psycopg.connect(host="{host}", port={port}, user="{user}", password="{password}", dbname="{user}") as db:
        return db.execute("SELECT session_user").fetchone()[0]


if __name__ == "__main__":
    print(who())
'''


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A program with a login to PostgreSQL, and a vault that holds the superuser's."""

    top: Path
    home: Path
    user: str
    leaked: str

    @property
    def secret(self) -> str:
        return f"shop/db/{self.user}"

    def strongroom(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command_line(*arguments), cwd=self.top, env=plain_environment(STRONGROOM_HOME=str(self.home)), text=True,
            capture_output=True, check=False, input=given,
        )  # fmt: skip

    def who(self) -> str:
        return self.strongroom("run", "--", sys.executable, "who.py").stdout.strip()


@pytest.fixture
def shop(postgres: PostgresServer, tmp_path: Path) -> Shop:
    user, leaked = f"u{secrets.token_hex(4)}", made_up_credential()
    postgres.create_role(user, leaked, user)
    text = PROGRAM.format(host=postgres.host, port=postgres.port, user=user, password=leaked)
    top = make_repository(tmp_path / "shop", {"who.py": text, "requirements.txt": "psycopg\n"})
    return Shop(top=top, home=tmp_path / "home", user=user, leaked=leaked)


@pytest.fixture
def guarded(shop: Shop, postgres: PostgresServer) -> Shop:
    """The shop once its vault holds the superuser's login."""
    login = {
        "engine": "postgres", "host": postgres.host, "port": postgres.port, "username": "postgres",
        "password": ADMIN_PASSWORD,
    }  # fmt: skip
    shop.strongroom("vault", "init")
    made = shop.strongroom("vault", "create", "shop/admin", given=json.dumps(login))
    assert made.returncode == 0, made.stderr
    return shop


def test_the_leaked_password_dies_with_the_second_turn_and_the_program_always_comes_in(
    guarded: Shop, postgres: PostgresServer
) -> None:
    fixed = guarded.strongroom("fix", "--branch", "fixed", "--superuser-secret", "shop/admin")
    assert (fixed.returncode, f"rotates  {guarded.secret}" in fixed.stdout) == (0, True), fixed.stderr
    git(guarded.top, "checkout", "-q", "fixed")
    assert guarded.who() == guarded.user
    turns = []
    for _ in range(2):
        rotated = guarded.strongroom("rotate", "now", guarded.secret)
        assert rotated.returncode == 0, rotated.stderr
        turns.append((guarded.who(), postgres.accepts(guarded.user, guarded.leaked, guarded.user)))
    assert turns == [(f"{guarded.user}_clone", True), (guarded.user, False)]


def test_a_superuser_that_the_store_does_not_have_is_named_and_nothing_is_done(shop: Shop) -> None:
    refused = shop.strongroom("fix", "--superuser-secret", "shop/admin")
    assert (refused.returncode, "the store has no secret shop/admin" in refused.stderr) == (2, True)
    assert git(shop.top, "branch", "--list", "strongroom/*") == ""
    assert "shop/db" not in shop.strongroom("vault", "list").stdout


def test_names_begin_as_they_are_told_to(shop: Shop) -> None:
    told = shop.strongroom("fix", "--dry-run", "--name-prefix", "prod/{app}")
    assert f"secret prod/shop/db/{shop.user}: " in told.stdout
    refused = shop.strongroom("fix", "--dry-run", "--name-prefix", "prod shop")
    assert (refused.returncode, "begins no name of a secret" in refused.stderr) == (2, True)
