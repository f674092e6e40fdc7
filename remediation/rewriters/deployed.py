"""Calls that must be given no value that was fetched, since they write it into what is deployed (`deployed.yaml`)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("deployed.yaml")


@cache
def _rows() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return tuple((re.compile(rf"{row['calls']}\Z", re.IGNORECASE), row["reason"]) for row in rows)


def reason_for(called: str) -> str | None:
    """Return why what is `called`, as it is written, takes no value that was fetched; None where it may."""
    return next((reason for pattern, reason in _rows() if pattern.search(called.strip())), None)
