"""A rotation under way: who may take it, when it is tried again, and when it has failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.rotation_job import LEASE, JobKind, JobState, RetryRules, RotationJob

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
EVENLY = RetryRules(jitter=0.0)


def _job(**more: object) -> RotationJob:
    return replace(RotationJob(arn="arn", token="token", due=NOON), **more)  # type: ignore[arg-type]


def _failed(job: RotationJob, *, opens: datetime | None = None, retry: RetryRules = EVENLY) -> RotationJob:
    return job.claimed("one", NOON).failed("no", now=NOON, opens=opens, retry=retry, draw=1.0)


def _failed_wholly(opens: datetime | None = None) -> RotationJob:
    job = _job()
    for _ in range(EVENLY.attempts):
        job = _failed(job, opens=opens)
    return job


def test_a_leased_job_is_taken_again_only_after_its_lease() -> None:
    job = _job().claimed("one", NOON)
    assert not job.claimable(NOON + LEASE - timedelta(seconds=1))
    assert job.claimable(NOON + LEASE)


def test_a_lease_that_is_renewed_lasts_longer() -> None:
    later = NOON + LEASE * 0.6
    assert not _job().claimed("one", NOON).renewed(later).claimable(NOON + LEASE)


def test_an_attempt_is_held_until_another_takes_the_job() -> None:
    job = _job().claimed("one", NOON)
    assert job.held("one", 1)
    assert not job.claimed("two", NOON + LEASE).held("one", 1)
    assert not job.claimed("one", NOON + LEASE).held("one", 1)


def test_failures_are_followed_by_pauses_of_1_2_4_and_8_minutes() -> None:
    job, waits = _job(), []
    for _ in range(EVENLY.attempts - 1):
        job = _failed(job)
        assert job.due is not None
        waits.append(job.due - NOON)
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]


def test_jitter_lengthens_a_pause_by_a_quarter_at_most() -> None:
    assert _failed(_job(), retry=RetryRules()).due == NOON + timedelta(seconds=75)


def test_the_last_failure_waits_for_the_next_window_with_the_same_token() -> None:
    opens = NOON + timedelta(days=10)
    job = _failed_wholly(opens)
    assert (job.state, job.due, job.last_error, job.token) == (JobState.FAILED, opens, "no", "token")
    again = job.claimed("one", opens, window_end=opens + timedelta(hours=1))
    assert (again.attempts, again.window_end) == (1, opens + timedelta(hours=1))


def test_no_attempt_begins_behind_the_end_of_the_window() -> None:
    job = _failed(_job(window_end=NOON + timedelta(seconds=59)))
    assert job.state is JobState.FAILED


def test_a_failed_job_without_a_schedule_waits_for_a_call() -> None:
    job = _failed_wholly()
    assert not job.claimable(NOON + timedelta(days=1000))
    assert job.reattempted(NOON).claimable(NOON)


def test_a_call_does_not_take_a_job_from_whoever_runs_it() -> None:
    job = _job().claimed("one", NOON)
    assert job.reattempted(NOON) == job


def test_an_attempt_that_its_server_breaks_off_does_not_count() -> None:
    job = _job().claimed("one", NOON).released(NOON)
    assert (job.attempts, job.claimable(NOON), job.state) == (0, True, JobState.WAITING)


@pytest.mark.parametrize(
    "job",
    [
        _job(),
        _job(kind=JobKind.TEST, rotation_token="t"),
        _job(reminded=True),
        _job(kind=JobKind.LEAK, state=JobState.AFTER, ends_at=NOON, window_end=NOON),
    ],
)
def test_a_job_survives_what_is_kept_of_it(job: RotationJob) -> None:
    bare = replace(job, kind=JobKind.ROTATE, rotation_token="", ends_at=None, window_end=None, reminded=False)
    assert bare.with_more(job.more()) == job


@given(st.lists(st.sampled_from(["claim", "fail", "break", "ask", "wait"]), max_size=40), st.data())
def test_a_job_is_never_lost_and_never_runs_twice_at_once(moves: list[str], data: st.DataObject) -> None:
    """Whatever happens: one owner at a time, the token stays, and it may be taken again or waits for a call."""
    job, now = _job(), NOON
    for move in moves:
        if move == "claim" and job.claimable(now):
            job = job.claimed("one", now)
        elif move == "fail" and job.owner:
            draw = data.draw(st.floats(0, 1))
            job = job.failed("no", now=now, opens=None, retry=EVENLY, draw=draw)
        elif move == "break" and job.owner:
            job = job.released(now)
        elif move == "ask":
            job = job.reattempted(now)
        else:
            now += timedelta(minutes=1)
        assert job.token == "token"
        assert job.attempts <= EVENLY.attempts + 5
        assert (job.due is None) == (job.state is JobState.FAILED)
        assert bool(job.owner) == (job.leased_until is not None)
    assert job.reattempted(now + LEASE).claimable(now + LEASE)
