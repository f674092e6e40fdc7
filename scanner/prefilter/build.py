"""Makes the prefilter's document from a rule book: shortens the patterns, compiles the automaton, and keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scanner import kept
from scanner.analysis.syntax import languages
from scanner.prefilter import engine
from scanner.prefilter.patterns import LONGEST, MARKER, Target, program_keywords, program_patterns, targets
from scanner.prefilter.shorten import front, widest
from scanner.prefilter.words import PYTHON_ENDINGS
from scanner.rulebook.model import RuleBook

_FAR = 1024


def built(book: RuleBook, paths: Sequence[str], *, compiled: bool = True) -> engine.Document:
    """Return the document for `book`, which was read from the rule files under `paths`.

    With `compiled` and where hyperscan is installed it holds the automaton, which takes seconds.
    """
    wanted = targets(book)
    document: dict[str, Any] = {
        "form": engine.FORM,
        "stamps": kept.stamps_of(paths),
        "targets": [(one.id, one.width, one.paths, one.excluded_paths) for one in wanted],
        "multiline": [number for number, one in enumerate(wanted) if one.multiline],
        "owners": [number for number, one in enumerate(wanted) for _ in one.patterns],
        "bindings": {number: one.binding for number, one in enumerate(wanted) if one.binding},
        "marking": [number for number, one in enumerate(wanted) if one.id == MARKER],
        "reach": _reach(wanted),
        "encoded": {number: one.codec for number, one in enumerate(wanted) if one.codec},
        "leads": [
            (number, pattern) for number, one in enumerate(wanted) if not one.keywords for pattern in one.patterns
        ],
        "keywords": _keywords(wanted),
        "program_keywords": sorted(program_keywords(book)),
        "programs": tuple(sorted({*PYTHON_ENDINGS, *languages()})),
        "automata": None,
    }
    if compiled:
        document["automata"] = _automata(wanted, program_patterns(book))
    return document


def _reach(wanted: Sequence[Target]) -> tuple[int, list[bytes]]:
    """Return how far matches that may span lines reach, and with what those begin that reach much further."""
    margin = 0
    fronts: set[bytes] = set()
    for target in (one for one in wanted if one.multiline or one.codec):
        for pattern in target.patterns:
            width = min(widest(pattern, LONGEST), target.width or LONGEST)
            start = front(pattern) if width > _FAR else b""
            if start:
                fronts.add(start)
            else:
                margin = max(margin, width)
    return margin, sorted(fronts)


def _keywords(wanted: Sequence[Target]) -> dict[str, list[int]]:
    owners: dict[str, list[int]] = {}
    for number, target in enumerate(wanted):
        for word in target.keywords:
            owners.setdefault(word, []).append(number)
    return owners


def _automata(wanted: Sequence[Target], program: Sequence[str]) -> dict[str, Any] | None:
    try:
        from scanner.prefilter.automaton import compiled, version
    except ImportError:
        return None
    return {
        "version": version(),
        "text": compiled([pattern for target in wanted for pattern in target.patterns]),
        "program": compiled(program),
    }


def write_beside(rules: Path, *, packed: bool) -> None:
    """Make the document for our own rules in the folder `rules` and leave it there.

    `packed` is for a wheel, whose files are known by their names. Raises `UsageError` for unusable rules.
    """
    from scanner.rulebook.loader import load_rulebook

    document = built(load_rulebook(folder=rules), [str(rules)])
    if packed:
        document["stamps"] = kept.packed_stamps(str(rules))
    (rules / engine.BESIDE).write_bytes(engine.packed(document))
