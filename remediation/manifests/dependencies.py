"""What accessors need, by language (`dependencies.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from remediation.model import Edit, Entry

_TABLE = Path(__file__).with_name("dependencies.yaml")


@cache
def needed(language: str) -> Sequence[Mapping[str, str]]:
    """Return what the accessor of a language needs."""
    table: Mapping[str, Sequence[Mapping[str, str]]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return table[language]


def edit(path: str, entry: Entry, after: bytes) -> tuple[Edit, ...]:
    """Return the edit that makes `after` of a manifest, none where nothing changes."""
    if after == entry.data:
        return ()
    return (Edit(path=path, mode=entry.mode, blob_id=entry.blob_id, before=entry.data, after=after),)
