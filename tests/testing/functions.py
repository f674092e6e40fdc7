"""Rotation functions for tests: their code in a zip, a role that they run as, a function that is uploaded."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.testing.server import Server

TRUSTING_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def zipped(files: Mapping[str, str] | str) -> bytes:
    """Return a zip of texts by their paths; a text alone is `function.py`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in ({"function.py": files} if isinstance(files, str) else files).items():
            archive.writestr(path, text)
    return content.getvalue()


def role_for(server: Server, name: str, *actions: str, trust: str = TRUSTING_LAMBDA) -> str:
    """Make a role that functions run as, which may do `actions` on everything, and return its ARN."""
    iam = server.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return arn


def upload(client: Any, name: str, role: str, files: Mapping[str, str] | str, **more: Any) -> str:
    """Upload a function whose handler is `function.handler`, and return its ARN."""
    made = client.create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.11",
            "Role": role,
            "Handler": "function.handler",
            "Code": {"ZipFile": zipped(files)},
            **more,
        }
    )
    return str(made["FunctionArn"])


def let_rotation_in(client: Any, name: str, **more: str) -> None:
    """Let Secrets Manager invoke a function."""
    client.add_permission(
        FunctionName=name,
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        **more,
    )
