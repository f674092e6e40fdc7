"""Further places in Python code that hold a planned value: literals that no scan reports on their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from remediation.copies import Known, stands_apart, tells
from remediation.errors import NotRewritable
from remediation.mentions import Spellings, forms
from remediation.placement import not_ours
from remediation.rewriters.literals import Site, locate
from remediation.rewriters.python_idioms import Use, judge
from remediation.rewriters.source import PythonSource
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue


def rewritable(tree: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the Python files of a tree that a fix may change."""
    return {path: data for path, data in tree.items() if path.endswith(".py") and not_ours(path, data) is None}


def further(
    values: Sequence[SecretValue], files: Mapping[str, bytes], known: Known
) -> Iterator[tuple[int, str, Span, Site, Use]]:
    """Yield value's number, path, range, site and use of each literal in `files` that can be rewritten and is new.

    `known` is asked when a place's turn comes, so that whoever takes a place may add it there.
    """
    spellings = Spellings(values, _spelled)
    hits = sorted(
        (path, number, at, form) for path, data in files.items() for number, form, at in spellings.within(data)
    )
    for path, number, at, form in hits:
        for spelling in _spelled(values[number])[form]:
            span = Span(start=at, end=at + len(spelling))
            if not files[path].startswith(spelling, at) or not stands_apart(files[path], span):
                continue
            if any(one.overlaps(span) for one in known.get(path, ())):
                continue
            found = _judged(files[path], span, values[number], SecretValue(spelling))
            if found is not None:
                yield number, path, span, *found


def _judged(data: bytes, span: Span, value: SecretValue, spelling: SecretValue) -> tuple[Site, Use] | None:
    # The literal says the value as it is, or the URL in it says it percent-encoded.
    for written in (value, spelling):
        try:
            source = PythonSource.parse(data)
            site = locate(source, span, written)
            if site.raw_value() == value:
                return site, judge(source, site)
        except NotRewritable:
            continue
    return None


def _spelled(value: SecretValue) -> Mapping[str, frozenset[bytes]]:
    if not tells(value):
        return {}
    wanted = forms(value)
    return {form: wanted[form] for form in ("plain", "url-encoded", "escaped")}
