"""Chooses the prefilter: the automaton where one stands ready that fits, else the keywords."""

from __future__ import annotations

from scanner.prefilter import engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.prefilter.engine import Document
    from scanner.prefilter.hits import Sieve
    from scanner.rulebook.model import RuleBook


class Engine:
    """A document with a sieve made from it. `fast` tells whether that is the automaton."""

    __slots__ = ("document", "fast", "sieve")

    def __init__(self, document: Document, sieve: Sieve, *, fast: bool) -> None:
        self.document = document
        self.sieve = sieve
        self.fast = fast


def ready(paths: Sequence[str]) -> Engine | None:
    """Return the engine for the rule files under `paths`, if one was made from them as they stand."""
    document = engine.load(paths)
    return None if document is None else of_document(document)


def of_document(document: Document) -> Engine:
    """Return the fastest engine that this machine can make of `document`."""
    if document["automata"] is not None:
        try:
            from scanner.prefilter.automaton import AutomatonSieve, UnfitError
        except ImportError:
            return _portable(document)
        try:
            return Engine(document, AutomatonSieve(document), fast=True)
        except UnfitError:
            return _portable(document)
    return _portable(document)


def prepared(book: RuleBook, *, compiled: bool = True) -> Engine:
    """Return the engine for `book`; what has to be made is kept for the next start.

    Making the automaton takes seconds. Without `compiled` (in a hook) it is never made, nor for a book that no files
    stand behind.
    """
    found = ready(book.paths) if book.paths else None
    if found is not None and (found.fast or not (compiled and installed())):
        return found
    from scanner.prefilter.build import built

    document = built(book, book.paths, compiled=compiled and bool(book.paths))
    if book.paths:
        engine.save(engine.kept_at(book.paths), document)
    return of_document(document)


def _portable(document: Document) -> Engine:
    from scanner.prefilter.portable import KeywordSieve

    return Engine(document, KeywordSieve(document), fast=False)


def installed() -> bool:
    """Tell whether the automaton can be made on this machine."""
    from importlib.util import find_spec

    return find_spec("hyperscan") is not None
