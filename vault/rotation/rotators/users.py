"""Rotates logins at servers with users: what both strategies share, and the one for a single user.

Source: Secrets Manager User Guide, "Single user rotation strategy", and the guards of AWS's published templates: the
current login is proved before anything changes, and a pending login is of the same user at the same server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import CURRENT, PREVIOUS, Errand, RotationFailed, Rotator, text_value
from vault.rotation.rotators.login import Login, read_login
from vault.rotation.rotators.passwords import new_password
from vault.rotation.rotators.service import Denied, Locked, Refused, Service, Session, Standing, at, no_user


class UserRotator(Rotator):
    """A rotation of a login at `service`."""

    def __init__(self, errand: Errand, service: Service) -> None:
        super().__init__(errand)
        self._service = service
        self._engine = service.engine

    def test_secret(self) -> None:
        """Log in with the pending login, where applications would, and use it."""
        login = self.login(self.pending())
        try:
            with self._service.session(login, database=True) as session:
                session.probe()
        except Refused:
            raise RotationFailed(f"{self._at(login)} refuses the new password of {self._arn}") from None

    def accepts(self, value: SecretValue) -> bool:
        """Tell whether the server lets a value in."""
        return self._service.works(self.login(value))

    def login(self, value: SecretValue) -> Login:
        """Return the login that a value is. Raises `RotationFailed`."""
        return read_login(value, self._arn, self._engine)

    def drawn(self) -> SecretValue:
        """Return a new password by the rules of the server."""
        return new_password(self._errand, length=self._engine.password_length, excluded=self._engine.excluded)

    def is_set(self, pending: Login) -> bool:
        """Tell whether the pending login was made good before, and have it outlive a restart then."""
        if not self._service.works(pending):
            return False
        if self._service.forgetful:
            with self._service.session(pending) as session:
                self.allowed(pending, session.write_down, lambda master: master.write_down())
        return True

    def allowed(self, login: Login, act: Callable[[], None], by_superuser: Callable[[Session], None]) -> None:
        """Do something as the user who is logged in, and as the superuser where users may not."""
        try:
            act()
        except Denied as error:
            if login.superuser is None:
                raise RotationFailed(f"{error}; name the secret of a superuser in masterarn of {self._arn}") from None
            with self.superuser(login) as master:
                by_superuser(master)

    @contextmanager
    def superuser(self, login: Login) -> Iterator[Session]:
        """Log the superuser in whom the secret names, at no other server than the secret's. Raises `RotationFailed`."""
        arn = login.superuser
        if arn is None:
            raise RotationFailed(f"{self._arn} names no superuser's secret in masterarn")
        found = text_value(self._errand.reader(arn), arn, CURRENT)
        if found is None:
            raise RotationFailed(f"the superuser's secret {arn} has no value")
        master = read_login(found, arn, self._engine)
        if not master.same_server(login):
            raise RotationFailed(f"the superuser of {arn} is at {master.place}, and {self._arn} is at {login.place}")
        with ExitStack() as stack:
            try:
                session = stack.enter_context(self._service.session(master))
            except (Refused, Locked):
                raise RotationFailed(f"{self._at(master)} refuses the superuser of {arn}") from None
            try:
                yield session
            except Denied as error:
                raise RotationFailed(f"the superuser of {arn} may not do it: {error}") from None

    def at_one_server(self, pending: Login, current: Login) -> None:
        """Raise `RotationFailed` where the server changed since the pending value was made."""
        if not pending.same_server(current):
            raise RotationFailed(
                f"the pending value of {self._arn} is for {pending.place}, the current one for {current.place}"
            )

    def why_refused(self, login: Login, which: str) -> RotationFailed:
        """Return why a server refuses a login that should be good; a superuser, where there is one, is asked."""
        user, where = login.username, self._at(login)
        standing = self._standing(login)
        if standing is Standing.ABSENT:
            return no_user(user, where)
        if standing is Standing.LOCKED:
            return locked(user, where)
        return RotationFailed(
            f"{where} refuses {which} of {self._arn}; was the password changed, or the user {user} renamed, by hand?"
        )

    def _standing(self, login: Login) -> Standing | None:
        """Return how a superuser sees the user; None where there is none to ask."""
        try:
            with self.superuser(login) as session:
                return session.standing(login.username)
        except RotationFailed:
            return None

    def _at(self, login: Login) -> str:
        return at(self._engine, login)


def _which(previous: list[Login]) -> str:
    return "both the current and the previous password" if previous else "the password"


def locked(user: str, where: str) -> Locked:
    """Return the failure of a user who may not log in."""
    return Locked(f"the user {user} is locked on {where}; unlock it and rotate again")


class SingleUser(UserRotator):
    """One user whose password changes. Takes AWS's JSON layout; `masterarn` is needed where users may not do it."""

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return the same login with a new password."""
        return self.login(current).changed(self.drawn())

    def set_secret(self) -> None:
        """Give the user the pending password, logging in with the current or the previous one."""
        pending, current = self.login(self.pending()), self.login(self.current())
        if self.is_set(pending):
            return
        self.at_one_server(pending, current)
        if pending.username != current.username:
            raise RotationFailed(
                f"the pending value of {self._arn} is of the user {pending.username}, the current one of "
                f"{current.username}"
            )
        with self._accepted(pending, current) as (session, used):
            self._change(session, used, pending.password)

    def revoke(self, value: SecretValue) -> None:
        """Have the password of a value refused: on servers that take two by removing it, else by what is current."""
        old, current = self.login(value), self.login(self.current())
        if old.same_user(current) and old.password == current.password:
            raise self.still_current()
        if not self._service.works(old):
            return
        if not old.same_user(current):
            with self._service.session(old) as session:
                self._change(session, old, self.drawn(), keep=False)
        elif self._service.works(current):
            with self._service.session(current) as session:
                self._change(session, current, current.password, keep=False)
        else:
            with self._service.session(old) as session:
                self._change(session, old, current.password, keep=False)

    @contextmanager
    def _accepted(self, pending: Login, current: Login) -> Iterator[tuple[Session, Login]]:
        """Yield a session of the user, and the login it was made with, from the first stored value that is accepted."""
        previous = self._previous(pending, current)
        with ExitStack() as stack:
            for login in (current, *previous):
                with suppress(Refused):
                    session = stack.enter_context(self._service.session(login))
                    break
            else:
                raise self.why_refused(current, _which(previous))
            yield session, login

    def _previous(self, pending: Login, current: Login) -> list[Login]:
        """Return the previous login if it is of the same user; it is tried as the current one says about TLS."""
        value = self.value(PREVIOUS)
        try:
            login = None if value is None else self.login(value).over(current.tls)
        except RotationFailed:
            return []
        return [login] if login is not None and login.same_user(pending) else []

    def _change(self, session: Session, used: Login, password: SecretValue, *, keep: bool = True) -> None:
        """Change the password, by the user alone where the server lets it, else by the superuser."""
        kept = used.password if keep else password
        account = session.account
        self.allowed(
            used, lambda: session.change_own(password, kept), lambda master: master.change(account, password, kept)
        )
