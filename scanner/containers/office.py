"""The text of office documents: their XML parts with what people wrote in one piece.

Word and its like cut a line into runs wherever the spell checker or the font wishes, also in the middle of a token.
The parts are taken apart by patterns and not by a parser: an XML parser of somebody else's file is a risk, and a
damaged part still has its text.
"""

from __future__ import annotations

import html
import re

_PARTS = re.compile(r"(?:word|ppt|xl|visio)/[\w/\-]+\.xml|content\.xml")
_ENDS = re.compile(rb"</(?:w:p|a:p|si|c|row|text:p|text:h)>|<(?:w:br|w:cr|w:tab|text:line-break)(?: [^<>]*)?/?>")
"""Where a line of the text ends."""
_TAG = re.compile(rb"<[^<>]*>")


def document_text(path: str, data: bytes) -> bytes | None:
    """Return the text of the part `path` (`outer!inner`) of a document, a paragraph a line; None where it is none."""
    if not _PARTS.fullmatch(path.rpartition("!")[2]) or not data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return None
    text = _TAG.sub(b"", _ENDS.sub(b"\n", data))
    return html.unescape(text.decode("utf-8", "replace")).encode()
