"""The key of an audit's database: equal values have equal digests under it, and without it a digest confirms no guess.

It lies in a file of its own beside the database, so that whoever gets hold of the database alone learns nothing about
values.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from strongroom.kernel.errors import UsageError
from strongroom.kernel.files import make_private_dir, write_atomic

_SIZE = 32
_CHECKED = b"strongroom audit database"


class AuditKey(bytes):
    """A key that travels to workers (it can be pickled) and refuses to be shown."""

    def __repr__(self) -> str:
        return "<audit key>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def of_vault(self, audit: str) -> bytes:
        """Return the key that texts are digested with in one audit, for a vault to be asked about them."""
        return hmac.new(self, b"vault " + audit.encode(), "sha256").digest()

    def check(self) -> str:
        """Return what tells this key from another without giving it away."""
        return hmac.new(self, _CHECKED, "sha256").hexdigest()[:32]


def _draw(place: Path) -> None:
    """Make the file of a new key, unless somebody else has made one in the meantime: then that one counts."""
    make_private_dir(place.parent)
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(6)}.tmp")
    write_atomic(fresh, os.urandom(_SIZE).hex().encode() + b"\n")
    try:
        place.hardlink_to(fresh)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


def key_beside(place: Path, *, new: bool) -> AuditKey:
    """Return the key in the file `place`; where the database is `new` and there is no file, a key is drawn and kept.

    Raises `UsageError` where the file is missing for a database that exists, or is no key.
    """
    if not place.exists():
        if not new:
            raise UsageError(
                f"the audit's key {place} is missing: what its database knows could not be told apart",
                hint="bring the file back, name it with --key-file, or start another database with --db",
            )
        _draw(place)
    try:
        key = bytes.fromhex(place.read_text("ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != _SIZE:
        raise UsageError(f"{place} is no key of an audit", hint="it holds 64 hex digits; bring the right file back")
    return AuditKey(key)
