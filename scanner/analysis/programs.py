"""The programs of one scan: each is analysed with the files around it; what it leads to elsewhere is kept for later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from scanner.analysis.syntax import language_of, syntax
from scanner.analysis.tables import Taker, calls
from scanner.analysis.weak import may_bear, weak
from scanner.detectors.entropy import weigh
from scanner.filters.markers import WORD
from scanner.items import Blob
from scanner.model import Candidate, Confidence
from scanner.prefilter.found import Finder
from scanner.rulebook.model import RuleBook, ValueKind
from scanner.rulebook.names import NameClassifier
from strongroom.kernel.errors import raised_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.analysis.candidates import Located
    from scanner.analysis.detector import ProgramDetector
    from scanner.analysis.files import Files
    from scanner.sources.around import Around


_CUT_SHORT = "its names stand for too many values to follow them all"
MOST_SECONDS = 20.0
"""Processor time for one program; the largest take two."""
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*")
_LISTED = re.compile(rb"%[wWiI][\[({<|]([^\])}>|]{8,4000})")
"""Words of a list without quotes: Ruby's."""
_QUOTED = re.compile(rb"[\"'`]([^\"'`\s]{6,200})[\"'`]")


class _Taken:
    """A word by which a call takes a credential, and the identifiers that stand there with it."""

    __slots__ = ("_modules", "_pattern", "_spellings")

    def __init__(self, taker: Taker) -> None:
        word = re.escape(taker.word)
        self._pattern = re.compile((word if taker.word.endswith("(") else rf"\b{word}\b").encode())
        self._modules = frozenset(module.encode() for module in taker.modules)
        self._spellings = frozenset(spelling.encode() for spelling in taker.spellings)

    def stands(self, identifiers: frozenset[bytes], data: bytes) -> bool:
        if not self._modules <= identifiers:
            return False
        if self._spellings and self._spellings.isdisjoint(identifiers):
            return False
        return self._pattern.search(data) is not None


@lru_cache(maxsize=32)
def _taking(language: str) -> dict[bytes, list[_Taken]]:
    """Return what stands in a program that passes a credential to a call, by the first identifier in its word."""
    found: dict[bytes, list[_Taken]] = {}
    for taker in calls(language).takers:
        first = _IDENTIFIER.search(taker.word.encode())
        found.setdefault(first[0] if first else b"", []).append(_Taken(taker))
    return found


def takes(language: str, data: bytes) -> bool:
    """Tell whether a program may pass a credential to a call.

    Its identifiers are looked up first: hundreds of words at once are slow to search for.
    """
    known, identifiers = _taking(language), _identifiers(data)
    return any(taken.stands(identifiers, data) for first in known.keys() & identifiers for taken in known[first])


@lru_cache(maxsize=1)
def _identifiers(data: bytes) -> frozenset[bytes]:
    """Return the identifiers of a program, which is asked about once more when it is followed."""
    return frozenset(_IDENTIFIER.findall(data))


def may_take(language: str, text: bytes) -> bool:
    """Tell whether a word of a part of a program is one of those that `takes` looks for in the whole of it."""
    return not _taking(language).keys().isdisjoint(_IDENTIFIER.findall(text))


def _worth_reading(language: str, path: str, data: bytes, bears: Callable[[bytes], bool]) -> bool:
    """Tell whether a program can hold a finding; where files share their names it may lead to one in another.

    Of generated files and of tests only those are read that pass a credential to a call, and of which `bears` says
    that a value in them may be one: what a name alone tells there is low.
    """
    if syntax(language).modules == "folder":
        return True
    if weak(path):
        return takes(language, data) and bears(data)
    return takes(language, data) or _may_hold(data)


def _may_hold(data: bytes) -> bool:
    """Tell whether some literal looks drawn; where no call takes a credential, only such a one can be found."""
    return any(
        weigh(text, kind) is not Confidence.LOW
        for text in {one.decode("utf-8", "replace") for one in _literals(data)}
        for kind in (ValueKind.PASSWORD, ValueKind.TOKEN)
    )


def _literals(data: bytes) -> Iterator[bytes]:
    yield from (found[1] for found in _QUOTED.finditer(data))
    yield from (word for found in _LISTED.finditer(data) for word in found[1].split())


class Programs:
    """Nothing is loaded before a program is to be followed."""

    def __init__(
        self,
        book: RuleBook,
        names: NameClassifier,
        finder: Finder,
        around: Callable[[], Around | None],
        *,
        low: bool = False,
    ) -> None:
        """With `low` even what is least sure is wanted."""
        self._book = book
        self._names = names
        self._finder = finder
        self._around = around
        self._low = low
        self._detector: ProgramDetector | None = None
        self._files: Files | None = None
        self._elsewhere: dict[str, list[Candidate]] = {}
        self._around_it: Around | None = None
        self._read: frozenset[str] | None = None
        """What was read for the program that was followed last; None where nobody knows."""
        self.led_to: list[tuple[str, Candidate]] = []
        """What the program that was followed last led to in other files, by their paths."""
        self.broken = False
        """Whether something in the program that was followed last does not parse."""

    def found(self, path: str, data: bytes) -> tuple[list[Candidate], str]:
        """Return what stands in the file at `path`, and why it was not followed to its end, if it was not.

        An error of ours costs one program, not the scan: it is told as such a reason.
        """
        language = language_of(path, data)
        self.passed()
        if language is None or not _worth_reading(language, path, data, self._bears):
            return [], ""
        from scanner.analysis.limit import TooLongError, limited

        try:
            with limited(MOST_SECONDS):
                located, cut_short, read = self._followed(path, data, language)
        except TooLongError:
            return self._left(f"cannot be followed to its end in {MOST_SECONDS:.0f} seconds")
        except RecursionError:
            return self._left("is nested too deeply to be followed to its end")
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are scanned
            return self._left(f"is not followed: internal error {raised_at(error)}, please report it")
        self._read = read
        self.lead_to([(one.path, one.candidate) for one in located if one.path != path])
        return [one.candidate for one in located if one.path == path], _CUT_SHORT if cut_short else ""

    def _left(self, why: str) -> tuple[list[Candidate], str]:
        """Leave a program in the middle: what was known by then may be half done, so the next one starts anew."""
        self._detector = self._files = self._read = None
        return [], why

    def _followed(self, path: str, data: bytes, language: str) -> tuple[list[Located], bool, frozenset[str] | None]:
        detector, files = self._ready()
        program = files.take(path, data, language)
        self.broken = program.broken
        return detector.find(files, program)

    def may_bear(self, path: str, data: bytes) -> bool:
        """Tell whether a value in a file may be a finding, as far as tests and generated files tell beforehand."""
        return not weak(path) or self._bears(data)

    def _bears(self, data: bytes) -> bool:
        # An allowance may be for what is low: whether it still stands for something is to be told.
        return self._low or WORD in data or may_bear(data, self._book, self._finder)

    def lead_to(self, located: Sequence[tuple[str, Candidate]]) -> None:
        """Take note of what a program leads to in other files."""
        self.led_to = list(located)
        for path, candidate in located:
            self._elsewhere.setdefault(path, []).append(candidate)

    def elsewhere(self) -> Iterator[tuple[Blob, list[Candidate]]]:
        """Yield the other files to which programs led, with what stands there."""
        around = self.around()
        for path, candidates in sorted(self._elsewhere.items()):
            data = around.text(path) if around is not None else None
            if data is not None:
                yield Blob(path=path, data=data), candidates

    def around(self) -> Around | None:
        """Return the other files of what is scanned; they are listed once."""
        if self._around_it is None:
            self._around_it = self._around()
        return self._around_it

    def passed(self) -> None:
        """Take note that a program was not worth following."""
        self._read, self.led_to, self.broken = frozenset(), [], False

    def read_for_last(self) -> frozenset[str] | None:
        """Return the files that the last program was followed into; None where nobody knows."""
        return self._read

    def _ready(self) -> tuple[ProgramDetector, Files]:
        if self._detector is None or self._files is None:
            from scanner.analysis.detector import ProgramDetector
            from scanner.analysis.files import Files

            around = self.around()
            self._detector = ProgramDetector(self._book, self._names, self._finder)
            self._files = Files(around.paths(), around.text) if around is not None else Files([], lambda _: None)
        return self._detector, self._files
