"""Rotation jobs: one row, under a MAC, for each secret whose rotation is under way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, not_, or_, select

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure
from vault.domain.rotation_job import LONGEST_LEASE, JobState, RotationJob
from vault.storage.schema import from_micros, rotation_jobs, secrets, to_micros
from vault.storage.upsert import replace_row

_FIND = select(rotation_jobs).where(rotation_jobs.c.arn == bindparam("wanted"))
_AGAIN = and_(rotation_jobs.c.last_error != "", rotation_jobs.c.owner == "")
"""Another attempt after one that failed; what was broken off in the middle is none."""
_DUE = (
    select(rotation_jobs.c.arn)
    .join(secrets, secrets.c.arn == rotation_jobs.c.arn)
    .where(secrets.c.purge_at.is_(None))
    .where(rotation_jobs.c.due <= bindparam("now"))
    .where(
        or_(
            rotation_jobs.c.leased_until.is_(None),
            rotation_jobs.c.leased_until <= bindparam("now"),
            rotation_jobs.c.leased_until > bindparam("beyond"),
        )
    )
    .order_by(rotation_jobs.c.due, rotation_jobs.c.arn)
    .limit(bindparam("most"))
)
_ARNS = select(rotation_jobs.c.arn).order_by(rotation_jobs.c.arn)
_REMOVE = delete(rotation_jobs).where(rotation_jobs.c.arn == bindparam("removed"))
_COLUMNS = ("token", "state", "due", "attempts", "last_error", "owner", "leased_until", "more")


class RotationJobRepository:
    """The rotation jobs of all accounts and regions. What reads a job may raise `IntegrityFailure`."""

    def __init__(self, connection: Connection, barrier: Barrier) -> None:
        self._connection = connection
        self._barrier = barrier

    def find(self, arn: str) -> RotationJob | None:
        """Return the job of a secret."""
        row = self._connection.execute(_FIND, {"wanted": arn}).mappings().one_or_none()
        return None if row is None else self._read(row)

    def arns(self) -> Sequence[str]:
        """Return the ARNs that jobs stand under; nothing is verified."""
        return self._connection.execute(_ARNS).scalars().all()

    def due(self, now: datetime, most: int, *, again: bool = False) -> Sequence[str]:
        """Return up to `most` ARNs whose jobs a worker may take, the longest due first; nothing is verified.

        With `again` those that wait for another attempt after one that failed, else all the others.
        """
        times = {"now": to_micros(now), "beyond": to_micros(now + LONGEST_LEASE)}
        chosen = _DUE.where(_AGAIN if again else not_(_AGAIN))
        return self._connection.execute(chosen, {**times, "most": most}).scalars().all()

    def save(self, job: RotationJob) -> None:
        """Keep the job of its secret, in place of an earlier one."""
        values = {
            "arn": job.arn,
            "token": job.token,
            "state": job.state.value,
            "due": _micros(job.due),
            "attempts": job.attempts,
            "last_error": job.last_error,
            "owner": job.owner,
            "leased_until": _micros(job.leased_until),
            "more": canonical_json(more).decode() if (more := job.more()) else None,
        }
        mac = self._barrier.mac(Purpose.ROTATION_JOB, _sealed(values))
        replace_row(self._connection, rotation_jobs, {**values, "mac": mac})

    def remove(self, arn: str) -> None:
        """Forget the job of a secret; where there is none, nothing happens."""
        self._connection.execute(_REMOVE, {"removed": arn})

    def _read(self, row: RowMapping) -> RotationJob:
        if not self._barrier.verifies(row["mac"], Purpose.ROTATION_JOB, _sealed(row)):
            raise IntegrityFailure(f"The rotation of {row['arn']!r} was changed outside the store.")
        return _job(row)


def _sealed(row: Mapping[Any, Any]) -> bytes:
    # A row from before there was `more`, or without it, is sealed as it was then.
    names = ("arn", *_COLUMNS) if row["more"] is not None else ("arn", *_COLUMNS[:-1])
    return canonical_json([row[name] for name in names])


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: Any) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _job(row: RowMapping) -> RotationJob:
    job = RotationJob(
        arn=row["arn"],
        token=row["token"],
        state=JobState(row["state"]),
        due=_moment(row["due"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        owner=row["owner"],
        leased_until=_moment(row["leased_until"]),
    )
    return job if row["more"] is None else job.with_more(json.loads(row["more"]))
