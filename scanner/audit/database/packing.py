"""How records stand in a column: JSON, compressed, since they are many and alike."""

from __future__ import annotations

import json
import zlib
from typing import Any


def packed(value: Any) -> bytes:
    """Return `value` as compressed JSON. Raises `ValueError` for what JSON does not hold."""
    return zlib.compress(json.dumps(value, separators=(",", ":"), allow_nan=False).encode(), 6)


def unpacked(data: bytes) -> Any:
    """Return what `packed` was given."""
    return json.loads(zlib.decompress(data))
