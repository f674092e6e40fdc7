"""Passwords of databases, tried on real PostgreSQL, MariaDB and Redis servers."""

from __future__ import annotations

import logging
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.model import Verified
from scanner.rulebook.verifier import Verifier
from scanner.verify.base import Question, Said
from scanner.verify.hosts import read_hosts
from scanner.verify.named import answer
from scanner.verify.pace import Pace
from scanner.verify.reach import Reach
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.leaks import leaks
from tests.testing.mariadb import MariaDBServer
from tests.testing.postgres import PostgresServer
from tests.testing.redis import running_redis
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import SkippingClock, near

RIGHT, WRONG = token("right") + "@:/%", token("wrong")
QUOTED = RIGHT.replace("%", "%25").replace("@", "%40").replace(":", "%3A").replace("/", "%2F")


def said(kind: str, password: str, *hosts: str, **parts: str) -> Said:
    """Ask with what stands around a password; `hosts` are allowed, this machine unless others are given."""
    reach = Reach(read_hosts(hosts or ("127.0.0.1",)), pace=Pace(clock=SkippingClock()))
    asked = Question(
        rule_id="rule", verifier=Verifier(use=kind), value=SecretValue(password), surroundings=near(**parts)
    )
    found = answer(asked, reach)
    assert leaks([password.encode()], repr(found).encode()) == []
    return found


@pytest.fixture(autouse=True)
def _silent(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Have drivers say all they know, and hold them to not saying a password."""
    caplog.set_level(logging.DEBUG)
    yield
    said_aloud = "\n".join([caplog.text, *capsys.readouterr()])
    assert leaks([RIGHT.encode(), WRONG.encode()], said_aloud.encode()) == []


@pytest.fixture(scope="module")
def role(postgres: PostgresServer) -> PostgresServer:
    postgres.create_role("verified", RIGHT, "verified")
    return postgres


def test_postgresql_says_who_may_come_in(role: PostgresServer) -> None:
    where = {"host": role.host, "port": str(role.port), "user": "verified", "database": "verified"}
    assert said("postgresql", RIGHT, **where).state is Verified.ACTIVE
    assert said("postgresql", WRONG, **where).state is Verified.INACTIVE
    assert said("postgresql", RIGHT, **{**where, "user": "nobody"}).state is Verified.INACTIVE


def test_a_password_of_a_url_is_unquoted(role: PostgresServer) -> None:
    where = {"scheme": "postgresql", "user": "verified", "host": role.host, "port": str(role.port)}
    assert said("postgresql", QUOTED, **where).state is Verified.ACTIVE
    assert said("postgresql", RIGHT + "%41", **where).state is Verified.INACTIVE


def test_a_password_that_opens_no_such_database_is_live_all_the_same(role: PostgresServer) -> None:
    where = {"host": role.host, "port": str(role.port), "user": "verified", "database": "elsewhere"}
    assert said("postgresql", RIGHT, **where).state is Verified.ACTIVE


def test_a_server_that_asks_for_no_password_tells_nothing(role: PostgresServer) -> None:
    rules = role.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("host all trusted all trust\nhost all bare all password\n" + before)
    try:
        with role.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE ROLE trusted LOGIN")
        where = {"host": role.host, "port": str(role.port)}
        for user in ("trusted", "bare"):
            assert said("postgresql", WRONG, user=user, **where).state is Verified.UNKNOWN
    finally:
        rules.write_text(before)
        with role.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")


def test_mariadb_says_who_may_come_in(mariadb: MariaDBServer) -> None:
    mariadb.create_user("verified", RIGHT)
    where = {"host": mariadb.host, "port": str(mariadb.port), "user": "verified"}
    assert said("mysql", RIGHT, **where).state is Verified.ACTIVE
    assert said("mysql", WRONG, **where).state is Verified.INACTIVE
    assert said("mysql", QUOTED, scheme="mysql", **where).state is Verified.ACTIVE


def packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


class WantsTheText(socketserver.BaseRequestHandler):
    """Greets as MySQL does, then asks for the password as it is (its protocol's authentication method switch)."""

    def handle(self) -> None:
        capabilities = 0x000FA2FF.to_bytes(4, "little")
        greeting = b"\x0a5.7.0\0" + b"\1\0\0\0" + b"saltsalt\0" + capabilities[:2] + b"\x21\2\0" + capabilities[2:]
        greeting += b"\x15" + bytes(10) + b"saltsaltsalt\0" + b"mysql_native_password\0"
        self.request.sendall(packet(0, greeting))
        heard = self.request.recv(4096)
        self.request.sendall(packet(2, b"\xfemysql_clear_password\0"))
        self.server.heard = heard + self.request.recv(4096)  # type: ignore[attr-defined]


def test_a_password_is_not_sent_as_it_is_to_a_server_that_asks_for_that() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), WantsTheText) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        found = said("mysql", RIGHT, host="127.0.0.1", port=str(server.server_address[1]), user="shop")
        thread.join()
    assert found.state is Verified.UNKNOWN
    assert "unprotected" in found.why
    assert b"shop" in server.heard  # type: ignore[attr-defined]
    assert RIGHT.encode() not in server.heard  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with running_redis(folder, f'requirepass "{RIGHT}"', f'user app on ">{RIGHT}" allkeys allcommands') as port:
        yield port


def test_redis_says_who_may_come_in(redis: int) -> None:
    where = {"host": "127.0.0.1", "port": str(redis)}
    for user in ("", "default", "app"):
        named = {"user": user} if user else {}
        assert said("redis", RIGHT, **where, **named).state is Verified.ACTIVE
        assert said("redis", WRONG, **where, **named).state is Verified.INACTIVE


def test_a_redis_that_has_no_password_tells_nothing(tmp_path: Path) -> None:
    with running_redis(tmp_path) as port:
        where = {"host": "127.0.0.1", "port": str(port)}
        assert said("redis", WRONG, **where).state is Verified.UNKNOWN
        assert said("redis", WRONG, user="default", **where).state is Verified.UNKNOWN


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
def test_a_server_that_nobody_allowed_is_not_connected_to(kind: str) -> None:
    found = said(kind, RIGHT, "other.internal", host="db.internal", port="1")
    assert found.state is Verified.UNKNOWN
    assert "--verify-host db.internal" in found.why


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
def test_a_server_that_is_not_there_leaves_it_unknown(kind: str) -> None:
    assert said(kind, RIGHT, host="127.0.0.1", port="1").state is Verified.UNKNOWN


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
@pytest.mark.parametrize("parts", [{}, {"host": ""}, {"host": "db", "port": "x"}, {"host": "db", "port": "70000"}])
def test_a_password_beside_which_no_server_is_named_is_unknown(kind: str, parts: dict[str, str]) -> None:
    assert said(kind, RIGHT, **parts).why == "the server that it belongs to is not named near it"


@pytest.mark.parametrize(("kind", "package"), [("postgresql", "psycopg"), ("mysql", "pymysql")])
def test_a_missing_driver_is_named_with_how_to_get_it(kind: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    found = said(kind, RIGHT, host="127.0.0.1", port="1")
    assert found.state is Verified.UNKNOWN
    assert "strongroom[verify]" in found.why
