"""In MongoDB's place, as no server of it can be had: users of databases, and commands that are checked by their shapes.

The shapes are those of the MongoDB Manual, `createUser`, `updateUser`, `usersInfo`, `ping` and `connectionStatus`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from vault.rotation.rotators.login import Login

_SHAPES: dict[str, dict[str, type]] = {
    "ping": {},
    "connectionStatus": {},
    "usersInfo": {"showAuthenticationRestrictions": bool},
    "createUser": {
        "pwd": str,
        "roles": list,
        "customData": dict,
        "authenticationRestrictions": list,
        "mechanisms": list,
    },
    "updateUser": {
        "pwd": str,
        "roles": list,
        "customData": dict,
        "authenticationRestrictions": list,
        "mechanisms": list,
    },
}
_ADMIN = {"role": "userAdmin", "db": "shop"}


@dataclass(slots=True)
class FakeMongo:
    """The users by database and name: password, roles, and what else was said of them."""

    port: int = 27017
    users: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    read_only: bool = False

    def accepts(self, database: str, name: str, password: str) -> bool:
        """Tell whether a user is there with a password."""
        found = self.users.get((database, name))
        return found is not None and found["pwd"] == password

    def connected(self, login: Login, *, tls: bool) -> FakeClient:
        """Stand in for the function that makes clients."""
        return FakeClient(self, login)


class FakeClient:
    """One client; it logs in with each command, as the first command of a real one does."""

    def __init__(self, server: FakeMongo, login: Login) -> None:
        self._server = server
        self._login = login
        self._database = login.database or "admin"

    def __getitem__(self, database: str) -> FakeClient:
        assert database == self._database
        return self

    def close(self) -> None:
        """Nothing is open."""

    def command(self, command: str | dict[str, Any]) -> dict[str, Any]:
        """Run a command of a known shape. Raises the driver's errors."""
        words = {command: 1} if isinstance(command, str) else command
        name = next(iter(words))
        for option, value in list(words.items())[1:]:
            assert isinstance(value, _SHAPES[name][option]), f"{option} of {name}"
        if self._login.port != self._server.port:
            raise ServerSelectionTimeoutError("no answer")
        me = (self._database, self._login.username)
        if not self._server.accepts(*me, self._login.password.reveal_text()):
            raise OperationFailure("Authentication failed.", 18)
        if name in ("ping", "connectionStatus"):
            return {"ok": 1.0}
        self._authorised(name, words, self._server.users[me])
        return self._users_info(words) if name == "usersInfo" else self._changed(name, words)

    def _authorised(self, name: str, words: dict[str, Any], user: dict[str, Any]) -> None:
        own = name == "updateUser" and words[name] == self._login.username and set(words) == {"updateUser", "pwd"}
        if _ADMIN not in user["roles"] and not (own and user.get("may_change_own")):
            raise OperationFailure("not authorized", 13)
        if self._server.read_only and name != "usersInfo":
            raise OperationFailure("not master", 10107)

    def _users_info(self, words: dict[str, Any]) -> dict[str, Any]:
        wanted = words["usersInfo"]
        assert set(wanted) == {"user", "db"}
        found = self._server.users.get((wanted["db"], wanted["user"]))
        shown = [] if found is None else [{**{n: v for n, v in found.items() if n != "pwd"}, **wanted}]
        return {"users": deepcopy(shown), "ok": 1.0}

    def _changed(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
        key = (self._database, words[name])
        told = {option: value for option, value in words.items() if option != name}
        if name == "createUser":
            assert {"pwd", "roles"} <= set(told)
            if key in self._server.users:
                raise OperationFailure("already exists", 51003)
            self._server.users[key] = told
        elif key not in self._server.users:
            raise OperationFailure("could not find user", 11)
        else:
            self._server.users[key] = {**self._server.users[key], **told}
        return {"ok": 1.0}
