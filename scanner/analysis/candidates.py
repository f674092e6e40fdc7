"""Candidates: which part of a value is a credential, by which rule, where that is written, and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.analysis.connections import passwords_in, settings_in
from scanner.analysis.extent import extent, is_document
from scanner.analysis.looks import surely_drawn
from scanner.analysis.naming import Naming
from scanner.analysis.tables import Parameter
from scanner.analysis.value import Place, Value
from scanner.detectors.entropy import raised, shannon, weigh
from scanner.detectors.regex import find_patterns
from scanner.detectors.scheme import behind_scheme
from scanner.filters.basic import is_basic
from scanner.lines import LineIndex
from scanner.model import Candidate, Confidence, Evidence, EvidenceKind
from scanner.prefilter.found import Finder
from scanner.rulebook.model import Rule, RuleBook, ValueKind
from strongroom.kernel.record import replace
from strongroom.kernel.secretvalue import SecretValue

_DATABASE, _PASSWORD = "database-password", "hardcoded-password"
_CONNECTION = "connection"
_SHORTEST_TOKEN = 6
"""Characters of what services draw; what is shorter names something, whatever call it reaches."""
_SHORT = re.compile(r"(?:read as|put into|returned by) \S{1,2}$")
"""A step by a name that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A candidate and the file in which its literal stands."""

    path: str
    candidate: Candidate


class Candidates:
    """Makes candidates of the values of one program."""

    def __init__(self, book: RuleBook, finder: Finder, naming: Naming, path: str) -> None:
        self._book = book
        self._finder = finder
        self._naming = naming
        self._path = path

    def reaching(self, value: Value, parameter: Parameter, evidence: Evidence) -> Iterator[Located]:
        """Yield what of a value that reaches a parameter is the credential that it takes."""
        if parameter.rule is None:
            yield from self.matching(value, evidence, connections=True)
            yield from self._settings(value, evidence)
            for name, start, stop in passwords_in(value.text):
                rule = self._book.by_id[name]
                yield from self.made(value, rule, "password", evidence, used=True, first=start, last=stop)
            return
        if is_document(value.text) or (parameter.drawn and not surely_drawn(value.text)):
            # A document is given beside it to a row without a rule.
            return
        rule = self._book.by_id[parameter.rule]
        first, end = extent(value.text, token=rule.value_kind is ValueKind.TOKEN)
        if parameter.after and not is_basic(value.text):
            first = value.text.find(parameter.after) + len(parameter.after)
            if first < len(parameter.after):
                return
        ends = [place for mark in parameter.until if (place := value.text.find(mark, first)) >= 0]
        last_place = min(ends) if ends else end
        name = parameter.key or parameter.name
        yield from self.made(value, rule, name, evidence, used=True, first=first, last=last_place)

    def matching(self, value: Value, evidence: Evidence, *, connections: bool) -> Iterator[Located]:
        """Yield what of a value has a pattern's form; with `connections` only connection strings."""
        lines = LineIndex(value.text.encode("utf-8", "replace"))
        found = self._finder.found(lines.data)
        for candidate in find_patterns(self._book, self._path, lines, found):
            rule = self._book.by_id[candidate.rule_id]
            if connections and rule.layout != _CONNECTION:
                continue
            first = len(lines.data[: candidate.span.start].decode("utf-8", "replace"))
            last = first + len(candidate.value.reveal().decode("utf-8", "replace"))
            place = value.place(first, last)
            if place is not None:
                yield placed(place, replace(candidate, evidence=(*candidate.evidence, evidence)))

    def _settings(self, value: Value, evidence: Evidence) -> Iterator[Located]:
        """Look into a connection string of names and values for those of a credential."""
        for name, start, end in settings_in(value.text):
            rule = self._naming.rule_of(name.strip().replace(" ", "_"))
            if rule is not None:
                used = self._book.by_id[_DATABASE] if rule.id == _PASSWORD else rule
                token = used.value_kind is ValueKind.TOKEN
                scheme = behind_scheme(value.text[start:end]) if token else 0
                # A word behind a token's name, as in a header, names something.
                plain = token and weigh(value.text[start + scheme : end], ValueKind.TOKEN) is Confidence.LOW
                yield from self.made(value, used, name, evidence, used=not plain, first=start + scheme, last=end)

    def made(
        self,
        value: Value,
        rule: Rule,
        name: str,
        evidence: Evidence,
        *,
        used: bool,
        first: int = 0,
        last: int | None = None,
    ) -> Iterator[Located]:
        """Yield the part of a value from `first` to `last` as the credential of `rule`, if it is written somewhere."""
        if _is_chance(value):
            return
        written = value.text[first:last]
        text, first = written.strip(), first + len(written) - len(written.lstrip())
        place = value.place(first, first + len(text)) if text else None
        if place is None:
            return
        weight = weigh(text, rule.value_kind)
        short = rule.value_kind is ValueKind.TOKEN and len(text) < _SHORTEST_TOKEN
        measured = Evidence(kind=EvidenceKind.ENTROPY, detail=f"{shannon(text):.1f} bits a character")
        candidate = Candidate(
            rule_id=rule.id,
            span=place.span,
            value=SecretValue(text.encode("utf-8", "surrogatepass")),
            confidence=raised(weight) if used and not short else weight,
            evidence=(evidence, measured),
            binding=name,
        )
        yield placed(place, candidate)


def _is_chance(value: Value) -> bool:
    """Tell whether a value came by a name of a letter or two through a program that a tool has put together."""
    return any(step.program.dense and _SHORT.search(step.message) for step in value.steps)


def replace_candidate(located: Located, *, rotator: str) -> Located:
    """Return `located` with the rotation strategy that the value's use suggests."""
    return Located(path=located.path, candidate=replace(located.candidate, rotator=rotator))


def placed(place: Place, candidate: Candidate) -> Located:
    """Return `candidate` where it is written: its file, span and parts are those of `place`."""
    written = replace(candidate, span=place.span, parts=place.parts, strategy=place.strategy)
    return Located(path=place.path, candidate=written)
