"""A fix of some findings alone: those of one file, or those that are named; a value that moves moves everywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from scanner.model import Finding
    from strongroom.cli.fix_found import Found

_SHORTEST = 8
"""Digits of a fingerprint that name it where no other begins so."""


def limited(found: Found, ids: Sequence[str], file: Path | None) -> Found:
    """Return what is found without the values that neither an id nor `file` names; all of it where neither is given.

    Raises `UsageError` for an id that names no finding of HEAD, or several, and for a file outside the repository.
    """
    if not ids and file is None:
        return found
    named = [finding for each in ids for finding in _named(found.findings, each)]
    if file is not None:
        path = _below(found.top, file)
        named += [finding for finding in found.findings if finding.path == path]
    key = os.urandom(32)
    moving = {finding.value.digest(key) for finding in named}
    chosen = tuple(finding for finding in found.findings if finding.value.digest(key) in moving)
    staying = {finding.value.digest(key) for finding in found.findings} - moving
    return replace(found, findings=chosen, is_left=lambda finding: finding.value.digest(key) in staying)


def _named(findings: Sequence[Finding], given: str) -> list[Finding]:
    fits = [finding for finding in findings if finding.fingerprint.startswith(given.lower())]
    if len(given) < _SHORTEST or not fits:
        raise UsageError(
            f"no open finding of HEAD has the fingerprint {given}",
            hint=f"commit it first; strongroom scan shows the ids; give {_SHORTEST} digits or more",
        )
    if len({finding.fingerprint for finding in fits}) > 1:
        raise UsageError(f"{given} begins several fingerprints", hint="give more digits")
    return fits


def _below(top: Path, file: Path) -> str:
    try:
        return (file.parent.resolve() / file.name).relative_to(top.resolve()).as_posix()
    except ValueError:
        raise UsageError(f"{file} lies outside the repository {top}", hint="name a file of it") from None
