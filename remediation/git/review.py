"""Puts a branch up for review on a forge: one request a branch, brought up to date, and left alone once it is closed.

What people write above and below our part of a request's text stays, and so do the boxes they ticked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from remediation.git.forge import Forge, OpenRequest, Request, State

BRANCHES = "strongroom/fix-"
_BEGIN, _END = "<!-- strongroom:fix -->", "<!-- strongroom:end -->"
_UNDONE = "<!-- strongroom:undone -->"
_MOST_CHARACTERS = 65_536
_TICKED = re.compile(r"^- \[[xX]\] (.+)$", re.MULTILINE)


class Outcome(StrEnum):
    """What became of a request."""

    OPENED = "opened"
    REOPENED = "reopened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a forge has from a branch, and the other requests of ours that are open."""

    request: Request | None
    others: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A request that stands for the fix, and what has to be said of it."""

    outcome: Outcome
    request: Request
    notes: tuple[str, ...] = ()


def standing(forge: Forge, branch: str) -> Standing:
    """Return how things stand on the forge. Raises `Denied`, `ForgeUnavailable`, `Refused`."""
    request = forge.of_branch(branch)
    if request is not None and request.state is not State.CLOSED:
        return Standing(request=request)
    others = (each for each in forge.open_requests() if each.branch != branch and _is_ours(each))
    return Standing(request=request, others=tuple(others))


def deliver(forge: Forge, found: Request | None, wanted: OpenRequest) -> Delivered:
    """Open the request, or bring the one that is there up to date, its branch having been pushed.

    A closed one is opened again; where the forge refuses that, and for one that was merged, a new one is opened.
    Raises `Denied`, `ForgeUnavailable`, `Refused`.
    """
    if found is not None and found.state is State.OPEN:
        return _updated(forge, found, wanted.body)
    if found is not None and found.state is State.CLOSED and forge.reopen(found):
        again = _updated(forge, found, wanted.body)
        return replace(again, outcome=Outcome.REOPENED)
    opened = forge.open(replace(wanted, body=_framed(wanted.body)))
    return Delivered(outcome=Outcome.OPENED, request=opened.request, notes=opened.notes)


def _updated(forge: Forge, request: Request, body: str) -> Delivered:
    merged = merged_body(request.body, body)
    if merged == _lines(request.body):
        return Delivered(outcome=Outcome.UNCHANGED, request=request)
    if len(merged) > _MOST_CHARACTERS:
        note = "its text is left as it is: what people wrote there leaves no room for ours"
        return Delivered(outcome=Outcome.UNCHANGED, request=request, notes=(note,))
    forge.update(request, merged)
    return Delivered(outcome=Outcome.UPDATED, request=request)


def merged_body(present: str, body: str) -> str:
    """Return our part of a request's text brought up to date, in the midst of what people wrote around it."""
    before, begin, rest = _lines(present).partition(_BEGIN)
    ours, end, after = rest.partition(_END)
    if not (begin and end):
        return _framed(body)
    return f"{before}{_framed(_ticked(body, _TICKED.findall(ours)))}{after}"


def marked_undone(body: str) -> str:
    """Return a request's text that tells us, and nobody else, that it is closed since its fix was undone."""
    return body.replace(_END, f"{_UNDONE}\n{_END}", 1) if _UNDONE not in body else body


def was_undone(request: Request) -> bool:
    """Tell whether it was us who closed a request."""
    return request.state is State.CLOSED and _UNDONE in request.body


def _ticked(body: str, done: Sequence[str]) -> str:
    for line in done:
        body = body.replace(f"- [ ] {line}\n", f"- [x] {line}\n")
    return body


def _framed(body: str) -> str:
    # The name of a file could hold our mark.
    text = body.strip().replace("<!--", "<!\u200b--")
    return f"{_BEGIN}\n{text}\n{_END}"


def _lines(text: str) -> str:
    # A forge gives back what was edited in a browser with its line ends.
    return text.replace("\r\n", "\n")


def _is_ours(request: Request) -> bool:
    return request.branch.startswith(BRANCHES) or _BEGIN in request.body
