"""Secrets Manager's own use of KMS: which key seals a value, whether the caller may use it, and the record of each use.

The key that AWS manages serves every caller of its account; a customer's key needs kms:GenerateDataKey and kms:Decrypt
(AWS Secrets Manager User Guide, "Secret encryption and decryption"). Disabled, gone and foreign keys fail closed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from vault.domain.context import CallContext
from vault.domain.envelope import SealedVersion
from vault.domain.errors import AccessDenied, DecryptionFailed, EncryptionFailed, InvalidRequest, VaultError
from vault.domain.evaluate import evaluate
from vault.domain.key_names import locate_key
from vault.domain.key_use import DECRYPT, GENERATE, key_use_text
from vault.domain.keys import MANAGED_ALIAS, Key
from vault.domain.kms_errors import KeyDamaged, KmsRefusal
from vault.domain.principals import Principal
from vault.domain.secret import Secret, SecretContent
from vault.domain.trail import new_event_id
from vault.domain.versions import CURRENT, PENDING, PREVIOUS, SecretVersion, Versions
from vault.services.key_access import KeyAccess
from vault.services.key_lookup import KeyLookup
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork

_UNUSABLE_KEY = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)
_UNDECRYPTABLE = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
_FOREIGN_DEFAULT_KEY = (
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
)
_NO_ACCESS = "Access to KMS is not allowed"
_ASKED_BEFOREHAND = "RequestToValidateKeyAccess"
_VALIDATION = {"SecretARN": _ASKED_BEFOREHAND, "SecretVersionId": _ASKED_BEFOREHAND}
"""The encryption context with which AWS asks whether a key may be used, before there is a value to seal under it."""


class KeyUse:
    """Seals and opens the values of one transaction's secrets for one caller."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, principal: Principal) -> None:
        self._tx = tx
        self._keyring = keyring
        self._principal = principal
        self._lookup = KeyLookup(tx, keyring)
        self._access = KeyAccess(tx)

    def resolve(self, context: CallContext, kms_key_id: str | None, *, owner: str) -> Key:
        """Return the key that is named by id, ARN, alias or alias ARN; empty means the one that AWS manages.

        `owner` is the account of the secret it is for, in which names are looked up. Raises `EncryptionFailed` with
        AWS's text for a key that is not there or cannot be used, `AccessDenied`, `InvalidRequest` where another
        account's caller would need the key that AWS manages.
        """
        try:
            key = self._named(replace(context, account_id=owner), kms_key_id or MANAGED_ALIAS)
            key.check_enabled()
        except (KmsRefusal, KeyDamaged):
            raise EncryptionFailed(_UNUSABLE_KEY) from None
        if not key.symmetric:
            raise EncryptionFailed(_UNUSABLE_KEY)
        for name in (GENERATE, DECRYPT):
            self._check_allowed(context, name, key, _VALIDATION)
        return key

    def seal(
        self, context: CallContext, key: Key, secret: Secret, version_id: str, content: SecretContent
    ) -> SealedVersion:
        """Return `content` sealed under `key`, which `resolve` gave. Raises `EncryptionFailed` for a damaged key."""
        try:
            sealed = self._keyring.seal_version(self._tx.keys, key, secret, version_id, content)
        except (KeyDamaged, DecryptionFailed):
            raise EncryptionFailed(_UNUSABLE_KEY) from None
        self._record(context, GENERATE, key, secret, version_id)
        return sealed

    def open(self, context: CallContext, secret: Secret, version: SecretVersion) -> SecretContent:
        """Return the value of a version by the first of its keys that can be used and opens it.

        Raises `DecryptionFailed` where none does, `AccessDenied` where the caller may use none, `IntegrityFailure`.
        """
        key = self.usable(context, secret, version)
        content = self.look_into(secret, version, key)
        self._record(context, DECRYPT, key, secret, version.version_id)
        return content

    def look_into(self, secret: Secret, version: SecretVersion, key: Key) -> SecretContent:
        """Return the value of a version by one of its keys, which `usable` gave, for who tells nobody what it is.

        The use of the key is not recorded. Raises `DecryptionFailed`, `IntegrityFailure`.
        """
        try:
            return self._keyring.open_version(self._tx.keys, key, secret, self._sealed(secret, version))
        except (DecryptionFailed, KeyDamaged):
            raise DecryptionFailed(_damaged(secret, version.version_id)) from None

    def re_encrypt(self, context: CallContext, secret: Secret, under: Key) -> Versions:
        """Have `under` open the current, previous and pending versions, too; return the versions with that noted.

        A version whose present key cannot be used stays as it is: it opens again with that key only.
        """
        versions = secret.versions
        for version in versions.labelled((CURRENT, PREVIOUS, PENDING)):
            if under.key_id in version.key_ids:
                continue
            try:
                self._wrap_too(context, secret, version, under)
            except (DecryptionFailed, AccessDenied, KeyDamaged):
                continue
            versions = versions.wrapped_too(version.version_id, under.key_id)
        return versions

    def customer_arns(self, secret: Secret) -> tuple[str, ...]:
        """Return the ARNs of the customers' keys that open the secret's versions or seal its next one."""
        ids = {key_id for version in secret.versions.items for key_id in version.key_ids}
        keys = [self._keyring.materials.find(self._tx.keys, key_id) for key_id in ids] + [self._sealing(secret)]
        return tuple(sorted({key.arn() for key in keys if key is not None and not key.managed}))

    def name(self, key_id: str) -> str | None:
        """Return the ARN of a key, None for one that AWS manages; the id of a key that is gone."""
        key = self._keyring.materials.find(self._tx.keys, key_id)
        if key is None:
            return key_id
        return None if key.managed else key.arn()

    def _wrap_too(self, context: CallContext, secret: Secret, version: SecretVersion, under: Key) -> None:
        sealed, key = self._sealed(secret, version), self.usable(context, secret, version)
        wrapped = self._keyring.rewrap(self._tx.keys, key, under, secret, sealed)
        self._record(context, DECRYPT, key, secret, version.version_id)
        self._tx.secrets.add_data_key(secret.arn, version.version_id, under.key_id, wrapped)
        self._record(context, GENERATE, under, secret, version.version_id)

    def _sealed(self, secret: Secret, version: SecretVersion) -> SealedVersion:
        return self._tx.secrets.find_version(secret.arn, version.version_id, further=bool(version.further_keys))

    def usable(self, context: CallContext, secret: Secret, version: SecretVersion) -> Key:
        """Return the first key of a version that the caller may use now. Raises as `open` does."""
        refused: VaultError | None = None
        pairs = {"SecretARN": secret.arn, "SecretVersionId": version.version_id}
        for key_id in version.key_ids:
            try:
                return self._for_decryption(context, key_id, pairs)
            except KeyDamaged:
                refused = refused or DecryptionFailed(_damaged(secret, version.version_id))
            except (AccessDenied, DecryptionFailed, InvalidRequest) as error:
                refused = refused or error
        raise refused or DecryptionFailed(_UNDECRYPTABLE)

    def _for_decryption(self, context: CallContext, key_id: str, pairs: Mapping[str, str]) -> Key:
        key = self._keyring.materials.find(self._tx.keys, key_id)
        if key is None or key.gone(context.now):
            raise DecryptionFailed(_UNDECRYPTABLE)
        try:
            key.at(context.now).check_enabled()
        except KmsRefusal:
            raise DecryptionFailed(_UNDECRYPTABLE) from None
        self._check_allowed(context, DECRYPT, key, pairs)
        return key

    def _sealing(self, secret: Secret) -> Key | None:
        """Return the customer's key of a secret's next version."""
        if not secret.kms_key:
            return None
        locator = locate_key(secret.kms_key, account_id=secret.account_id, region=secret.region)
        if not locator.alias:
            return self._keyring.materials.find(self._tx.keys, locator.key_id)
        return self._keyring.materials.find_alias(self._tx.keys, locator.account_id, locator.region, locator.alias)

    def _named(self, context: CallContext, text: str) -> Key:
        if text.endswith(MANAGED_ALIAS):
            # It is made on first use, so that whoever names it finds it.
            self._keyring.managed_key(self._tx.keys, context.account_id, context.region, context.now)
        return self._lookup.anyones(context, text)

    def _check_allowed(self, context: CallContext, name: str, key: Key, pairs: Mapping[str, str]) -> None:
        if key.managed:
            if key.account_id != self._principal.account_id:
                raise InvalidRequest(_FOREIGN_DEFAULT_KEY)
            return
        through = {"kms:ViaService": f"secretsmanager.{context.region}.amazonaws.com", "aws:ViaAWSService": "true"}
        check = self._access.check(context, key, name, pairs, lambda: through)
        if not evaluate(self._principal, check, context).allowed:
            raise AccessDenied(_NO_ACCESS)

    def _record(self, context: CallContext, name: str, key: Key, secret: Secret, version_id: str) -> None:
        text = key_use_text(context, self._principal, name=name, key=key, secret_arn=secret.arn, version_id=version_id)
        self._tx.trail.append_text(text, (context.account_id, context.region), context.now)
        if key.account_id != context.account_id:
            # What another account's caller did with a key is in the trail of both.
            event = json.loads(text)
            shared = {
                "eventID": new_event_id(),
                "recipientAccountId": key.account_id,
                "sharedEventID": event["eventID"],
            }
            self._tx.trail.append({**event, **shared}, at=context.now)


def _damaged(secret: Secret, version_id: str) -> str:
    """Return AWS's sentence, with the row that was changed or whose key is."""
    return f"{_UNDECRYPTABLE} Version {version_id} of {secret.arn} does not open at its place."
