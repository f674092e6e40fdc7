"""The file of a baseline: JSON, a header and then one entry a line, sorted so that branches merge."""

from __future__ import annotations

import base64
import json
import os
import re

from scanner.baseline.model import CHECK_DIGITS, Baseline, Entry, Label, with_entries
from scanner.model import Confidence
from scanner.settings import BASELINE_FILE
from scanner.sources.gitdir import read_bounded
from strongroom.kernel.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 1
_SALT = 16
_MAX_FILE = 64_000_000
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_CHECK = re.compile(rf"[0-9a-f]{{{CHECK_DIGITS}}}")
_CONFLICT = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")
_KEYS = {
    "fingerprint": str,
    "check": str,
    "rule_id": str,
    "path": str,
    "reason": str,
    "history": bool,
    "confidence": str,
    "label": str,
    "expires": str,
    "accepts": bool,
}
_NEEDED = ("fingerprint", "check", "rule_id", "path")
_NEWER = "upgrade strongroom, or restore the file from git"
_WAY_OUT = "restore the file from git, or write it anew: strongroom baseline create --force"


def baseline_path(root: str, named: str | None) -> str:
    """Return the file that is meant: the one that is named, or the default at `root`, the top of what is scanned."""
    return named if named is not None else os.path.join(root, BASELINE_FILE)


def read_baseline(root: str, named: str | None) -> Baseline | None:
    """Return what the file holds; None where the default does not exist. Raises `UsageError` naming file and line."""
    file = baseline_path(root, named)
    if named is None:
        # A link may lead out of the project and is not followed.
        return parsed(read_bounded(file, _MAX_FILE), file) if os.path.lexists(file) else None
    try:
        with open(file, "rb") as stream:
            return parsed(stream.read(_MAX_FILE), file)
    except OSError as error:
        raise UsageError(
            f"the baseline {file} cannot be read: {error.strerror}",
            hint=f"name one that is there, or make it: strongroom baseline create --baseline {file}",
        ) from None


def new_baseline() -> Baseline:
    """Return a baseline without entries, its salt drawn."""
    return Baseline(salt=os.urandom(_SALT))


def parsed(data: bytes, file: str) -> Baseline:
    """Return the baseline that `data` is; an empty file accepts nothing. Raises `UsageError` naming `file` and line."""
    lines = [(number, line) for number, line in enumerate(data.splitlines(), start=1) if line.strip()]
    for number, line in lines:
        if line.startswith(_CONFLICT):
            raise UsageError(
                f"{file}:{number}: a merge conflict was left in the baseline",
                hint="keep the entries of both sides and one header, then run strongroom baseline update",
            )
    if not lines:
        return new_baseline()
    header = lines[0][1]
    salt = _salt(_object(lines[0], file), file, lines[0][0])
    # Of two branches that took the file from a third, a merge may keep the header of each.
    return with_entries(Baseline(salt=salt), [_entry(line, file) for line in lines[1:] if line[1] != header])


def written(baseline: Baseline) -> bytes:
    """Return the file's bytes: the same for the same entries, whatever order they came in."""
    salt = base64.b64encode(baseline.salt).decode()
    records: list[dict[str, Any]] = [{"baseline": VERSION, "salt": salt}]
    records += [_record(entry) for entry in baseline.entries]
    return "".join(json.dumps(record) + "\n" for record in records).encode("ascii")


def _record(entry: Entry) -> dict[str, Any]:
    record: dict[str, Any] = {name: getattr(entry, name) for name in _NEEDED}
    if entry.reason:
        record["reason"] = entry.reason
    if entry.history:
        record["history"] = True
    if entry.confidence is not Confidence.HIGH:
        record["confidence"] = entry.confidence.value
    if entry.label is not None:
        record["label"] = entry.label.value
    if entry.expires:
        record["expires"] = entry.expires
    if not entry.accepts:
        record["accepts"] = False
    return record


def _object(line: tuple[int, bytes], file: str) -> dict[str, Any]:
    number, text = line
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed(file, number, "no JSON") from None
    if not isinstance(read, dict):
        raise _malformed(file, number, "no JSON object")
    return read


def _salt(header: dict[str, Any], file: str, number: int) -> bytes:
    if "baseline" not in header:
        raise _malformed(file, number, "the first line is no header of a baseline")
    if header["baseline"] != VERSION:
        raise UsageError(
            f"{file}:{number}: the baseline has a format that this version does not know",
            hint="upgrade strongroom, or write it anew: strongroom baseline create --force",
        )
    try:
        salt = base64.b64decode(header.get("salt", ""), validate=True)
    except (ValueError, TypeError):
        salt = b""
    if len(salt) < _SALT:
        raise _malformed(file, number, "the header has no salt of 16 bytes or more in base64")
    return salt


def _entry(line: tuple[int, bytes], file: str) -> Entry:
    record = _object(line, file)
    number = line[0]
    if "baseline" in record:
        raise UsageError(
            f"{file}:{number}: a second header; two baselines, each with its own salt, were put together",
            hint="keep the file of one side and run strongroom baseline update --add",
        )
    for name in _NEEDED:
        if name not in record:
            raise _malformed(file, number, f"the entry has no {name}")
    for name, value in record.items():
        if name not in _KEYS:
            # A later version may know it; what it would change is not guessed at.
            raise UsageError(f"{file}:{number}: the entry has a key that is not known", hint=_NEWER)
        if not isinstance(value, _KEYS[name]):
            raise _malformed(file, number, f"{name} is of the wrong type")
    _check(record, file, number)
    label = Label(record["label"]) if "label" in record else None
    return Entry(**{**record, "confidence": Confidence(record.get("confidence", "high")), "label": label})


def _check(record: dict[str, Any], file: str, number: int) -> None:
    """Raise `UsageError` for a text that is none of those its key may have."""
    if not _FINGERPRINT.fullmatch(record["fingerprint"]):
        raise _malformed(file, number, "fingerprint is not 32 hex digits")
    if not _CHECK.fullmatch(record["check"]):
        raise _malformed(file, number, f"check is not {CHECK_DIGITS} hex digits")
    if record.get("confidence", "high") not in set(Confidence):
        raise _malformed(file, number, f"confidence is none of {', '.join(Confidence)}")
    if record.get("label", Label.TRUE) not in set(Label):
        raise _malformed(file, number, f"label is none of {', '.join(Label)}")
    if not is_day(record.get("expires", "") or "2000-01-01"):
        raise _malformed(file, number, "expires is no day of the form YYYY-MM-DD")


def is_day(text: str) -> bool:
    """Tell whether `text` is a day as entries name one: YYYY-MM-DD."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _malformed(file: str, number: int, what: str) -> UsageError:
    return UsageError(f"{file}:{number}: {what}", hint=_WAY_OUT)
