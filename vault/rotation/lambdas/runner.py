"""Runs a call of a function in a process of its own: its folder, environment, time, and nothing left of it afterwards.

Source: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle" and "Defined runtime
environment variables"; the sentences of failures are Lambda's.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.function_errors import FunctionFailure
from vault.domain.functions import CallOutcome, Invocation
from vault.rotation.lambdas.child import confinement
from vault.rotation.lambdas.child.settings import Settings
from vault.rotation.lambdas.pumping import Pumped, has_ended, pump
from vault.rotation.lambdas.slots import Slot, Slots

_CHILD = "vault.rotation.lambdas.child"
_GRACE = 2.0
"""Seconds that the process has to end what it has started before it is ended itself."""
_SIGNALLED = 128
_LOG_BYTES = 4096
"""What Lambda answers of a log."""
_log = logging.getLogger("strongroom.functions")


class Runner:
    """Runs calls, several at once. `base` is where their folders are, by default below the system's for such."""

    def __init__(self, base: Path | None = None) -> None:
        self._slots = Slots(base)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._slots.sweep()
        if not (self._slots.own_users or confinement.version()):
            _log.warning("functions run with this process's own rights here: this kernel has no Landlock")

    def run(self, invocation: Invocation, endpoint: str) -> CallOutcome:
        """Return the outcome of a call, whatever the function does. `endpoint` is where it reaches the store.

        Raises `TooManyInvocations`, `FunctionFailure` where it cannot be started.
        """
        begun = time.monotonic()
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb", 0), os.fdopen(writing, "wb", 0) as target, self._slots.taken() as slot:
            variables = _environment(invocation, slot, endpoint)
            settings = _settings(invocation, slot, variables, outcome=writing, begun=begun)
            process = self._started(slot, writing)
            try:
                target.close()
                pumped = pump(process, _given(invocation, settings), reading, deadline=settings.deadline)
            finally:
                self._end(process)
        return _outcome(invocation, pumped, process.returncode, time.monotonic() - begun)

    def close(self) -> None:
        """End all calls, and begin no more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                os.kill(process.pid, signal.SIGTERM)

    def _started(self, slot: Slot, outcome: int) -> subprocess.Popen[bytes]:
        user = {} if slot.user is None else {"user": slot.user, "group": slot.user, "extra_groups": []}
        with self._lock:
            if self._closed:
                raise FunctionFailure("The store is closing.")
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-I", "-u", "-m", _CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                cwd=slot.folder.parent,
                pass_fds=(outcome,),
                start_new_session=True,
                umask=0o077,
                **user,  # type: ignore[call-overload]
            )
            self._running.add(process)
            return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """End a process with all that it has started, and wait for it."""
        # As long as it is not waited for, its number is nobody else's.
        if not has_ended(process):
            os.kill(process.pid, signal.SIGTERM)
            has_ended(process, by=time.monotonic() + _GRACE)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with self._lock:
            self._running.discard(process)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _given(invocation: Invocation, settings: Settings) -> bytes:
    line = json.dumps(asdict(settings)).encode() + b"\n"
    return b"".join((line, invocation.code.reveal(), invocation.event.reveal()))


def _settings(
    invocation: Invocation, slot: Slot, environment: dict[str, str], *, outcome: int, begun: float
) -> Settings:
    return Settings(
        parent=os.getpid(),
        result=outcome,
        code_bytes=len(invocation.code),
        event_bytes=len(invocation.event),
        task=str(slot.task),
        scratch=str(slot.scratch),
        environment=environment,
        handler=invocation.handler,
        function_name=invocation.place.name,
        function_arn=invocation.place.arn,
        request_id=invocation.request_id,
        memory=invocation.memory,
        deadline=begun + invocation.timeout,
        own_user=slot.user is not None,
    )


def _environment(invocation: Invocation, slot: Slot, endpoint: str) -> dict[str, str]:
    """Return all that a function finds in its environment: its own variables come before the store's address."""
    place, credentials = invocation.place, invocation.credentials
    own = {name: value.reveal_text() for name, value in invocation.environment.items()}
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "HOME": str(slot.scratch),
        "TMPDIR": str(slot.scratch),
        "SECRETS_MANAGER_ENDPOINT": endpoint,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        **own,
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{invocation.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": place.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(invocation.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{place.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": invocation.request_id,
        "LAMBDA_TASK_ROOT": str(slot.task),
        "_HANDLER": invocation.handler,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret.reveal_text(),
        "AWS_SESSION_TOKEN": credentials.token.reveal_text(),
    }


def _outcome(invocation: Invocation, pumped: Pumped, status: int, seconds: float) -> CallOutcome:
    failed, payload = _told(invocation, pumped, status)
    log = _log_of(invocation, pumped.log.reveal(), seconds)
    return CallOutcome(payload=SecretValue(payload), failed=failed, log=SecretValue(log))


def _told(invocation: Invocation, pumped: Pumped, status: int) -> tuple[bool, str]:
    """Return whether a call failed, and its answer or error."""
    if pumped.late:
        return True, _ended(invocation, "Sandbox.Timedout", f"Task timed out after {invocation.timeout:.2f} seconds")
    try:
        content = json.loads(pumped.result)
        return bool(content["failed"]), str(content["payload"])
    except (ValueError, KeyError, TypeError):
        return True, _ended(invocation, "Runtime.ExitError", f"Runtime exited with error: {_way(status)}")


def _ended(invocation: Invocation, kind: str, told: str) -> str:
    message = f"RequestId: {invocation.request_id} Error: {told}"
    return json.dumps({"errorType": kind, "errorMessage": message})


def _way(status: int) -> str:
    if status == _SIGNALLED + signal.SIGKILL or status < 0:
        return "signal: killed"
    return f"signal {status - _SIGNALLED}" if status > _SIGNALLED else f"exit status {status}"


def _log_of(invocation: Invocation, written: bytes, seconds: float) -> bytes:
    """Return what Lambda has in a call's log, its last 4 KB."""
    request, milliseconds = f"RequestId: {invocation.request_id}", seconds * 1000
    begun = f"START {request} Version: $LATEST\n".encode()
    ended = (
        f"END {request}\nREPORT {request}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {int(milliseconds) + 1} ms"
        f"\tMemory Size: {invocation.memory} MB\n"
    ).encode()
    apart = b"" if not written or written.endswith(b"\n") else b"\n"
    return (begun + written + apart + ended)[-_LOG_BYTES:]
