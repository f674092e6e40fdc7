"""Further places in configuration that hold a planned value, which a scan had no reason to report on their own.

Only a value that cannot stand there by chance is looked for: a word of a language stands everywhere.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence

from remediation import configuration
from remediation.errors import NotRewritable
from remediation.mentions import Spellings
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
    values: Sequence[SecretValue], files: Mapping[str, bytes], tree: Mapping[str, bytes], known: Known
) -> Iterator[tuple[int, str, Span, SecretValue, Use]]:
    """Yield value's number, path, range, spelling and use of each place in `files` that can be rewritten and is new.

    `known` is asked when a place's turn comes, so that whoever takes a place may add it there.
    """
    spellings = Spellings(values, _spelled)
    hits = sorted(
        (number, path, form, at) for path, data in files.items() for number, form, at in spellings.within(data)
    )
    for number, path, form, at in hits:
        (spelling,) = _spelled(values[number])[form]
        span = Span(start=at, end=at + len(spelling))
        if not stands_apart(files[path], span) or any(one.overlaps(span) for one in known.get(path, ())):
            continue
        try:
            use = configuration.judge(path, tree, span, SecretValue(spelling))
        except NotRewritable:
            continue
        if use.secret == values[number]:
            yield number, path, span, SecretValue(spelling), use


def _spelled(value: SecretValue) -> Mapping[str, frozenset[bytes]]:
    if not tells(value):
        return {}
    plain = value.reveal()
    return {"plain": frozenset({plain}), "base64": frozenset({base64.b64encode(plain)})}


def tells(value: SecretValue) -> bool:
    """Tell whether a value cannot stand somewhere by chance."""
    plain = value.reveal()
    return value.is_text and len(plain) >= _SHORTEST and sum(bool(each.search(plain)) for each in _CLASSES) > 1


def stands_apart(data: bytes, span: Span) -> bool:
    """Tell whether a range is no part of a longer word."""
    before = data[span.start - 1 : span.start] if span.start else b""
    return not _WORD.match(before) and not _WORD.match(data[span.end : span.end + 1])
