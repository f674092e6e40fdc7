"""What a batch of calls will read, read at once before they run one by one.

It decides nothing: a call finds what it would have read itself, and whatever is amiss with a row is told to the call
that asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from vault.domain.errors import VaultError
from vault.domain.operation import Wanted
from vault.storage.store import UnitOfWork


def read_ahead(tx: UnitOfWork, wanted: Sequence[Wanted]) -> None:
    """Read the secrets that calls are about, and the versions whose values they ask for. Raises `StoreUnavailable`."""
    if len(wanted) < 2:
        return
    tx.secrets.expect([each.locator for each in wanted])
    named = [found for each in wanted if each.value and (found := _version(tx, each)) is not None]
    tx.secrets.expect_versions(named)


def _version(tx: UnitOfWork, wanted: Wanted) -> tuple[str, str] | None:
    """Return ARN and id of the version that a call asks for, None where it will be refused or find none."""
    secret = tx.secrets.expected(wanted.locator)
    if secret is None:
        return None
    try:
        return secret.arn, secret.versions.select(wanted.version_id, wanted.stage).version_id
    except VaultError:
        return None
