"""Copies of planned values in texts for people: comments, docstrings, help texts, documents.

No program needs the value there, so the secret's name stands there instead, in angle brackets.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from remediation.copies import Known, stands_apart, tells
from remediation.errors import InText, NotRewritable
from remediation.mentions import Spellings
from remediation.model import Disposition, SecretPlan, Snapshot, Step
from remediation.placement import not_ours
from remediation.rewriters import notebook
from remediation.rewriters.literals import locate
from remediation.rewriters.python_idioms import judge
from remediation.rewriters.source import PythonSource
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

_DOCUMENTS = (".md", ".mdx", ".rst", ".adoc")
_EXAMPLES = (b">>>", b"...")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCopy:
    """One copy that is replaced: where it stands, and what to write there."""

    path: str
    span: Span
    line: int
    secret: str
    value: SecretValue = field(repr=False)
    shown: bool
    """A program shows the text to people."""

    @property
    def text(self) -> bytes:
        """Return what stands there afterwards."""
        return placeholder(self.secret)

    def step(self) -> Step:
        """Return the copy as the plan shows it."""
        return Step(
            path=self.path,
            line=self.line,
            disposition=Disposition.REVIEW if self.shown else Disposition.SAFE,
            action="text",
            reason="a text that the program shows now names the secret instead of its value" if self.shown else "",
            secret=self.secret,
        )


def placeholder(secret: str) -> bytes:
    """Return what stands for a secret's value in a text."""
    return f"<{secret}>".encode()


def find(planned: Sequence[SecretPlan], snapshot: Snapshot, taken: Known) -> Iterator[TextCopy]:
    """Yield the copies outside the ranges in `taken`."""
    spellings = Spellings([secret.value for secret in planned], _spelled)
    for path, entry in snapshot.entries.items():
        if not path.endswith((".py", ".ipynb", *_DOCUMENTS)) or not_ours(path, entry.data) is not None:
            continue
        claimed = list(taken.get(path, ()))
        for number, form, at in sorted(spellings.within(entry.data), key=lambda hit: (hit[2], hit[0])):
            (spelling,) = _spelled(planned[number].value)[form]
            span = Span(start=at, end=at + len(spelling))
            if not stands_apart(entry.data, span) or any(one.overlaps(span) for one in claimed):
                continue
            shown = _shown(path, entry.data, span, SecretValue(spelling))
            if shown is not None:
                claimed.append(span)
                line = entry.data.count(b"\n", 0, at) + 1
                secret = planned[number].name
                yield TextCopy(path=path, span=span, line=line, secret=secret, value=SecretValue(spelling), shown=shown)


def _spelled(value: SecretValue) -> Mapping[str, frozenset[bytes]]:
    if not tells(value):
        return {}
    plain = value.reveal()
    coded = quote(plain, safe="").encode()
    return {"plain": frozenset({plain})} | ({"url-encoded": frozenset({coded})} if coded != plain else {})


def _shown(path: str, data: bytes, span: Span, value: SecretValue) -> bool | None:
    """Tell whether a program shows the text at `span`; None where it is no text for people, or is run as an example."""
    start = data.rfind(b"\n", 0, span.start) + 1
    if data[start : span.start].lstrip().startswith(_EXAMPLES):
        return None
    if path.endswith(".ipynb"):
        return None if _in_code(data, span.start) else False
    if not path.endswith(".py"):
        return False
    try:
        source = PythonSource.parse(data)
        if _in_comment(source, source.offset(span.start)):
            return False
        judge(source, locate(source, span, value))
    except InText as text:
        return not text.quiet
    except NotRewritable:
        pass
    return None


def _in_code(data: bytes, position: int) -> bool:
    """Tell whether a place of a notebook is none of an output or a text."""
    try:
        texts = [cell for cell in notebook.cells(data) if not cell.code]
        return not (notebook.output_of(data, position) or any(cell.holds(position) for cell in texts))
    except NotRewritable:
        return True


def _in_comment(source: PythonSource, offset: int) -> bool:
    row = source.text.count(b"\n", 0, offset) + 1
    column = len(source.text[source.text.rfind(b"\n", 0, offset) + 1 : offset].decode("utf-8", "replace"))
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source.text.decode("utf-8"), newline="").readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    return any(
        token.type == tokenize.COMMENT and token.start[0] == row and token.start[1] <= column for token in tokens
    )
