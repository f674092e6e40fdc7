"""Frozen records of which each request makes several: the type checker holds them frozen, at run time they are plain.

A frozen dataclass sets each field by a call of `object.__setattr__`. A read makes some seventy such fields, which was a
tenth of what it costs. That nothing sets one later is proved by `mypy --strict`, which knows the decorator (PEP 681).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")

_record: Callable[[type], type] = dataclass(slots=True, kw_only=True, unsafe_hash=True)


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=True, field_specifiers=(field,))
def hot_record(cls: type[T]) -> type[T]:
    """Make of a class with annotations a record with keyword arguments, equal and hashed by its fields."""
    return _record(cls)
