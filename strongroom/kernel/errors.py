"""The base of all our errors, and the exit statuses of the command line.

StrongroomError            code, a message safe to print, and the way out (hint)
├── UsageError             2  wrong arguments or configuration
├── CheckFailed            1  a check said no; nothing was changed
├── VaultUnavailable       4  the store is unreachable or sealed
└── Denied                 5  the store refused the caller
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit statuses, everywhere but `strongroom run` (which passes its child's through)."""

    OK = 0
    FOUND = 1
    USAGE = 2
    PARTIAL = 3
    VAULT_UNAVAILABLE = 4
    DENIED = 5
    INTERRUPTED = 130


class StrongroomError(Exception):
    """An error the user can act on. Neither `message` nor `hint` ever holds a secret value."""

    code = "error"
    exit_code = ExitCode.FOUND

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(StrongroomError):
    """Arguments or configuration that cannot be used as given."""

    code = "usage"
    exit_code = ExitCode.USAGE


class CheckFailed(StrongroomError):
    """A check failed, so nothing was changed."""

    code = "check-failed"
    exit_code = ExitCode.FOUND


class VaultUnavailable(StrongroomError):
    """The vault is unreachable, uninitialised or sealed."""

    code = "vault-unavailable"
    exit_code = ExitCode.VAULT_UNAVAILABLE


class VaultSealed(VaultUnavailable):
    """The store is there and its root key is not available."""

    code = "sealed"


class Denied(StrongroomError):
    """The vault refused the caller."""

    code = "denied"
    exit_code = ExitCode.DENIED


def raised_at(failure: BaseException) -> str:
    """Return the kind of a failure and the line of ours that raised it; its own text might hold a value."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(failure).__name__}{place}"
