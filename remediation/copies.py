"""Further places in configuration that hold a planned value, which a scan had no reason to report on their own.

Only a value that cannot stand there by chance is looked for: a word of a language stands everywhere.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence

from remediation import configuration
from remediation.errors import NotRewritable
from remediation.placement import not_ours
from remediation.rewriters.configuration.model import Use
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

_SHORTEST = 10
_CLASSES = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))
_WORD = re.compile(rb"[A-Za-z0-9]")

Known = Mapping[str, Sequence[Span]]


def rewritable(tree: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the files of a tree that a rewriter of configuration may change."""
    return {
        path: data
        for path, data in tree.items()
        if configuration.format_of(path, data) is not None and not_ours(path, data) is None
    }


def further(
    value: SecretValue, files: Mapping[str, bytes], tree: Mapping[str, bytes], known: Known
) -> Iterator[tuple[str, Span, SecretValue, Use]]:
    """Yield path, range, spelling and use of each place in `files` that can be rewritten and is not a `known` one."""
    if not _tells(value):
        return
    for path, data in files.items():
        for spelling in (value.reveal(), base64.b64encode(value.reveal())):
            for span in _places(data, spelling, known.get(path, ())):
                try:
                    use = configuration.judge(path, tree, span, SecretValue(spelling))
                except NotRewritable:
                    continue
                if use.secret == value:
                    yield path, span, SecretValue(spelling), use


def _tells(value: SecretValue) -> bool:
    plain = value.reveal()
    return value.is_text and len(plain) >= _SHORTEST and sum(bool(each.search(plain)) for each in _CLASSES) > 1


def _places(data: bytes, spelling: bytes, known: Sequence[Span]) -> Iterator[Span]:
    at = data.find(spelling)
    while at >= 0:
        span = Span(start=at, end=at + len(spelling))
        apart = not _WORD.match(data[at - 1 : at] if at else b"") and not _WORD.match(data[span.end : span.end + 1])
        if apart and not any(one.overlaps(span) for one in known):
            yield span
        at = data.find(spelling, span.end)
