"""Clients of the service of ours beside AWS's, and what an audit asks through one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from strongroom.kernel.likeness import DIGEST_SIZE, digester, plain_form
from tests.testing.server import Server
from vault.api.spec import OWN_MODELS


def own_client(server: Server, **settings: Any) -> Any:
    """Return a boto3 client of our own service: the administrator's unless the settings have credentials."""
    core = botocore.session.Session()
    core.get_component("data_loader").search_paths.append(OWN_MODELS)
    mine = {"aws_access_key_id": server.access_key_id, "aws_secret_access_key": server.secret_access_key}
    checks = settings.pop("parameter_validation", True)
    return boto3.session.Session(botocore_session=core).client(
        "strongroom",
        endpoint_url=server.url,
        region_name=server.region,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=checks),
        **(settings or mine),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Asks a client about texts under a key of its own."""

    client: Any
    key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    def digests(self, *texts: str | bytes) -> bytes:
        """Return the digests of texts one behind the other, of bytes as they are."""
        digest = digester(self.key)
        return b"".join(digest(each if isinstance(each, bytes) else plain_form(each.encode())) for each in texts)

    def pages(self, *texts: str | bytes) -> Iterator[dict[str, Any]]:
        """Yield the pages of answers about texts."""
        further: dict[str, str] = {}
        digests = self.digests(*texts) or bytes(DIGEST_SIZE)
        while True:
            page = self.client.find_values(Key=self.key, Digests=digests, **further)
            yield page
            if "NextToken" not in page:
                return
            further = {"NextToken": page["NextToken"]}

    def matches(self, *texts: str | bytes) -> list[dict[str, Any]]:
        """Return all matches of texts."""
        return [match for page in self.pages(*texts) for match in page["Matches"]]

    def found(self, *texts: str | bytes) -> list[tuple[str, str]]:
        """Return name and member of all matches of texts."""
        return sorted((match["Name"], match.get("Member", "")) for match in self.matches(*texts))
