"""What people hand to a sealed server, one after the other, until its root key opens."""

from __future__ import annotations

import time
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import Sealed
from vault.seal.base import Envelope, Keeper
from vault.seal.custody import Custody
from vault.seal.passphrase import Passphrase
from vault.seal.shamir import Shamir, index_of

FORGET_SECONDS = 600
"""How long shares wait for further ones: holders who agreed come soon after one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What still opens the root key."""

    keeper: str
    what: str
    """`passphrase`, `share`, or empty where a keeper needs nothing of a person."""
    threshold: int = 1
    given: int = 0


class Gathering:
    """The shares that were given so far for the root key of one store."""

    def __init__(self, custody: Custody) -> None:
        self._custody = custody
        self._shares: dict[int, SecretValue] = {}
        self._latest = 0.0

    def wanted(self) -> Wanted:
        """Return what is still needed. Raises `Sealed` for a damaged envelope."""
        envelope = self._custody.envelope
        if envelope is None:
            return Wanted(keeper="file", what="")
        if envelope.keeper == Passphrase.name:
            return Wanted(keeper=envelope.keeper, what="passphrase")
        if envelope.keeper == Shamir.name:
            self._forget_old()
            threshold = envelope.parameter("threshold", int)
            return Wanted(keeper=envelope.keeper, what="share", threshold=threshold, given=len(self._shares))
        return Wanted(keeper=envelope.keeper, what="")

    def add_share(self, share: SecretValue) -> Keeper | None:
        """Take a share; return the keeper once there are enough. Raises `Sealed` for one that is none of the set."""
        envelope = self._envelope(Shamir.name)
        self._forget_old()
        index = index_of(share, len(self._shares) + 1, envelope)
        if index in self._shares:
            raise Sealed("That share was given before; another one is needed.")
        self._shares[index], self._latest = share, time.monotonic()
        if len(self._shares) < envelope.parameter("threshold", int):
            return None
        keeper = Shamir(given=list(self._shares.values()))
        self.forget()
        return keeper

    def with_passphrase(self, passphrase: SecretValue) -> Keeper:
        """Return the keeper that a passphrase makes. Raises `Sealed` where another thing opens the root key."""
        self._envelope(Passphrase.name)
        return Passphrase(given=passphrase)

    def forget(self) -> None:
        """Drop the shares that were given."""
        self._shares.clear()

    def _forget_old(self) -> None:
        if time.monotonic() - self._latest > FORGET_SECONDS:
            self.forget()

    def _envelope(self, keeper: str) -> Envelope:
        envelope = self._custody.envelope
        if envelope is None or envelope.keeper != keeper:
            kept = "a file" if envelope is None else envelope.keeper
            raise Sealed(f"The root key is kept by {kept}, not by {keeper}.")
        return envelope
