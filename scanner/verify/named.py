"""The verifiers by the names that rules call them by. A verifier's module is imported when a value first needs it."""

from __future__ import annotations

from importlib import import_module

from scanner.verify import http
from scanner.verify.base import Question, Said, Unreachable, unknown
from scanner.verify.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.verify.base import Verify

MODULES = {
    "aws": "aws",
    "postgresql": "database",
    "mysql": "database",
    "redis": "database",
    "private-key": "keys",
    "jwt": "tokens",
}


def answer(question: Question, reach: Reach) -> Said:
    """Return what is known of a value, by the verifier that its rule names or describes."""
    try:
        return _verify(question.verifier.use)(question, reach)
    except Unreachable as error:
        return unknown(error.why)
    except Exception as error:  # noqa: BLE001 - one value must not end the run, nor may a library's words be shown
        kind = type(error).__name__
    return unknown(f"asking failed ({kind})")


def _verify(name: str) -> Verify:
    if not name:
        return http.ask
    verify: Verify = import_module(f"scanner.verify.{MODULES[name]}").VERIFIERS[name]
    return verify
