"""What a database driver raises, in our words: the store cannot be used, or another server got there first."""

from __future__ import annotations

from sqlalchemy import ExceptionContext
from sqlalchemy.exc import DBAPIError

from vault.domain.errors import StoreConflict, StoreUnavailable

_CONFLICTS = ("40", "23")
"""Classes of SQLSTATE: a transaction that was rolled back for another's sake, a row that another wrote meanwhile."""


def failure(error: BaseException) -> StoreUnavailable:
    """Return our error for a driver's. Its text says what is wrong; the library's would repeat the parameters."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state.startswith(_CONFLICTS):
        return StoreConflict("The store was changed by another server at the same time.")
    return StoreUnavailable(f"The store cannot be used: {str(error).strip()}.")


def explain(context: ExceptionContext) -> None:
    """Raise our error for a driver's (SQLAlchemy's `handle_error` event)."""
    if isinstance(context.sqlalchemy_exception, DBAPIError):
        raise failure(context.original_exception) from None
