"""Harnesses of what is no database: a broker, keys, tokens, an endpoint; and of MongoDB, which a stand-in plays."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import asyncssh
import pika
from botocore.exceptions import ClientError

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.rotators.harness import Harness
from tests.testing.mongo import FakeMongo
from tests.testing.rabbitmq import RabbitMQServer
from tests.testing.rotators import ACCOUNT, REGION, hurting_password, stored
from tests.testing.sshd import SSHServer
from tests.testing.tokens import OVERLAPPING, Asked, Reply, TokenService
from vault.bootstrap import Vault
from vault.initialise import AccessKey


class RabbitMQ(Harness):
    """A user without tags."""

    def __init__(self, strategy: str, server: RabbitMQServer) -> None:
        super().__init__(strategy)
        self.server = server
        self.previous_survives = strategy.endswith("alternating")

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Create the user; the administrator is the superuser."""
        name, password = f"shop '/{secrets.token_hex(4)}", hurting_password()
        self.server.create_user(name, password)
        where = {
            "engine": "rabbitmq", "host": self.server.host, "port": self.server.port,
            "management_port": self.server.management_port,
        }  # fmt: skip
        master = stored(vault, {**where, "username": self.server.admin, "password": self.server.password})
        return {**where, "username": name, "password": password, "masterarn": master}

    def accepted(self, value: str) -> bool:
        """Log in over AMQP."""
        content = json.loads(value)
        credentials = pika.PlainCredentials(content["username"], content["password"])
        parameters = pika.ConnectionParameters(
            self.server.host, self.server.port, credentials=credentials, connection_attempts=1
        )
        try:
            pika.BlockingConnection(parameters).close()
        except pika.exceptions.ProbableAuthenticationError:
            return False
        return True


class Mongo(Harness):
    """A user of a database."""

    def __init__(self, strategy: str, server: FakeMongo) -> None:
        super().__init__(strategy)
        self.server = server
        self.previous_survives = strategy.endswith("alternating")

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Create the user and its superuser."""
        name, password, admin = f"shop-{secrets.token_hex(4)}", hurting_password(), hurting_password()
        roles = [{"role": "readWrite", "db": "shop"}]
        self.server.users["shop", name] = {"pwd": password, "roles": roles, "customData": {"team": "shop"}}
        self.server.users["shop", "root"] = {"pwd": admin, "roles": [{"role": "userAdmin", "db": "shop"}]}
        where = {"engine": "mongo", "host": "127.0.0.1", "port": self.server.port, "dbname": "shop", "ssl": False}
        master = stored(vault, {**where, "username": "root", "password": admin})
        return {**where, "username": name, "password": password, "masterarn": master}

    def accepted(self, value: str) -> bool:
        """Look the password up."""
        content = json.loads(value)
        return self.server.accepts(content["dbname"], content["username"], content["password"])


class IAM(Harness):
    """A user of this store's own IAM, who may manage its own keys."""

    previous_survives = True

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Create the user, the policy and the key."""
        self.vault = vault
        iam, name = vault.client("iam"), f"robot-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        actions = ["iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey",
                   "iam:GetAccessKeyLastUsed"]  # fmt: skip
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="keys", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def accepted(self, value: str) -> bool:
        """Ask STS."""
        content = json.loads(value)
        key = AccessKey(
            access_key_id=content["aws_access_key_id"],
            secret=SecretValue(content["aws_secret_access_key"]),
            account_id=ACCOUNT,
            region=REGION,
        )
        try:
            self.vault.client("sts", key).get_caller_identity()
        except ClientError:
            return False
        return True

    def junk(self, value: str) -> str:
        """Return a key of the same id."""
        return json.dumps({**json.loads(value), "aws_secret_access_key": secrets.token_hex(20)})


class SSH(Harness):
    """A key of an account."""

    previous_survives = True

    def __init__(self, strategy: str, server: SSHServer) -> None:
        super().__init__(strategy)
        self.server = server

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Let a key in, with an option before it."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.server.let_in(f"no-agent-forwarding {key.export_public_key().decode().strip()}")
        return {
            "host": self.server.host,
            "port": self.server.port,
            "username": self.server.username,
            "host_key": self.server.host_key,
            "authorized_keys": str(self.server.authorized_keys),
            "private_key": key.export_private_key().decode(),
        }

    def accepted(self, value: str) -> bool:
        """Log in."""
        return self.server.accepts(json.loads(value)["private_key"])

    def junk(self, value: str) -> str:
        """Return a key that nobody let in."""
        key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        return json.dumps({**json.loads(value), "private_key": key})


class Token(Harness):
    """A token of an API where they overlap, which the secret describes."""

    previous_survives = True

    def __init__(self, strategy: str, service: TokenService, url: str) -> None:
        super().__init__(strategy)
        self.service = service
        self.url = url

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Make a token."""
        return {"api": OVERLAPPING, "base_url": self.url, "owner": "a/b c", "token": self.service.made()}

    def accepted(self, value: str) -> bool:
        """Look it up."""
        return json.loads(value)["token"] in self.service.good

    def junk(self, value: str) -> str:
        """Return a token that was never made."""
        return json.dumps({**json.loads(value), "token": secrets.token_hex(12)})


class Endpoint:
    """The other side of a webhook: a service with one password, which checks signatures."""

    def __init__(self) -> None:
        self.password = ""
        self.key = ""

    def reply(self, asked: Asked) -> Reply:
        """Do what a step says."""
        from vault.alarms.deliver import signature

        signed = signature(SecretValue(self.key), asked.headers["strongroom-timestamp"], asked.body)
        if asked.headers["strongroom-signature"] != signed:
            return 403, None
        told = asked.json()
        if told["Step"] == "setSecret":
            if told["current"] == self.password:
                self.password = told["pending"]
            return (200 if self.password == told["pending"] else 409), {}
        return 200, {"accepted": told.get("tried") == self.password}


class Webhook(Harness):
    """A password behind an endpoint."""

    def __init__(self, strategy: str, endpoint: Endpoint, url: str) -> None:
        super().__init__(strategy)
        self.endpoint = endpoint
        self.url = url

    def first(self, vault: Vault) -> Mapping[str, Any]:
        """Draw the password and the key."""
        self.endpoint.password, self.endpoint.key = hurting_password(), secrets.token_hex(16)
        key = vault.client("secretsmanager").create_secret(
            Name=f"hook/{secrets.token_hex(4)}",
            SecretString=json.dumps({"key": self.endpoint.key, "webhook": f"{self.url}/rotate"}),
        )["ARN"]
        return {"webhook": f"{self.url}/rotate", "webhook_key_arn": key, "password": self.endpoint.password}

    def accepted(self, value: str) -> bool:
        """Compare."""
        return bool(json.loads(value)["password"] == self.endpoint.password)
