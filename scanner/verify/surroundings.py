"""Finds what a verifier needs beside a value: the other half of a pair, an account, the connection URL it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.corroborate import NEAR
from scanner.lines import LineIndex
from scanner.model import Span, Surroundings
from scanner.rulebook.model import RuleBook, compiled
from strongroom.kernel.secretvalue import SecretValue

_FAR = 4_000
"""Bytes before and after a value that are looked at."""
_NEAREST = 2
"""Things of one kind that are tried: of two keys in a row, each has two secrets as near."""
_BEFORE_IN_URL = re.compile(rb"""(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]{1,30})://(?P<user>[^\s:@/"'`<>]{0,80}):$""")
_AFTER_IN_URL = re.compile(
    rb"@(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.\-]{1,253})(?::(?P<port>[0-9]{1,5}))?(?:/(?P<database>[\w%.\-]{1,120}))?"
)
_LOGINS = ("postgresql", "mysql", "redis")
_LONGEST_LEAD = 120
_LONGEST_TAIL = 400


def surroundings(book: RuleBook, rule_id: str, lines: LineIndex, span: Span) -> Surroundings:
    """Return what the verifier of a rule asks for near a value at `span`; nothing for a rule without one."""
    verifier = book.by_id[rule_id].verifier
    if verifier is None:
        return ()
    url = _connection(lines.data, span) if verifier.use in _LOGINS else ()
    return url or tuple((name, _nearest(_pattern(book, what), lines, span)) for name, what in verifier.near)


def _connection(data: bytes, span: Span) -> Surroundings:
    """Return the parts of the URL that a value is the password of (RFC 3986, section 3.2)."""
    before = _BEFORE_IN_URL.search(data[max(0, span.start - _LONGEST_LEAD) : span.start])
    after = _AFTER_IN_URL.match(data, span.end, span.end + _LONGEST_TAIL)
    if before is None or after is None:
        return ()
    parts = {**before.groupdict(), **after.groupdict()}
    return tuple((name, (SecretValue(text),)) for name, text in parts.items() if text)


def _pattern(book: RuleBook, what: str) -> re.Pattern[bytes] | None:
    """Return the pattern of the rule called `what`, or `what` itself."""
    if "(" in what:
        return compiled(what)
    rule = book.by_id.get(what)
    return compiled(rule.pattern) if rule is not None and rule.pattern else None


def _nearest(pattern: re.Pattern[bytes] | None, lines: LineIndex, span: Span) -> tuple[SecretValue, ...]:
    if pattern is None:
        return ()
    own = lines.number(span.start)
    found: dict[bytes, int] = {}
    for value, line in _matches(pattern, lines, span):
        distance = abs(line - own)
        if distance <= NEAR and distance < found.get(value, NEAR + 1):
            found[value] = distance
    return tuple(SecretValue(value) for value in sorted(found, key=found.__getitem__)[:_NEAREST])


def _matches(pattern: re.Pattern[bytes], lines: LineIndex, span: Span) -> Iterator[tuple[bytes, int]]:
    for match in pattern.finditer(lines.data, max(0, span.start - _FAR), span.end + _FAR):
        start, end = match.span("value")
        if end <= span.start or start >= span.end:
            yield match["value"], lines.number(start)
