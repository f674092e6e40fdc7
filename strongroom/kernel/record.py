"""Frozen records: what `@dataclass(frozen=True, slots=True, kw_only=True)` gives, at a tenth of its start-up.

`dataclasses` imports `inspect` and compiles each class's methods anew at every start: 25 ms for a scan that has a
finding to show (docs/decisions/0008). Type checkers see dataclasses (PEP 681).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar, dataclass_transform

    R = TypeVar("R", bound="Record")
else:

    def dataclass_transform(**_):
        """Stand in for typing's decorator, which does nothing when a program runs."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=True)
class RecordType(type):
    """Makes a class's annotations its slots and its keyword arguments; values given in the class are defaults."""

    _names: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> RecordType:
        """Return the class `name`."""
        own = tuple(namespace.get("__annotations__", ()))
        defaults = {field: namespace.pop(field) for field in own if field in namespace}
        made = super().__new__(mcs, name, bases, {**namespace, "__slots__": own})
        parent = next((base for base in bases if isinstance(base, RecordType)), None)
        made._names = (*(parent._names if parent else ()), *own)
        made._defaults = {**(parent._defaults if parent else {}), **defaults}
        return made


class Record(metaclass=RecordType):
    """Equal to another of its class with equal fields, and never changed."""

    if not TYPE_CHECKING:

        def __init__(self, **fields: object) -> None:
            kind = self.__class__
            given = {**kind._defaults, **fields}
            put = object.__setattr__
            try:
                for name in kind._names:
                    put(self, name, given[name])
            except KeyError as missing:
                raise TypeError(f"{kind.__name__} needs {missing}") from None
            if len(given) != len(kind._names):
                unknown = ", ".join(sorted(given.keys() - set(kind._names)))
                raise TypeError(f"{kind.__name__} has no field {unknown}")

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__class__._names)
        return f"{self.__class__.__name__}({shown})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {self.__class__.__name__} is never changed; `replace` makes another")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {self.__class__.__name__} is never changed")

    def __getstate__(self) -> dict[str, object]:
        return dict(zip(self.__class__._names, _values(self), strict=True))

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


def replace(record: R, /, **changes: object) -> R:
    """Return another `record` with `changes`. Raises `TypeError` for a field that it does not have."""
    kind = record.__class__
    return kind(**{**dict(zip(kind._names, _values(record), strict=True)), **changes})


def _values(record: object) -> tuple[object, ...]:
    return tuple([getattr(record, name) for name in record.__class__._names])  # type: ignore[attr-defined]
