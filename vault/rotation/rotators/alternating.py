"""Rotates between two users with the same rights, `name` and `name_clone`: the old value is good until the next time.

Source: Secrets Manager User Guide, "Alternating users rotation strategy", and the guards of AWS's published templates.
"""

from __future__ import annotations

from typing import ClassVar

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.login import CLONE, Login, partner
from vault.rotation.rotators.service import Denied, Refused, Standing, no_user
from vault.rotation.rotators.users import UserRotator, locked


class AlternatingUsers(UserRotator):
    """Two users in turn; a superuser, whose secret `masterarn` names, makes the second and sets passwords."""

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return the login of the other user with a new password."""
        login = self.login(current)
        return login.changed(self.drawn(), self._partner(login))

    def set_secret(self) -> None:
        """Give the other user the pending password and the rights of the current one, making it the first time."""
        pending, current = self.login(self.pending()), self.login(self.current())
        if self.is_set(pending):
            return
        if pending.username != self._partner(current):
            raise RotationFailed(
                f"the pending value of {self._arn} is of the user {pending.username}, who is not the partner of "
                f"{current.username}"
            )
        self.at_one_server(pending, current)
        try:
            with self._service.session(current) as session:
                account = session.account
        except Refused:
            raise self.why_refused(current, "the current password") from None
        self._equip(account, pending, current)

    ends_by_rotating: ClassVar[bool] = True

    def revoke(self, value: SecretValue) -> None:
        """Give the user of a value a password that nobody knows; the other user goes on being the current one."""
        old, current = self.login(value), self.login(self.current())
        if old.same_user(current):
            if old.password == current.password:
                raise self.still_current()
            self._drop_beside(old, current)
        elif self._service.works(old):
            self._forget(old, current)

    def _equip(self, account: str, pending: Login, current: Login) -> None:
        with self.superuser(current) as master:
            standing = master.standing(pending.username)
            if standing is Standing.ABSENT and not pending.username.endswith(CLONE):
                raise no_user(pending.username, self._at(current))
            if standing is Standing.LOCKED:
                raise locked(pending.username, self._at(current))
            master.clone(account, pending.username, pending.password)

    def _drop_beside(self, old: Login, current: Login) -> None:
        """An old password of the user that is current now: the current one is set again, alone."""
        if not self._service.works(old):
            return
        with self._service.session(old) as session:
            account = session.account
        with self.superuser(current) as master:
            master.change(account, current.password, None)

    def _forget(self, old: Login, current: Login) -> None:
        lost = self.drawn()
        with self._service.session(old) as session:
            account = session.account
            try:
                session.change_own(lost, lost)
            except Denied:
                pass
            else:
                return
        if not old.same_server(current):
            raise RotationFailed(f"the value to be revoked is for {old.place}, and {self._arn} is at {current.place}")
        with self.superuser(current) as master:
            master.change(account, lost, None)

    def _partner(self, login: Login) -> str:
        limit = self._errand.settings.get("USERNAME_CHARACTER_LIMIT")
        return partner(login.username, self._arn, self._engine, limit)
