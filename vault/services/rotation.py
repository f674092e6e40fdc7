"""Rotation as callers ask for it: RotateSecret and CancelRotateSecret.

What follows is done by a worker, see `rotation_work`; here only the configuration and the job are left for it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, InvalidParameter, InvalidRequest, RotationUnfinished
from vault.domain.leaks import leak_in
from vault.domain.rotation import CANNOT_INVOKE, NO_FUNCTION, UNFINISHED, RotationConfig
from vault.domain.rotation_job import JobKind, RotationJob
from vault.domain.rotation_rules import RotationRules
from vault.domain.secret import Secret
from vault.domain.versions import PENDING, SecretVersion
from vault.services.leaks import leave_job
from vault.services.secrets import TOKEN_MISSING, Secrets
from vault.storage.store import UnitOfWork


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
        """Set rotation up, and start one under `token`, or with `immediately` false a test of it; return the secret.

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
        job = self._tx.rotation_jobs.find(secret.arn)
        if job is not None and job.kind is JobKind.TEST:
            secret = secret.without_pending(job.token)
        if secret.versions.unfinished is not None:
            raise RotationUnfinished(UNFINISHED, arn=secret.arn)
        changed = replace(secret, rotation=config, changed=context.now)
        if not immediately:
            return self._test(changed, token, context.now)
        return self.begin(changed, token, context.now)

    def cancel(self, context: CallContext, secret_id: str) -> tuple[Secret, str | None]:
        """Turn rotation off, its function and rules kept; return the secret and the id of a version left pending.

        Raises `ResourceNotFound`, and `InvalidRequest` for a secret marked for deletion or without rotation.
        """
        secret = self._secrets.writable(context, secret_id)
        if secret.rotation is None:
            raise InvalidRequest(NO_FUNCTION)
        job, disabled = self._tx.rotation_jobs.find(secret.arn), replace(secret.rotation, enabled=False)
        if job is not None and job.kind is JobKind.TEST:
            secret = secret.without_pending(job.token)
        if job is not None and job.kind is not JobKind.LEAK:
            leave_job(self._tx, secret, job, context.now)
        saved = self._tx.secrets.save(replace(secret, rotation=disabled, changed=context.now))
        pending = saved.versions.unfinished
        return saved, pending.version_id if pending is not None else None

    def reattempt(self, arn: str, now: datetime) -> None:
        """Make the unfinished rotation of a secret due at once, as a refused RotateSecret promises.

        Rotation that was cancelled stays so until the pending version's label is taken off.
        """
        secret = self._tx.secrets.find_arn(arn)
        pending = secret.versions.unfinished if secret is not None else None
        if secret is None or pending is None or not secret.rotates:
            return
        job = self._tx.rotation_jobs.find(arn)
        if job is None or (job.kind, job.token) != (JobKind.ROTATE, pending.version_id):
            # The label was put there by hand: whatever the job is about, this version is what is asked for now.
            job = self._new_job(secret, pending.version_id, now)
        self._tx.rotation_jobs.save(job.reattempted(now))

    def begin(self, secret: Secret, token: str, now: datetime, window_end: datetime | None = None) -> Secret:
        """Make the pending version of a rotation, and its job; of a leaked value it keeps the end of its grace."""
        pending = SecretVersion(version_id=token, created=now, has_value=False)
        versions = secret.versions.added(pending, (PENDING,))
        self._tx.secrets.remove_versions(secret.arn, secret.versions.gone_from(versions))
        saved = self._tx.secrets.save(replace(secret, versions=versions, changed=now))
        self._tx.rotation_jobs.save(replace(self._new_job(secret, token, now), window_end=window_end))
        return saved

    def _test(self, secret: Secret, token: str, now: datetime) -> Secret:
        """Have the function tested with the current value, where there is one and no rotation is about to end."""
        job = self._tx.rotation_jobs.find(secret.arn)
        if job is not None and job.kind is JobKind.ROTATE and not secret.versions.rotates_to(job.token):
            secret, job = self._secrets.abandoned(secret, job, now), None
        if secret.versions.current is not None and (job is None or job.kind is not JobKind.ROTATE):
            self._tx.rotation_jobs.save(replace(self._new_job(secret, token, now), kind=JobKind.TEST))
        return self._tx.secrets.save(secret)

    def _new_job(self, secret: Secret, token: str, now: datetime) -> RotationJob:
        """Return a job that takes the place of the one there is, and keeps the end of a leaked value's grace."""
        before, leak = self._tx.rotation_jobs.find(secret.arn), leak_in(secret.tags)
        drawn = str(uuid.UUID(int=self._source.getrandbits(128), version=4))
        made = RotationJob(arn=secret.arn, token=token, due=now, rotation_token=drawn)
        ends_at = before.grace_of(leak.version_id) if before is not None and leak is not None else None
        return made if leak is None or ends_at is None else replace(made, ends_at=ends_at, leaked=leak.version_id)

    def _configured(
        self, context: CallContext, secret: Secret, function_arn: str | None, rules: RotationRules | None
    ) -> RotationConfig:
        stored = secret.rotation
        function = function_arn or (stored.function_arn if stored is not None else None)
        if function is None:
            raise InvalidRequest(NO_FUNCTION)
        if not self._may_invoke(function, secret):
            raise AccessDenied(CANNOT_INVOKE)
        standing = stored if rules is None else None
        return RotationConfig(
            function_arn=function,
            rules=rules or (stored.rules if stored is not None else RotationRules()),
            enabled=True,
            # By the rules that stand, neither a test nor another rotation puts off what they have scheduled.
            counted_from=standing.counted_from if standing is not None and standing.enabled else context.now,
            last_rotated=stored.last_rotated if stored is not None else None,
            configured=(standing.configured if standing is not None else None) or context.now,
        )
