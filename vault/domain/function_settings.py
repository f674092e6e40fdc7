"""What a function may be set to: its runtime, how long and with how much memory it runs, its environment.

Source: AWS Lambda Developer Guide, "Lambda quotas", "Defined runtime environment variables"; the sentences are
Lambda's where it has one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from vault.domain.errors import ValidationFailed
from vault.domain.function_errors import InvalidFunctionParameter

MOST_SECONDS = 900
MOST_MEGABYTES = 10_240
MOST_ENVIRONMENT = 4096
_RUNTIME = re.compile(r"python3\.\d{1,2}")
_VARIABLE = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
RESERVED = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    }
)  # fmt: skip
"""Variables that Lambda sets itself."""
_NOT_SET = "Lambda was unable to configure your environment variables because the environment variables you have"


def check_runtime(runtime: str) -> None:
    """Raise `InvalidFunctionParameter` for a runtime that there is none for here."""
    if not _RUNTIME.fullmatch(runtime):
        raise InvalidFunctionParameter(
            f"The runtime {runtime} is not offered here: functions are run by Python. Use python3.11 or another "
            "python3."
        )


def check_bounds(timeout: int, memory: int) -> None:
    """Raise `ValidationFailed` for a time or memory that is too much; the model has the least."""
    for value, name, most in ((timeout, "timeout", MOST_SECONDS), (memory, "memorySize", MOST_MEGABYTES)):
        if value > most:
            raise ValidationFailed(
                f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must "
                f"have value less than or equal to {most}"
            )


def check_environment(variables: Mapping[str, str]) -> None:
    """Raise `ValidationFailed` or `InvalidFunctionParameter` for variables that cannot be set; no value is told."""
    if not all(map(_VARIABLE.fullmatch, variables)) or any("\0" in value for value in variables.values()):
        raise ValidationFailed(
            "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must "
            f"satisfy constraint: [Member must satisfy regular expression pattern: {_VARIABLE.pattern}]"
        )
    reserved = sorted(RESERVED & variables.keys())
    if reserved:
        raise InvalidFunctionParameter(
            f"{_NOT_SET} provided contains reserved keys that are currently not supported for modification. Reserved "
            f"keys used in this request: {', '.join(reserved)}"
        )
    if len(json.dumps(dict(variables), separators=(",", ":")).encode()) > MOST_ENVIRONMENT:
        raise InvalidFunctionParameter(f"{_NOT_SET} provided exceeded the 4KB limit.")
