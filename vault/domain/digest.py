"""A digest of the trail: how far each chain had come at a time, signed, and tied to the digest before it.

Kept outside the database, digests show what the chains alone cannot: that the database was put back to an older state,
or that its end was cut off by somebody who holds the root key. The form follows CloudTrail's digest files (AWS
CloudTrail User Guide, "CloudTrail digest file structure") in what it says.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strongroom.kernel.canonical import canonical_json, sha256_hex

SCHEMA_VERSION = 1


class MalformedDigest(ValueError):
    """A text that is no digest of the trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEnd:
    """The last row of a writer's chain: its number, and its MAC in hexadecimal digits."""

    writer: str
    seq: int
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailDigest:
    """What is signed. `previous` is the SHA-256 of the digest before it, as hexadecimal digits, empty for the first."""

    store_id: str
    created: datetime
    chains: tuple[ChainEnd, ...]
    previous: str = ""

    def signed_part(self) -> bytes:
        """Return the bytes that a signature covers."""
        return canonical_json(self._content())

    def document(self, signature: bytes) -> bytes:
        """Return the digest as a file, with its signature."""
        signed = {**self._content(), "signature": base64.b64encode(signature).decode("ascii")}
        return json.dumps(signed, indent=1, sort_keys=True).encode() + b"\n"

    def _content(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "store_id": self.store_id,
            "created": self.created.isoformat(),
            "chains": [{"writer": end.writer, "seq": end.seq, "mac": end.mac} for end in self.chains],
            "previous": self.previous,
        }


def parse(document: bytes) -> tuple[TrailDigest, bytes]:
    """Return the digest of a file and its signature, which is not checked. Raises `MalformedDigest`."""
    try:
        content = json.loads(document)
        if content["schema_version"] != SCHEMA_VERSION:
            raise MalformedDigest("it is of an unknown version")
        return _digest(content), base64.b64decode(content["signature"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise MalformedDigest("it is no digest of a trail") from None


def _digest(content: Mapping[str, Any]) -> TrailDigest:
    return TrailDigest(
        store_id=str(content["store_id"]),
        created=datetime.fromisoformat(content["created"]),
        chains=tuple(
            ChainEnd(writer=str(end["writer"]), seq=int(end["seq"]), mac=str(end["mac"])) for end in content["chains"]
        ),
        previous=str(content["previous"]),
    )


def name_of(document: bytes) -> str:
    """Return by what a later digest names a digest's file."""
    return sha256_hex(document)
