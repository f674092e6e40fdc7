"""What a server says while it runs: a line an event on standard error, as text or as JSON, and never a value.

Our own messages are written to hold none. What a library says is shown without what it was given to say, and a failure
by its kind and place: its text may quote a request.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

from strongroom.kernel.errors import raised_at

_OURS = "strongroom"
_CREDENTIAL = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,}|(?:Signature|Credential|X-Amz-Security-Token)=[^\s,&]+")
_MASK = "<redacted>"


def log_to_stderr(form: str) -> None:
    """Have everything from warnings on written to standard error; `form` is `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False


class Lines(logging.Formatter):
    """`2026-03-10T12:00:00Z warning strongroom.serve: sealed by request`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record (logging)."""
        event = described(record)
        more = f" [{event['failure']}]" if "failure" in event else ""
        message = event["message"].encode("unicode_escape").decode("ascii")
        return f"{event['time']} {event['level']} {event['logger']}: {message}{more}"


class JsonLines(logging.Formatter):
    """`{"time": …, "level": "warning", "logger": …, "message": …}`, and `failure` where something was raised."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record (logging)."""
        return json.dumps(described(record))


def described(record: logging.LogRecord) -> dict[str, str]:
    """Return what may be told of a record."""
    ours = record.name.partition(".")[0] == _OURS
    event = {
        "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _CREDENTIAL.sub(_MASK, record.getMessage() if ours else str(record.msg)),
    }
    if record.exc_info and record.exc_info[1] is not None:
        event["failure"] = raised_at(record.exc_info[1])
    return event
