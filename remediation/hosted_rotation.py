"""CloudFormation that turns rotation on where the store has no function: one that AWS hosts, for each login. Pure.

Source: CloudFormation Template Reference, `AWS::SecretsManager::RotationSchedule` and its transform.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from remediation.connection import hosted_name
from remediation.model import SecretPlan

_TRANSFORM = "AWS::SecretsManager-2024-09-16"
_LAMBDA_NAME = 64


def hosted(planned: Iterable[SecretPlan]) -> tuple[SecretPlan, ...]:
    """Return the secrets that a function hosted by AWS can rotate."""
    return tuple(secret for secret in planned if _type(secret))


def template(planned: Sequence[SecretPlan]) -> str:
    """Return the YAML of a stack with a schedule for each of the secrets, none of which rotates by its creation."""
    document = {
        "Transform": _TRANSFORM,
        "Parameters": {
            "SubnetIds": {"Type": "String", "Description": "From which the databases are reached, with commas"},
            "SecurityGroupIds": {"Type": "String", "Description": "Of the rotation functions, with commas"},
        },
        "Resources": {_logical_id(secret): _schedule(secret) for secret in planned},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def _type(secret: SecretPlan) -> str:
    engine = hosted_name(secret.connection.engine) if secret.connection is not None else None
    users = "MultiUser" if (secret.rotation or "").endswith("-alternating") else "SingleUser"
    return f"{engine}{users}" if engine else ""


def _logical_id(secret: SecretPlan) -> str:
    words = re.findall(r"[A-Za-z0-9]+", secret.name)
    return "".join(word[:1].upper() + word[1:] for word in words) + "Rotation"


def _schedule(secret: SecretPlan) -> dict[str, Any]:
    name = "rotate-" + re.sub(r"[^A-Za-z0-9_-]", "-", secret.name)
    properties = {
        "SecretId": secret.name,
        "HostedRotationLambda": {
            "RotationType": _type(secret),
            "RotationLambdaName": name[:_LAMBDA_NAME],
            "VpcSubnetIds": {"Ref": "SubnetIds"},
            "VpcSecurityGroupIds": {"Ref": "SecurityGroupIds"},
        },
        "RotateImmediatelyOnUpdate": False,
        "RotationRules": {"AutomaticallyAfterDays": 30},
    }
    return {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": properties}
