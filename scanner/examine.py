"""One file, from bytes to findings: prefilter, detectors, merge, judgement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from scanner.config import Analysis, ScanConfig
from scanner.detectors.assignments import AssignmentDetector
from scanner.detectors.regex import find_patterns
from scanner.judge import Judge
from scanner.lines import LineIndex
from scanner.merge import merged
from scanner.model import Blob, Candidate, Confidence, Dropped, Evidence, EvidenceKind, Finding
from scanner.prefilter.keywords import Hits, KeywordPrefilter
from scanner.rulebook.model import RuleBook
from scanner.rulebook.names import NameClassifier

_WORD = re.compile(rb"[A-Za-z_][\w\-]{2,80}")
_QUOTES = (b'"', b"'")
_SINK_WORDS = ("smtplib", "imaplib", "poplib", "ftplib", "ldap", "hmac.", "jwt", "basicauth", "fernet", "auth=(")
"""Words of calls that take a credential by position, so that no name of one need stand in the file; lower case."""
_LONGEST_SCHEME = 32


class Examiner:
    """Looks at one blob after another with one rule book, configuration and report key."""

    def __init__(self, book: RuleBook, config: ScanConfig, secret_key: bytes, today: date) -> None:
        self._book = book
        self._config = config
        self._judge = Judge(book, config, secret_key, today)
        self._names = NameClassifier(book)
        self._prefilter = KeywordPrefilter(book, _SINK_WORDS)
        self._assignments = AssignmentDetector(book, self._names)
        connections = [rule for rule in book.pattern_rules if rule.layout == "connection"]
        self._schemes = frozenset(word for rule in connections for word in rule.keywords if word.isalpha())
        self._name_keywords = frozenset(word for rule in book.name_rules for word in rule.keywords)

    def examine(self, blob: Blob) -> tuple[list[Finding], list[Dropped]]:
        """Return what `blob` holds: findings, and candidates that a filter or the least confidence turned down."""
        lines = LineIndex(blob.data)
        hits = self._prefilter.hits(lines)
        if not hits.places:
            return [], []
        candidates = merged(self._book, self._candidates(blob.path, lines, hits))
        if blob.added_lines is not None:
            candidates = [one for one in candidates if lines.number(one.span.start) in blob.added_lines]
        return self._judge.judged(blob, lines, candidates)

    def _candidates(self, path: str, lines: LineIndex, hits: Hits) -> list[Candidate]:
        text = [*find_patterns(self._book, path, lines, hits), *self._second_opinion(lines, hits)]
        if self._config.analysis is Analysis.AUTO and path.endswith((".py", ".pyw")):
            return self._python(path, lines, hits, text)
        return [*text, *self._assignments.find(path, lines, hits)]

    def _second_opinion(self, lines: LineIndex, hits: Hits) -> Iterator[Candidate]:
        """Yield what only another tool sees, where candidates of low confidence are wanted."""
        if self._config.min_confidence is Confidence.LOW:
            from scanner.detectors.detect_secrets import further

            yield from further(lines, hits.any_of(self._name_keywords), self._names)

    def _python(self, path: str, lines: LineIndex, hits: Hits, text: list[Candidate]) -> list[Candidate]:
        if not text and not self._names_credential(lines, hits):
            return []
        # libcst takes a third of a second to import, so only files that need it pay for it.
        from scanner.python.detector import PythonDetector
        from scanner.python.tree import UnparsableError

        try:
            module = PythonDetector(book=self._book, names=self._names, prefilter=self._prefilter).find(path, lines)
        except UnparsableError as error:
            note = Evidence(kind=EvidenceKind.PATTERN, detail=f"read as text: the file does not parse ({error})")
            found = [*text, *self._assignments.find(path, lines, hits)]
            return [replace(one, evidence=(*one.evidence, note)) for one in found]
        return [*(module.placed(one) for one in text), *module.found()]

    def _names_credential(self, lines: LineIndex, hits: Hits) -> bool:
        """Tell whether a word near a keyword is a credential's name; most modules hold none and are not parsed."""
        if hits.any_of(_SINK_WORDS) or self._has_connection_url(lines, hits):
            return True
        for window in lines.windows(hits.any_of(self._name_keywords), multiline=False):
            for match in _WORD.finditer(lines.data, window.start, window.end):
                statement = match[0] == b"pass" and lines.data[match.start() - 1 : match.start()] not in _QUOTES
                if not statement and self._names.classify(match[0].decode("ascii")) is not None:
                    return True
        return False

    def _has_connection_url(self, lines: LineIndex, hits: Hits) -> bool:
        """Tell whether the scheme of a connection URL stands in the file: its parts may be joined by the code."""
        places = hits.any_of(self._schemes)
        return any(b"://" in lines.data[place : place + _LONGEST_SCHEME] for place in places)
