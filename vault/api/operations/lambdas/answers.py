"""Functions as Lambda shows them. Source: AWS Lambda API Reference, "FunctionConfiguration"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vault.domain.function_names import LATEST
from vault.domain.functions import Function
from vault.services.binding import Services

Answer = dict[str, Any]


def configuration(services: Services, function: Function) -> Answer:
    """Return what is set for a function; the environment's values are shown to whoever may read it, as on AWS."""
    variables = {name: value.reveal_text() for name, value in services.functions.environment(function).items()}
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
    return shown | ({"Environment": {"Variables": variables}} if variables else {})


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
