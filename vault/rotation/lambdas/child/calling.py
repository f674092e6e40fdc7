"""Calls a handler as Lambda's Python runtime does, and puts its answer or error into JSON.

Source: AWS Lambda Developer Guide, "Define Lambda function handler in Python", "Using the Lambda context object to
retrieve Python function information", "Lambda Python function errors".
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from vault.rotation.lambdas.child.settings import Settings

_TASK = "/var/task"
"""Where Lambda has a function's code, as it stands in its traces."""
_MOST_ANSWER = 6 * 1024 * 1024 + 100
_LEVELS = "[%(levelname)s]\t%(asctime)s\t{request_id}\t%(message)s"


class _Identity:
    """Nobody: no app has called."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """What a handler is told of its call."""

    def __init__(self, settings: Settings) -> None:
        self.function_name = settings.function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = settings.function_arn
        self.memory_limit_in_mb = str(settings.memory)
        self.aws_request_id = settings.request_id
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = _Identity()
        self.client_context = None
        self._deadline = settings.deadline

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the call may still take."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Write to the log."""
        sys.stdout.write(str(message))


class _NotRun(Exception):
    """The handler could not be called, or its answer not be used."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = f"Runtime.{kind}"


def call(settings: Settings, event: bytes) -> bytes:
    """Return the outcome of a call as JSON: whether it failed, and the JSON of its answer or error."""
    sys.path.insert(0, settings.task)
    os.chdir(settings.task)
    logging.basicConfig(format=_LEVELS.format(request_id=settings.request_id), stream=sys.stdout)
    try:
        handler = _handler(settings.handler)
        failed, payload = False, _encoded(handler(json.loads(event), Context(settings)))
    except _NotRun as error:
        failed, payload = True, _told(settings, error.kind, str(error), [])
    except Exception as error:  # noqa: BLE001 - whatever the function raises is its outcome
        # What stands above the handler is ours.
        frames = traceback.extract_tb(error.__traceback__)[1:]
        trace = [each.replace(settings.task, _TASK) for each in traceback.format_list(frames)]
        failed, payload = True, _told(settings, type(error).__name__, str(error), trace)
    return json.dumps({"failed": failed, "payload": payload}).encode()


def _handler(named: str) -> Callable[[Any, Context], Any]:
    module_name, dot, function_name = named.rpartition(".")
    if not dot:
        raise _NotRun("MalformedHandlerName", f"Bad handler '{named}': not enough values to unpack (expected 2, got 1)")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise _NotRun("ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        raise _NotRun("UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from None
    found: Callable[[Any, Context], Any] | None = getattr(module, function_name, None)
    if found is None:
        raise _NotRun("HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return found


def _encoded(answer: object) -> str:
    try:
        text = json.dumps(answer)
    except (TypeError, ValueError, RecursionError) as error:
        raise _NotRun("MarshalError", f"Unable to marshal response: {error}") from None
    if len(text) > _MOST_ANSWER:
        told = f"Response payload size exceeded maximum allowed payload size ({_MOST_ANSWER} bytes)."
        raise _NotRun("ResponseSizeTooLarge", told)
    return text


def _told(settings: Settings, kind: str, message: str, trace: list[str]) -> str:
    sys.stdout.write(f"[ERROR] {kind}: {message}\nTraceback (most recent call last):\n{''.join(trace)}")
    told = {"errorMessage": message, "errorType": kind, "requestId": settings.request_id, "stackTrace": trace}
    return json.dumps(told)
