"""MongoDB, and Amazon DocumentDB, which speaks as it does: users of a database, changed by the server's commands.

MongoDB has no form of a password but itself in these commands; its log leaves their content out. Sources: MongoDB
Manual, `createUser`, `updateUser`, `usersInfo`, error codes; Amazon DocumentDB Developer Guide, "Managing users".
"""

from __future__ import annotations

from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.alternating import AlternatingUsers
from vault.rotation.rotators.base import Errand, RotationFailed, Rotator
from vault.rotation.rotators.engines import Engine, engines
from vault.rotation.rotators.login import Login
from vault.rotation.rotators.service import (
    Denied,
    Refused,
    Service,
    Session,
    Standing,
    at,
    no_user,
    read_only,
    unanswered,
    unreachable,
)
from vault.rotation.rotators.tls import authorities, speaks_tls
from vault.rotation.rotators.users import SingleUser

_SECONDS = 10
_REFUSED, _DENIED, _NO_USER = 18, 13, 11
_NOT_PRIMARY = (10058, 10107, 13435, 11602, 189)
_COPIED = ("customData", "authenticationRestrictions", "mechanisms")


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function for a strategy."""
    kind = AlternatingUsers if strategy == "alternating" else SingleUser
    return kind(errand, MongoService(engines()[engine]))


class MongoService(Service):
    """A server, or a set of replicas that is reached by one of them. The secret's `dbname` is where the user lives."""

    def open(self, login: Login, *, database: bool) -> Session:
        """Log in. Raises `Refused`, `RotationFailed`."""
        tls = speaks_tls(login.host, login.port, _SECONDS) if login.tls is None else login.tls
        client = connected(login, tls=tls)
        from pymongo.errors import OperationFailure, PyMongoError

        session = MongoSession(client, self.engine, login)
        try:
            client[session.database].command("ping")
        except OperationFailure as error:
            client.close()
            if error.code == _REFUSED:
                raise Refused(f"{at(self.engine, login)} refuses the password") from None
            raise unreachable(self.engine, login, f"error {error.code}") from None
        except PyMongoError:
            client.close()
            raise unanswered(self.engine, login) from None
        return session


class MongoSession(Session):
    """A session of a user."""

    def __init__(self, client: Any, engine: Engine, login: Login) -> None:
        super().__init__(engine, login)
        self._client = client
        self.database = login.database or "admin"

    def close(self) -> None:
        """Log out."""
        self._client.close()

    def probe(self) -> None:
        """Ask who is logged in."""
        self._run({"connectionStatus": 1})

    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Change the user's own password, which takes the action `changeOwnPassword`."""
        self.change(self.account, password, None)

    def standing(self, username: str) -> Standing:
        """Tell whether a user is there; none can be locked."""
        return Standing.ABSENT if self._user(username) is None else Standing.READY

    def change(self, account: str, password: SecretValue, kept: SecretValue | None) -> None:
        """Change the password of a user."""
        self._run({"updateUser": account, "pwd": password.reveal_text()})

    def clone(self, account: str, username: str, password: SecretValue) -> None:
        """Give a user the roles of another one and a password, in one command."""
        original = self._user(account)
        if original is None:
            raise no_user(account, self._where)
        command = "createUser" if self._user(username) is None else "updateUser"
        copied = {name: original[name] for name in _COPIED if original.get(name)}
        self._run({command: username, "pwd": password.reveal_text(), "roles": original["roles"], **copied})

    def _user(self, username: str) -> dict[str, Any] | None:
        wanted = {"user": username, "db": self.database}
        users = self._run({"usersInfo": wanted, "showAuthenticationRestrictions": True})["users"]
        return users[0] if users else None

    def _run(self, command: dict[str, Any]) -> Any:
        from pymongo.errors import OperationFailure, PyMongoError

        try:
            return self._client[self.database].command(command)
        except OperationFailure as error:
            code = error.code
        except PyMongoError:
            raise unreachable(self._engine, self._login) from None
        raise self._reason(code)

    def _reason(self, code: int | None) -> RotationFailed:
        if code == _DENIED:
            return Denied(f"{self._where} does not let {self._login.username} do it")
        if code == _NO_USER:
            return RotationFailed(f"{self._where} does not know the user; was it renamed or removed by hand?")
        if code in _NOT_PRIMARY:
            return read_only(self._engine, self._login)
        return RotationFailed(f"{self._where} failed with error {code}")


def connected(login: Login, *, tls: bool) -> Any:
    """Return a client; it logs in with its first command. Raises `RotationFailed` where the driver is missing."""
    try:
        from pymongo import MongoClient
    except ImportError:
        raise RotationFailed("the MongoDB driver is missing: pip install 'strongroom[rotators]'") from None
    trust: dict[str, Any] = {"tlsCAFile": authorities()} if login.tls else {"tlsAllowInvalidCertificates": True}
    return MongoClient(
        login.host,
        login.port,
        username=login.username,
        password=login.password.reveal_text(),
        authSource=login.database or "admin",
        appname="strongroom-rotation",
        retryWrites=False,
        serverSelectionTimeoutMS=_SECONDS * 1000,
        connectTimeoutMS=_SECONDS * 1000,
        tls=tls,
        **(trust if tls else {}),
    )
