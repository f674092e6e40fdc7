"""The login that a credential belongs to: the user name and the host that the same call is given beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from scanner.analysis.program import SPREAD, Call, Expression, Program
from scanner.analysis.tables import Parameter
from scanner.analysis.value import Value
from scanner.analysis.values import Values
from scanner.kept import load_yaml
from strongroom.kernel.secretvalue import SecretValue

_TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "logins.yaml")  # noqa: PTH100, PTH118, PTH120
_USER = "user name"
_USER_NAME = re.compile(r"[\w.@+\\-]{1,64}")


class Logins:
    """Looks for the other parts of logins in one program's calls."""

    def __init__(self, program: Program, values: Values) -> None:
        self._program = program
        self._values = values

    def beside(self, call: Call, parameter: Parameter) -> list[tuple[str, Value]]:
        """Return the parts of a login that `call` is given beside the credential at `parameter`, each by its kind."""
        found: list[tuple[str, Value]] = []
        for kind, names in _parts().items():
            given = [one for name in names for one in self._named(call, parameter, name)]
            given += self._before(call, parameter) if kind == _USER else ()
            known = (value for one in given for value in self._values.of(self._program, one) if _plain(value))
            found.extend((kind, value) for value in list(known)[:1])
        return found

    def _named(self, call: Call, parameter: Parameter, name: str) -> Iterator[Expression]:
        """Yield what is given under a name: to the call, or in the map in which the credential stands."""
        for one in call.arguments:
            if one.name.lower() == name:
                yield one.value
            inside = one.name == SPREAD or bool(parameter.key)
            if inside:
                path = parameter.key.rpartition(".")[0] if "." in parameter.key else ""
                held = self._values.entry(self._program, one.value, path) if path else [(self._program, one.value)]
                for owner, value in held:
                    entries = self._values.entry(owner, value, name)
                    yield from (entry for at, entry in entries if at is self._program)

    @staticmethod
    def _before(call: Call, parameter: Parameter) -> Iterator[Expression]:
        """Yield what stands before a password that has a place: calls take the user first."""
        plain = [one.value for one in call.arguments if not one.name]
        at = parameter.position
        if isinstance(at, int) and 0 < at < len(plain) and "password" in (parameter.rule or ""):
            yield plain[at - 1]


def is_users_name(password: SecretValue, beside: Sequence[tuple[str, Value]]) -> bool:
    """Tell whether a password is no more than the name of its user, which stands beside it."""
    return any(kind == _USER and value.text.encode() == password.reveal() for kind, value in beside)


def _plain(value: Value) -> bool:
    return len(value.pieces) == 1 and value.known and _USER_NAME.fullmatch(value.text) is not None


@lru_cache(maxsize=1)
def _parts() -> dict[str, list[str]]:
    parts: dict[str, list[str]] = load_yaml(_TABLE)
    return parts
