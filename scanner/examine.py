"""One suspect text, from its hits to findings: precise patterns, program analysis, merge, judgement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from itertools import islice

from scanner.config import Analysis, ScanConfig
from scanner.corroborate import checked, paired
from scanner.decoding.leads import follow_leads
from scanner.detectors.assignments import AssignmentDetector
from scanner.detectors.regex import find_patterns, matches
from scanner.filters.markers import WORD
from scanner.judge import Judge
from scanner.lines import LineIndex
from scanner.merge import beside, merged, placed
from scanner.model import (
    Allowances,
    Blob,
    Candidate,
    Confidence,
    Dropped,
    Evidence,
    EvidenceKind,
    Finding,
    ScanError,
    Span,
    Surroundings,
)
from scanner.prefilter.choose import Engine
from scanner.prefilter.found import Finder, Found
from scanner.prefilter.hits import GAP, Hit, Sieve, around
from scanner.prefilter.words import PYTHON_ENDINGS, PYTHON_WORDS, schemes
from scanner.rulebook.model import RuleBook
from scanner.rulebook.names import NameClassifier
from scanner.sift import Suspect
from scanner.stood import Stood
from strongroom.kernel.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.analysis.known import KnownPrograms
    from scanner.analysis.programs import Programs
    from scanner.analysis.recalled import Recalled
    from scanner.sources.around import Around

_WORD = re.compile(rb"[A-Za-z_][\w\-]{2,80}")
_QUOTED_PASS = re.compile(rb"[\"']pass(?![\w\-])")
"""A name that is a statement where no quote stands before it."""
_LONGEST_WORD = 120
_NOTHING: frozenset[int] = frozenset()
_MOST = 50_000
"""Values of one text that are looked at."""
_UNPARSED = "unparsed"
"""The place of a credential in a module that no rewrite can read."""
_SINKS = tuple(word.encode() for word in PYTHON_WORDS)
_AUTHORITY = b"://"
_USER_ALONE = re.compile(rb"://[^/\s\"'@:]{1,64}:[\"']")
"""A URL that ends with its user: the password stands in another literal."""


class Examiner:
    """Looks at one suspect after another with one rule book, configuration and report key."""

    def __init__(
        self,
        book: RuleBook,
        config: ScanConfig,
        secret_key: bytes,
        today: date,
        engine: Engine,
        *,
        around: Callable[[], Around | None] = lambda: None,
    ) -> None:
        """`around` gives the other files of what is scanned, into which programs are followed."""
        self._book = book
        self._config = config
        self._judge = Judge(book, config, secret_key, today)
        self._names = NameClassifier(book)
        self._stamps = engine.document["stamps"]
        self._targets = engine.document["targets"]
        self._finder = Finder(self._targets, engine.sieve)
        self._encoded: dict[int, str] = engine.document["encoded"]
        self._marking = frozenset(engine.document["marking"])
        self.errors: list[ScanError] = []
        """What was left out because a text holds too much of it."""
        self._confirmed: dict[int, bool] = {}
        self._confirmed_encoded: dict[int, frozenset[int]] = {}
        self._multiline = frozenset(engine.document["multiline"])
        self._assignments = AssignmentDetector(book)
        self._around = around
        self._fresh: Recalled | None = None
        """What was seen in the last program, if it was not known before."""

    def allowances(self) -> Allowances:
        """Return the markers in the texts so far that people should look at again."""
        return self._judge.allowances()

    def examine(self, suspect: Suspect) -> tuple[list[Finding], list[Dropped]]:
        """Return what a text holds: findings, and candidates that a filter or the least confidence turned down."""
        blob = suspect.blob
        followed = self._follows(blob)
        if followed and self._known is not None and self._known.clean(blob.path, blob.data):
            suspect.empty, suspect.depends = True, self._known.read_for(blob.path, blob.data)
            return [], []
        self._fresh, errors = None, len(self.errors)
        findings, dropped = self._examined(suspect)
        suspect.empty = not (followed or findings or self.errors[errors:] or self._marked(suspect))
        if followed:
            self._note(suspect, nothing=not findings and blob.added_lines is None)
        return findings, dropped

    def _note(self, suspect: Suspect, *, nothing: bool) -> None:
        """Keep in mind what was seen in a program that was followed anew: that it holds nothing, or what it holds."""
        blob = suspect.blob
        read, seen = self._programs.read_for_last(), self._fresh
        if self._known is None or read is None or seen is None:
            return
        if nothing and not seen.messages and not seen.elsewhere:
            self._known.add(blob.path, blob.data, read)
            suspect.empty, suspect.depends = True, read
        else:
            self._known.hold(blob.path, blob.data, read, seen)

    def keep(self) -> None:
        """Keep in mind, for the next scan of the same files, which programs hold nothing."""
        if self._config.analysis is Analysis.AUTO and self._known is not None:
            self._known.keep()

    def _marked(self, suspect: Suspect) -> bool:
        """Tell whether a marker stands in a text, of which there is more to say than what is found."""
        return not self._marking.isdisjoint([hit[0] for hit in suspect.hits])

    def _follows(self, blob: Blob) -> bool:
        """Tell whether a text is a program that is followed, and nothing else is to be said of it."""
        if self._config.analysis is not Analysis.AUTO or blob.container or self._config.explain:
            return False
        from scanner.analysis.syntax import language_of

        return language_of(blob.path, blob.data) is not None and WORD not in blob.data

    @cached_property
    def _programs(self) -> Programs:
        """What follows programs: its tables take their time to load, so only where there is one."""
        from scanner.analysis.programs import Programs

        low = self._config.explain or self._config.min_confidence is Confidence.LOW
        return Programs(self._book, self._names, self._finder, self._around, low=low)

    @cached_property
    def _known(self) -> KnownPrograms | None:
        around = self._programs.around()
        if around is None or not self._stamps:
            return None
        from scanner.analysis.known import KnownPrograms

        return KnownPrograms(around, self._stamps, str(self._config.min_confidence))

    def _examined(self, suspect: Suspect) -> tuple[list[Finding], list[Dropped]]:
        blob = suspect.blob
        lines = LineIndex(blob.data)
        candidates = self.candidates(suspect, lines, Found(self._targets, suspect.hits))
        refused: list[Dropped] = []
        if suspect.layers:
            decoded, refused = self._decoded(suspect, lines)
            candidates = beside(self._book, candidates, decoded)
        candidates = checked(self._book, merged(self._book, paired(self._book, lines, candidates)))
        if len(candidates) > _MOST:
            self.errors.append(ScanError(path=blob.path, message=f"holds more than {_MOST} values; the rest is left"))
            candidates = candidates[:_MOST]
        findings, dropped = self._judge.judged(blob, lines, candidates)
        return self._surrounded(findings, candidates, lines), [*refused, *dropped]

    def _surrounded(self, findings: list[Finding], candidates: list[Candidate], lines: LineIndex) -> list[Finding]:
        """Return the findings with what stands near them, where that will be needed to verify them."""
        if not self._config.verify:
            return findings
        inner = {(one.rule_id, one.span): one.surroundings for one in candidates if one.surroundings}
        near = [
            inner.get((found.rule_id, found.span)) or self._near(found.rule_id, lines, found.span) for found in findings
        ]
        return [replace(found, surroundings=held) for found, held in zip(findings, near, strict=True)]

    def _near(self, rule_id: str, lines: LineIndex, span: Span) -> Surroundings:
        if not self._config.verify:
            return ()
        from scanner.verify.surroundings import surroundings

        return surroundings(self._book, rule_id, lines, span)

    def _decoded(self, suspect: Suspect, lines: LineIndex) -> tuple[list[Candidate], list[Dropped]]:
        """Return what stands in the layers of a text, at the places of the text that encode it.

        The filters have spoken about the decoded text, which is what people wrote.
        """
        path = suspect.blob.path
        candidates: list[Candidate] = []
        refused: list[Dropped] = []
        for layer in suspect.layers:
            inner, found = LineIndex(layer.data), Found(self._targets, layer.hits)
            seen = [*find_patterns(self._book, path, inner, found), *self._assignments.find(path, inner, found)]
            for candidate in merged(self._book, seen):
                outcome = self._judge.weighed(candidate, path, inner)
                start, end = layer.origin(candidate.span.start, candidate.span.end)
                span = Span(start=start, end=end)
                if isinstance(outcome, Dropped):
                    refused.append(replace(outcome, region=lines.region(span)))
                else:
                    near = self._near(candidate.rule_id, inner, candidate.span)
                    candidates.append(replace(placed(outcome, span, layer.codecs), surroundings=near))
        return candidates, refused

    def standing(self, data: bytes, hits: list[Hit], sieve: Sieve) -> frozenset[int]:
        """Return a digest for each text around `hits` in which something stands, whatever its path.

        What was confirmed once is remembered by target and text. `sieve` is the calling thread's.
        """
        return frozenset().union(*(stood.digests for stood in self.stood(data, hits, sieve)))

    def stood(self, data: bytes, hits: list[Hit], sieve: Sieve) -> list[Stood]:
        """Return for each of `hits` the text around it, and what stands in it."""
        found: list[Stood] = []
        led: dict[str, Stood] = {}
        for number, first, last in sorted(hits, key=_place):
            kind = self._encoded.get(number)
            if kind is not None:
                before = led.get(kind)
                if before is not None and last <= before.end:
                    found.append(Stood(number, first, last, before.start, before.end, before.digests, in_line=False))
                    continue
                led[kind] = self._encoded_text(data, number, first, last, sieve)
                found.append(led[kind])
            elif number not in self._marking:
                found.append(self._plain_text(data, number, first, last))
        return found

    def _plain_text(self, data: bytes, number: int, first: int, last: int) -> Stood:
        # Not by `LineIndex.windows`, which makes objects: most texts have been confirmed before.
        multiline = number in self._multiline
        start, end = around(data, first, last, self._targets[number][1], multiline=multiline)
        digest = hash((number, data[start:end]))
        if digest not in self._confirmed:
            self._confirmed[digest] = self._confirm(self._targets[number][0], data, Span(start=start, end=end))
        stands = frozenset([digest]) if self._confirmed[digest] else _NOTHING
        return Stood(number, first, last, start, end, stands, in_line=not multiline)

    def _encoded_text(self, data: bytes, number: int, first: int, last: int, sieve: Sieve) -> Stood:
        from scanner.decoding.layers import Budget, Decoder, Layer

        decoder = Decoder(self._encoded, sieve)
        ((_, start, end),) = decoder.stretches(data, [[number, first, last]])
        text = data[start:end]
        digest = hash((number, text))
        if digest not in self._confirmed_encoded:
            layers = decoder.layers(Layer(text, [[number, 1, len(text)]]), Budget(len(text)))
            found = (self.standing(layer.data, layer.hits, sieve) for layer in layers)
            self._confirmed_encoded[digest] = frozenset().union(*found)
        return Stood(number, first, last, start, end, self._confirmed_encoded[digest], in_line=False)

    def _confirm(self, target: str, data: bytes, window: Span) -> bool:
        lines = LineIndex(data)
        kind, _, name = target.partition(":")
        if kind == "rule":
            candidates: Iterable[Candidate] = matches(self._book.by_id[name], lines, [window])
        else:
            candidates = self._assignments.matches(name, lines, [window])
        return any(self._judge.may_stand(candidate, lines) for candidate in candidates)

    def candidates(self, suspect: Suspect, lines: LineIndex, found: Found) -> list[Candidate]:
        """Return what detectors believe in, before candidates that overlap are joined and the filters have spoken."""
        path = suspect.blob.path
        known = islice(find_patterns(self._book, path, lines, found), _MOST + 1)
        text = [*known, *self._second_opinion(lines)]
        if self._config.analysis is Analysis.AUTO and not suspect.blob.container:
            from scanner.analysis.syntax import language_of

            if language_of(path, lines.data) is not None:
                return self._analysed(suspect, lines, found, text)
        return [*text, *islice(self._assignments.find(path, lines, found), _MOST + 1)]

    def _analysed(self, suspect: Suspect, lines: LineIndex, found: Found, text: list[Candidate]) -> list[Candidate]:
        """Return what stands in a program: as it is known from an earlier scan, or else as it is followed now."""
        from scanner.analysis.recalled import Recalled

        blob = suspect.blob
        held = self._known if self._follows(blob) else None
        known = held.recalled(blob.path, blob.data) if held is not None else None
        if known is not None:
            self._programs.lead_to(known.elsewhere)
            self.errors.extend(ScanError(path=blob.path, message=message) for message in known.messages)
            return list(known.candidates)
        errors, follow = len(self.errors), self._python if blob.path.endswith(PYTHON_ENDINGS) else self._program
        seen = follow(suspect, lines, found, text)
        self._fresh = Recalled(
            candidates=tuple(seen),
            elsewhere=tuple(self._programs.led_to),
            messages=tuple([one.message for one in self.errors[errors:]]),
        )
        return seen

    def _second_opinion(self, lines: LineIndex) -> Iterator[Candidate]:
        """Yield what only another tool sees, where candidates of low confidence are wanted."""
        if self._config.min_confidence is Confidence.LOW:
            from scanner.detectors.detect_secrets import further

            keywords = {word.encode() for rule in self._book.name_rules for word in rule.keywords}
            places = sorted(place for word in keywords for place in lines.positions(word))
            yield from further(lines, places, self._names)

    def _program(self, suspect: Suspect, lines: LineIndex, found: Found, text: list[Candidate]) -> list[Candidate]:
        path = suspect.blob.path
        text = [*text, *islice(self._assignments.find(path, lines, found), _MOST + 1)]
        if not suspect.program_places:
            self._programs.passed()
            return text
        seen = [*text, *self._followed(path, lines)]
        return _noted(seen, "a part of the file does not parse") if self._programs.broken else seen

    def _followed(self, path: str, lines: LineIndex) -> list[Candidate]:
        followed, cut_short = self._programs.found(path, lines.data)
        if cut_short:
            self.errors.append(ScanError(path=path, message=cut_short))
        return followed

    def elsewhere(self, known: Iterable[Finding]) -> list[Finding]:
        """Return findings in files to which programs led that were examined, where `known` has none."""
        if self._config.analysis is not Analysis.AUTO:
            return []
        held = {(one.path, one.span) for one in known}
        findings: list[Finding] = []
        for blob, candidates in self._programs.elsewhere():
            lines = LineIndex(blob.data)
            fresh = [one for one in candidates if not any(_meets(one, blob.path, *place) for place in held)]
            if fresh and blob.path.endswith(PYTHON_ENDINGS):
                fresh = self._placed(blob.path, lines, fresh, named=False)
            findings.extend(self._judge.judged(blob, lines, checked(self._book, merged(self._book, fresh)))[0])
        return findings

    def _python(self, suspect: Suspect, lines: LineIndex, found: Found, text: list[Candidate]) -> list[Candidate]:
        path = suspect.blob.path
        text = [*text, *islice(self._assignments.find(path, lines, found), _MOST + 1)]
        if not text and not self._worth_following(lines, suspect.program_places):
            self._programs.passed()
            return []
        text.extend(self._followed(path, lines))
        if not self._glanced(path, lines, text):
            return []
        return self._placed(path, lines, text, named=True)

    def _placed(self, path: str, lines: LineIndex, text: list[Candidate], *, named: bool) -> list[Candidate]:
        """Return candidates of a module with their places in it; if `named`, with what its names alone tell."""
        # libcst takes a third of a second to import, so only files that need it pay for it.
        from scanner.python.detector import PythonDetector
        from scanner.python.tree import UnparsableError

        try:
            module = PythonDetector(book=self._book, names=self._names, finder=self._finder).find(path, lines)
        except UnparsableError as error:
            unparsed = [replace(one, strategy=one.strategy or _UNPARSED) for one in text]
            return _noted(unparsed, f"read as text: the file does not parse ({error})")
        seen = [*(module.placed(one) for one in text), *(module.found() if named else ())]
        if module.cut_short:
            self.errors.append(ScanError(path=path, message="its names stand for too many values to follow them all"))
        return seen

    def _glanced(self, path: str, lines: LineIndex, text: list[Candidate]) -> bool:
        """Tell whether the module may hold a finding; where every reason is wanted, or a marker stands, it is read."""
        # A literal's own place may give it another name than that by which its use is known.
        unnamed = (replace(one, binding="") for one in text)
        bearing = (self._judge.may_be(one, path, lines) for both in zip(text, unnamed, strict=True) for one in both)
        if self._config.explain or WORD in lines.data or any(bearing):
            return True
        if not self._programs.may_bear(path, lines.data):
            return False
        from scanner.glanced import Glanced
        from scanner.python.glance import UnreadableError, worth_following

        try:
            lines.data.decode("utf-8")
            asked = Glanced(self._book, self._judge, self._finder, path, lines)
            return worth_following(lines.data, self._names, asked)
        except (UnreadableError, UnicodeDecodeError):
            return True

    @cached_property
    def _schemes(self) -> re.Pattern[bytes]:
        words = "|".join(schemes(self._book) or {"\0"}).encode()
        return re.compile(b"(?:%s)[\\w+]{0,24}://" % words, re.IGNORECASE)

    def _worth_following(self, lines: LineIndex, places: list[int]) -> bool:
        """Tell whether a word of the module is a credential's name, a call's or a URL's; most are not parsed."""
        from scanner.analysis.programs import may_take, takes

        named, seen = False, {b"pass"}
        for window in lines.windows([(place, place + GAP) for place in places], _LONGEST_WORD, multiline=False):
            text = lines.data[window.start : window.end]
            lowered = lines.lowered[window.start : window.end]
            if any(word in lowered for word in _SINKS) or (_AUTHORITY in text and self._schemes.search(text)):
                return True
            if _QUOTED_PASS.search(text) or _USER_ALONE.search(text):
                return True
            words = set(_WORD.findall(text)) - seen
            seen |= words
            if any(self._names.classify(word.decode("ascii")) is not None for word in words):
                return True
            named = named or may_take("python", text)
        return named and takes("python", lines.data)


def _meets(candidate: Candidate, path: str, other: str, span: Span) -> bool:
    return path == other and candidate.span.overlaps(span)


def _place(hit: Hit) -> int:
    return hit[1]


def whole(blob: Blob, engine: Engine) -> Suspect:
    """Return one text with its hits, however few: for those who look at texts one by one."""
    suspect = Suspect(blob, engine.sieve.hits(blob.data), engine.sieve.program_places(blob.data))
    follow_leads(suspect, engine.document["encoded"], engine.sieve, lambda _path, _data, hits: hits)
    return suspect


def _noted(candidates: Iterable[Candidate], detail: str) -> list[Candidate]:
    """Return candidates that say how their file was read."""
    note = Evidence(kind=EvidenceKind.PATTERN, detail=detail)
    return [replace(one, evidence=(*one.evidence, note)) for one in candidates]
