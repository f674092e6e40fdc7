"""Rotation as a worker does it: what is due, claiming it, and how each attempt ended.

The worker runs the function's steps; this only moves the state around them, each call in its own transaction, so that
a killed worker leaves a job whose lease runs out and which is then taken again with its token.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vault.domain.errors import InvalidRequest, LimitExceeded, ResourceNotFound
from vault.domain.leaks import not_known, refused_since
from vault.domain.names import NOT_FOUND
from vault.domain.rotation import RotationConfig
from vault.domain.rotation_job import LONGEST_PAUSE, JobKind, JobState, RetryRules, RotationJob
from vault.domain.secret import Secret
from vault.services.leaks import leave_job, look_after_leak
from vault.services.rotation import Rotation
from vault.services.secrets import Secrets
from vault.storage.store import UnitOfWork

NOT_CURRENT = "The rotation function has returned, but AWSCURRENT is not on the new version."
LEFT_PENDING = "AWSPENDING is on a version that no rotation under way made: take the label off, or rotate by hand"
CLOSED = "its window closed before another attempt"
ROTATION_OFF = "another rotation would put an end to the leaked value, but rotation is off"
MISSED = "its window went by and no server was there to rotate it"
STARTED = {JobKind.ROTATE: "RotationStarted", JobKind.TEST: "TestRotationStarted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRotation:
    """A job a worker holds the lease of: the secret and its function, the version it is about, which attempt.

    `key_arns` are the customers' KMS keys that reading and writing the secret needs.
    """

    secret: Secret
    key_arns: tuple[str, ...]
    function_arn: str
    kind: JobKind
    token: str
    attempt: int
    owner: str
    rotation_token: str = field(repr=False)
    ends_at: datetime | None = None
    """For a leaked value: when its grace is over."""


class RotationWork:
    """The jobs of one transaction. `retry` says how often a rotation is tried."""

    def __init__(
        self,
        tx: UnitOfWork,
        secrets: Secrets,
        rotation: Rotation,
        source: random.Random,
        retry: RetryRules,
    ) -> None:
        self._tx = tx
        self._secrets = secrets
        self._rotation = rotation
        self._source = source
        self._retry = retry

    def due(self, now: datetime, most: int) -> list[str]:
        """Return up to `most` ARNs of secrets to claim: jobs, then schedules, then further attempts at what has failed.

        Of each the longest due first: many that fail keep nothing from beginning within its window.
        """
        found = list(self._tx.rotation_jobs.due(now, most))
        found += self._tx.secrets.rotation_due(now, most - len(found))
        return [*found, *self._tx.rotation_jobs.due(now, most - len(found), again=True)]

    def claim(self, arn: str, owner: str, now: datetime) -> ClaimedRotation | None:
        """Lease the due job of a secret to a worker, starting a scheduled rotation; None when there is none to take.

        A window that nobody was there for is noted as a failed rotation, and the next one waited for. Raises
        `IntegrityFailure` for rows that were edited.
        """
        secret = self._tx.secrets.find_arn(arn)
        if secret is None or secret.rotation is None:
            self._tx.rotation_jobs.remove(arn)
            return None
        secret, rotation, job = self._brought_on(secret, secret.rotation, now)
        if job is None or not self._may_run(secret, job, now):
            return None
        claimed = job.claimed(owner, now, window_end=rotation.window_end(now))
        self._tx.rotation_jobs.save(claimed)
        if claimed.kind in STARTED:
            self._tell(STARTED[claimed.kind], secret, claimed, now)
        return self._claimed(secret, claimed, rotation.function_arn)

    def _claimed(self, secret: Secret, claimed: RotationJob, function_arn: str) -> ClaimedRotation:
        return ClaimedRotation(
            secret=secret,
            key_arns=self._secrets.customer_keys(secret),
            function_arn=function_arn,
            kind=claimed.kind,
            token=claimed.token,
            attempt=claimed.attempts,
            owner=claimed.owner,
            rotation_token=claimed.rotation_token,
            ends_at=claimed.ends_at,
        )

    def renew(self, claimed: ClaimedRotation, now: datetime) -> bool:
        """Begin the lease of an attempt anew; tell whether it is still the worker's."""
        job = self._tx.rotation_jobs.find(claimed.secret.arn)
        if job is None or not _is_of(job, claimed) or self._ends_current(job):
            return False
        self._tx.rotation_jobs.save(job.renewed(now))
        return True

    def release(self, claimed: ClaimedRotation, now: datetime) -> None:
        """Give a job back that its server breaks off; the attempt does not count."""
        job = self._tx.rotation_jobs.find(claimed.secret.arn)
        if job is not None and _is_of(job, claimed):
            self._tx.rotation_jobs.save(job.released(now))

    def finished(self, claimed: ClaimedRotation, now: datetime) -> Secret:
        """End a rotation whose function has made its version the current one; return the secret.

        Raises `InvalidRequest` when it has not, and `ResourceNotFound` when the job is no longer the worker's.
        """
        secret, job = self._job(claimed)
        current = secret.versions.current
        if current is None or current.version_id != claimed.token:
            raise InvalidRequest(NOT_CURRENT)
        rotation = secret.rotation.succeeded(now) if secret.rotation is not None else None
        saved = self._tx.secrets.save(replace(secret, rotation=rotation, changed=now))
        self._tell("RotationSucceeded", saved, job, now)
        self._tx.rotation_jobs.remove(saved.arn)
        look_after_leak(self._tx, saved, now, job)
        return saved

    def tested(self, claimed: ClaimedRotation, now: datetime, error: str = "") -> None:
        """End a test of a rotation: the label is off again. Raises `ResourceNotFound` when it was given up since."""
        secret, job = self._job(claimed)
        leave_job(self._tx, secret, job, now)
        saved = self._tx.secrets.save(secret.without_pending(job.token))
        self._tell("TestRotationFailed" if error else "TestRotationSucceeded", saved, job, now, reason=error)

    def failed(self, claimed: ClaimedRotation, reason: str, now: datetime) -> RotationJob:
        """Note a failed attempt (`reason` never holds a value) and return the job as it now waits.

        Raises `ResourceNotFound` when the job is no longer the worker's.
        """
        secret, job = self._job(claimed)
        later = secret.rotation.passed(now) if secret.rotation is not None else None
        opens = later.opens if later is not None else None
        if job.ends_at is not None:
            # A leaked value lives on until this rotation is through, which is not left for weeks.
            soon = max(job.ends_at, now + LONGEST_PAUSE)
            opens = soon if opens is None else min(opens, soon)
        failed = job.failed(reason, now=now, opens=opens, retry=self._retry, draw=self._source.random())
        self._tx.rotation_jobs.save(failed)
        wholly = failed.state is JobState.FAILED
        if wholly and later != secret.rotation:
            self._tx.secrets.save(replace(secret, rotation=later))
        self._tell("RotationFailed" if wholly else "RotationAttemptFailed", secret, job, now, reason=reason)
        return failed

    def reminds(self, claimed: ClaimedRotation, reason: str, now: datetime) -> bool:
        """Have a person reminded of what only a person can do; tell whether there is still time for it.

        Raises `ResourceNotFound` when the job is no longer the worker's.
        """
        secret, job = self._job(claimed)
        if not job.reminded:
            self._tx.rotation_jobs.save(job.reminding(reason, now))
            self._tell("RotationReminder", secret, job, now, reason=reason)
            return True
        later = secret.rotation.passed(now) if secret.rotation is not None else None
        self._tx.rotation_jobs.save(job.given_up(reason, later.opens if later is not None else None))
        self._tx.secrets.save(replace(secret, rotation=later))
        self._tell("RotationFailed", secret, job, now, reason=reason)
        return False

    def leak_refused(self, claimed: ClaimedRotation, now: datetime) -> None:
        """Note that a leaked value is refused. Raises `ResourceNotFound` when the job is no longer the worker's."""
        secret, job = self._job(claimed)
        self._tx.rotation_jobs.remove(secret.arn)
        saved = self._tx.secrets.save(replace(secret, tags=refused_since(secret.tags, now), changed=now))
        self._tell("LeakedValueRefused", saved, job, now)

    def leak_unknown(self, claimed: ClaimedRotation, reason: str, now: datetime) -> None:
        """Forget a leaked value that cannot be tried. Raises `ResourceNotFound` when the job is not the worker's."""
        secret, job = self._job(claimed)
        self._tx.rotation_jobs.remove(secret.arn)
        saved = self._tx.secrets.save(replace(secret, tags=not_known(secret.tags), changed=now))
        self._tell("LeakedValueUnknown", saved, job, now, reason=reason)

    def leak_waits(self, claimed: ClaimedRotation, until: datetime, reason: str = "") -> None:
        """Look at a leaked value again later. Raises `ResourceNotFound` when the job is no longer the worker's."""
        _, job = self._job(claimed)
        self._tx.rotation_jobs.save(job.postponed(until, reason))

    def leak_rotates(self, claimed: ClaimedRotation, now: datetime) -> None:
        """Rotate once more, which puts an end to a leaked value. Raises `ResourceNotFound` as the others.

        Raises `InvalidRequest` where rotation is off, or a version pending that a person put.
        """
        secret, _ = self._job(claimed)
        if not secret.rotates:
            raise InvalidRequest(ROTATION_OFF)
        if secret.versions.unfinished is not None:
            raise InvalidRequest(LEFT_PENDING)
        self._rotation.begin(secret, self._draw(), now)

    def _ends_current(self, job: RotationJob) -> bool:
        """Tell whether a leaked value has been made the current one again, which is not to be put an end to."""
        secret = self._tx.secrets.find_arn(job.arn) if job.kind is JobKind.LEAK else None
        return secret is not None and secret.versions.is_current(job.token)

    def _job(self, claimed: ClaimedRotation) -> tuple[Secret, RotationJob]:
        secret = self._tx.secrets.find_arn(claimed.secret.arn)
        job = self._tx.rotation_jobs.find(claimed.secret.arn)
        if secret is None or job is None or not _is_of(job, claimed):
            raise ResourceNotFound(NOT_FOUND)
        return secret, job

    def _brought_on(
        self, secret: Secret, rotation: RotationConfig, now: datetime
    ) -> tuple[Secret, RotationConfig, RotationJob | None]:
        """Return a secret, how it rotates and its job as they are once windows have opened and closed until now."""
        job = self._still_meant(secret, rotation, now)
        if job is None or (job.state is JobState.AFTER and self._opens(secret, now)):
            secret, job = self._opened(secret, rotation, now)
        elif self._closed(rotation, job, now):
            secret, rotation, job = self._gave_up(secret, rotation, job, now)
        if job is not None and job.state is JobState.FAILED:
            secret, job = self._opened_again(secret, rotation, job, now)
        return secret, rotation, job

    def _opened(self, secret: Secret, rotation: RotationConfig, now: datetime) -> tuple[Secret, RotationJob | None]:
        """Begin the rotation whose window is open; what keeps it from that is told, and its window let go by."""
        if not self._opens(secret, now):
            return secret, None
        missed, left = rotation.missed(now), secret.versions.unfinished is not None
        if missed is not None or left:
            waits = missed or rotation.passed(now)
            saved = self._tx.secrets.save(replace(secret, rotation=waits))
            self._event("RotationFailed", saved, {"reason": LEFT_PENDING if left else MISSED}, now)
            return saved, None
        try:
            saved = self._rotation.begin(secret, self._draw(), now, rotation.window_end(now))
        except LimitExceeded as full:
            saved = self._tx.secrets.save(replace(secret, rotation=rotation.passed(now)))
            self._event("RotationFailed", saved, {"reason": full.message}, now)
            return saved, None
        return saved, self._tx.rotation_jobs.find(secret.arn)

    def _closed(self, rotation: RotationConfig, job: RotationJob, now: datetime) -> bool:
        """Tell whether the window of a job that waits for another attempt has closed.

        One that was broken off in the middle goes on whatever the hour: its service may know the new value already.
        """
        waits = job.claimable(now) and job.state is JobState.WAITING and not job.owner and not job.reminded
        closed = job.window_end is not None and job.window_end < now
        return waits and bool(job.last_error) and closed and rotation.rules.after_days is None

    def _gave_up(
        self, secret: Secret, rotation: RotationConfig, job: RotationJob, now: datetime
    ) -> tuple[Secret, RotationConfig, RotationJob]:
        later = rotation.missed(now) or rotation
        failed = job.given_up(job.last_error, later.opens)
        self._tx.rotation_jobs.save(failed)
        saved = self._tx.secrets.save(replace(secret, rotation=later))
        self._tell("RotationFailed", saved, job, now, reason=f"{job.last_error}; then {CLOSED}")
        return saved, later, failed

    def _opened_again(
        self, secret: Secret, rotation: RotationConfig, job: RotationJob, now: datetime
    ) -> tuple[Secret, RotationJob]:
        """Let a failed rotation go on in a window that is open; one that went by is told, and the next waited for."""
        missed = rotation.missed(now) if job.claimable(now) else None
        if missed is None:
            return secret, job
        waiting = job.opening(missed.opens)
        self._tx.rotation_jobs.save(waiting)
        saved = self._tx.secrets.save(replace(secret, rotation=missed))
        self._event("RotationFailed", saved, {"reason": MISSED}, now)
        return saved, waiting

    def _still_meant(self, secret: Secret, rotation: RotationConfig, now: datetime) -> RotationJob | None:
        """Return the job of a secret; one that labels moved by hand have made void goes, or it would come for ever."""
        job = self._tx.rotation_jobs.find(secret.arn)
        if job is None or not job.claimable(now):
            return job
        if job.kind is JobKind.LEAK and secret.versions.is_current(job.token):
            # What applications are given is not put an end to; the rotation that replaces it begins anew with it.
            self._tx.rotation_jobs.remove(secret.arn)
            return None
        if job.kind is JobKind.ROTATE and not secret.versions.rotates_to(job.token):
            self._secrets.abandoned(secret, job, now)
            return self._tx.rotation_jobs.find(secret.arn)
        if job.kind is not JobKind.LEAK and not rotation.enabled:
            job = job.opening(None)
            self._tx.rotation_jobs.save(job)
        return job

    def _opens(self, secret: Secret, now: datetime) -> bool:
        opens = secret.rotation.opens if secret.rotation is not None and secret.rotates else None
        return opens is not None and opens <= now

    def _may_run(self, secret: Secret, job: RotationJob, now: datetime) -> bool:
        """Tell whether a job may be taken: what no longer rotates keeps its job until rotation is turned on again."""
        return job.claimable(now) and secret.deletion is None and (secret.rotates or job.kind is JobKind.LEAK)

    def _draw(self) -> str:
        return str(uuid.UUID(int=self._source.getrandbits(128), version=4))

    def _tell(self, name: str, secret: Secret, job: RotationJob, now: datetime, *, reason: str = "") -> None:
        told = {"versionId": job.token, "attempt": job.attempts}
        self._event(name, secret, {**told, "reason": reason} if reason else told, now)

    def _event(self, name: str, secret: Secret, details: Mapping[str, Any], now: datetime) -> None:
        self._secrets.record(name, secret, details, now)


def _is_of(job: RotationJob, claimed: ClaimedRotation) -> bool:
    return job.token == claimed.token and job.held(claimed.owner, claimed.attempt)
