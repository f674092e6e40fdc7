"""A rotation that is under way, as a pure state machine: who holds it, how far its attempts have come, when it is due.

Rules (Secrets Manager User Guide, "Rotation function fails"; what AWS leaves open is ours):

1.  A job belongs to one secret and one token, and keeps the token through all its attempts.
2.  Who runs it holds a lease and renews it. A lease that runs out leaves the job to anybody, with the same token.
3.  A failed attempt is followed by another after 1, 2, 4, 8 minutes and a little, as long as attempts are left and
    the window is open; after that the rotation has failed, and waits for the next window or the next RotateSecret.
4.  A test, which RotateSecret without RotateImmediately asks for, runs testSecret alone, and once.
5.  What only a person can do is asked of one when its window opens, and has failed when the window is over.
6.  A leaked value that a rotation has replaced is looked after until it is refused: tried at once, put an end to when
    its grace is over, and tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

LEASE = timedelta(minutes=1)
"""Long enough for a slow commit, short enough that what a dead server held is soon taken up by another."""
LONGEST_LEASE = 10 * LEASE
"""What seems to last longer was begun by a clock that was set back since."""
LONGEST_PAUSE = timedelta(hours=1)
REMINDER = timedelta(days=1)


class JobKind(StrEnum):
    """What is to be done about the secret."""

    ROTATE = "rotate"
    TEST = "test"
    LEAK = "leak"


class JobState(StrEnum):
    """What a job waits for."""

    WAITING = "waiting"
    """For a worker: newly asked for, or between two attempts."""
    FAILED = "failed"
    """For the next window or the next RotateSecret call: the attempts are used up."""
    AFTER = "after"
    """For a leaked value to be refused; the rotation itself is over, and keeps no other from beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """How often a rotation is tried, and how long after a failure it is tried again."""

    attempts: int = 5
    first: timedelta = timedelta(minutes=1)
    jitter: float = 0.25
    """Up to this part of a pause is added to it, so that rotations that failed together are not tried together."""

    def pause(self, failures: int, draw: float) -> timedelta:
        """Return the time to wait after so many failures; `draw` is a random number from 0 to 1."""
        return self.first * float(2 ** max(0, failures - 1)) * (1 + self.jitter * draw)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationJob:
    """One rotation under way, or what is still to be done after one."""

    arn: str
    token: str
    """The pending version's id; for a leaked value the version that holds it."""
    kind: JobKind = JobKind.ROTATE
    state: JobState = JobState.WAITING
    due: datetime | None
    """When a worker may take it; None for a failed one without a schedule."""
    window_end: datetime | None = None
    """When no further attempt may begin; None for what was asked for by hand."""
    attempts: int = 0
    last_error: str = ""
    owner: str = ""
    leased_until: datetime | None = None
    rotation_token: str = ""
    """Given to the function, which gives it back with the value that it puts."""
    ends_at: datetime | None = None
    """For a leaked value: when its grace is over."""
    leaked: str = ""
    """For a rotation that came in between: whose grace `ends_at` is, by the version that holds the value."""
    reminded: bool = False
    """Whether a person was told that only a person can do it, and has until `due`."""

    def grace_of(self, version_id: str) -> datetime | None:
        """Return when the grace of a leaked value is over, None where it has not begun."""
        known = self.token if self.kind is JobKind.LEAK else self.leaked
        return self.ends_at if known == version_id else None

    def claimable(self, now: datetime) -> bool:
        """Tell whether a worker may take the job now."""
        ends = self.leased_until
        free = ends is None or ends <= now or ends > now + LONGEST_LEASE
        return free and self.due is not None and self.due <= now

    def claimed(self, owner: str, now: datetime, *, window_end: datetime | None = None) -> RotationJob:
        """Return the job leased to `owner`; a failed one starts its attempts anew, in the window that ends then."""
        leased = replace(self, owner=owner, leased_until=now + LEASE, attempts=self.attempts + 1)
        if self.state is JobState.FAILED:
            return replace(leased, state=JobState.WAITING, attempts=1, window_end=window_end)
        return leased

    def held(self, owner: str, attempt: int) -> bool:
        """Tell whether `owner` still runs this attempt: nobody has taken it over, or asked for it anew, since."""
        return (self.owner, self.attempts) == (owner, attempt)

    def renewed(self, now: datetime) -> RotationJob:
        """Return the job with its lease begun anew."""
        return replace(self, leased_until=now + LEASE)

    def released(self, now: datetime) -> RotationJob:
        """Return the job as before an attempt that was broken off by its own server: due at once, to anybody."""
        return replace(self._freed(), due=now, attempts=max(0, self.attempts - 1), last_error="")

    def failed(
        self, reason: str, *, now: datetime, opens: datetime | None, retry: RetryRules, draw: float
    ) -> RotationJob:
        """Return the job after a failed attempt: due after a pause, or, where none may follow, at `opens`."""
        freed = replace(self._freed(), last_error=reason)
        again = now + retry.pause(self.attempts, draw)
        if self.attempts >= retry.attempts or (self.window_end is not None and again > self.window_end):
            return replace(freed, state=JobState.FAILED, due=opens)
        return replace(freed, due=again)

    def reattempted(self, now: datetime) -> RotationJob:
        """Return the job due at once, its attempts counted anew; a lease that still runs is left to its owner."""
        if self.leased_until is not None and self.leased_until > now:
            return self
        return replace(self, state=JobState.WAITING, due=now, attempts=0, window_end=None, reminded=False)

    def reminding(self, reason: str, now: datetime) -> RotationJob:
        """Return the job free until its window ends, or for a day where none was open: a person is to do it."""
        until = self.window_end or now + REMINDER
        return replace(self._freed(), due=until, last_error=reason, reminded=True)

    def given_up(self, reason: str, opens: datetime | None) -> RotationJob:
        """Return the job that waits for the next window, without another attempt in this one."""
        return replace(self._freed(), state=JobState.FAILED, due=opens, last_error=reason, reminded=False)

    def opening(self, due: datetime | None) -> RotationJob:
        """Return a job that waits for another window, or with None for a call."""
        return replace(self, due=due)

    def postponed(self, until: datetime, reason: str = "") -> RotationJob:
        """Return the job free and due later; a leaked value is looked after for as long as it takes."""
        return replace(self._freed(), due=until, last_error=reason)

    def _freed(self) -> RotationJob:
        return replace(self, owner="", leased_until=None)

    def more(self) -> dict[str, Any]:
        """Return, as JSON values, what jobs from before there were kinds of them did not have."""
        told = {
            "kind": self.kind.value if self.kind is not JobKind.ROTATE else None,
            "window_end": self.window_end.isoformat() if self.window_end is not None else None,
            "rotation_token": self.rotation_token or None,
            "ends_at": self.ends_at.isoformat() if self.ends_at is not None else None,
            "leaked": self.leaked or None,
            "reminded": self.reminded or None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def with_more(self, told: Mapping[str, Any]) -> RotationJob:
        """Return the job with what `more` told."""
        return replace(
            self,
            kind=JobKind(told.get("kind", JobKind.ROTATE)),
            window_end=_moment(told.get("window_end")),
            rotation_token=told.get("rotation_token", ""),
            ends_at=_moment(told.get("ends_at")),
            leaked=told.get("leaked", ""),
            reminded=told.get("reminded", False),
        )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
