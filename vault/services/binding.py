"""The services of one transaction, built together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from vault.domain.errors import VaultError
from vault.domain.principals import Principal
from vault.services.batch import Batch
from vault.services.events import Events
from vault.services.keyring import Keyring
from vault.services.listing import Listing
from vault.services.policies import Policies
from vault.services.rotation import Rotation
from vault.services.secrets import Secrets
from vault.services.sts import TokenService
from vault.services.tags import Tagging
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What operations are translated to, for one caller. Valid while the transaction `tx` lasts."""

    tx: UnitOfWork
    keyring: Keyring
    secrets: Secrets
    listing: Listing
    batch: Batch
    policies: Policies
    tagging: Tagging
    rotation: Rotation
    tokens: TokenService
    events: Events


def bind(
    tx: UnitOfWork,
    keyring: Keyring,
    principal: Principal,
    *,
    random: Random,
    rotation_functions: Callable[[str], bool],
    spell: Callable[[VaultError], str],
) -> Services:
    """Return the services on `tx` for `principal`.

    `random` draws ARN suffixes and passwords and must be cryptographic (`random.SystemRandom()`);
    `rotation_functions` tells whether the function of an ARN can be invoked, `spell` how the trail names a refusal.
    """
    secrets = Secrets(tx, keyring, random)
    listing = Listing(tx, keyring)
    return Services(
        tx=tx,
        keyring=keyring,
        secrets=secrets,
        listing=listing,
        batch=Batch(tx, secrets, listing, principal, spell),
        policies=Policies(tx, secrets),
        tagging=Tagging(tx, secrets),
        rotation=Rotation(tx, secrets, random, rotation_functions),
        tokens=TokenService(keyring, principal),
        events=Events(tx, keyring),
    )
