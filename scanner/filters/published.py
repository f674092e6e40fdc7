"""Drops values that their owner has published: keys of samples, emulators and public pages, known by their digests."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from scanner.filters.base import Subject, Verdict, table


def published(subject: Subject) -> Verdict | None:
    """Return why everyone may know the value; None where its digest is not among those of published ones."""
    reason = _reasons().get(hashlib.sha256(subject.candidate.value.reveal()).hexdigest())
    return None if reason is None else Verdict(reason=f"published by its owner: {reason}")


@lru_cache(maxsize=1)
def _reasons() -> dict[str, str]:
    """Return the reason for each digest."""
    entries = table("published.yaml")["published"]
    return {str(digest): str(entry["reason"]) for entry in entries for digest in entry["sha256"]}
