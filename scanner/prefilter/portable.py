"""The prefilter by keywords, where there is no automaton that fits: the same findings, at a tenth of the speed."""

from __future__ import annotations

from scanner.prefilter.hits import GAP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from re import Pattern

    from ahocorasick import Automaton

    from scanner.prefilter.engine import Document
    from scanner.prefilter.hits import Hit


class KeywordSieve:
    """Finds the keywords of rules and shapes, one of which stands in every text that a rule or shape can match."""

    def __init__(self, document: Document) -> None:
        self._text = _automaton((word, tuple(owners)) for word, owners in document["keywords"].items())
        self._leads = [(number, _compiled(pattern)) for number, pattern in document["leads"]]
        self._program = _automaton((word, (0,)) for word in document["program_keywords"])

    def for_thread(self) -> KeywordSieve:
        """Return this sieve, which holds no state between texts."""
        return self

    def hits(self, data: bytes | memoryview) -> list[Hit]:
        """Return which targets may match in `data`, with the first and last place of a run of their keywords."""
        found: list[Hit] = []
        runs: dict[int, Hit] = {}
        for owner, end in self._ends(data):
            run = runs.get(owner)
            if run is None or end - run[2] > GAP:
                runs[owner] = run = [owner, end, end]
                found.append(run)
            else:
                run[2] = end
        return found

    def _ends(self, data: bytes | memoryview) -> Iterator[tuple[int, int]]:
        for end, owners in _places(self._text, data):
            for owner in owners:
                yield owner, end
        for number, pattern in self._leads:
            for match in pattern.finditer(data):
                yield number, match.end()

    def program_places(self, data: bytes | memoryview) -> list[int]:
        """Return where words stand for which a program is worth following."""
        return [end for end, _ in _places(self._program, data)]


def _compiled(pattern: str) -> Pattern[bytes]:
    import re

    return re.compile(pattern.encode(), re.MULTILINE)


def _automaton(words: Iterable[tuple[str, tuple[int, ...]]]) -> Automaton:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word, owners in words:
        automaton.add_word(word, owners)
    automaton.make_automaton()
    return automaton


def _places(automaton: Automaton, data: bytes | memoryview) -> Iterator[tuple[int, tuple[int, ...]]]:
    # The library reads text; Latin-1 gives each byte a character of its own.
    for last, owners in automaton.iter(bytes(data).lower().decode("latin-1")):
        yield last + 1, owners
