"""The prefilter as one automaton over all patterns at once: hyperscan, imported here and nowhere else.

It is asked where matches end, never where they start, which would cost several times as much. Its extension module is
imported by itself: the package around it imports `typing`.
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec, PathFinder

from scanner.prefilter.hits import GAP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from scanner.prefilter import engine
    from scanner.prefilter.engine import Document
    from scanner.prefilter.hits import Hit, Sieve

    Scan = Callable[[bytes | memoryview, Callable[..., None]], object]


def _extension() -> Any:
    """Return hyperscan's extension module, loaded without the package around it. Raises `ImportError`."""
    package = PathFinder.find_spec("hyperscan")
    places = package.submodule_search_locations if package is not None else None
    spec: ModuleSpec | None = PathFinder.find_spec("_hs_ext", list(places or ()))
    if spec is None or spec.loader is None:
        raise ImportError("hyperscan is not installed", name="hyperscan")
    module = spec.loader.create_module(spec)
    spec.loader.exec_module(module)  # type: ignore[arg-type]
    return module


hyperscan = _extension()


def version() -> str:
    """Return what a compiled automaton depends on."""
    return f"{hyperscan.__version__} {getattr(hyperscan, 'HS_MAJOR', '')}"


def compiled(patterns: Sequence[str]) -> bytes:
    """Return the automaton over `patterns`, whose numbers are their places. Raises hyperscan's error for a bad one."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [pattern.encode() for pattern in patterns]
    database.compile(
        expressions=expressions,
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(patterns),
    )
    return bytes(hyperscan.dumpb(database))


class UnfitError(Exception):
    """A compiled automaton that this library or processor cannot run."""


class _Automaton:
    """One automaton, made of its bytes when it is first used, which takes milliseconds."""

    def __init__(self, part: bytes | engine.Part) -> None:
        self._part = part
        self._database: Any = None

    def scan(self) -> Scan:
        """Return what one thread scans with. Raises `UnfitError` where the bytes fit another library or processor."""
        if self._database is None:
            try:
                self._database = hyperscan.loadb(bytes(self._part), hyperscan.HS_MODE_BLOCK)
            except (hyperscan.error, OSError):
                raise UnfitError from None
        scan, scratch = self._database.scan, hyperscan.Scratch(self._database)
        return lambda data, matched: scan(data, match_event_handler=matched, scratch=scratch)


class AutomatonSieve:
    """Finds what may be a credential. One thread uses it: `for_thread` gives another thread its own."""

    def __init__(self, document: Document, *, shared: tuple[_Automaton, _Automaton] | None = None) -> None:
        """Raises `UnfitError` where the document's automata were compiled for something else."""
        self._document = document
        self._owners: list[int] = document["owners"]
        self._text, self._program = shared or _both(document["automata"])
        self._scan_text = self._text.scan()
        self._scan_program: Scan | None = None

    def for_thread(self) -> AutomatonSieve:
        """Return a sieve over the same automata for one more thread."""
        return AutomatonSieve(self._document, shared=(self._text, self._program))

    def hits(self, data: bytes | memoryview) -> list[Hit]:
        """Return which targets may match in `data`, each with the first and last end of a run of close matches."""
        found: list[Hit] = []
        runs: dict[int, Hit] = {}
        owners = self._owners

        def matched(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            owner = owners[number]
            run = runs.get(owner)
            if run is None or end - run[2] > GAP:
                runs[owner] = run = [owner, end, end]
                found.append(run)
            else:
                run[2] = end

        self._scan_text(data, matched)
        return found

    def program_places(self, data: bytes | memoryview) -> list[int]:
        """Return where words stand for which a program is worth following."""
        found: list[int] = []

        def matched(_number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if not found or end - found[-1] > GAP:
                found.append(end)

        if self._scan_program is None:
            self._scan_program = self._program_scan()
        self._scan_program(data, matched)
        return found

    def _program_scan(self) -> Scan:
        """Return what scans for words of programs: by keywords where the automaton turns out to be damaged."""
        try:
            return self._program.scan()
        except UnfitError:
            from scanner.prefilter.portable import KeywordSieve

            return _by_keywords(KeywordSieve(self._document))


def _by_keywords(sieve: Sieve) -> Scan:
    def scan(data: bytes | memoryview, matched: Callable[..., None]) -> None:
        for end in sieve.program_places(data):
            matched(0, 0, end, 0, None)

    return scan


def _both(automata: dict[str, Any] | None) -> tuple[_Automaton, _Automaton]:
    if automata is None or automata["version"] != version():
        raise UnfitError
    return _Automaton(automata["text"]), _Automaton(automata["program"])
