"""What other tools accept: detect-secrets' baseline, `.gitleaksignore`, and gitleaks' reports.

Formats: detect-secrets, "Quickstart" and `core/baseline.py` (hashed_secret is the SHA-1 of the value); gitleaks,
README, ".gitleaksignore" (fingerprints `commit:path:rule:line`, or `path:rule:line` of a folder) and its JSON report.
"""

from __future__ import annotations

import json
import os
import re

from scanner.baseline.changes import Decision
from scanner.baseline.model import Label, same_lines
from scanner.model import Finding
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_MAX_FILE = 256_000_000
_SHA1 = re.compile(r"[0-9a-f]{40}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_OPENING = re.compile(rb"(?<=-----)BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?|^[a-z]{3}(?=_)")
"""All that detect-secrets keeps of a private key, and of a token of GitHub's: the same for every one of them."""
_AUDITED = {True: (" (audited as a secret)", Label.TRUE), False: (" (audited as no secret)", Label.FALSE)}
_REDACTED = re.compile(r"REDACTED|.*\.\.\.", re.DOTALL)
_WAY_OUT = "give detect-secrets' .secrets.baseline, a .gitleaksignore, or gitleaks' JSON report"


class Foreign(Record):
    """One finding that another tool accepts."""

    place: str
    """Where it stands in the other tool's file, for people."""
    path: str
    reason: str
    line: int | None = None
    last_line: int | None = None
    commit: str = ""
    digest: str = ""
    """SHA-1 of the value; empty where the tool keeps none."""
    value: SecretValue | None = None
    label: Label | None = None
    """What somebody found it to be, if the tool keeps that."""


class Imported(Record):
    """Our findings that another tool accepts, and what it accepts that we do not find."""

    accepted: tuple[Decision, ...]
    unmatched: tuple[Foreign, ...]


def read_foreign(file: str, root: str) -> list[Foreign]:
    """Return what `file` accepts, its paths relative to `root`. Raises `UsageError` naming file and place."""
    try:
        with open(file, "rb") as stream:
            text = stream.read(_MAX_FILE).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", hint=_WAY_OUT) from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no UTF-8 text", hint=_WAY_OUT) from None
    reason = f"imported from {os.path.basename(file)}"
    if not text.lstrip().startswith(("{", "[")):
        return _ignored(text, file, root, reason)
    try:
        document = json.loads(text)
    except RecursionError:
        raise UsageError(f"{file}: the JSON is nested too deep", hint=_WAY_OUT) from None
    except json.JSONDecodeError as error:
        message = f"{file}:{error.lineno}:{error.colno}: no JSON: {error.msg}"
        raise UsageError(message, hint=_WAY_OUT) from None
    if isinstance(document, list):
        return [_reported(one, f"{file}: [{number}]", root, reason) for number, one in enumerate(document)]
    return _hashed(document, file, root, reason)


def imported(foreign: Sequence[Foreign], findings: Sequence[Finding]) -> Imported:
    """Return which of `findings` are those that `foreign` name, and which of these name none."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    accepted: dict[int, Decision] = {}
    unmatched = []
    for one in foreign:
        fits = [found for found in by_path.get(one.path, ()) if _same(one, found)]
        if not fits:
            unmatched.append(one)
        for found in fits:
            if found.suppressed_by is None:
                decision = Decision(finding=found, accepts=True, label=one.label, reason=one.reason)
                accepted.setdefault(id(found), decision)
    return Imported(accepted=tuple(accepted.values()), unmatched=tuple(unmatched))


def _same(one: Foreign, found: Finding) -> bool:
    if one.digest:
        return one.digest in _digests(found.value, opening=_on_line(one, found))
    if one.commit and found.commit is not None and not found.commit.sha.startswith(one.commit):
        return False
    if one.value is None:
        return _on_line(one, found)
    theirs, ours = same_lines(one.value.reveal()), same_lines(found.value.reveal())
    # The two may draw the borders of a value a little differently.
    return theirs == ours or (_on_line(one, found) and (theirs in ours or ours in theirs))


def _on_line(one: Foreign, found: Finding) -> bool:
    if one.line is None:
        return False
    last = one.line if one.last_line is None else one.last_line
    return one.line <= found.region.end_line and found.region.start_line <= last


def _digests(value: SecretValue, *, opening: bool) -> tuple[str, ...]:
    from hashlib import sha1

    texts = [value.reveal(), same_lines(value.reveal())]
    start = _OPENING.search(texts[0][:200]) if opening else None
    if start is not None:
        texts.append(start[0])
    return tuple(sha1(text, usedforsecurity=False).hexdigest() for text in texts)


def _hashed(document: Any, file: str, root: str, reason: str) -> list[Foreign]:
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        raise UsageError(f"{file}: there is no table `results`, so it is no baseline of detect-secrets", hint=_WAY_OUT)
    found = []
    for path, entries in results.items():
        if not isinstance(entries, list):
            raise UsageError(f"{file}: results, {path!r}: no list of entries", hint=_WAY_OUT)
        for number, entry in enumerate(entries):
            found.append(_hashed_one(entry, path, f"{file}: results, {path!r}, entry {number + 1}", root, reason))
    return found


def _hashed_one(entry: Any, path: str, place: str, root: str, reason: str) -> Foreign:
    digest, line = _field(entry, "hashed_secret", str, place), _field(entry, "line_number", int, place, needed=False)
    if not _SHA1.fullmatch(digest):
        raise UsageError(f"{place}: hashed_secret is no SHA-1 in hex", hint=_WAY_OUT)
    audited, label = _AUDITED.get(entry.get("is_secret"), ("", None))
    where = _relative(path, root)
    return Foreign(place=place, path=where, reason=reason + audited, line=line, digest=digest, label=label)


def _reported(entry: Any, place: str, root: str, reason: str) -> Foreign:
    path, line = _field(entry, "File", str, place), _field(entry, "StartLine", int, place)
    last, commit = (
        _field(entry, "EndLine", int, place, needed=False),
        _field(entry, "Commit", str, place, needed=False),
    )
    value = _field(entry, "Secret", str, place, needed=False)
    return Foreign(
        place=f"{place}: {path}:{line}",
        path=_relative(path, root),
        reason=reason,
        line=line,
        last_line=last,
        commit=commit or "",
        value=SecretValue(value) if value and not _REDACTED.fullmatch(value) else None,
    )


def _field(entry: Any, name: str, kind: type[Any], place: str, *, needed: bool = True) -> Any:
    value = entry.get(name) if isinstance(entry, dict) else None
    if value is None and (needed or not isinstance(entry, dict)):
        raise UsageError(f"{place}: there is no {name}", hint=_WAY_OUT)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise UsageError(f"{place}: {name} is of the wrong type", hint=_WAY_OUT)
    return value


def _ignored(text: str, file: str, root: str, reason: str) -> list[Foreign]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.strip()
        if plain and not plain.startswith("#"):
            found.append(_ignored_one(plain, f"{file}:{number}", root, reason))
    return found


def _ignored_one(line: str, place: str, root: str, reason: str) -> Foreign:
    where, rule, number = [*line.rsplit(":", 2), "", ""][:3]
    commit, colon, path = where.partition(":")
    if not (colon and _COMMIT.fullmatch(commit)):
        commit, path = "", where
    if not path or not rule or not (number.isascii() and number.isdigit()):
        raise UsageError(f"{place}: neither commit:path:rule:line nor path:rule:line", hint=_WAY_OUT)
    return Foreign(place=f"{place}: {line}", path=_relative(path, root), reason=reason, line=int(number), commit=commit)


def _relative(path: str, root: str) -> str:
    """Return `path` as our findings have it: `/`-separated and relative to `root` where it lies below."""
    plain = path.replace("\\", "/")
    if os.path.isabs(plain):
        below = os.path.relpath(plain, root)
        return plain if below.startswith("..") else below
    return os.path.normpath(plain)
