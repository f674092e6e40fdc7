"""The canonical JSON of what is stored: texts, whole numbers, truths, and lists and maps of them, encoded quickly.

The bytes are those of `canonical_json`, which also encodes what the quick way cannot.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from strongroom.kernel.canonical import canonical_json


def loaded(text: str) -> Any:
    """Return the value of a document that its MAC has shown to be ours, whose numbers have 64 bits at most.

    Raises `ValueError` for what is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # What the quick way cannot encode, it cannot read either.
        return json.loads(text)


def document(value: Any) -> bytes:
    """Return `value` as UTF-8 JSON with sorted keys and no spaces."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return canonical_json(value)
