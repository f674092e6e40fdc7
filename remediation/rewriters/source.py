"""A Python file as the rewriter sees it: a libcst tree, and where every node lies in the file's text.

The tree is only read. Edits are byte ranges of `text`, so that what is not edited cannot change.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper, ParentNodeProvider

from remediation.errors import NotRewritable

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PythonSource:
    """A parsed file. Offsets are bytes of `text`, which is UTF-8 without byte order mark whatever the file is in."""

    data: bytes
    text: bytes
    encoding: str
    module: cst.Module
    spans: Mapping[cst.CSTNode, CodeSpan]
    parents: Mapping[cst.CSTNode, cst.CSTNode]

    @classmethod
    def parse(cls, data: bytes) -> PythonSource:
        """Return the parsed file. Raises `NotRewritable` where libcst cannot read it and give it back exactly."""
        return _parsed(data)

    def offset(self, position: int) -> int:
        """Return where the file's byte `position` lies in `text`."""
        if self.encoding == "utf-8":
            return position
        if self.encoding == "utf-8-sig":
            return position - len(_BOM)
        return len(self.data[:position].decode(self.encoding, "replace").encode("utf-8"))

    def encode(self, text: bytes) -> bytes:
        """Return edited text in the file's own encoding, byte order mark included."""
        return text.decode("utf-8").encode(self.encoding)

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return the half-open range of a node in `text`, its own parentheses not included."""
        place = self.spans[node]
        return place.start, place.start + place.length

    def slice(self, node: cst.CSTNode) -> str:
        """Return the node's source text."""
        start, end = self.span(node)
        return self.text[start:end].decode("utf-8")

    def ancestors(self, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
        """Yield (child, parent) pairs from `node` up to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield node, parent
            node = parent


@lru_cache(maxsize=512)
def _parsed(data: bytes) -> PythonSource:
    # A file is judged, perhaps in several rounds, before it is rewritten; libcst takes longer than all the rest.
    encoding, text = _decode(data)
    wrapper = MetadataWrapper(_parse_exactly(text), unsafe_skip_copy=True)
    # Both at once: each time something is asked for the whole tree is visited.
    wrapper.resolve_many([ByteSpanPositionProvider, ParentNodeProvider])
    return PythonSource(
        data=data,
        text=text.encode("utf-8"),
        encoding=encoding,
        module=wrapper.module,
        spans=wrapper.resolve(ByteSpanPositionProvider),
        parents=wrapper.resolve(ParentNodeProvider),
    )


def _decode(data: bytes) -> tuple[str, str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return encoding, data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise NotRewritable("the file's encoding cannot be read") from None


def _parse_exactly(text: str) -> cst.Module:
    # libcst loses form feeds and blanks after the last newline; neither moves what stands before it.
    for attempt in (text, text.replace("\x0c", " ")):
        try:
            module = cst.parse_module(attempt)
        except (cst.ParserSyntaxError, SyntaxError, RecursionError):
            continue
        if module.code.rstrip() == attempt.rstrip():
            return module
    raise NotRewritable("the file does not parse as Python 3")
