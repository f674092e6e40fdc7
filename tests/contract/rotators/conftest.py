"""Each kind of credential under each of its strategies, on servers that the tests start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contract.rotators.harness import Harness
from tests.contract.rotators.others import IAM, SSH, Endpoint, Mongo, RabbitMQ, Token, Webhook
from tests.contract.rotators.servers import MariaDB, Postgres, Redis, Server
from tests.testing.mongo import FakeMongo
from tests.testing.rabbitmq import RabbitMQServer, running_rabbitmq
from tests.testing.redis import running_redis
from tests.testing.rotators import ACCOUNT, REGION, Subject, subject
from tests.testing.sshd import SSHServer, running_sshd
from tests.testing.tokens import TokenService, answering
from vault.bootstrap import Vault, open_in_memory
from vault.initialise import NewStore


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    import secrets

    password = secrets.token_hex(12)
    with running_redis(tmp_path_factory.mktemp("redis"), f"requirepass {password}") as port:
        yield port, password


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQServer]:
    with running_rabbitmq() as server:
        yield server


@pytest.fixture(scope="session")
def sshd() -> Iterator[SSHServer]:
    with running_sshd() as server:
        yield server


@pytest.fixture
def mongo(monkeypatch: pytest.MonkeyPatch) -> FakeMongo:
    server = FakeMongo()
    monkeypatch.setattr("vault.rotation.rotators.mongo.connected", server.connected)
    return server


@pytest.fixture
def tokens() -> Iterator[tuple[TokenService, str]]:
    service = TokenService()
    with answering(service.reply) as url:
        yield service, url


@pytest.fixture
def endpoint() -> Iterator[tuple[Endpoint, str]]:
    served = Endpoint()
    with answering(served.reply) as url:
        yield served, url


_HARNESSES: dict[str, Callable[[str, pytest.FixtureRequest], Harness]] = {
    "postgres-single": lambda name, request: Postgres(name, request.getfixturevalue("postgres")),
    "postgres-alternating": lambda name, request: Postgres(name, request.getfixturevalue("postgres")),
    "mariadb-single": lambda name, request: MariaDB(name, request.getfixturevalue("mariadb")),
    "mariadb-alternating": lambda name, request: MariaDB(name, request.getfixturevalue("mariadb")),
    "redis-single": lambda name, request: Redis(name, *request.getfixturevalue("redis_server")),
    "redis-alternating": lambda name, request: Redis(name, *request.getfixturevalue("redis_server")),
    "rabbitmq-single": lambda name, request: RabbitMQ(name, request.getfixturevalue("rabbitmq")),
    "rabbitmq-alternating": lambda name, request: RabbitMQ(name, request.getfixturevalue("rabbitmq")),
    "mongo-single": lambda name, request: Mongo(name, request.getfixturevalue("mongo")),
    "mongo-alternating": lambda name, request: Mongo(name, request.getfixturevalue("mongo")),
    "aws-iam-single": lambda name, _: IAM(name),
    "ssh-single": lambda name, request: SSH(name, request.getfixturevalue("sshd")),
    "http-token-single": lambda name, request: Token(name, *request.getfixturevalue("tokens")),
    "webhook-single": lambda name, request: Webhook(name, *request.getfixturevalue("endpoint")),
}


@pytest.fixture(params=sorted(_HARNESSES))
def harness(request: pytest.FixtureRequest) -> Harness:
    name: str = request.param
    return _HARNESSES[name](name, request)


@pytest.fixture(params=[name for name in sorted(_HARNESSES) if name.startswith(("postgres", "mariadb", "redis"))])
def server(request: pytest.FixtureRequest) -> Server:
    """A kind of server with users, under each strategy."""
    made = _HARNESSES[request.param](request.param, request)
    assert isinstance(made, Server)
    return made


@pytest.fixture
def login(server: Server, vault: Vault) -> Subject:
    return subject(vault, server.strategy, server.first(vault))


@pytest.fixture
def vault() -> Iterator[Vault]:
    made, _ = open_in_memory(NewStore(account_id=ACCOUNT, regions=(REGION,)))
    yield made
    made.close()


@pytest.fixture
def rotated(harness: Harness, vault: Vault) -> Subject:
    return subject(vault, harness.strategy, harness.first(vault))
