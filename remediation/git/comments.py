"""Comments on the lines of a request, one for each new finding: which to make, to change, to take back. Pure.

A comment of ours begins with a mark that no reader sees; it names the finding by its fingerprint, never by its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

_MARK = re.compile(r"<!-- strongroom:finding ([0-9a-f]{8,64})( gone)? -->\n")
_GONE = "No longer found here, or accepted since.\n\n"
_DENIAL = re.compile(r"\W*false[ -]positive\b[\s:;,.\-\u2013\u2014]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What is to be said of a line; `text` is Markdown."""

    fingerprint: str
    path: str
    line: int
    text: str

    @property
    def body(self) -> str:
        """Return the text with its mark."""
        return f"<!-- strongroom:finding {self.fingerprint} -->\n{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody answered; `trusted` is who may write to the project."""

    author: str
    trusted: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A comment that we made, as the forge has it, and what was answered."""

    key: str
    comment: str
    """What the forge calls the comment, by which it is changed."""
    body: str
    resolved: bool
    replies: tuple[Reply, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return which finding it is about; nothing where it is none of ours."""
        found = _MARK.match(self.body)
        return found[1] if found else ""

    @property
    def gone(self) -> bool:
        """Tell whether it says already that its finding is gone."""
        found = _MARK.match(self.body)
        return bool(found and found[2])

    @property
    def farewell(self) -> str:
        """Return the body that says so."""
        return f"<!-- strongroom:finding {self.fingerprint} gone -->\n{_GONE}{_MARK.sub('', self.body, count=1)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be done so that a request says of each finding what is known, once."""

    new: tuple[Comment, ...] = ()
    edited: tuple[tuple[Thread, str], ...] = ()
    back: tuple[Thread, ...] = ()
    """Of findings that had gone: to be opened again, having been edited."""
    gone: tuple[Thread, ...] = ()
    """To be edited into their farewell and resolved."""
    kept: int = 0


class Commented(Protocol):
    """A request whose lines can be commented on. Every method raises `Denied`, `ForgeUnavailable` or `Refused`."""

    @property
    def head(self) -> str:
        """Return the id of the commit that the request leads from."""

    def threads(self) -> Sequence[Thread]:
        """Return what this login has begun to say about lines, with what was answered."""

    def add(self, comments: Sequence[Comment]) -> Sequence[Comment]:
        """Comment on lines; return those comments for whose lines there is no place in the request."""

    def edit(self, thread: Thread, body: str) -> None:
        """Give the comment that began a thread another body."""

    def resolve(self, thread: Thread, *, resolved: bool) -> bool:
        """Resolve a thread or open it again; tell whether the login may."""


def changes(threads: Iterable[Thread], wanted: Iterable[Comment]) -> Changes:
    """Return what has to change. A thread that a person resolved stays so while its finding stands."""
    known = {thread.fingerprint: thread for thread in threads if thread.fingerprint}
    asked = {comment.fingerprint: comment for comment in wanted}
    both = [(known[name], comment) for name, comment in asked.items() if name in known]
    return Changes(
        new=tuple(comment for name, comment in asked.items() if name not in known),
        edited=tuple((thread, comment.body) for thread, comment in both if thread.body != comment.body),
        back=tuple(thread for thread, _ in both if thread.gone and thread.resolved),
        gone=tuple(thread for name, thread in known.items() if name not in asked and not thread.gone),
        kept=sum(thread.body == comment.body for thread, comment in both),
    )


def denied(threads: Iterable[Thread]) -> Mapping[str, str]:
    """Return the fingerprints of findings that somebody whom the project trusts calls a false positive, with why.

    An answer counts that begins with these words; the last one about a finding is the reason.
    """
    found: dict[str, str] = {}
    for thread in (each for each in threads if each.fingerprint):
        for reply in thread.replies:
            match = _DENIAL.match(reply.text)
            if match and reply.trusted:
                why = " ".join(reply.text[match.end() :].split())
                found[thread.fingerprint] = f"false positive ({reply.author}){f': {why}' if why else ''}"
    return found
