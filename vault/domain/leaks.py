"""A leaked value in the store: which version holds it, how long it may live on, and since when it is refused.

Tags say so. `fix` sets the first one, whoever wants another grace the second; the last is set once a login with the
value was refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from strongroom.kernel.leaktags import GRACE, LEAKED, REFUSED, UNKNOWN
from vault.domain.tags import Tags

DEFAULT_GRACE = timedelta(hours=24)
_GRACE = re.compile(r"([0-9]{1,4})([hd])\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A leaked value that may still be accepted."""

    version_id: str
    grace: timedelta = DEFAULT_GRACE


def leak_in(tags: Tags) -> Leak | None:
    """Return the leak that tags tell of, None where there is none or its value is refused.

    A grace that cannot be read is the default one.
    """
    told = dict(tags)
    if LEAKED not in told or REFUSED in told:
        return None
    grace = grace_of(told.get(GRACE, ""))
    return Leak(version_id=told[LEAKED], grace=DEFAULT_GRACE if grace is None else grace)


def grace_of(text: str) -> timedelta | None:
    """Return the time that a grace is written as, None for what is no such text."""
    matched = _GRACE.match(text)
    if matched is None:
        return None
    return timedelta(hours=int(matched[1])) if matched[2] == "h" else timedelta(days=int(matched[1]))


def not_known(tags: Tags) -> Tags:
    """Return the tags with a word that nobody here can tell whether the leaked value is refused."""
    return _told(tags, UNKNOWN)


def refused_since(tags: Tags, now: datetime) -> Tags:
    """Return the tags with a word that the leaked value is refused since `now`."""
    return _told(tags, now.isoformat(timespec="seconds"))


def _told(tags: Tags, word: str) -> Tags:
    # A secret may have all the tags that callers can give it: the store's own word has room beside them.
    return tuple((dict(tags) | {REFUSED: word}).items())
