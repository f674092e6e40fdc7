"""When access keys and roles were last used, noted now and then: once a key and service in a quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from vault.domain.principals import Principal
from vault.storage.store import UnitOfWork

INTERVAL = timedelta(minutes=15)
"""AWS tells uses by the hour at best."""
_MOST = 4096


class Uses:
    """What this process noted lately."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], datetime] = {}

    def note(self, tx: UnitOfWork, principal: Principal, service: str, region: str, now: datetime) -> None:
        """Note in `tx` that a user's key or a role was used, unless that was done a moment ago."""
        if not self.is_due(principal, service, now):
            return
        user = _used(principal)
        if len(self._noted) >= _MOST:
            self._noted.clear()
        tx.iam.note_use(user, now.replace(microsecond=0), service, region)
        self._noted[user, service] = now

    def is_due(self, principal: Principal, service: str, now: datetime) -> bool:
        """Tell whether a use is to be noted: of a user's key or a role, and not of a moment ago."""
        user = _used(principal)
        before = self._noted.get((user, service))
        return bool(user) and (before is None or now - before >= INTERVAL)


def _used(principal: Principal) -> str:
    """Return what the use is noted of: a key's id or a role's unique id; nothing for the root and the store's own."""
    if principal.session is not None:
        return principal.session.owner_id
    return principal.access_key_id if principal.user_id.startswith("AIDA") else ""
