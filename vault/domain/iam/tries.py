"""How often somebody may be wrong: after some tries in a row each next one has to wait, twice as long each time."""

from __future__ import annotations

from datetime import datetime, timedelta

FREE = 5
"""Wrong tries in a row before they have to wait."""
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_DOUBLINGS = 10


def may_try(failures: int, last_failure: datetime | None, now: datetime) -> bool:
    """Tell whether a try is taken after so many in a row that were wrong, right or wrong as it may be."""
    if last_failure is None or failures < FREE:
        return True
    wait: timedelta = _FIRST_WAIT * 2 ** min(failures - FREE, _DOUBLINGS)
    return now >= last_failure + min(wait, _LONGEST_WAIT)
