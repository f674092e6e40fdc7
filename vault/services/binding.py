"""The services of one transaction, built together."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from vault.services.keyring import Keyring
from vault.services.listing import Listing
from vault.services.rotation import Rotation
from vault.services.secrets import Secrets
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the operations of Secrets Manager are translated to. Valid while the transaction `tx` lasts."""

    tx: UnitOfWork
    keyring: Keyring
    secrets: Secrets
    listing: Listing
    rotation: Rotation


def bind(
    tx: UnitOfWork,
    *,
    keyring: Keyring,
    source: random.Random,
    rotation_functions: Callable[[str], bool],
) -> Services:
    """Return the services on `tx`.

    `source` draws ARN suffixes and passwords and must be cryptographic (`secrets.SystemRandom()`);
    `rotation_functions` tells whether the function of an ARN can be invoked.
    """
    secrets = Secrets(tx, keyring, source)
    return Services(
        tx=tx,
        keyring=keyring,
        secrets=secrets,
        listing=Listing(tx, keyring),
        rotation=Rotation(tx, secrets, source, rotation_functions),
    )
