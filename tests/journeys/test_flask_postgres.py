"""From a leaked PostgreSQL password in a Flask application to one that the database refuses, without a restart."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository
from tests.testing.postgres import PostgresServer
from tests.testing.server import command_line, plain_environment

APP = '''"""Orders: two pages, two ways to the same database."""

import psycopg
from flask import Flask

app = Flask(__name__)


def one(connection):
    return str(connection.execute("SELECT current_user").fetchone()[0])


@app.get("/by-url")
def by_url():
    with psycopg.connect("postgresql://@USER@:@PASSWORD@@@HOST@:@PORT@/@USER@") as connection:
        return one(connection)


@app.get("/by-argument")
def by_argument():
    with psycopg.connect(
        host="@HOST@", port=@PORT@, user="@USER@", password="@PASSWORD@", dbname="@USER@"
    ) as connection:
        return one(connection)
'''

OWN_TESTS = '''"""The application's own tests."""

import orders


def test_both_pages_reach_the_database():
    client = orders.app.test_client()
    assert client.get("/by-url").text == client.get("/by-argument").text == "@USER@"
'''

SERVE = (
    "from werkzeug.serving import make_server; import orders;"
    "server = make_server('127.0.0.1', 0, orders.app); print(server.port, flush=True); server.serve_forever()"
)
PATIENCE_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The application's repository, its vault, and the password that stood in its code."""

    repository: Path
    home: Path
    user: str
    leaked: SecretValue

    @property
    def secret(self) -> str:
        return f"orders/db/{self.user}"

    def strongroom(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command_line(*arguments),
            cwd=self.repository,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        return plain_environment(STRONGROOM_HOME=str(self.home))

    def current(self) -> dict[str, str]:
        stored: dict[str, str] = json.loads(self.strongroom("vault", "get", self.secret).stdout)
        return stored


@pytest.fixture
def orders(postgres: PostgresServer, tmp_path: Path) -> Orders:
    user, password = f"u{secrets.token_hex(4)}", made_up_credential()
    postgres.create_role(user, password, user)
    places = {"@USER@": user, "@PASSWORD@": password, "@HOST@": postgres.host, "@PORT@": str(postgres.port)}
    files = {"orders.py": APP, "test_orders.py": OWN_TESTS, "requirements.txt": "Flask\npsycopg[binary]\n"}
    for place, text in places.items():
        files = {name: content.replace(place, text) for name, content in files.items()}
    repository = make_repository(tmp_path / "orders", files)
    return Orders(repository=repository, home=tmp_path / "home", user=user, leaked=SecretValue(password))


@contextmanager
def running(orders: Orders) -> Iterator[str]:
    """Run the application from the vault; yields its address."""
    arguments = command_line("run", "--", sys.executable, "-c", SERVE)
    with subprocess.Popen(
        arguments, cwd=orders.repository, env=orders.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def answer(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=PATIENCE_SECONDS) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.code)


def soon(url: str, expected: str) -> bool:
    """Tell whether `url` answers with `expected` within the accessor's time limit for rotating secrets."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answer(url) == expected:
            return True
    return False


def own_tests(orders: Orders, **overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_orders.py"],
        cwd=orders.repository,
        env=plain_environment(AWS_ENDPOINT_URL="http://127.0.0.1:1", **overrides),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_leaked_password_dies_and_the_application_lives(orders: Orders, postgres: PostgresServer) -> None:
    assert own_tests(orders).returncode == 0

    found = orders.strongroom("scan", "-f", "json")
    assert found.returncode == 1
    lines = [(each["path"], each["start_line"]) for each in json.loads(found.stdout)["findings"]]
    assert lines == [("orders.py", 15), ("orders.py", 22)]

    fixed = orders.strongroom("fix", "--branch", "fixed")
    assert fixed.returncode == 0, fixed.stderr
    git(orders.repository, "checkout", "--quiet", "fixed")
    assert orders.leaked.reveal_text() not in (orders.repository / "orders.py").read_text()
    assert orders.current()["password"] == orders.leaked.reveal_text()

    with running(orders) as url:
        assert answer(f"{url}/by-url") == answer(f"{url}/by-argument") == orders.user
        rotated = orders.strongroom("rotate", "now", orders.secret)
        assert rotated.returncode == 0, rotated.stderr
        assert not postgres.accepts(orders.user, orders.leaked.reveal_text(), orders.user)
        assert soon(f"{url}/by-url", orders.user)
        assert soon(f"{url}/by-argument", orders.user)

    overrides = {f"ORDERS_DB_{orders.user.upper()}__PASSWORD": orders.current()["password"]}
    without_vault = own_tests(orders, **overrides)
    assert without_vault.returncode == 0, without_vault.stdout

    assert orders.strongroom("scan").returncode == 0
    again = orders.strongroom("fix")
    assert "nothing to fix" in again.stderr


def test_a_rotation_that_cannot_reach_the_database_changes_nothing_and_completes_later(
    orders: Orders, postgres: PostgresServer
) -> None:
    orders.strongroom("fix", "--branch", "fixed")
    stored = orders.current()
    unreachable = {**stored, "port": 1}
    _put(orders, unreachable)

    failed = orders.strongroom("rotate", "now", orders.secret)
    assert failed.returncode == 1
    assert "cannot be reached" in failed.stderr
    assert orders.leaked.reveal_text() not in failed.stdout + failed.stderr
    assert orders.current() == unreachable
    assert postgres.accepts(orders.user, orders.leaked.reveal_text(), orders.user)

    _put(orders, stored)
    completed = orders.strongroom("rotate", "now", orders.secret)
    assert completed.returncode == 0, completed.stderr
    assert not postgres.accepts(orders.user, orders.leaked.reveal_text(), orders.user)
    assert postgres.accepts(orders.user, orders.current()["password"], orders.user)


def _put(orders: Orders, connection: dict[str, object] | dict[str, str]) -> None:
    subprocess.run(
        command_line("vault", "put", orders.secret),
        cwd=orders.repository, env=orders.environment, input=json.dumps(connection), text=True, check=True,
        capture_output=True,
    )  # fmt: skip
