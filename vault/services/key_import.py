"""Key material that comes from elsewhere: GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

An import token holds the private key that unwraps the material, sealed for this store: nothing is kept of an import
that was begun. Source: AWS KMS API Reference, the pages of those names; Developer Guide, "Importing key material".
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.kdf import material_id_of
from vault.domain.context import CallContext
from vault.domain.errors import DecryptionFailed
from vault.domain.key_import import TOKEN_LIFE, ImportRequest, with_material, without_material
from vault.domain.key_material import Material, Origin
from vault.domain.key_specs import KeySpec, algorithm_named, spec_named
from vault.domain.keys import Key
from vault.domain.kms_errors import (
    ExpiredImportToken,
    IncorrectKeyMaterial,
    InvalidCiphertext,
    InvalidImportToken,
    UnsupportedKeyOperation,
)
from vault.services.keyring import Keyring
from vault.services.keys import Keys
from vault.storage.store import UnitOfWork

_PURPOSE = "kms-import"
_WRAPS_DIRECTLY = "OAEP"
_SCHEMES = (_WRAPS_DIRECTLY, "OAEP-AES")
_NOT_OF_THE_KIND = "The key material in the request is no material for a key of key spec"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportParameters:
    """What a client wraps material with, and hands back with it."""

    key: Key
    token: bytes
    public_key: bytes
    valid_to: datetime


class KeyImport:
    """The operations of one transaction. A `key_id` is a key's id or ARN.

    All raise `KeyNotFound`, `InvalidArn`, `AccessDenied`, and `UnsupportedKeyOperation` for a key whose material is
    drawn here.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, keys: Keys) -> None:
        self._tx = tx
        self._keyring = keyring
        self._keys = keys

    def parameters(self, context: CallContext, key_id: str, *, algorithm: str, spec: str) -> ImportParameters:
        """Return a fresh public key to wrap material with, and its token, good for a day.

        Raises `InvalidKeyState`, and `UnsupportedKeyOperation` for a wrapping that is not offered or too small.
        """
        from vault.services.data_keys import draw_pair

        key = self._external(context, "GetParametersForImport", key_id)
        key.check_not_pending()
        _check_wraps(algorithm, spec_named(spec), spec_named(key.spec))
        pair, valid_to = draw_pair(spec_named(spec)), context.now + TOKEN_LIFE
        content = {
            "key_id": key.key_id,
            "algorithm": algorithm,
            "valid_to": valid_to.isoformat(),
            "private": base64.b64encode(pair.private_der().reveal()).decode("ascii"),
        }
        token = self._keyring.seal_token(_PURPOSE, canonical_json(content))
        return ImportParameters(key=key, token=token, public_key=pair.public_der(), valid_to=valid_to)

    def put(
        self, context: CallContext, key_id: str, *, token: bytes, wrapped: bytes, request: ImportRequest
    ) -> tuple[Key, str]:
        """Import material as a client wrapped it; return the key and the material's id.

        Raises `ValidationFailed`, `InvalidKeyState`, `InvalidImportToken`, `ExpiredImportToken`, `InvalidCiphertext`,
        `IncorrectKeyMaterial`.
        """
        key = self._external(context, "ImportKeyMaterial", key_id)
        key.check_not_pending()
        request.check(key, context.now)
        secret = _checked(spec_named(key.spec), self._unwrapped(context, key, token, wrapped))
        material_id = material_id_of(secret, key.key_id)
        changed = with_material(key, material_id, request, context.now)
        if material_id not in [each.material_id for each in key.all_materials if each.held]:
            material = next(each for each in changed.all_materials if each.material_id == material_id)
            self._tx.keys.add_material(
                key.key_id, material_id, self._keyring.materials.wrapped(changed, material, secret)
            )
        return self._tx.keys.save(changed), material_id

    def delete(self, context: CallContext, key_id: str, material_id: str | None) -> tuple[Key, Material | None]:
        """Delete imported material, the current one unless named; return the key and what was deleted."""
        key = self._external(context, "DeleteImportedKeyMaterial", key_id)
        changed, gone = without_material(key, material_id)
        if gone is None:
            return key, None
        return self._tx.keys.save(changed), gone

    def _external(self, context: CallContext, operation: str, key_id: str) -> Key:
        key = self._keys.own(context, operation, key_id)
        key.check_origin(Origin.EXTERNAL)
        return key

    def _unwrapped(self, context: CallContext, key: Key, token: bytes, wrapped: bytes) -> SecretValue:
        from vault.crypto.exchange import unwrap
        from vault.crypto.pairs import KeyPair

        try:
            content = json.loads(self._keyring.open_token(_PURPOSE, token))
        except DecryptionFailed:
            raise InvalidImportToken from None
        if content["key_id"] != key.key_id:
            raise InvalidImportToken
        if context.now >= datetime.fromisoformat(content["valid_to"]):
            raise ExpiredImportToken
        pair = KeyPair.known(base64.b64decode(content["private"]), "RSA")
        try:
            return unwrap(pair, algorithm_named(content["algorithm"]), wrapped)
        except DecryptionFailed:
            raise InvalidCiphertext from None


def _check_wraps(algorithm: str, wrapping: KeySpec, spec: KeySpec) -> None:
    scheme = algorithm_named(algorithm).scheme
    if scheme not in _SCHEMES:
        raise UnsupportedKeyOperation(f"WrappingAlgorithm {algorithm} is not supported.")
    too_large = spec.kind == "RSA" or (spec.kind == "secp521r1" and wrapping.name == "RSA_2048")
    if scheme == _WRAPS_DIRECTLY and too_large:
        raise UnsupportedKeyOperation(
            f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping.name} cannot wrap material of key spec "
            f"{spec.name}."
        )


def _checked(spec: KeySpec, secret: SecretValue) -> SecretValue:
    """Return material as keys of a spec have it. Raises `IncorrectKeyMaterial`."""
    from vault.crypto.pairs import KeyPair, NotThatKind

    if spec.is_pair:
        try:
            return KeyPair.read(secret.reveal(), spec.kind, spec.size).private_der()
        except NotThatKind:
            raise IncorrectKeyMaterial(f"{_NOT_OF_THE_KIND} {spec.name}.") from None
    if len(secret) != spec.secret_bytes:
        raise IncorrectKeyMaterial(f"{_NOT_OF_THE_KIND} {spec.name}.")
    return secret
