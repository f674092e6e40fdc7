"""Until when something is accepted, as a person says it: a day, or a number of days from now."""

from __future__ import annotations

import re
from datetime import date, timedelta

from scanner.baseline.file import is_day
from strongroom.kernel.errors import UsageError

_FROM_NOW = re.compile(r"\+?([1-9][0-9]{0,4}) ?d(?:ays?)?")


def day_of(said: str) -> str:
    """Return the last day, YYYY-MM-DD; empty stays empty. Raises `UsageError` for no day, and for one that is past."""
    days = _FROM_NOW.fullmatch(said)
    if days is not None:
        return str(date.today() + timedelta(days=int(days[1])))
    if said and not is_day(said):
        raise UsageError(f"{said!r} is no day", hint="write YYYY-MM-DD, or a number of days such as 90d")
    if said and said < date.today().isoformat():
        raise UsageError(f"{said} is past", hint="name today or a later day")
    return said
