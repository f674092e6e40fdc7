"""Tagging: tags put on a secret and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vault.domain.context import CallContext
from vault.domain.secret import Secret
from vault.domain.tags import Tags, joined, without
from vault.services.secrets import Secrets
from vault.storage.store import UnitOfWork


class Tagging:
    """TagResource and UntagResource in one transaction.

    Both raise `ResourceNotFound`, and `InvalidRequest` for a secret marked for deletion.
    """

    def __init__(self, tx: UnitOfWork, secrets: Secrets) -> None:
        self._tx = tx
        self._secrets = secrets

    def tag(self, context: CallContext, secret_id: str, tags: Sequence[tuple[str, str]]) -> None:
        """Add `tags`; a key that is there gets the new value. Raises `InvalidParameter` for tags that may not be."""
        secret = self._secrets.writable(context, secret_id)
        self._keep(context, secret, joined(secret.tags, tags))

    def untag(self, context: CallContext, secret_id: str, keys: Sequence[str]) -> None:
        """Take off the tags of `keys`; those that are not there change nothing."""
        secret = self._secrets.writable(context, secret_id)
        self._keep(context, secret, without(secret.tags, keys))

    def _keep(self, context: CallContext, secret: Secret, tags: Tags) -> None:
        if tags != secret.tags:
            self._tx.secrets.save(replace(secret, tags=tags, untagged=not tags, changed=context.now))
