"""The fingerprint of a finding: the same across runs, line shifts and machines, and free of the value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scanner.excerpt import MASK, masked, without_texts
from scanner.filters.markers import without_ours
from scanner.lines import LineIndex
from scanner.model import Candidate, Span

_SPACE = re.compile(r"\s+")
_LENGTH = 32
_NEAR = 400
"""Bytes of a line that count before and after a value; lines of people are shorter."""


def fingerprints(path: str, lines: LineIndex, candidates: Sequence[Candidate], spans: Sequence[Span]) -> list[str]:
    """Return one fingerprint for each of `candidates`, all those of one file that stand, in order of their place.

    It is a hash over rule, path, the lines around with every value in them masked, and an ordinal that tells apart
    candidates which agree in all that. The name a value is bound to counts as far as it stands on these lines: what
    program analysis adds to it a scan of a history, which is without, could not know. `spans` are all values of the
    file, in order.
    """
    if not candidates:
        return []
    # Imported here: OpenSSL behind it takes longer to start than a small tree takes to scan.
    from strongroom.kernel.canonical import canonical_json, sha256_hex

    seen: Counter[str] = Counter()
    found = []
    for candidate in candidates:
        parts = [candidate.rule_id, path, _masked_lines(lines, candidate, spans)]
        key = sha256_hex(canonical_json(parts))
        found.append(sha256_hex(canonical_json([1, key, seen[key]]))[:_LENGTH])
        seen[key] += 1
    return found


def _masked_lines(lines: LineIndex, candidate: Candidate, spans: Sequence[Span]) -> str:
    around = lines.lines(candidate.span)
    near = Span(start=max(around.start, candidate.span.start - _NEAR), end=min(around.end, candidate.span.end + _NEAR))
    text = without_ours(masked(lines, near, spans))
    text = text.replace(candidate.value.reveal().decode("utf-8", "replace"), MASK)
    # A neighbouring value that no rule knows must not enter the hash either.
    return _SPACE.sub(" ", without_texts(text)).strip()
