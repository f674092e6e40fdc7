"""Runs AWS's own rotation templates, unmodified, against real servers: `make acceptance-templates TEMPLATES=FOLDER`.

FOLDER is a checkout of https://github.com/aws-samples/aws-secrets-manager-rotation-lambdas; nothing of it is kept. Each
template is zipped with the drivers that it imports, uploaded with boto3's lambda client, and rotates a secret twice.
"""

from __future__ import annotations

import argparse
import io
import json
import secrets
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.testing.functions import role_for
from tests.testing.mariadb import MariaDBServer, running_mariadb
from tests.testing.postgres import ADMIN_PASSWORD, PostgresServer, running_postgres
from tests.testing.server import Server, running_server

_PATIENCE = 60.0
_ROTATIONS = 2
_ENGINES = {"PostgreSQL": "postgres", "MySQL": "mysql", "MariaDB": "mariadb"}
_ACTIONS = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage", "GetRandomPassword")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A server, whose users are made with random passwords, and whether it lets one in."""

    host: str
    port: int
    make: Callable[[str, str], None]
    accepts: Callable[[str, str], bool]
    superuser: str
    superuser_password: str

    def secret(self, engine: str, user: str, password: str, **more: str) -> str:
        """Return a secret's text as AWS lays it out for an engine."""
        apart = {"dbname": "postgres"} if engine == "postgres" else {}
        connection = {"engine": engine, "host": self.host, "port": self.port}
        return json.dumps({**connection, "username": user, "password": password, **apart, **more})


def _postgres(server: PostgresServer) -> Database:
    return Database(
        host=server.host,
        port=server.port,
        make=lambda user, password: server.create_role(user, password, user),
        accepts=lambda user, password: server.accepts(user, password, "postgres"),
        superuser="postgres",
        superuser_password=ADMIN_PASSWORD,
    )


def _mariadb(server: MariaDBServer) -> Database:
    superuser, password = "superuser", secrets.token_hex(12)

    def make(user: str, chosen: str, rights: str = "SELECT ON mysql.time_zone") -> None:
        with pymysql.connect(unix_socket=server.socket, user="root") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (user, chosen))
            cursor.execute(f"GRANT {rights} TO %s@'%%' WITH GRANT OPTION", (user,))

    def accepts(user: str, chosen: str) -> bool:
        try:
            pymysql.connect(host=server.host, port=server.port, user=user, password=chosen).close()
        except pymysql.err.OperationalError:
            return False
        return True

    make(superuser, password, "ALL PRIVILEGES ON *.*")
    return Database(
        host=server.host,
        port=server.port,
        make=make,
        accepts=accepts,
        superuser=superuser,
        superuser_password=password,
    )


def _zipped(template: Path, libraries: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(template / "lambda_function.py", "lambda_function.py")
        for file in sorted(libraries.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, str(file.relative_to(libraries)))
    return content.getvalue()


def _uploaded(server: Server, role: str, name: str, code: bytes) -> str:
    client = server.client("lambda")
    made = client.create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="lambda_function.lambda_handler",
        Code={"ZipFile": code}, Timeout=30,
    )  # fmt: skip
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    client.add_permission(
        FunctionName=name, StatementId="rotation", Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com", SourceAccount=made["FunctionArn"].split(":")[4],
    )  # fmt: skip
    return str(made["FunctionArn"])


def _current(client: Any, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return content


def _rotated(client: Any, name: str, function: str) -> float:
    """Rotate once, and return the seconds that it took. Raises `TimeoutError`."""
    begun = time.monotonic()
    token = client.rotate_secret(SecretId=name, RotationLambdaARN=function)["VersionId"]
    while "AWSCURRENT" not in client.describe_secret(SecretId=name)["VersionIdsToStages"].get(token, ()):
        if time.monotonic() - begun > _PATIENCE:
            raise TimeoutError(_told(client, name))
    return time.monotonic() - begun


def _told(client: Any, name: str) -> str:
    return f"{name} was not rotated within {_PATIENCE:.0f} s: {client.describe_secret(SecretId=name)}"


def _run(server: Server, database: Database, engine: str, strategy: str, function: str) -> str:
    client, name = server.client(), f"acceptance/{engine}-{strategy}"
    user, password = f"app{secrets.token_hex(3)}", secrets.token_hex(12)
    database.make(user, password)
    more: dict[str, str] = {}
    if strategy == "MultiUser":
        text = database.secret(engine, database.superuser, database.superuser_password)
        more["masterarn"] = client.create_secret(Name=f"{name}-superuser", SecretString=text)["ARN"]
    client.create_secret(Name=name, SecretString=database.secret(engine, user, password, **more))
    known, took = [(user, password)], []
    for _ in range(_ROTATIONS):
        took.append(_rotated(client, name, function))
        now = _current(client, name)
        known.append((now["username"], now["password"]))
        if not database.accepts(*known[-1]) or len(set(known)) != len(known):
            raise AssertionError(f"{name}: the current value does not let in, or is an old one")
    # What was there before the last rotation is good still with alternating users, and with a single one no more.
    kept = database.accepts(*known[-2])
    if kept is not (strategy == "MultiUser"):
        raise AssertionError(f"{name}: the previous value {'lets' if kept else 'does not let'} in")
    seconds = ", ".join(f"{each:.1f} s" for each in took)
    return f"{_ROTATIONS} rotations ({seconds}), logs in as {known[-1][0]}, previous {'good' if kept else 'refused'}"


@contextmanager
def _databases() -> Iterator[Mapping[str, Database]]:
    with running_postgres() as postgres, running_mariadb() as mariadb:
        own = _mariadb(mariadb)
        yield {"PostgreSQL": _postgres(postgres), "MySQL": own, "MariaDB": own}


def main() -> int:
    """Run all templates; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=Path, help="the checkout of AWS's templates")
    parser.add_argument("--libraries", type=Path, help="the folder that PyGreSQL and PyMySQL were installed into")
    asked = parser.parse_args()
    if asked.templates is None or asked.libraries is None:
        print("skipped: name the checkout of AWS's templates, make acceptance-templates TEMPLATES=FOLDER")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "vault") as server:
        role = role_for(server, "templates", *(f"secretsmanager:{action}" for action in _ACTIONS))
        with _databases() as databases:
            for engine, database in databases.items():
                for strategy in ("SingleUser", "MultiUser"):
                    template = asked.templates / f"SecretsManagerRDS{engine}Rotation{strategy}"
                    try:
                        function = _uploaded(server, role, template.name, _zipped(template, asked.libraries))
                        told = _run(server, database, _ENGINES[engine], strategy, function)
                    except Exception as error:  # noqa: BLE001 - the others are run all the same
                        told, failed = f"FAILED: {error}", failed + 1
                    print(f"{template.name}: {told}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
