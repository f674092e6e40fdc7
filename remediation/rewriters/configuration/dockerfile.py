"""Dockerfiles: a variable that only the running container reads is left out; a build argument loses its default.

What a build step itself reads is left to a person: it has to be mounted, so that no layer keeps it. Source: Dockerfile
reference, `ENV`, `ARG`, and `RUN --mount=type=secret`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import in_text
from remediation.rewriters.splice import Splice

_INSTRUCTION = re.compile(rb"[ \t]*(?P<word>[A-Za-z]+)[ \t]+")
_PAIR = re.compile(rb"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:=(?P<value>(?:\"(?:\\.|[^\"])*\"|'[^']*'|\\.|[^\s\"'\\])*))?")
_GAP = re.compile(rb"(?:[ \t]|\\\r?\n|\r?\n)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction with its byte range, its lines' end included; lines that go on belong to it."""

    word: str
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One `NAME=value` of an instruction; `text` is the value without its quotes."""

    name: str
    start: int
    end: int
    inner: tuple[int, int]


def instructions(data: bytes) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile."""
    position = 0
    while position < len(data):
        end, following = position, True
        while following and end < len(data):
            newline = data.find(b"\n", end)
            newline = len(data) if newline < 0 else newline + 1
            line = data[end:newline].strip()
            comment = line.startswith(b"#")
            following = ((comment or not line) and end > position) or (line.endswith(b"\\") and not comment)
            end = newline
        head = _INSTRUCTION.match(data, position, end)
        if head and not data[position:end].lstrip().startswith(b"#"):
            yield Instruction(word=head["word"].decode().upper(), start=position, body=head.end(), end=end)
        position = end


def _pairs(data: bytes, instruction: Instruction) -> list[Pair]:
    body = data[instruction.body : instruction.end]
    first = _PAIR.match(body)
    if instruction.word == "ENV" and first is not None and first["value"] is None:
        value = body[first.end() :].strip()
        at = instruction.body + body.find(value, first.end())
        return [
            Pair(name=first["name"].decode(), start=instruction.body, end=at + len(value), inner=(at, at + len(value)))
        ]
    return [_pair(data, instruction.body, match) for match in _PAIR.finditer(body) if _starts(body, match.start())]


def _starts(body: bytes, position: int) -> bool:
    return position == 0 or body[position - 1 : position] in (b" ", b"\t", b"\n")


def _pair(data: bytes, base: int, match: re.Match[bytes]) -> Pair:
    start, end = match.span("value") if match["value"] is not None else (match.end(), match.end())
    start, end = base + start, base + end
    quoted = data[start : start + 1] in (b'"', b"'") and data[end - 1 : end] == data[start : start + 1]
    inner = (start + 1, end - 1) if quoted else (start, end)
    return Pair(name=match["name"].decode(), start=base + match.start(), end=base + match.end(), inner=inner)


def _find(data: bytes, place: Place) -> tuple[Instruction, Pair]:
    for each in instructions(data):
        if not each.start <= place.start < each.end:
            continue
        if each.word not in ("ENV", "ARG"):
            raise NotRewritable(_mounted("value", each.word))
        for pair in _pairs(data, each):
            if pair.inner[0] <= place.start and place.end <= pair.inner[1]:
                return each, pair
    raise NotRewritable("the value stands in a comment, or is written with escapes")


def _mounted(name: str, word: str) -> str:
    return (
        f"{word} would keep it in a layer: use `RUN --mount=type=secret,id={name.lower()},env={name}` and"
        f" `docker build --secret id={name.lower()},env={name}`"
    )


def _read_later(data: bytes, after: Instruction, name: str) -> bool:
    """Tell whether a later instruction of the same stage expands or runs what may read a variable."""
    for each in instructions(data):
        if each.start < after.end:
            continue
        if each.word == "FROM":
            return False
        if re.search(rb"\$\{?" + name.encode() + rb"\b", data[each.start : each.end]):
            return True
    return False


def judge(file: File, place: Place) -> Use:
    """Return what a variable of the image holds."""
    instruction, pair = _find(file.data, place)
    if file.data[place.start : place.end] != place.value.reveal():
        raise NotRewritable("the value is written with escapes")
    before = file.data[pair.inner[0] : place.start].decode("utf-8", "replace")
    after = file.data[place.end : pair.inner[1]].decode("utf-8", "replace")
    if instruction.word == "ARG":
        reason = f"hand it over by a mounted secret, or by --build-arg {pair.name}, which `docker history` shows"
        return in_text(before, place.value, after, "build-argument", binding=pair.name, reason=reason, review=True)
    if _read_later(file.data, instruction, pair.name):
        raise NotRewritable(_mounted(pair.name, "a later instruction reads it, and"))
    reason = f"start the container with `-e {pair.name}`, for instance by `strongroom run`"
    return in_text(before, place.value, after, "container-environment", binding=pair.name, reason=reason, review=True)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the Dockerfile without the values; the containers' variables are expected from outside."""
    splices: list[Splice] = []
    variables: dict[str, str] = {}
    gone: dict[Instruction, list[Pair]] = {}
    for fetch in fetches:
        instruction, pair = _find(file.data, fetch.place)
        before = file.data[pair.inner[0] : fetch.place.start].decode("utf-8")
        after = file.data[fetch.place.end : pair.inner[1]].decode("utf-8")
        variables[pair.name] = before + fetch.reference + after
        if instruction.word == "ARG":
            splices.append(Splice(start=pair.start + len(pair.name), end=pair.end, text=b""))
        else:
            gone.setdefault(instruction, []).append(pair)
    for instruction, pairs in gone.items():
        splices += _without(file.data, instruction, pairs)
    data = splice.apply(file.data, splices)
    _prove(file.data, data, set(variables))
    return Written(files={file.path: data}, variables=variables)


def _without(data: bytes, instruction: Instruction, gone: Sequence[Pair]) -> Iterator[Splice]:
    pairs = _pairs(data, instruction)
    if len(pairs) == len(gone):
        yield Splice(start=instruction.start, end=instruction.end, text=b"")
        return
    for pair in gone:
        behind = _GAP.match(data, pair.end)
        if pair == pairs[-1]:
            lead = data[instruction.body : pair.start]
            gap = len(lead) - len(re.sub(rb"(?:[ \t]|\\\r?\n)+\Z", b"", lead))
            yield Splice(start=pair.start - gap, end=pair.end, text=b"")
        else:
            yield Splice(start=pair.start, end=behind.end() if behind else pair.end, text=b"")


def _prove(before: bytes, after: bytes, gone: set[str]) -> None:
    """Raise `NotRewritable` where anything but the named pairs changed."""

    def told(data: bytes) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []
        for each in instructions(data):
            if each.word in ("ENV", "ARG"):
                pairs = _pairs(data, each)
                found += [(each.word, data[one.start : one.end]) for one in pairs if one.name not in gone]
            else:
                found.append((each.word, data[each.body : each.end]))
        return found

    if told(before) != told(after):
        raise NotRewritable("the rewritten file would not read as before")


def parses(data: bytes) -> bool:
    """Tell whether the file has instructions, the first of which may only be ARG or FROM."""
    first = next(instructions(data), None)
    return first is not None and first.word in ("FROM", "ARG")
