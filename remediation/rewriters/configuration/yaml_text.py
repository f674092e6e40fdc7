"""YAML files by PyYAML's composer: scalars with byte ranges, and texts written in the quotes that stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import yaml

from remediation.errors import NotRewritable
from remediation.rewriters.configuration.scalars import Scalar, Site
from remediation.rewriters.splice import Splice

_BLOCKS = ("|", ">")


@lru_cache(maxsize=16)
def documents(data: bytes) -> tuple[yaml.Node, ...]:
    """Return the root node of every document. Raises `NotRewritable` where the file is no YAML (a template is none)."""
    try:
        return tuple(yaml.compose_all(data.decode("utf-8"), yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise NotRewritable("the file does not parse as YAML (a template of a template language does not)") from None


@lru_cache(maxsize=16)
def scalars(data: bytes) -> tuple[Scalar, ...]:
    """Return the scalars that are values, in order; the first key is the document's number. Aliases count once."""
    to_bytes = offsets(data)
    seen: set[int] = set()
    return tuple(
        scalar
        for number, root in enumerate(documents(data))
        for scalar in _walk(root, (str(number),), to_bytes, seen, flow=False)
    )


class Offsets:
    """Turns PyYAML's positions, which count characters, into bytes."""

    def __init__(self, data: bytes) -> None:
        self._text = data.decode("utf-8")
        self._plain = self._text.isascii()

    def __call__(self, mark: yaml.Mark) -> int:
        """Return the byte offset of a mark."""
        return mark.index if self._plain else len(self._text[: mark.index].encode("utf-8"))


def offsets(data: bytes) -> Offsets:
    """Return the offsets of a file."""
    return Offsets(data)


def _walk(node: yaml.Node, keys: tuple[str, ...], to_bytes: Offsets, seen: set[int], *, flow: bool) -> Iterator[Scalar]:
    if id(node) in seen:
        return
    seen.add(id(node))
    inside = flow or bool(getattr(node, "flow_style", False))
    if isinstance(node, yaml.ScalarNode):
        start, end = to_bytes(node.start_mark), to_bytes(node.end_mark)
        quote = node.style if node.style in ("'", '"', *_BLOCKS) else ""
        yield Scalar(keys=keys, text=node.value, start=start, end=end, quote=quote, tag=node.tag, flow=flow)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*keys, str(index)), to_bytes, seen, flow=inside)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk(value, (*keys, str(getattr(key, "value", "?"))), to_bytes, seen, flow=inside)


def parses(data: bytes) -> bool:
    """Tell whether the file is YAML."""
    try:
        documents(data)
    except NotRewritable:
        return False
    return True


def replaced(data: bytes, site: Site, text: str) -> Splice:
    """Return the edit that puts `text` (one line) in the value's place, in the scalar's own quotes where they serve."""
    scalar, place = site.scalar, site.place
    new = site.replaced_by(text)
    if scalar.quote in _BLOCKS:
        if not site.literal and data[place.start : place.end] != place.value.reveal():
            raise NotRewritable("the value does not stand in one piece in its block")
        return Splice(start=place.start, end=place.end, text=text.encode())
    if site.literal and scalar.quote and encoded(text, scalar.quote) == text:
        return Splice(start=place.start, end=place.end, text=text.encode())
    if site.literal and not scalar.quote and _plain(new, flow=scalar.flow):
        return Splice(start=place.start, end=place.end, text=text.encode())
    quote = scalar.quote or ("'" if '"' in new or "\\" in new else '"')
    return Splice(start=scalar.start, end=scalar.end, text=f"{quote}{encoded(new, quote)}{quote}".encode())


def encoded(text: str, quote: str) -> str:
    """Return a text as it stands between quotes of that kind."""
    if quote == "'":
        return text.replace("'", "''")
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def _plain(text: str, *, flow: bool) -> bool:
    """Tell whether a text may stand without quotes."""
    try:
        node = yaml.compose(f"[{text}]" if flow else f"- {text}", yaml.SafeLoader)
    except yaml.YAMLError:
        return False
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    value = items[0] if len(items) == 1 else None
    return isinstance(value, yaml.ScalarNode) and value.value == text and str(value.tag).endswith(":str")


def line_of(data: bytes, position: int) -> int:
    """Return the line of a byte, from 1."""
    return data.count(b"\n", 0, position) + 1


def under(keys: Sequence[str], *pattern: str) -> bool:
    """Tell whether keys (without the document's number) begin with a pattern, in which `*` stands for any one key."""
    return len(keys) > len(pattern) and all(want in ("*", key) for want, key in zip(pattern, keys[1:], strict=False))
