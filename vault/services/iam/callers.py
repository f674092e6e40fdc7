"""Who calls a region: those that its own store knows, and where users live in another region's, those of that store.

What is revoked there is revoked here at once: it is asked each time, in a transaction that only reads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from vault.domain.errors import VaultError
from vault.domain.principals import Principal
from vault.services.iam.uses import Uses
from vault.services.identities import Signer, Signers
from vault.services.keyring import Keyring
from vault.services.remembered import Remembered
from vault.storage.store import Store, UnitOfWork

_Use = tuple[Principal, str, str, datetime]


class _Home(threading.local):
    """What one thread has still to note in the home region's store."""

    uses: tuple[_Use, ...] = ()


class Callers:
    """The callers of one region. Requests are authenticated on one thread, others may ask in process."""

    def __init__(self, keyring: Keyring) -> None:
        self._home_keyring = keyring
        self._signers = Signers(keyring)
        self._uses = Uses()
        self._home: Store | None = None
        self._home_signers = Signers(keyring)
        self._away: Remembered[bool] = Remembered()
        """Whom this store does not know: they are looked for at home at once."""
        self._waiting = _Home()

    def ask(self, home: Store, keyring: Keyring) -> None:
        """Ask the home region's store, too, whose keys are opened with `keyring`."""
        self._home, self._home_signers, self._home_keyring = home, Signers(keyring), keyring

    @contextmanager
    def identities(self, tx: UnitOfWork) -> Iterator[tuple[UnitOfWork, Keyring]]:
        """Yield the transaction in which users and roles are read, and what seals their sessions.

        Raises `StoreUnavailable`.
        """
        if self._home is None:
            yield tx, self._home_keyring
            return
        with self._home.reading() as home:
            yield home, self._home_keyring

    def find(self, tx: UnitOfWork, access_key_id: str, token: str | None) -> Signer | None:
        """Return who signs with an access key and, for a temporary one, its token; None for nobody.

        Raises `StoreUnavailable`.
        """
        if self._home is None:
            return self._signers.find(tx, access_key_id, token)
        generation, asked = tx.meta.generation, (access_key_id, token)
        if not self._away.get(generation, asked, lambda: None):
            found = self._signers.find(tx, access_key_id, token)
            if found is not None:
                return found
        with self._home.reading() as home:
            known = self._home_signers.find(home, access_key_id, token)
        if known is None:
            return None
        self._away.get(generation, asked, lambda: True)
        return replace(known, elsewhere=True)

    def note(self, tx: UnitOfWork, signer: Signer, service: str, region: str, now: datetime) -> None:
        """Note that somebody used a service in a region; of whom another region keeps, by `note_at_home`."""
        if not signer.elsewhere:
            self._uses.note(tx, signer.principal, service, region, now)
        elif self._uses.is_due(signer.principal, service, now):
            self._waiting.uses = (*self._waiting.uses, (signer.principal, service, region, now))

    def note_at_home(self) -> None:
        """Note what waits on this thread, outside of every transaction; let go of what cannot be. Never raises."""
        waiting, self._waiting.uses = self._waiting.uses, ()
        if waiting and self._home is not None:
            with suppress(VaultError), self._home.transaction() as tx:
                for principal, service, region, now in waiting:
                    self._uses.note(tx, principal, service, region, now)
