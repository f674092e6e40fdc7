"""Answers a real boto3 client from memory, in the wire's own form, so that botocore's parser judges every answer."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:strongroom-postgres-single"


def _text(header: Any) -> str:
    # botocore signs text and sends bytes; its stubs know the text only.
    return header.decode() if isinstance(header, bytes) else str(header)


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> list[bytes]:
        return [self._data]


class MemoryStore:
    """Secrets by name. `spoil` changes what is given back; `fail` is an error code for every call.

    `pending` has the values at AWSPENDING, by name.
    """

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, str] = {}
        self.calls: list[str] = []
        self.spoil = False
        self.fail = ""

    def client(self) -> Any:
        """Return a boto3 client that asks this store."""
        client = boto3.session.Session().client(
            "secretsmanager",
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:1",
            aws_access_key_id="made",
            aws_secret_access_key="up",
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("before-send.secretsmanager.*", self._answer)  # type: ignore[arg-type]
        return client

    def _answer(self, request: AWSRequest, **_: Any) -> AWSResponse:
        operation = _text(request.headers["X-Amz-Target"]).rsplit(".", 1)[-1]
        self.calls.append(operation)
        status, document = getattr(self, operation)(json.loads(request.body))
        if self.fail:
            status, document = 400, {"__type": self.fail, "message": "no"}
        return AWSResponse(request.url, status, {}, _Body(json.dumps(document).encode()))  # type: ignore[arg-type]

    def GetSecretValue(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        found = self._find(request["SecretId"])
        if found is None:
            return 400, {"__type": "ResourceNotFoundException", "message": "Secrets Manager can't find it."}
        if request.get("VersionStage") == "AWSPENDING":
            return self._pending(found)
        content: dict[str, Any] = {key: found[key] for key in ("SecretString", "SecretBinary") if key in found}
        if self.spoil:
            content = {"SecretString": "something else"}
        return 200, {
            "ARN": found["ARN"],
            "Name": found["Name"],
            "VersionId": found.get("ClientRequestToken", "v" * 32),
            **content,
        }

    def _pending(self, found: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if found["Name"] not in self.pending:
            return 400, {"__type": "ResourceNotFoundException", "message": "No version has that label."}
        return 200, {"ARN": found["ARN"], "Name": found["Name"], "SecretString": self.pending[found["Name"]]}

    def CreateSecret(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        arn = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{request['Name']}-AbCdEf"
        self.secrets[request["Name"]] = {**request, "ARN": arn}
        return 200, {"ARN": arn, "Name": request["Name"]}

    def DescribeSecret(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        found = self._find(request["SecretId"])
        if found is None:
            return 400, {"__type": "ResourceNotFoundException", "message": "Secrets Manager can't find it."}
        shown = ("ARN", "Name", "Tags", "RotationLambdaARN", "RotationEnabled", "DeletedDate")
        known = {key: found[key] for key in shown if key in found}
        return 200, {**known, "VersionIdsToStages": {"v" * 32: ["AWSCURRENT"]}}

    def RotateSecret(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        found = self._find(request["SecretId"])
        assert found is not None
        assert request["RotateImmediately"] is False
        found.update(RotationLambdaARN=request["RotationLambdaARN"], RotationRules=request["RotationRules"])
        found["RotationEnabled"] = True
        return 200, {"ARN": found["ARN"], "Name": found["Name"]}

    def TagResource(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        found = self._find(request["SecretId"])
        assert found is not None
        found["Tags"] = [*found.get("Tags", ()), *request["Tags"]]
        return 200, {}

    def _find(self, name: str) -> dict[str, Any] | None:
        return next((each for each in self.secrets.values() if name in (each["Name"], each["ARN"])), None)
