"""Translates a regular expression of Go (RE2, https://github.com/google/re2/wiki/Syntax) into Python's over bytes.

What is written is plain: one group, `value`, around the credential, and every other sign escaped. `^` and `$` mean
lines, as in all our patterns, which lets more through than Go's ends of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAME = re.compile(r"\(\?P?<\w+>")
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"\\([0-7]{2,3}|0)")
_PROPERTY = re.compile(r"\\[pP](?:\{(\^?\w+)\}|(\w))")
_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_CLASSES = {"alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t\x20",
    "cntrl": r"\x00-\x1f\x7f", "digit": "0-9", "graph": r"\x21-\x7e", "lower": "a-z", "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e", "space": r"\t\n\x0b\x0c\r\x20", "upper": "A-Z",
    "word": r"0-9A-Za-z_", "xdigit": "0-9A-Fa-f"}  # fmt: skip
_PROPERTIES = {"L": r"A-Za-z\x80-\xff", "Lu": r"A-Z\x80-\xff", "Ll": r"a-z\x80-\xff", "N": r"0-9\x80-\xff",
    "Nd": r"0-9\x80-\xff"}  # fmt: skip
"""Letters and digits that are not ASCII are some bytes from 0x80 up in UTF-8."""
_MOST_REPEATS = 65_535
_LEAD = re.compile(r"((?:\(\?i:)*)(\[[^\]]*\](?:\{0,\d+\}|\*)\?)(?![|)])")


class NotTranslatedError(Exception):
    """What a pattern says that cannot be translated, in words."""


def without_lead(written: str) -> tuple[str, str]:
    """Return what may stand before a translated pattern, where it begins with that, and the pattern without it.

    A class that may repeat lazily finds nothing more, and is tried at every byte. What is the credential stays.
    """
    found = _LEAD.match(written)
    return (found[2], found[1] + written[found.end() :]) if found is not None else ("", written)


def translated(pattern: str, group: int = 0) -> str:
    """Return `pattern` with the group `value` around group number `group`; 0 is the first group, else the match.

    Of several groups that stand for one another (in branches) the whole match is taken. Raises `NotTranslatedError`.
    """
    writer = _Writer(pattern, group or 1)
    written = writer.written()
    _check(written)
    if group > writer.count:
        raise NotTranslatedError(f"there is no group {group}")
    wanted = group or int(writer.count == 1 or (writer.count > 1 and _certain(written)))
    written = written if wanted == (group or 1) else _Writer(pattern, 0).written()
    written = written if wanted else f"(?P<value>{written})"
    if re.compile(written.encode(), re.MULTILINE).fullmatch(b"") is not None:
        raise NotTranslatedError("it matches an empty text")
    return written


def searched(pattern: str) -> str:
    """Return `pattern` without groups, for a search in paths, lines and values. Raises `NotTranslatedError`."""
    written = _Writer(pattern, 0).written()
    _check(written)
    return written


def _check(written: str) -> None:
    try:
        re.compile(written.encode(), re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise NotTranslatedError(f"Python cannot read it: {error}") from None


def always_holds(pattern: str, words: Iterable[str]) -> bool:
    """Tell whether every match of a translated `pattern` is known to hold one of the lower-case `words`."""
    return _holds(_parser.parse(pattern.encode(), re.MULTILINE), tuple(words))


def _holds(tree: Iterable[tuple[Any, Any]], words: tuple[str, ...]) -> bool:
    run = ""
    for kind, value in tree:
        if kind is op.LITERAL:
            run += chr(value).lower()
            if any(word in run for word in words):
                return True
            continue
        run = ""
        if kind is op.SUBPATTERN and _holds(value[3], words):
            return True
        if kind in _REPEATS and value[0] > 0 and _holds(value[2], words):
            return True
        if kind is op.BRANCH and all(_holds(branch, words) for branch in value[1]):
            return True
    return False


def _certain(pattern: str) -> bool:
    """Tell whether the group `value` is in every match: in no branch, and in nothing that may be left out."""
    parsed = _parser.parse(pattern.encode(), re.MULTILINE)
    return _on_the_way(parsed, parsed.state.groupdict["value"])


def _on_the_way(tree: Iterable[tuple[Any, Any]], number: int) -> bool:
    for kind, value in tree:
        if kind is op.SUBPATTERN and (value[0] == number or _on_the_way(value[3], number)):
            return True
        if kind in _REPEATS and value[0] > 0 and _on_the_way(value[2], number):
            return True
    return False


class _Writer:
    """Reads a pattern from left to right and writes it anew."""

    def __init__(self, pattern: str, wanted: int) -> None:
        self._pattern = pattern
        self._wanted = wanted
        self._at = 0
        self._out: list[str] = []
        self._scopes: list[list[str]] = [[]]
        """Flags that are switched on in the middle of a group, for each group that is open: written as groups."""
        self.count = 0

    def written(self) -> str:
        while self._at < len(self._pattern):
            self._element()
        if len(self._scopes) > 1:
            raise NotTranslatedError("a bracket is not closed")
        self._out.append(")" * len(self._scopes[0]))
        return "".join(self._out)

    def _element(self) -> None:
        rest = self._pattern[self._at :][:1]
        if rest == "(":
            self._open()
        elif rest == ")":
            self._close()
        elif rest == "|":
            self._take(1)
            self._bar()
        elif rest in "^$":
            self._take(1)
            self._out.append(rest)
        elif rest == "[":
            self._out.append(self._class())
            self._quantifier()
        elif rest == "\\":
            self._escape()
        elif _quantifier_at(self._pattern, self._at):
            raise NotTranslatedError(f"nothing to repeat before {rest}")
        else:
            self._take(1)
            self._out.append("." if rest == "." else _literal(rest))
            self._quantifier()

    def _take(self, length: int) -> None:
        self._at += length

    def _open(self) -> None:
        flags = _FLAGS.match(self._pattern, self._at)
        name = _NAME.match(self._pattern, self._at)
        if flags is not None:
            self._take(flags.end() - flags.start())
            self._flagged(*flags.groups())
            return
        if self._pattern.startswith("(?", self._at) and name is None:
            raise NotTranslatedError(f"{self._pattern[self._at : self._at + 4]} is unknown to RE2")
        self._take(name.end() - name.start() if name is not None else 1)
        self.count += 1
        self._push("(?P<value>" if self.count == self._wanted else "(?:")

    def _push(self, written: str) -> None:
        self._out.append(written)
        self._scopes.append([])

    def _flagged(self, on: str, off: str | None, end: str) -> None:
        if "U" in on or "U" in (off or ""):
            raise NotTranslatedError("the flag U (ungreedy) cannot be said in Python")
        # Lines are what `^` and `$` mean in any case.
        switched = "".join(flag for flag in on if flag != "m")
        switched += "".join(["-", *(flag for flag in off if flag != "m")]) if off and off != "m" else ""
        written = f"(?{switched}:"
        if end == ":":
            self._push(written)
        elif switched:
            self._out.append(written)
            self._scopes[-1].append(written)

    def _bar(self) -> None:
        """Flags go on behind a bar, so the groups that stand for them are closed and opened again."""
        held = self._scopes[-1]
        self._out += [")" * len(held), "|", *held]

    def _close(self) -> None:
        if len(self._scopes) == 1:
            raise NotTranslatedError("a bracket is closed that was never opened")
        self._take(1)
        self._out.append(")" * len(self._scopes.pop()) + ")")
        self._quantifier()

    def _quantifier(self) -> None:
        """Take a quantifier, if one stands here."""
        found = _quantifier_at(self._pattern, self._at)
        if found is None:
            return
        self._take(found.end() - found.start())
        if _quantifier_at(self._pattern, self._at):
            raise NotTranslatedError("one repetition follows another")
        if max(int(found[1] or 0), int(found[2] or 0)) > _MOST_REPEATS:
            raise NotTranslatedError(f"{found[0]} repeats too often")
        self._out.append(found[0])

    def _escape(self) -> None:
        following = self._pattern[self._at + 1 : self._at + 2]
        if following == "Q":
            quoted, _, _ = self._pattern[self._at + 2 :].partition(r"\E")
            self._take(len(quoted) + 2)
            self._take(2 if self._pattern.startswith(r"\E", self._at) else 0)
            self._out += map(_literal, quoted)
        elif following in ("A", "b", "B", "z"):
            self._take(2)
            self._out.append({"z": r"\Z"}.get(following, "\\" + following))
            return
        elif following in tuple("dDsSwW"):
            self._take(2)
            self._out.append("\\" + following)
        elif following == "C":
            self._take(2)
            self._out.append(r"[\x00-\xff]")
        elif following in ("p", "P"):
            self._out.append(f"[{'^' if following == 'P' else ''}{self._property()}]")
        else:
            self._out.append(_literal(chr(self._code())))
        self._quantifier()

    def _property(self) -> str:
        found = _PROPERTY.match(self._pattern, self._at)
        name = (found[1] or found[2]) if found is not None else "?"
        if found is None or name not in _PROPERTIES:
            raise NotTranslatedError(f"the Unicode class {name} has no counterpart over bytes")
        self._take(found.end() - found.start())
        return _PROPERTIES[name]

    def _code(self) -> int:
        """Take one escaped character and return its number."""
        for form, base in ((_HEX, 16), (_OCTAL, 8)):
            found = form.match(self._pattern, self._at)
            if found is not None:
                self._take(found.end() - found.start())
                digits: str = next(group for group in found.groups() if group is not None)
                return min(int(digits, base), 0x10FFFF)
        following = self._pattern[self._at + 1 : self._at + 2]
        if following in _CONTROLS:
            self._take(2)
            return _CONTROLS[following]
        if not following or (following.isascii() and following.isalnum()):
            raise NotTranslatedError(f"\\{following} is unknown to RE2")
        self._take(2)
        return ord(following)

    def _class(self) -> str:
        self._take(1)
        negated = self._pattern.startswith("^", self._at)
        self._take(int(negated))
        members: list[str] = []
        wide: list[str] = []
        first = True
        while first or not self._pattern.startswith("]", self._at):
            if self._at >= len(self._pattern):
                raise NotTranslatedError("a class is not closed")
            self._member(members, wide)
            first = False
        self._take(1)
        if not wide:
            return f"[{'^' if negated else ''}{''.join(members)}]"
        if negated:
            # A character beyond ASCII is several bytes; that one of them is left out cannot be said, so all may stand.
            return f"[^{''.join(members)}]" if members else r"[\x00-\xff]"
        return "(?:" + "|".join([*([f"[{''.join(members)}]"] if members else []), *wide]) + ")"

    def _member(self, members: list[str], wide: list[str]) -> None:
        posix = _POSIX.match(self._pattern, self._at)
        following = self._pattern[self._at + 1 : self._at + 2] if self._pattern[self._at] == "\\" else ""
        if posix is not None:
            self._take(posix.end() - posix.start())
            members.append(_posix(posix[1], posix[2]))
        elif following and following in "dDsSwW":
            self._take(2)
            members.append("\\" + following)
        elif following == "p":
            members.append(self._property())
        elif following == "P":
            raise NotTranslatedError("a negated Unicode class inside a class")
        else:
            self._range(members, wide)

    def _range(self, members: list[str], wide: list[str]) -> None:
        low = self._character()
        high = low
        if self._pattern.startswith("-", self._at) and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
            self._take(1)
            high = self._character()
        if high < low:
            raise NotTranslatedError("a range in a class runs backwards")
        if high < 0x80:
            members.append(_byte(low) if low == high else f"{_byte(low)}-{_byte(high)}")
        elif low == high:
            wide.append(_literal(chr(low)))
        else:
            # Every character beyond ASCII is made of these bytes.
            members += [f"{_byte(low)}-\\x7f"] if low < 0x80 else []
            members.append(r"\x80-\xff")

    def _character(self) -> int:
        if self._pattern.startswith("\\", self._at):
            return self._code()
        self._take(1)
        return ord(self._pattern[self._at - 1])


def _quantifier_at(pattern: str, at: int) -> re.Match[str] | None:
    return _QUANTIFIER.match(pattern, at)


def _posix(negated: str, name: str) -> str:
    if name not in _CLASSES or negated:
        raise NotTranslatedError(f"the class [:{negated}{name}:] cannot be said in Python")
    return _CLASSES[name]


def _byte(code: int) -> str:
    character = chr(code)
    return character if character.isalnum() else f"\\x{code:02x}"


def _literal(character: str) -> str:
    """Return one character as its bytes in UTF-8; a repetition behind it means all of them."""
    if character.isascii():
        return character if character.isalnum() or character in "_ -\"'=:,/@<>!%;~`&#" else f"\\x{ord(character):02x}"
    return "(?:" + "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")) + ")"
