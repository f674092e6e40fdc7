"""The canonical JSON of what is stored: texts, whole numbers, truths, and lists and maps of them, encoded quickly.

The bytes are those of `canonical_json`, which also encodes what the quick way cannot.
"""

from __future__ import annotations

from typing import Any

import orjson

from strongroom.kernel.canonical import canonical_json


def document(value: Any) -> bytes:
    """Return `value` as UTF-8 JSON with sorted keys and no spaces."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return canonical_json(value)
