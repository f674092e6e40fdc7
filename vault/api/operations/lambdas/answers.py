"""Functions as Lambda shows them. Source: AWS Lambda API Reference, "FunctionConfiguration"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.function_errors import FunctionKeyUnusable
from vault.domain.function_names import LATEST
from vault.domain.functions import Function
from vault.services.binding import Services

Answer = dict[str, Any]


_NOT_SHOWN = {
    "ErrorCode": "AccessDeniedException",
    "Message": "Lambda was unable to decrypt your environment variables because the KMS access was denied.",
}


def configuration(services: Services, context: CallContext, function: Function) -> Answer:
    """Return what is set for a function; the environment's values are shown to whoever may read it, as on AWS."""
    shown: Answer = {
        "FunctionName": function.place.name,
        "FunctionArn": function.arn,
        "Runtime": function.runtime,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": function.code_size,
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory,
        "LastModified": _moment(function.modified),
        "CodeSha256": function.code_sha256,
        "Version": LATEST,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": function.revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    }
    key = {"KMSKeyArn": function.kms_key} if function.kms_key else {}
    return shown | key | _environment(services, context, function)


def _environment(services: Services, context: CallContext, function: Function) -> Answer:
    functions = services.functions
    if function.kms_key and not functions.keys.may_open(context, function):
        return {"Environment": {"Error": _NOT_SHOWN}}
    try:
        variables = functions.environment(function, context.now)
    except FunctionKeyUnusable as error:
        return {"Environment": {"Error": {"ErrorCode": "KMSInvalidStateException", "Message": error.message}}}
    shown = {name: value.reveal_text() for name, value in variables.items()}
    return {"Environment": {"Variables": shown}} if shown else {}


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
