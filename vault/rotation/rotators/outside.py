"""Clients of AWS's services, or of what speaks as they do, for access keys that are not of this store."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config

from vault.rotation.rotators.base import KeyPair, RotationFailed
from vault.rotation.rotators.http import checked_addresses, on_this_machine, safe_url

AMAZON = "aws"
"""What `endpoint_url` says for Amazon's own endpoints, which differ by service."""
_REGION = "us-east-1"
_SECONDS = 15


def outside_client(service: str, key: KeyPair) -> Any:
    """Return a client that signs with `key` and asks its `endpoint_url`. Raises `RotationFailed` for one that is none.

    Requests are signed, and the key itself is not sent.
    """
    where = None if key.endpoint_url == AMAZON else _checked(key.endpoint_url)
    return _session().create_client(
        service,
        region_name=_REGION,
        endpoint_url=where,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret.reveal_text(),
        config=Config(
            connect_timeout=_SECONDS,
            read_timeout=_SECONDS,
            retries={"total_max_attempts": 2},
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # stubs are older
        ),
    )


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise RotationFailed(f"endpoint_url is no text: write {AMAZON} for Amazon's, or a URL")
    url = safe_url(text)
    addresses = checked_addresses(url)
    if url.scheme != "https" and not on_this_machine(addresses):
        raise RotationFailed(f"{url.hostname} is asked with TLS only: write endpoint_url with https://")
    return text


@lru_cache(maxsize=1)
def _session() -> Any:
    """Return a session that looks at nothing of the user's AWS configuration: no profile, no files."""
    nowhere = (None, None, os.devnull, None)
    ours = {"profile": (None, None, None, None), "config_file": nowhere, "credentials_file": nowhere}
    return botocore.session.Session(session_vars=ours)
