"""KMS's cryptographic operations on the wire; no rules here."""

from __future__ import annotations

from vault.api.operations.kms_access import Request, decrypt_checks, re_encrypt_checks, unbound_checks
from vault.api.operations.kms_answers import Answer
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.key_specs import SYMMETRIC
from vault.domain.kms_errors import UnsupportedKeyOperation
from vault.services.binding import Services
from vault.services.ciphers import Opening, Sealing


def _encrypt(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    made = services.ciphers.encrypt(
        context,
        request["KeyId"],
        request["Plaintext"],
        request.get("EncryptionContext", {}),
        algorithm=request.get("EncryptionAlgorithm", SYMMETRIC),
        dry_run=request.get("DryRun", False),
    )
    return {
        "CiphertextBlob": made.blob,
        "KeyId": made.key.arn(context.partition),
        "EncryptionAlgorithm": made.algorithm,
    }


def _decrypt(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    opened = services.ciphers.decrypt(
        context,
        request["CiphertextBlob"],
        request.get("EncryptionContext", {}),
        key_id=request.get("KeyId"),
        algorithm=request.get("EncryptionAlgorithm", SYMMETRIC),
        dry_run=request.get("DryRun", False),
    )
    return {
        "KeyId": opened.key.arn(context.partition),
        "Plaintext": opened.plaintext.reveal(),
        "EncryptionAlgorithm": opened.algorithm,
        **_material("KeyMaterialId", opened),
    }


def _re_encrypt(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    source = services.ciphers.decrypt(
        context,
        request["CiphertextBlob"],
        request.get("SourceEncryptionContext", {}),
        key_id=request.get("SourceKeyId"),
        algorithm=request.get("SourceEncryptionAlgorithm", SYMMETRIC),
        operation="ReEncryptFrom",
    )
    made = services.ciphers.re_encrypt(
        context,
        source,
        request["DestinationKeyId"],
        request.get("DestinationEncryptionContext", {}),
        algorithm=request.get("DestinationEncryptionAlgorithm", SYMMETRIC),
        dry_run=request.get("DryRun", False),
    )
    return {
        "CiphertextBlob": made.blob,
        "SourceKeyId": source.key.arn(context.partition),
        "KeyId": made.key.arn(context.partition),
        "SourceEncryptionAlgorithm": source.algorithm,
        "DestinationEncryptionAlgorithm": made.algorithm,
        **_material("SourceKeyMaterialId", source),
        **_material("DestinationKeyMaterialId", made),
    }


def _data_key(services: Services, context: CallContext, request: Request) -> Answer:
    made = _drawn(services, context, request, "GenerateDataKey")
    plaintext = b"" if made.plaintext is None else made.plaintext.reveal()
    return {"Plaintext": plaintext, **_sealed(made, context)}


def _data_key_without_plaintext(services: Services, context: CallContext, request: Request) -> Answer:
    return _sealed(_drawn(services, context, request, "GenerateDataKeyWithoutPlaintext"), context)


def _pair(services: Services, context: CallContext, request: Request) -> Answer:
    made = _drawn_pair(services, context, request, "GenerateDataKeyPair")
    plaintext = b"" if made.plaintext is None else made.plaintext.reveal()
    return {"PrivateKeyPlaintext": plaintext, **_sealed_pair(made, context, request)}


def _pair_without_plaintext(services: Services, context: CallContext, request: Request) -> Answer:
    made = _drawn_pair(services, context, request, "GenerateDataKeyPairWithoutPlaintext")
    return _sealed_pair(made, context, request)


def _random(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    if request.get("CustomKeyStoreId"):
        raise UnsupportedKeyOperation("CustomKeyStoreId is not supported.")
    return {"Plaintext": services.data_keys.random(request.get("NumberOfBytes")).reveal()}


def _drawn(services: Services, context: CallContext, request: Request, name: str) -> Sealing:
    check_offered(services, request)
    return services.data_keys.one(
        context,
        request["KeyId"],
        request.get("EncryptionContext", {}),
        spec=request.get("KeySpec"),
        number=request.get("NumberOfBytes"),
        operation=name,
        dry_run=request.get("DryRun", False),
    )


def _drawn_pair(services: Services, context: CallContext, request: Request, name: str) -> Sealing:
    check_offered(services, request)
    return services.data_keys.pair(
        context,
        request["KeyId"],
        request.get("EncryptionContext", {}),
        spec=request["KeyPairSpec"],
        operation=name,
        dry_run=request.get("DryRun", False),
    )


def _sealed_pair(made: Sealing, context: CallContext, request: Request) -> Answer:
    return {
        "PrivateKeyCiphertextBlob": made.blob,
        "PublicKey": made.public_key,
        "KeyId": made.key.arn(context.partition),
        "KeyPairSpec": request["KeyPairSpec"],
        "KeyMaterialId": made.material_id,
    }


def _material(member: str, done: Sealing | Opening) -> Answer:
    return {member: done.material_id} if done.material_id else {}


def _sealed(made: Sealing, context: CallContext) -> Answer:
    return {
        "CiphertextBlob": made.blob,
        "KeyId": made.key.arn(context.partition),
        "KeyMaterialId": made.material_id,
    }


def check_offered(services: Services, request: Request) -> None:
    """Refuse what is not offered here by name, and grant tokens that are none."""
    for member in ("Recipient", "DryRunModifiers"):
        if request.get(member):
            raise ValidationFailed(f"{member} is not supported.")
    services.grants.check_tokens(request.get("GrantTokens", ()))


OPERATIONS = (
    operation("Encrypt", _encrypt, read_only=True),
    operation("Decrypt", _decrypt, checks=decrypt_checks, read_only=True),
    operation("ReEncrypt", _re_encrypt, checks=re_encrypt_checks, read_only=True),
    operation("GenerateDataKey", _data_key, read_only=True),
    operation("GenerateDataKeyWithoutPlaintext", _data_key_without_plaintext, read_only=True),
    operation("GenerateDataKeyPair", _pair, read_only=True),
    operation("GenerateDataKeyPairWithoutPlaintext", _pair_without_plaintext, read_only=True),
    operation("GenerateRandom", _random, checks=unbound_checks("GenerateRandom"), read_only=True),
)
