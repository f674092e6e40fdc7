"""The root key in a file, readable by its owner alone.

The file is one line, a format tag and the key in base64. Whoever can read it together with the store owns the store:
keep the two apart in backups.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import KEY_BYTES, generate_key
from vault.domain.errors import Sealed

ROOT_KEY_FILE = "root.key"

_TAG = b"strongroom-root-key-1"
_MAX_BYTES = 256


def create_root_key(path: Path, key: SecretValue | None = None) -> SecretValue:
    """Write a root key, a fresh one unless given, to `path` and return it.

    The file is 0600 from its first moment and flushed to disk. Raises `Sealed` where `path` exists (a root key is
    never overwritten) and `OSError` where it cannot be written; then no partial file is left.
    """
    key = key or SecretValue(generate_key())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Sealed(f"The root key file {path} exists already and is never overwritten.") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_TAG + b" " + base64.b64encode(key.reveal()) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return key


def load_root_key(path: Path) -> SecretValue:
    """Return the root key in `path`.

    Raises `Sealed` when it is absent, not a regular file, open to group or others, or not a root key.
    """
    return _parse(read_private(path, _MAX_BYTES), path)


def read_private(path: Path, most: int, what: str = "root key file") -> bytes:
    """Return the first `most` bytes of a file that a root key depends on; errors call it `what`.

    Raises `Sealed` when it is absent, not a regular file, or open to group or others.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise Sealed(f"The {what} {path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise Sealed(f"The {what} {path} is not a regular file.")
        if mode & 0o077:
            raise Sealed(f"The {what} {path} is open to other users; make it private with chmod 600.")
        return stream.read(most)


def _parse(content: bytes, path: Path) -> SecretValue:
    tag, _, encoded = content.strip().partition(b" ")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if tag != _TAG or len(key) != KEY_BYTES:
        raise Sealed(f"The root key file {path} does not hold a root key.")
    return SecretValue(key)
