"""`{{resolve:secretsmanager:…}}` in environment variables: resolved for the child of `run` alone.

Source: AWS CloudFormation User Guide, "Dynamic references": secret id or ARN, then optionally `SecretString`, a JSON
key, a version stage and a version id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strongroom.kernel.errors import UsageError

_REFERENCE = re.compile(
    r"\{\{resolve:secretsmanager:"
    r"(?P<id>arn:[^:{}]*:[^:{}]*:[^:{}]*:[^:{}]*:secret:[^:{}]+|[^:{}]+)"
    r"(?::SecretString(?::(?P<key>[^:{}]*))?(?::(?P<stage>[^:{}]*))?(?::(?P<version>[^:{}]*))?)?\}\}"
)
_OPENING = "{{resolve:secretsmanager:"


def env_file(path: Path) -> dict[str, str]:
    """Return the variables of a `.env` file, nothing expanded. Raises `UsageError` for a file that is not one."""
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--env-file {path} cannot be read: {type(error).__name__}") from None
    missing = [name for name, text in values.items() if text is None]
    if missing:
        raise UsageError(f"--env-file {path}: {missing[0][:40]} has no value", hint="write NAME=value")
    return {name: text for name, text in values.items() if text is not None}


def holds_references(variables: Mapping[str, str]) -> bool:
    """Tell whether any variable asks for a secret."""
    return any(_OPENING in text for text in variables.values())


def resolve(variables: Mapping[str, str], client: Any) -> dict[str, str]:
    """Return the variables that hold references, resolved. Raises `UsageError` naming the variable at fault."""
    known: dict[tuple[str, str, str], str] = {}
    return {name: _resolved(name, text, client, known) for name, text in variables.items() if _OPENING in text}


def _resolved(name: str, text: str, client: Any, known: dict[tuple[str, str, str], str]) -> str:
    if len(_REFERENCE.findall(text)) != text.count(_OPENING):
        raise UsageError(f"{name} holds a reference that is not understood", hint="{{resolve:secretsmanager:NAME}}")

    def value(match: re.Match[str]) -> str:
        asked = (match["id"], match["stage"] or "", match["version"] or "")
        if asked not in known:
            known[asked] = _read(name, client, *asked)
        return _field(name, match["id"], known[asked], match["key"])

    return _REFERENCE.sub(value, text)


def _read(name: str, client: Any, secret_id: str, stage: str, version: str) -> str:
    chosen = {key: text for key, text in (("VersionStage", stage), ("VersionId", version)) if text}
    try:
        answer = client.get_secret_value(SecretId=secret_id, **chosen)
    except client.exceptions.ResourceNotFoundException:
        raise UsageError(f"{name} refers to {secret_id}, which the vault does not hold") from None
    if "SecretString" not in answer:
        raise UsageError(f"{name} refers to {secret_id}, which is binary")
    text: str = answer["SecretString"]
    return text


def _field(name: str, secret_id: str, text: str, key: str | None) -> str:
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{name} refers to the field {key} of {secret_id}, which has none") from None
