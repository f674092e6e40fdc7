"""Decides which signing keys of web frameworks may rotate: those whose framework still takes what the last one signed.

Rotation is attached and starts by hand: a process keeps its key until it is restarted. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from remediation.manifests import declared
from remediation.model import Disposition, Reference
from remediation.placement import is_test
from remediation.rewriters.literals import locate
from remediation.rewriters.python_idioms import outer
from remediation.rewriters.python_session_keys import may_keep
from remediation.rewriters.source import PythonSource

ROTATION = "generated-single"
_TABLE = Path(__file__).with_name("session_keys.yaml")
_KEPT = (
    "read when the program starts: restart it after a rotation, and again once the old key is revoked; until then "
    "SECRET_KEY_FALLBACKS takes what that has signed"
)
_ENDS = "not rotated by us, since a new key ends all sessions: {}"
_OLD = "{} takes SECRET_KEY_FALLBACKS from {} on, and nothing here requires that"
_ELSEWHERE = "the value is read elsewhere too, where nothing takes what an older one has signed"
_OF_A_TEST = "a test sets it"
_SET = "SECRET_KEY_FALLBACKS is set here in another way than as a list"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Framework:
    strategy: str
    framework: str
    package: str
    since: str


@cache
def _frameworks() -> Mapping[str, _Framework]:
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return {row["strategy"]: _Framework(**row) for row in rows}


def is_session_key(reference: Reference) -> bool:
    """Tell whether a place sets a key that a framework signs sessions with."""
    return reference.strategy in _frameworks()


def with_rotation(
    references: Sequence[Reference],
    tree: Mapping[str, bytes],
    manifests: Mapping[str, bytes],
    suggested: str | None,
) -> tuple[list[Reference], str | None]:
    """Return the places of a value with what the plan says of session keys among them, and the rotation, if any.

    `manifests` are the files of the tree that say which versions are needed; `suggested` is the rotation that the
    value has whatever it signs.
    """
    if suggested is not None or not any(is_session_key(each) for each in references):
        return [replace(each, kept=is_session_key(each)) for each in references], suggested
    why = next(_obstacles(references, tree, manifests), None)
    told = _KEPT if why is None else _ENDS.format(why)
    return [_told(each, told) for each in references], ROTATION if why is None else None


def _told(reference: Reference, told: str) -> Reference:
    if not is_session_key(reference):
        return reference
    kept = replace(reference, kept=True)
    return kept if reference.reason else replace(kept, disposition=Disposition.REVIEW, reason=told)


def _obstacles(
    references: Sequence[Reference], tree: Mapping[str, bytes], manifests: Mapping[str, bytes]
) -> Iterator[str]:
    for each in references:
        known = _frameworks().get(each.strategy)
        if known is None:
            yield _ELSEWHERE
        elif is_test(each.path):
            yield _OF_A_TEST
        elif not _takes_older(each, known, manifests):
            yield _OLD.format(known.framework, known.since)
        elif not _may_keep(each, tree[each.path]):
            yield _SET


def _takes_older(reference: Reference, known: _Framework, manifests: Mapping[str, bytes]) -> bool:
    least = declared.least_version(manifests, reference.path.rpartition("/")[0], known.package)
    return least is not None and least >= declared.version(known.since)


def _may_keep(reference: Reference, data: bytes) -> bool:
    source = PythonSource.parse(data)
    return may_keep(source, outer(source, locate(source, reference.span, reference.value)))
