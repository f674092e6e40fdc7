"""Has a leaked value looked after once another is current: a job tries it until it is refused."""

from __future__ import annotations

from datetime import datetime

from vault.domain.leaks import leak_in
from vault.domain.rotation_job import JobKind, JobState, RotationJob
from vault.domain.secret import Secret
from vault.domain.versions import PREVIOUS
from vault.storage.store import UnitOfWork


def leave_job(tx: UnitOfWork, secret: Secret, job: RotationJob, now: datetime) -> None:
    """Take away the job of a rotation or test; a leaked value whose grace it kept is looked after again."""
    tx.rotation_jobs.remove(secret.arn)
    if job.ends_at is not None:
        look_after_leak(tx, secret, now, job)


def look_after_leak(tx: UnitOfWork, secret: Secret, now: datetime, before: RotationJob | None = None) -> None:
    """Make a job for the leaked value of a secret that has none, unless there is no value to try.

    `secret` is as it stands once its value was replaced; `before` knows the end of a grace that has begun already. Else
    only what was replaced just now is looked after: whoever may set tags alone could otherwise name any version of the
    past, and have a login ended that something else goes by.
    """
    leak = leak_in(secret.tags)
    version = secret.versions.find(leak.version_id) if leak is not None else None
    if leak is None or version is None or version == secret.versions.current:
        return
    ends_at = before.grace_of(leak.version_id) if before is not None else None
    if ends_at is None and PREVIOUS not in version.stages:
        return
    after = RotationJob(
        arn=secret.arn,
        token=leak.version_id,
        kind=JobKind.LEAK,
        state=JobState.AFTER,
        due=now,
        ends_at=ends_at or now + leak.grace,
    )
    tx.rotation_jobs.save(after)
