"""KMS keys of customers that seal the environments of functions, beneath what the root key seals.

Source: AWS Lambda Developer Guide, "Securing Lambda environment variables".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from vault.domain.ciphertext import encryption_context, take_apart
from vault.domain.context import CallContext
from vault.domain.errors import DecryptionFailed
from vault.domain.evaluate import evaluate
from vault.domain.function_errors import FunctionKeyUnusable, InvalidFunctionParameter
from vault.domain.functions import Function
from vault.domain.key_names import locate_key
from vault.domain.keys import Key
from vault.domain.kms_errors import InvalidArn, KeyDamaged, KeyNotFound, KmsRefusal
from vault.domain.operation import AccessCheck
from vault.domain.principals import Principal
from vault.services.key_access import KeyAccess
from vault.services.key_lookup import KeyLookup
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork

_UNUSABLE = "Lambda was unable to decrypt the environment variables because the KMS key cannot be used: {}"
_NO_KEY = "Lambda was unable to configure your environment variables because the KMS key is invalid: {}"


class FunctionKeys:
    """Keys for functions in one transaction, on behalf of a caller."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, access: KeyAccess, principal: Principal) -> None:
        self._tx = tx
        self._keyring = keyring
        self._access = access
        self._principal = principal
        self._lookup = KeyLookup(tx, keyring)

    def check(self, context: CallContext, key_arn: str, function_arn: str) -> AccessCheck | None:
        """Return the permission that giving a function a key takes; None where there is no such key."""
        try:
            key = self._lookup.anyones(context, key_arn)
        except (KeyNotFound, InvalidArn):
            return None
        return self._access.check(context, key, "Encrypt", _pairs(function_arn))

    def require(self, context: CallContext, key_arn: str) -> str:
        """Return the ARN of a key that may seal. Raises `InvalidFunctionParameter` for another."""
        try:
            key = self._lookup.anyones(context, key_arn)
            key.check_enabled()
        except (KmsRefusal, KeyDamaged) as error:
            raise InvalidFunctionParameter(_NO_KEY.format(error.message)) from None
        if not key.symmetric:
            raise InvalidFunctionParameter(_NO_KEY.format(f"{key.arn(context.partition)} is not symmetric."))
        return key.arn(context.partition)

    def seal(self, function: Function, content: bytes) -> bytes:
        """Return content under the function's key, which `require` has seen."""
        key = self._key(function)
        return self._keyring.materials.seal(self._tx.keys, key, content, _bound(function))

    def open(self, function: Function, content: bytes, now: datetime) -> bytes:
        """Return what `seal` sealed. Raises `FunctionKeyUnusable` for a key that is disabled, gone, or not its own."""
        try:
            key = self._key(function).at(now)
            key.check_enabled()
            return self._keyring.materials.open(self._tx.keys, key, take_apart(content), _bound(function))
        except (KmsRefusal, KeyDamaged, DecryptionFailed) as error:
            raise FunctionKeyUnusable(_UNUSABLE.format(error.message)) from None

    def may_open(self, context: CallContext, function: Function) -> bool:
        """Tell whether the caller may have the function's key decrypt for it."""
        try:
            check = self._access.check(context, self._key(function), "Decrypt", _pairs(function.arn))
        except (KmsRefusal, KeyDamaged):
            return False
        return evaluate(self._principal, check, context).allowed

    def _key(self, function: Function) -> Key:
        place = function.place
        locator = locate_key(function.kms_key, account_id=place.account_id, region=place.region)
        key = self._keyring.materials.find(self._tx.keys, locator.key_id)
        if key is None:
            raise KeyNotFound(f"Key '{function.kms_key}' does not exist")
        return key


def _pairs(function_arn: str) -> Mapping[str, str]:
    return {"aws:lambda:FunctionArn": function_arn}


def _bound(function: Function) -> bytes:
    return encryption_context(_pairs(function.arn))
