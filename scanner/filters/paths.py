"""Weighs a candidate by the kind of file it stands in: generated files, tests, texts about code."""

from __future__ import annotations

from functools import lru_cache

from scanner.filters.base import Subject, Verdict, table
from scanner.globs import Globs
from scanner.model import Confidence


def file_kind(subject: Subject) -> Verdict | None:
    """Return how sure a name or a use may make us in this file; known shapes count everywhere."""
    if subject.known_shape:
        return _known_shape(subject)
    path = "/" + subject.path.lower()
    if _globs("generated").fit(path):
        return Verdict(reason="in a generated file")
    if _globs("test").fit(path):
        return Verdict(reason="in a test", ceiling=Confidence.LOW, yields=True)
    if _globs("prose").fit(path) and not subject.used:
        return Verdict(reason="in a text about code", ceiling=Confidence.LOW)
    return None


def _known_shape(subject: Subject) -> Verdict | None:
    """Keys and addresses are made for tests; whose token a provider has drawn, he has signed up for."""
    if subject.rule.in_tests is None:
        return None
    path = "/" + subject.path.lower()
    if not (_globs("test").fit(path) or _globs("prose").fit(path)):
        return None
    return Verdict(reason="in a test or a text about code", ceiling=subject.rule.in_tests)


@lru_cache(maxsize=4)
def _globs(name: str) -> Globs:
    return Globs(table("paths.yaml")[name])
