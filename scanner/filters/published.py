"""Drops values that their owner has published: keys of samples, emulators and public pages, known by their digests."""

from __future__ import annotations

from functools import lru_cache

from scanner.filters.base import table
from strongroom.kernel.secretvalue import SecretValue


def published(value: SecretValue) -> str | None:
    """Return why everyone may know `value`; None where its digest is not among those of published ones."""
    # Imported here: OpenSSL behind it takes longer to start than a small tree takes to scan.
    from strongroom.kernel.canonical import sha256_hex

    reason = _reasons().get(sha256_hex(value.reveal()))
    return None if reason is None else f"published by its owner: {reason}"


@lru_cache(maxsize=1)
def _reasons() -> dict[str, str]:
    """Return the reason for each digest."""
    entries = table("published.yaml")["published"]
    return {str(digest): str(entry["reason"]) for entry in entries for digest in entry["sha256"]}
