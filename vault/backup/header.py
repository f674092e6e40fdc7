"""What stands in front of a backup, readable by everybody and under a MAC: whose it is, and what opens its root key."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.errors import UsageError
from vault.crypto.kdf import Barrier, Purpose
from vault.crypto.stream import Stream
from vault.domain.errors import Sealed
from vault.seal.base import Envelope

FORMAT = "strongroom-backup-1"
_SALT_BYTES = 32
_MOST_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The facts of one backup; none of them is a secret."""

    store_id: str
    revision: str
    """Of the schema that its rows have."""
    created: datetime
    salt: str
    """What sets the key of this file apart from every other's, in hex."""
    envelope: Envelope | None
    """Who keeps the root key; None where it lies in a file as it is, which must be kept elsewhere."""

    @classmethod
    def new(cls, *, store_id: str, revision: str, created: datetime, envelope: Envelope | None) -> Header:
        """Return the header of a backup that is made now, with a salt of its own."""
        salt = os.urandom(_SALT_BYTES).hex()
        return cls(store_id=store_id, revision=revision, created=created, salt=salt, envelope=envelope)

    @property
    def line(self) -> bytes:
        """The header as it stands in the file, but its MAC; the key of what follows is bound to it."""
        content = {
            "format": FORMAT,
            "store": self.store_id,
            "revision": self.revision,
            "created": self.created.isoformat(),
            "salt": self.salt,
            "envelope": None if self.envelope is None else self.envelope.content(),
        }
        return canonical_json(content) + b"\n"

    def write(self, target: BinaryIO, barrier: Barrier) -> Stream:
        """Write the header and return what seals the rest. Raises `OSError`."""
        target.write(self.line)
        target.write(barrier.mac(Purpose.BACKUP_HEADER, self.line).hex().encode() + b"\n")
        return barrier.stream(bytes.fromhex(self.salt), self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHeader:
    """A header as it was read from the file at `place`, not believed yet."""

    header: Header
    line: bytes
    mac: bytes
    place: str

    @classmethod
    def read(cls, source: BinaryIO, place: str) -> ReadHeader:
        """Read what stands in front of a backup. Raises `UsageError` for a file that is none."""
        line, mac = source.readline(_MOST_BYTES), source.readline(_MOST_BYTES)
        try:
            return cls(header=_parsed(json.loads(line)), line=line, mac=bytes.fromhex(mac.decode()), place=place)
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{place} is no backup of a vault", hint="`strongroom vault backup` makes one") from None

    def opened(self, barrier: Barrier) -> Stream:
        """Return what opens the rest. Raises `Sealed` where the root key is another, or the header was changed."""
        if not barrier.verifies(self.mac, Purpose.BACKUP_HEADER, self.line):
            raise Sealed(
                f"The root key is not the one that {self.place} was made with, or its first lines were changed."
            )
        return barrier.stream(bytes.fromhex(self.header.salt), self.line)


def _parsed(found: Any) -> Header:
    if found["format"] != FORMAT:
        raise ValueError(FORMAT)
    envelope = found["envelope"]
    texts = {"store_id": found["store"], "revision": found["revision"], "salt": found["salt"]}
    if not all(isinstance(text, str) for text in texts.values()) or len(bytes.fromhex(texts["salt"])) != _SALT_BYTES:
        raise ValueError(FORMAT)
    return Header(
        **texts,
        created=datetime.fromisoformat(found["created"]),
        envelope=None if envelope is None else Envelope.parse(envelope),
    )
