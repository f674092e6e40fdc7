"""What the automaton is made of: for each rule and shape the patterns that must match wherever it can."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.tables import program_words
from scanner.prefilter.rawnames import written_names
from scanner.prefilter.shorten import NotShortenedError, own_name, shortened, shortened_shape, widest
from scanner.prefilter.words import ALLOWANCE, PYTHON_WORDS, schemes
from scanner.rulebook.model import Encoding, Rule, RuleBook, Shape
from strongroom.kernel.record import Record

LONGEST = 20_000
"""Most bytes of a match of one rule; what is longer (a bundle of key files) is found by its first part."""


_ANYTHING = r"[\x00-\xff]"
"""Stands for a pattern that begins with almost anything, so that nothing can be told early."""
_LONG_WORD = 5
"""Letters of words of which few stand within others."""
MARKER = "marker:allow"
"""Id of the target that stands for our own allowances."""


class Target(Record):
    """A rule or shape that a hit is for. `width` is the most bytes a match has; keywords are lower case."""

    id: str
    patterns: tuple[str, ...]
    keywords: tuple[str, ...]
    width: int
    paths: tuple[str, ...]
    excluded_paths: tuple[str, ...] = ()
    multiline: bool = False
    """Whether a match may span lines."""
    binding: str = ""
    """The precise pattern of a shape."""
    codec: str = ""
    """How what stands there is decoded; empty for what is a credential itself."""


def targets(book: RuleBook) -> list[Target]:
    """Return what is looked for in every file: rules that know a shape, shapes in which names bind, encoded text."""
    return [
        *(_rule(rule) for rule in book.pattern_rules),
        *(_shape(shape, book) for shape in book.shapes),
        *(_encoding(encoding) for encoding in book.encodings),
        _marker(),
    ]


def program_patterns(book: RuleBook) -> list[str]:
    """Return patterns one of which matches in every module in which following the program may find something."""
    return list(_program_patterns(book))


def program_keywords(book: RuleBook) -> frozenset[str]:
    """Return lower-case words one of which stands in every such module."""
    names = {word for rule in book.name_rules if not rule.weak for word in rule.keywords}
    return frozenset({*names, *PYTHON_WORDS, *schemes(book), *(word.lower() for word in program_words())})


def _program_patterns(book: RuleBook) -> Iterator[str]:
    for rule in (one for one in book.name_rules if not one.weak):
        yield f"{written_names(rule.names)}[_\\-]{{0,2}}[^\\w\\-]"
    yield from (f"(?i:{''.join(_literal(character) for character in word)})" for word in PYTHON_WORDS)
    yield from (_word(word) for word in sorted(program_words()))
    yield f"(?i:(?:{'|'.join(sorted(schemes(book)))})[\\w+]{{0,24}}://)"


def _word(word: str) -> str:
    """Return the pattern of a word: a long one may be part of another, for what is bounded takes long to compile."""
    written = "".join(map(_literal, word))
    return written if word.endswith("(") or len(word) >= _LONG_WORD else f"\\b{written}\\b"


def _literal(character: str) -> str:
    return character if character.isalnum() else f"\\x{ord(character):02x}"


def _rule(rule: Rule) -> Target:
    width = widest(rule.pattern, LONGEST)
    patterns = (_pattern(rule),)
    return Target(
        id=f"rule:{rule.id}",
        patterns=patterns,
        keywords=rule.keywords,
        width=width,
        paths=rule.paths,
        multiline=rule.multiline,
    )


def _pattern(rule: Rule) -> str:
    try:
        return shortened(rule.pattern) or _ANYTHING
    except NotShortenedError:
        # Back references and the like: its keywords stand for it.
        return "(?i:" + "|".join("".join(map(_literal, word)) for word in rule.keywords) + ")"


def _shape(shape: Shape, book: RuleBook) -> Target:
    if own_name(shape.pattern):
        patterns: tuple[str, ...] = (shortened(shape.pattern),)
    else:
        patterns = tuple(
            shortened_shape(shape.pattern, written_names(rule.names), front=shape.front) for rule in book.name_rules
        )
    return Target(
        id=f"shape:{shape.id}",
        patterns=patterns,
        keywords=shape.keywords or tuple(sorted({word for rule in book.name_rules for word in rule.keywords})),
        width=widest(shape.pattern, LONGEST),
        paths=shape.paths,
        excluded_paths=shape.excluded_paths,
        multiline=shape.multiline,
        binding=shape.pattern,
    )


def _marker() -> Target:
    """Return what makes a text a suspect in which nothing is allowed any more."""
    pattern = "".join(map(_literal, ALLOWANCE))
    return Target(id=MARKER, patterns=(pattern,), keywords=(ALLOWANCE,), width=0, paths=())


def _encoding(encoding: Encoding) -> Target:
    return Target(
        id=f"encoded:{encoding.id}",
        patterns=tuple(shortened(lead) for lead in encoding.leads),
        keywords=(),
        width=0,
        paths=(),
        codec=encoding.codec,
    )
