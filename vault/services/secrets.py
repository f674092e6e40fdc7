"""Secrets: create, read, change, delete and restore, with the rules of the domain applied to what is stored."""

from __future__ import annotations

import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.deletion import NAME_SCHEDULED_FOR_DELETION, plan_deletion
from vault.domain.errors import InvalidParameter, InvalidRequest, ResourceExists, ResourceNotFound
from vault.domain.names import NOT_FOUND, check_name, locate, new_arn
from vault.domain.passwords import PasswordRules, generate_password
from vault.domain.replication import still_replicated
from vault.domain.rotation_job import JobKind, RotationJob
from vault.domain.secret import Secret, SecretContent
from vault.domain.tags import Tags, check_tags
from vault.domain.trail import service_event
from vault.domain.versions import CURRENT, Claim, SecretVersion
from vault.services.key_use import KeyUse
from vault.services.keyring import Keyring
from vault.services.leaks import leave_job, look_after_leak
from vault.storage.store import UnitOfWork

TOKEN_MISSING = "You must provide a ClientRequestToken value. We recommend a UUID-type value."  # noqa: S105  text
_FOREIGN_ROTATION = "The RotationToken is not the one of a rotation of this secret that is under way."
_VALUE_MISSING = "You must provide either SecretString or SecretBinary."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """What CreateSecret is asked to make. `token` is required by AWS, though its model does not say so."""

    name: str
    token: str | None
    content: SecretContent | None = None
    description: str = ""
    kind: str = ""
    kms_key_id: str | None = None
    tags: Tags = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretChange:
    """What UpdateSecret is asked to change; None leaves a thing as it is, an empty key id means the managed key."""

    token: str | None
    content: SecretContent | None = None
    description: str | None = None
    kind: str | None = None
    kms_key_id: str | None = None

    @property
    def of_key_only(self) -> bool:
        """Tell whether the key is all that changes, which may differ from region to region."""
        return self.kms_key_id is not None and (self.content, self.description, self.kind) == (None, None, None)


@hot_record
class SecretReading:
    """A secret, one of its versions, and that version's value."""

    secret: Secret
    version: SecretVersion
    content: SecretContent


class Secrets:
    """The operations on secrets in one transaction. A `secret_id` is a name, a full ARN or a partial one.

    Beside what they name, all raise `ResourceNotFound` for an absent secret, `InvalidRequest` for one marked for
    deletion (but `describe`, `delete` and `restore`), `ValidationFailed` for an id that cannot be a name, and
    `IntegrityFailure` for a secret that was edited in the storage.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, kms: KeyUse, source: random.Random) -> None:
        self._tx = tx
        self._keyring = keyring
        self._kms = kms
        self._source = source

    def find(self, context: CallContext, secret_id: str) -> Secret | None:
        """Return the secret in the caller's region, None where there is none. Others' are found by their full ARN only.

        One whose recovery window is over is gone, whether or not `purge` has come by yet.
        """
        locator = locate(secret_id, account_id=context.account_id, region=context.region)
        others = locator.account_id != context.account_id
        if locator.region != context.region or (others and not locator.arn):
            return None
        found = self._tx.secrets.find(locator)
        if found is not None and found.deletion is not None and found.deletion.due(context.now):
            self._end(found, context.now)
            return None
        return found

    def describe(self, context: CallContext, secret_id: str) -> Secret:
        """Return the secret, also one marked for deletion."""
        found = self.find(context, secret_id)
        if found is None:
            raise ResourceNotFound(NOT_FOUND)
        return found

    def usable(self, context: CallContext, secret_id: str) -> Secret:
        """Return the secret, unless it is marked for deletion."""
        secret = self.describe(context, secret_id)
        secret.check_usable()
        return secret

    def writable(self, context: CallContext, secret_id: str) -> Secret:
        """Return the secret, unless it is marked for deletion or a replica."""
        secret = self.usable(context, secret_id)
        secret.check_writable()
        return secret

    def key_name(self, key_id: str) -> str | None:
        """Return the ARN of the KMS key of a version, None for the one that AWS manages; a key's id once it is gone."""
        return self._kms.name(key_id)

    def customer_keys(self, secret: Secret) -> tuple[str, ...]:
        """Return the ARNs of the customers' KMS keys that reading and writing the secret needs."""
        return self._kms.customer_arns(secret)

    def create(self, context: CallContext, new: NewSecret) -> tuple[Secret, str | None]:
        """Make a secret, and its first version where there is a value; return it with that version's id.

        The same request again returns what the first one made. Raises `ResourceExists` for a name that is taken,
        `InvalidRequest` for one pending deletion or a missing token, `ValidationFailed` for a bad name,
        `InvalidParameter` for bad tags, `EncryptionFailed` for an unusable key.
        """
        token = required_token(new.token)
        check_name(new.name)
        existing = self.find(context, new.name)
        if existing is not None:
            return self._created_before(existing, new, token)
        secret = self._blank(context, new, token)
        self._tx.secrets.add(secret)
        if new.content is None:
            return secret, None
        secret, _ = self._put(context, secret, token, new.content, (CURRENT,))
        return self._tx.secrets.save(secret), token

    def get_value(
        self, context: CallContext, secret_id: str, *, version_id: str | None = None, stage: str | None = None
    ) -> SecretReading:
        """Return the value of a version, the `AWSCURRENT` one unless an id or label is given, and note the day.

        Raises `ResourceNotFound` for an unknown version, `InvalidRequest` where id and label disagree,
        `DecryptionFailed` for a value that does not open.
        """
        secret = self.usable(context, secret_id)
        version = secret.versions.select(version_id, stage)
        content = self._kms.open(context, secret, version)
        today = context.now.date()
        if (secret.accessed, version.accessed) != (today, today):
            touched = secret.versions.touched(version.version_id, today)
            secret = self._tx.secrets.note(replace(secret, accessed=today, versions=touched))
        return SecretReading(secret=secret, version=version, content=content)

    def put_value(
        self,
        context: CallContext,
        secret_id: str,
        *,
        token: str | None,
        content: SecretContent | None,
        stages: Sequence[str] | None = None,
        rotation_token: str | None = None,
    ) -> Secret:
        """Store a value as the version `token` with `stages` (`AWSCURRENT` by default) and return the secret.

        The same token and value again change nothing. Raises `ResourceExists` for the token of another value,
        `InvalidRequest` without token or value, `InvalidParameter` for a `rotation_token` that no rotation under way
        has given out, `LimitExceeded`.
        """
        version_id = required_token(token)
        if content is None:
            raise InvalidRequest(_VALUE_MISSING)
        secret = self.writable(context, secret_id)
        self._check_rotation(secret, rotation_token)
        changed, claim = self._put(context, secret, version_id, content, stages or (CURRENT,))
        if claim is Claim.REPEATED:
            return changed
        return self._saved_with_value(changed, version_id, context.now)

    def update(self, context: CallContext, secret_id: str, change: SecretChange) -> tuple[Secret, str | None]:
        """Change metadata, and put a value where there is one; return the secret and the id of a version put.

        The value that a version has already, under that version's token, is none to put (seen on AWS; the API page
        says that it is refused). Raises as `put_value` does, and `EncryptionFailed` for an unusable key.
        """
        token = required_token(change.token)
        secret = self.usable(context, secret_id)
        if not change.of_key_only:
            secret.check_writable()
        if change.kms_key_id is not None:
            secret = self._under(context, secret, change.kms_key_id)
        secret = replace(
            secret,
            description=secret.description if change.description is None else change.description,
            kind=secret.kind if change.kind is None else change.kind,
            changed=context.now,
        )
        if change.content is not None:
            secret, claim = self._put(context, secret, token, change.content, (CURRENT,))
            if claim is Claim.REPEATED:
                return self._tx.secrets.save(secret), token
            return self._saved_with_value(secret, token, context.now), token
        return self._tx.secrets.save(secret), None

    def update_version_stage(
        self,
        context: CallContext,
        secret_id: str,
        *,
        stage: str,
        move_to: str | None = None,
        remove_from: str | None = None,
    ) -> Secret:
        """Move a label between versions, or take it off; return the secret.

        Raises `InvalidParameter` for a wrong version or holder, `LimitExceeded`.
        """
        secret = self.writable(context, secret_id)
        if move_to is None and remove_from is None:
            raise InvalidParameter("You must specify MoveToVersionId, RemoveFromVersionId or both.")
        versions = secret.versions.moved(stage, move_to=move_to, remove_from=remove_from)
        return self._tx.secrets.save(replace(secret, versions=versions, changed=context.now))

    def delete(
        self, context: CallContext, secret_id: str, *, window_days: int | None = None, force: bool = False
    ) -> Secret | None:
        """Mark a secret for deletion, or with `force` remove it at once; return it with its deletion.

        A forced deletion of an absent secret succeeds and returns None. Raises `InvalidParameter` for a window that
        is out of bounds or given together with force, for a replica, and for a secret that has replicas.
        """
        deletion = plan_deletion(now=context.now, window_days=window_days, force=force)
        secret = self.find(context, secret_id)
        if secret is not None:
            _check_deletable(secret)
        if force:
            if secret is not None:
                self._tx.secrets.remove(secret.arn)
            return replace(secret, deletion=deletion) if secret is not None else None
        if secret is None:
            raise ResourceNotFound(NOT_FOUND)
        secret.check_usable()
        return self._tx.secrets.save(replace(secret, deletion=deletion, changed=context.now))

    def restore(self, context: CallContext, secret_id: str) -> Secret:
        """Take back a deletion within its window; one that is not marked stays as it is."""
        secret = self.describe(context, secret_id)
        secret.check_writable()
        if secret.deletion is None:
            return secret
        return self._tx.secrets.save(replace(secret, deletion=None, changed=context.now))

    def purge(self, now: datetime) -> list[str]:
        """Remove for good the secrets of all accounts whose recovery window is over; return their ARNs."""
        due = self._tx.secrets.purge_due(now)
        for secret in due:
            self._end(secret, now)
        return [secret.arn for secret in due]

    def random_password(self, rules: PasswordRules) -> SecretValue:
        """Return a random password. Raises `InvalidParameter` for rules that cannot be met."""
        return generate_password(rules, self._source)

    def _end(self, secret: Secret, now: datetime) -> None:
        """Remove a secret whose recovery window is over, its versions and data keys too, and record that it ended."""
        self._tx.secrets.remove(secret.arn)
        self.record("EndSecretVersionDelete", secret, {}, now)

    def record(self, name: str, secret: Secret, details: Mapping[str, Any], now: datetime) -> None:
        """Record what the service did about a secret by itself."""
        told = {"secretId": secret.arn, **details}
        event = service_event(name, account_id=secret.account_id, region=secret.region, now=now, details=told)
        self._tx.trail.append(event, at=now)

    def _blank(self, context: CallContext, new: NewSecret, token: str) -> Secret:
        # The key is checked even where there is no value yet to seal under it.
        key = self._kms.resolve(context, new.kms_key_id, owner=context.account_id)
        arn = new_arn(
            partition=context.partition,
            region=context.region,
            account_id=context.account_id,
            name=new.name,
            source=self._source,
        )
        return Secret(
            account_id=context.account_id,
            region=context.region,
            arn=arn,
            name=new.name,
            created=context.now,
            changed=context.now,
            creation_token=token,
            description=new.description,
            kind=new.kind,
            tags=check_tags(new.tags),
            kms_key="" if key.managed else new.kms_key_id or "",
        )

    def _under(self, context: CallContext, secret: Secret, kms_key_id: str) -> Secret:
        """Return the secret under another key, which opens its labelled versions, too."""
        key = self._kms.resolve(context, kms_key_id, owner=secret.account_id)
        versions = self._kms.re_encrypt(context, secret, key)
        return replace(secret, kms_key="" if key.managed else kms_key_id, versions=versions)

    def _created_before(self, existing: Secret, new: NewSecret, token: str) -> tuple[Secret, str | None]:
        if existing.deletion is not None:
            raise InvalidRequest(NAME_SCHEDULED_FOR_DELETION)
        if existing.creation_token == token:
            content = new.content
            if content is None:
                return existing, None
            claim = existing.versions.claim(
                token, owner=existing.arn, holds_same=lambda: self._holds_same(existing, token, content)
            )
            if claim is Claim.REPEATED:
                return existing, token
        raise ResourceExists(f"The operation failed because the secret {existing.name} already exists.")

    def _put(
        self,
        context: CallContext,
        secret: Secret,
        token: str,
        content: SecretContent,
        stages: Sequence[str],
    ) -> tuple[Secret, Claim]:
        """Store the value and return the secret with it; saving the secret is the caller's."""
        claim = secret.versions.claim(
            token, owner=secret.arn, holds_same=lambda: self._holds_same(secret, token, content)
        )
        if claim is Claim.REPEATED:
            return secret, claim
        key = self._kms.resolve(context, secret.kms_key, owner=secret.account_id)
        secret = self._rotation_after_put(context, secret, token, stages)
        if claim is Claim.FILL:
            versions = secret.versions.filled(token, stages, key_id=key.key_id)
        else:
            fresh = SecretVersion(version_id=token, created=context.now, key_id=key.key_id)
            versions = secret.versions.added(fresh, stages)
        sealed = self._kms.seal(context, key, secret, token, content)
        self._tx.secrets.add_version(secret.arn, sealed, now=context.now)
        self._tx.secrets.remove_versions(secret.arn, secret.versions.gone_from(versions))
        return replace(secret, versions=versions, changed=context.now), claim

    def _rotation_after_put(self, context: CallContext, secret: Secret, token: str, stages: Sequence[str]) -> Secret:
        """A new current value put by hand counts as a rotation, and ends one that is under way (RotationAbandoned)."""
        if secret.rotation is None or CURRENT not in stages:
            return secret
        job = self._tx.rotation_jobs.find(secret.arn)
        if job is not None and job.token == token and job.kind is JobKind.ROTATE:
            return secret
        if job is not None and job.kind is not JobKind.LEAK:
            secret = self.abandoned(secret, job, context.now)
        if job is not None and job.reminded and secret.rotation is not None:
            return replace(secret, rotation=secret.rotation.succeeded(context.now))
        return replace(secret, rotation=secret.rotation.value_put(context.now) if secret.rotation is not None else None)

    def _check_rotation(self, secret: Secret, rotation_token: str | None) -> None:
        if rotation_token is None:
            return
        job = self._tx.rotation_jobs.find(secret.arn)
        if job is None or not hmac.compare_digest(job.rotation_token.encode(), rotation_token.encode()):
            raise InvalidParameter(_FOREIGN_ROTATION)

    def abandoned(self, secret: Secret, job: RotationJob, now: datetime) -> Secret:
        """Give up a rotation or test that something done by hand has overtaken; return the secret without its label."""
        leave_job(self._tx, secret, job, now)
        if job.kind is JobKind.ROTATE:
            # A person has done what a person was reminded of.
            name = "RotationSucceeded" if job.reminded else "RotationAbandoned"
            self.record(name, secret, {"versionId": job.token}, now)
        return secret.without_pending(job.token)

    def _saved_with_value(self, secret: Secret, token: str, now: datetime) -> Secret:
        """Keep a secret that has a new value; a leaked one that it replaces by hand is looked after from now on."""
        saved = self._tx.secrets.save(secret)
        job = self._tx.rotation_jobs.find(saved.arn) if saved.rotation is not None else None
        if job is not None and job.reminded and job.token == token:
            # What a person was asked for has come.
            self._tx.rotation_jobs.save(job.postponed(now, job.last_error))
        current = saved.versions.current
        if saved.rotation is not None and job is None and current is not None and current.version_id == token:
            look_after_leak(self._tx, saved, now)
        return saved

    def _holds_same(self, secret: Secret, version_id: str, content: SecretContent) -> bool:
        stored = self._tx.secrets.find_version(secret.arn, version_id)
        return hmac.compare_digest(stored.digest, self._keyring.digest(secret, version_id, content))


def _check_deletable(secret: Secret) -> None:
    secret.check_writable()
    if secret.replicas:
        raise InvalidParameter(still_replicated(secret.arn, [each.region for each in secret.replicas]))


def required_token(token: str | None) -> str:
    """Return the request token. Raises `InvalidRequest` with AWS's text where it is missing."""
    if not token:
        raise InvalidRequest(TOKEN_MISSING)
    return token
