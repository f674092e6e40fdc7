"""What a kind of server with users has to offer, so that one strategy serves them all, and how it says no."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.engines import Engine
from vault.rotation.rotators.login import Login
from vault.rotation.rotators.tls import listens

_SECONDS = 10


class Refused(RotationFailed):
    """The server refuses a user with a password: one of the two is wrong, and most servers do not say which."""


class Locked(RotationFailed):
    """The user may not log in at all, whatever the password."""


class Denied(RotationFailed):
    """The one who logged in has no right to do it."""


class Standing(StrEnum):
    """How a superuser sees a user."""

    ABSENT = "absent"
    LOCKED = "locked"
    READY = "ready"


class Session(ABC):
    """A user who is logged in. `account` is what the server calls that user. What is not allowed raises `Denied`."""

    def __init__(self, engine: Engine, login: Login) -> None:
        self._engine = engine
        self._login = login
        self._where = at(engine, login)
        self.account = login.username

    @abstractmethod
    def close(self) -> None:
        """Log out."""

    @abstractmethod
    def probe(self) -> None:
        """Do something that any user may, to show that the login is good for more than a greeting."""

    @abstractmethod
    def change_own(self, password: SecretValue, kept: SecretValue) -> None:
        """Change the password of the user who is logged in; `kept` stays good too where servers take two."""

    def write_down(self) -> None:  # noqa: B027 - most servers keep changes by themselves
        """Have a restart keep what was changed."""

    @abstractmethod
    def standing(self, username: str) -> Standing:
        """Tell how a user stands, as a superuser."""

    @abstractmethod
    def change(self, account: str, password: SecretValue, kept: SecretValue | None) -> None:
        """Change the password of an account, as a superuser; `kept` stays good too where servers take two."""

    @abstractmethod
    def clone(self, account: str, username: str, password: SecretValue) -> None:
        """Give `username` the rights of `account` and a password, as a superuser, making it where there is none."""


class Service(ABC):
    """A kind of server."""

    forgetful: bool = False
    """Whether a restart forgets changes that are not written down by a command of their own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def session(self, login: Login, *, database: bool = False) -> Iterator[Session]:
        """Log in while the block runs, into the secret's database where that is asked for.

        Raises `Refused` and `Locked` for what the server says to the user, `RotationFailed` where nothing is told.
        """
        opened = self.open(login, database=database)
        try:
            yield opened
        finally:
            opened.close()

    @abstractmethod
    def open(self, login: Login, *, database: bool) -> Session:
        """Log in. Raises as `session`."""

    def works(self, login: Login) -> bool:
        """Tell whether a login is accepted. Raises `RotationFailed` where the server gives no answer."""
        try:
            with self.session(login):
                return True
        except Refused:
            return False


def at(engine: Engine, login: Login) -> str:
    """Return which server a login is at, for messages."""
    return f"{engine.title} at {login.place}"


def no_user(account: str, where: str) -> RotationFailed:
    """Return the failure of a user that is not there."""
    return RotationFailed(f"there is no user {account} on {where}; was it renamed or removed by hand?")


def unreachable(engine: Engine, login: Login, why: str = "") -> RotationFailed:
    """Return the failure of a server that gives no answer."""
    return RotationFailed(f"{at(engine, login)} cannot be reached" + (f": {why}" if why else ""))


def unanswered(engine: Engine, login: Login) -> RotationFailed:
    """Return the failure of a server that a driver got nothing from: where TLS is demanded, it may be that alone."""
    demanded = login.tls and listens(login.host, login.port, _SECONDS)
    return no_tls(engine, login) if demanded else unreachable(engine, login)


def read_only(engine: Engine, login: Login) -> RotationFailed:
    """Return the failure of a server that takes no changes."""
    return RotationFailed(f"{at(engine, login)} is a read-only replica; name the primary server as host of the secret")


def no_tls(engine: Engine, login: Login, why: str = "") -> RotationFailed:
    """Return the failure of a server that TLS was demanded of."""
    told = f" ({why})" if why else ""
    return RotationFailed(f"{at(engine, login)}: TLS, which the secret demands by ssl, failed{told}")


def no_clone(clone: str, original: str, where: str) -> RotationFailed:
    """Return the failure of two users whose names alone make them partners: one of them would get at the other."""
    return RotationFailed(f"the user {clone} on {where} is no clone of {original}, and gets no password of this secret")
