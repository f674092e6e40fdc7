"""Imported key material on the wire; no rules here."""

from __future__ import annotations

from vault.api.operations.kms_access import Request
from vault.api.operations.kms_answers import Answer
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.domain.key_import import ImportRequest
from vault.services.binding import Services


def _parameters(services: Services, context: CallContext, request: Request) -> Answer:
    made = services.key_import.parameters(
        context, request["KeyId"], algorithm=request["WrappingAlgorithm"], spec=request["WrappingKeySpec"]
    )
    return {
        "KeyId": made.key.arn(context.partition),
        "ImportToken": made.token,
        "PublicKey": made.public_key,
        "ParametersValidTo": made.valid_to,
    }


def _import(services: Services, context: CallContext, request: Request) -> Answer:
    told = ImportRequest(
        model=request.get("ExpirationModel", "KEY_MATERIAL_EXPIRES"),
        valid_to=request.get("ValidTo"),
        kind=request.get("ImportType"),
        description=request.get("KeyMaterialDescription"),
        material_id=request.get("KeyMaterialId"),
    )
    key, material_id = services.key_import.put(
        context,
        request["KeyId"],
        token=request["ImportToken"],
        wrapped=request["EncryptedKeyMaterial"],
        request=told,
    )
    return {"KeyId": key.arn(context.partition), "KeyMaterialId": material_id}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    key, gone = services.key_import.delete(context, request["KeyId"], request.get("KeyMaterialId"))
    answer: Answer = {"KeyId": key.arn(context.partition)}
    return answer if gone is None else {**answer, "KeyMaterialId": gone.material_id}


OPERATIONS = (
    operation("GetParametersForImport", _parameters, read_only=True, recorded=("KeyId", "ParametersValidTo")),
    operation("ImportKeyMaterial", _import, recorded=("KeyId", "KeyMaterialId")),
    operation("DeleteImportedKeyMaterial", _delete, recorded=("KeyId", "KeyMaterialId")),
)
