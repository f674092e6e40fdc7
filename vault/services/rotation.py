"""Rotation: RotateSecret and CancelRotateSecret for callers, and due, claim, finished and failed for the worker.

The worker runs the four steps of the function; this service only moves the state around them, each call in its own
transaction, so that a killed worker leaves a job whose lease runs out and which is then taken again with its token.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, InvalidParameter, InvalidRequest, ResourceNotFound, RotationUnfinished
from vault.domain.names import NOT_FOUND
from vault.domain.rotation import (
    CANNOT_INVOKE,
    NO_FUNCTION,
    UNFINISHED,
    RotationConfig,
    RotationJob,
    RotationRules,
    new_job,
)
from vault.domain.secret import Secret
from vault.domain.versions import CURRENT, PENDING, SecretVersion
from vault.services.secrets import TOKEN_MISSING, Secrets
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRotation:
    """A rotation a worker holds the lease of: the secret and its function, the pending version, which attempt.

    `key_arns` are the customers' KMS keys that reading and writing the secret needs.
    """

    secret: Secret
    key_arns: tuple[str, ...]
    function_arn: str
    token: str
    attempt: int
    leased_until: datetime


class Rotation:
    """Rotation in one transaction. `may_invoke` tells whether a function can be invoked to rotate a secret."""

    def __init__(
        self,
        tx: UnitOfWork,
        secrets: Secrets,
        source: random.Random,
        may_invoke: Callable[[str, Secret], bool],
    ) -> None:
        self._tx = tx
        self._secrets = secrets
        self._source = source
        self._may_invoke = may_invoke

    def rotate(
        self,
        context: CallContext,
        secret_id: str,
        *,
        token: str | None,
        function_arn: str | None = None,
        rules: RotationRules | None = None,
        immediately: bool = True,
    ) -> Secret:
        """Set rotation up, and start one under `token` unless `immediately` is false; return the secret.

        A token that names a version already changes nothing. Raises `InvalidParameter` without a token,
        `ResourceNotFound`, `InvalidRequest` for a secret marked for deletion or without a function, `AccessDenied`
        for a function that cannot be invoked, `RotationUnfinished` while an earlier rotation is pending.
        """
        if not token:
            raise InvalidParameter(TOKEN_MISSING)
        secret = self._secrets.writable(context, secret_id)
        if secret.versions.find(token) is not None:
            return secret
        config = self._configured(context, secret, function_arn, rules)
        if secret.versions.unfinished is not None:
            raise RotationUnfinished(UNFINISHED, arn=secret.arn)
        changed = replace(secret, rotation=config, changed=context.now)
        if not immediately:
            return self._tx.secrets.save(changed)
        return self._begin(changed, token, context.now)

    def cancel(self, context: CallContext, secret_id: str) -> tuple[Secret, str | None]:
        """Turn rotation off, its function and rules kept; return the secret and the id of a version left pending.

        Raises `ResourceNotFound`, and `InvalidRequest` for a secret marked for deletion or without rotation.
        """
        secret = self._secrets.writable(context, secret_id)
        if secret.rotation is None:
            raise InvalidRequest(NO_FUNCTION)
        self._tx.rotation_jobs.remove(secret.arn)
        disabled = replace(secret.rotation, enabled=False)
        saved = self._tx.secrets.save(replace(secret, rotation=disabled, changed=context.now))
        pending = saved.versions.unfinished
        return saved, pending.version_id if pending is not None else None

    def reattempt(self, arn: str, now: datetime) -> None:
        """Make the unfinished rotation of a secret due at once, as a refused RotateSecret promises.

        Rotation that was cancelled stays so until the pending version's label is taken off.
        """
        secret = self._tx.secrets.find_arn(arn)
        pending = secret.versions.unfinished if secret is not None else None
        if secret is None or pending is None or not _rotates(secret):
            return
        job = self._tx.rotation_jobs.find(arn) or new_job(arn, pending.version_id, now)
        self._tx.rotation_jobs.save(job.reattempted(now))

    def due(self, now: datetime) -> list[str]:
        """Return the ARNs of the secrets a worker should claim: jobs waiting first, then schedules that opened."""
        waiting = [job.arn for job in self._tx.rotation_jobs.due(now) if self._rotates_still(job.arn)]
        opened = [secret.arn for secret in self._tx.secrets.rotation_due(now) if self._may_open(secret)]
        return waiting + opened

    def claim(self, arn: str, owner: str, now: datetime) -> ClaimedRotation | None:
        """Lease the due rotation of a secret to a worker, starting a scheduled one; None when there is none to take."""
        secret = self._tx.secrets.find_arn(arn)
        if secret is None or secret.rotation is None or not _rotates(secret):
            return None
        function_arn, opens = secret.rotation.function_arn, secret.rotation.opens
        job = self._tx.rotation_jobs.find(arn)
        if job is None:
            if opens is None or opens > now or not self._may_open(secret):
                return None
            token = str(uuid.UUID(int=self._source.getrandbits(128), version=4))
            secret = self._begin(secret, token, now)
            job = new_job(arn, token, now)
        if not job.claimable(now):
            return None
        claimed = job.claimed(owner, now)
        self._tx.rotation_jobs.save(claimed)
        return ClaimedRotation(
            secret=secret,
            key_arns=self._secrets.customer_keys(secret),
            function_arn=function_arn,
            token=claimed.token,
            attempt=claimed.attempts,
            leased_until=claimed.leased_until or now,
        )

    def finished(self, arn: str, token: str, now: datetime) -> Secret:
        """End a rotation whose function has made `token` the current version; return the secret.

        Raises `InvalidRequest` when it has not, and `ResourceNotFound` when the job is no longer this one.
        """
        secret, _ = self._job(arn, token)
        current = secret.versions.holder(CURRENT)
        if current is None or current.version_id != token:
            raise InvalidRequest("The rotation function has returned, but AWSCURRENT is not on the new version.")
        self._tx.rotation_jobs.remove(arn)
        rotation = secret.rotation.succeeded(now) if secret.rotation is not None else None
        return self._tx.secrets.save(replace(secret, rotation=rotation, changed=now))

    def failed(self, arn: str, token: str, reason: str, now: datetime) -> RotationJob:
        """Note a failed attempt (`reason` never holds a value) and return the job as it now waits.

        Raises `ResourceNotFound` when the job is no longer this one.
        """
        secret, job = self._job(arn, token)
        opens = secret.rotation.rules.next_opening(now) if secret.rotation is not None else None
        failed = job.failed(reason, now=now, opens=opens)
        self._tx.rotation_jobs.save(failed)
        return failed

    def _job(self, arn: str, token: str) -> tuple[Secret, RotationJob]:
        secret, job = self._tx.secrets.find_arn(arn), self._tx.rotation_jobs.find(arn)
        if secret is None or job is None or job.token != token:
            raise ResourceNotFound(NOT_FOUND)
        return secret, job

    def _configured(
        self, context: CallContext, secret: Secret, function_arn: str | None, rules: RotationRules | None
    ) -> RotationConfig:
        stored = secret.rotation
        function = function_arn or (stored.function_arn if stored is not None else None)
        if function is None:
            raise InvalidRequest(NO_FUNCTION)
        if not self._may_invoke(function, secret):
            raise AccessDenied(CANNOT_INVOKE)
        return RotationConfig(
            function_arn=function,
            rules=rules or (stored.rules if stored is not None else RotationRules()),
            enabled=True,
            counted_from=context.now,
            last_rotated=stored.last_rotated if stored is not None else None,
        )

    def _rotates_still(self, arn: str) -> bool:
        secret = self._tx.secrets.find_arn(arn)
        return secret is not None and _rotates(secret)

    def _may_open(self, secret: Secret) -> bool:
        """A pending version without a job was left by a cancelled rotation or put there by hand: it blocks new ones."""
        return self._tx.rotation_jobs.find(secret.arn) is None and secret.versions.unfinished is None

    def _begin(self, secret: Secret, token: str, now: datetime) -> Secret:
        pending = SecretVersion(version_id=token, created=now, has_value=False)
        versions = secret.versions.added(pending, (PENDING,))
        self._tx.secrets.remove_versions(secret.arn, secret.versions.gone_from(versions))
        saved = self._tx.secrets.save(replace(secret, versions=versions, changed=now))
        self._tx.rotation_jobs.save(new_job(secret.arn, token, now))
        return saved


def _rotates(secret: Secret) -> bool:
    return secret.rotation is not None and secret.rotation.enabled and secret.deletion is None
