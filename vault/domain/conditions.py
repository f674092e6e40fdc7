"""Whether the conditions of a statement hold for a call: all of them must.

    one value       it fits any of the policy's values; negated: none of them
    key missing     does not hold; a negated operator and ...IfExists do
    ForAllValues    every value of the key fits; holds where the key is missing or empty
    ForAnyValue     some value of the key fits; does not hold where the key is missing or empty
    Null            "true" where the key must be missing, "false" where it must be there

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from vault.domain.condition_values import COMPARISONS, NEGATIONS, Compare, KeyValues
from vault.domain.policy import Condition

_ALL = "ForAllValues:"
_ANY = "ForAnyValue:"
_IF_EXISTS = "IfExists"
_NULL = "Null"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operator:
    compare: Compare
    negated: bool
    if_exists: bool
    over: str
    """`ForAllValues:`, `ForAnyValue:`, or empty."""


def hold(conditions: Sequence[Condition], keys: KeyValues) -> bool:
    """Tell whether all conditions hold for a call with `keys`."""
    return all(_holds(operator, keys, name, wanted) for operator, name, wanted in conditions)


def _holds(written: str, keys: KeyValues, name: str, wanted: Sequence[str]) -> bool:
    given = keys.values(name)
    if written == _NULL:
        return ("true" if given is None else "false") in {each.lower() for each in wanted}
    operator = _operator(written)
    if given is None or (not given and operator.over):
        return operator.over == _ALL or operator.if_exists or (operator.negated and not operator.over)

    def fits(value: str) -> bool:
        return any(operator.compare(value, each, keys.single) for each in wanted) is not operator.negated

    if operator.over == _ALL:
        return all(fits(value) for value in given)
    if operator.over == _ANY or not operator.negated:
        return any(fits(value) for value in given)
    return all(fits(value) for value in given)


@lru_cache(maxsize=256)
def _operator(written: str) -> _Operator:
    over = next((each for each in (_ALL, _ANY) if written.startswith(each)), "")
    name = written.removeprefix(over)
    bare = name.removesuffix(_IF_EXISTS)
    return _Operator(
        compare=COMPARISONS[NEGATIONS.get(bare, bare)],
        negated=bare in NEGATIONS,
        if_exists=bare != name,
        over=over,
    )
