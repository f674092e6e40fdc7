"""Deployments of several regions under test, and waiting until replicas have settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

EAST, WEST = "us-east-1", "eu-west-1"
_WITHIN = 60.0

Statuses = Mapping[str, tuple[str, str]]
"""Status and message of the replica in each region."""


def statuses(client: Any, secret_id: str) -> Statuses:
    """Return how far the replicas of a secret are."""
    told = client.describe_secret(SecretId=secret_id).get("ReplicationStatus", [])
    return {each["Region"]: (each["Status"], each.get("StatusMessage", "")) for each in told}


def settled(client: Any, secret_id: str) -> Statuses:
    """Return how far the replicas are once none is in progress."""
    return until(
        lambda: statuses(client, secret_id), lambda found: all(status != "InProgress" for status, _ in found.values())
    )


def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Return what `look` gives once it is what is wanted. Raises `AssertionError` where that takes too long.

    It is asked again at once: what is looked at is another process, which answers when it can.
    """
    deadline = time.monotonic() + _WITHIN
    while not wanted(found := look()):
        assert time.monotonic() < deadline, f"still {found}"
    return found
