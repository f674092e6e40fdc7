"""KMS's operations with key pairs and MACs on the wire; no rules here."""

from __future__ import annotations

from strongroom.kernel.secretvalue import SecretValue
from vault.api.operations.kms_access import Request
from vault.api.operations.kms_answers import Answer, algorithms
from vault.api.operations.kms_ciphers import check_offered
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.services.binding import Services
from vault.services.key_pairs import Message


def _public_key(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    key, public = services.key_pairs.public_key(context, request["KeyId"])
    return {
        "KeyId": key.arn(context.partition),
        "PublicKey": public,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
        **algorithms(key),
    }


def _sign(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm = request["SigningAlgorithm"]
    key, signature = services.key_pairs.sign(
        context, request["KeyId"], _message(request), algorithm=algorithm, dry_run=request.get("DryRun", False)
    )
    return {"KeyId": key.arn(context.partition), "Signature": signature, "SigningAlgorithm": algorithm}


def _verify(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm = request["SigningAlgorithm"]
    key = services.key_pairs.verify(
        context,
        request["KeyId"],
        _message(request),
        request["Signature"],
        algorithm=algorithm,
        dry_run=request.get("DryRun", False),
    )
    return {"KeyId": key.arn(context.partition), "SignatureValid": True, "SigningAlgorithm": algorithm}


def _message(request: Request) -> Message:
    return Message(content=SecretValue(request["Message"]), kind=request.get("MessageType", "RAW"))


def _agree(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm = request["KeyAgreementAlgorithm"]
    key, shared = services.key_pairs.agree(
        context, request["KeyId"], request["PublicKey"], algorithm=algorithm, dry_run=request.get("DryRun", False)
    )
    return {
        "KeyId": key.arn(context.partition),
        "SharedSecret": shared.reveal(),
        "KeyAgreementAlgorithm": algorithm,
        "KeyOrigin": key.origin.value,
    }


def _encapsulate(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm = request["EncapsulationAlgorithm"]
    key, shared, encapsulated = services.key_pairs.encapsulate(
        context, request["KeyId"], algorithm=algorithm, dry_run=request.get("DryRun", False)
    )
    return {
        "KeyId": key.arn(context.partition),
        "SharedSecret": shared.reveal(),
        "SharedSecretCiphertextBlob": encapsulated,
        "EncapsulationAlgorithm": algorithm,
    }


def _decapsulate(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm, encapsulated = request["EncapsulationAlgorithm"], request["SharedSecretCiphertextBlob"]
    key, shared = services.key_pairs.decapsulate(
        context, request["KeyId"], encapsulated, algorithm=algorithm, dry_run=request.get("DryRun", False)
    )
    return {
        "KeyId": key.arn(context.partition),
        "SharedSecret": shared.reveal(),
        "EncapsulationAlgorithm": algorithm,
    }


def _mac(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm, message = request["MacAlgorithm"], SecretValue(request["Message"])
    key, mac = services.macs.generate(
        context, request["KeyId"], message, algorithm=algorithm, dry_run=request.get("DryRun", False)
    )
    return {"KeyId": key.arn(context.partition), "Mac": mac, "MacAlgorithm": algorithm}


def _verify_mac(services: Services, context: CallContext, request: Request) -> Answer:
    check_offered(services, request)
    algorithm, message = request["MacAlgorithm"], SecretValue(request["Message"])
    key = services.macs.verify(
        context, request["KeyId"], message, request["Mac"], algorithm=algorithm, dry_run=request.get("DryRun", False)
    )
    return {"KeyId": key.arn(context.partition), "MacValid": True, "MacAlgorithm": algorithm}


OPERATIONS = (
    operation("GetPublicKey", _public_key, read_only=True),
    operation("Sign", _sign, read_only=True),
    operation("Verify", _verify, read_only=True),
    operation("DeriveSharedSecret", _agree, read_only=True),
    operation("Encapsulate", _encapsulate, read_only=True),
    operation("Decapsulate", _decapsulate, read_only=True),
    operation("GenerateMac", _mac, read_only=True),
    operation("VerifyMac", _verify_mac, read_only=True),
)
