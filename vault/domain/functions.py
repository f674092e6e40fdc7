"""A rotation function as it is kept, and one call of it: what goes in, and what comes out.

Code and environment lie beside the document, sealed: both may hold credentials. Source: AWS Lambda API Reference,
"FunctionConfiguration".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.function_names import FunctionPlace
from vault.domain.tags import Tags


class Part(StrEnum):
    """What of a function lies sealed beside its document."""

    CODE = "code"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function. `statements` are its resource policy: each with its id, as JSON."""

    place: FunctionPlace
    role: str
    runtime: str
    handler: str
    modified: datetime
    revision_id: str
    code_sha256: str
    """In base64, as Lambda tells it."""
    code_size: int
    parts: tuple[tuple[str, str], ...]
    """A random id of what lies sealed for each part: an earlier one, put back, does not open."""
    timeout: int = 3
    memory: int = 128
    description: str = ""
    kms_key: str = ""
    """The ARN of a customer's key that the environment is under as well."""
    tags: Tags = ()
    statements: tuple[tuple[str, str], ...] = ()

    @property
    def arn(self) -> str:
        """The ARN."""
        return self.place.arn

    @property
    def policy(self) -> str | None:
        """The resource policy as a document, None where nobody was let in."""
        if not self.statements:
            return None
        statements = [json.loads(text) for _, text in self.statements]
        return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements}, separators=(",", ":"))

    def part_id(self, part: Part) -> str:
        """Return the id of what lies sealed for a part."""
        return dict(self.parts)[part.value]

    def document(self) -> dict[str, Any]:
        """Return the function as JSON values."""
        names = ("role", "runtime", "handler", "revision_id", "code_sha256", "code_size")
        more = ("timeout", "memory", "description", "kms_key")
        return {
            "place": [self.place.account_id, self.place.region, self.place.name],
            "modified": self.modified.isoformat(),
            "parts": [list(each) for each in self.parts],
            "tags": [list(each) for each in self.tags],
            "statements": [list(each) for each in self.statements],
            **{name: getattr(self, name) for name in (*names, *more)},
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Function:
        """Return the function that `document` described."""
        account_id, region, name = content["place"]
        pairs: dict[str, Any] = {
            key: tuple((one, two) for one, two in content[key]) for key in ("parts", "tags", "statements")
        }
        apart = {"place", "modified", *pairs}
        return cls(
            place=FunctionPlace(account_id=account_id, region=region, name=name),
            modified=datetime.fromisoformat(content["modified"]),
            **pairs,
            **{key: value for key, value in content.items() if key not in apart},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Temporary credentials of a function's execution role."""

    access_key_id: str
    secret: SecretValue
    token: SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of a function, with all that it takes to run it."""

    place: FunctionPlace
    runtime: str
    handler: str
    timeout: int
    memory: int
    code: SecretValue
    """The zip file."""
    environment: Mapping[str, SecretValue] = field(repr=False)
    credentials: Credentials
    event: SecretValue
    """JSON."""
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """What a call of a function gave: JSON, of its answer or of its error."""

    payload: SecretValue
    failed: bool
    log: SecretValue
    """The last of what it wrote."""
