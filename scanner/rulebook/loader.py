"""Reads the rule book from YAML, and keeps the parsed form in the user's cache so that a start is fast."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from scanner import kept
from scanner.rulebook.model import Encoding, Rule, RuleBook, Shape
from scanner.rulebook.plain import of_plain, plain
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Named = str | os.PathLike[str]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_FORM = 10
"""Raised when the cached form changes, so that an older cache is not read."""


def rules_folder(package: Named = _PACKAGE) -> str:
    """Return the folder of our own rules: `../rules` beside the package in a checkout, `_rules` in a wheel.

    A checkout is known by `schema.json`: some other distribution may own a folder called `rules`.
    """
    beside = os.path.join(os.path.dirname(package), "rules")
    return beside if os.path.isfile(os.path.join(beside, "schema.json")) else os.path.join(package, "_rules")


def load_rulebook(
    extra: Sequence[Named] = (), *, folder: Named | None = None, stamps: tuple[kept.Stamp, ...] | None = None
) -> RuleBook:
    """Return our own rules followed by those of `extra` (files or folders); an extra rule replaces ours of its id.

    A `.toml` file is one of gitleaks or betterleaks, whose rules stand beside ours. What is not honoured of it is in
    the book's notes when it is first read, and not when it is read again unchanged.

    `stamps` are those of all these files, where they have just been looked at. Raises `UsageError` naming file, rule
    and field where a file cannot be used.
    """
    paths = tuple(os.path.abspath(path) for path in (folder or rules_folder(), *extra))
    for path in paths:
        _check_exists(path)
    stamps = stamps or kept.stamps_of(paths)
    place = kept.place_for("rules", paths)
    held = kept.read(place)
    if isinstance(held, tuple) and held[:2] == (_FORM, stamps):
        return of_plain(held[2], paths)
    from scanner.rulebook.reading import check_patterns

    files = [file for path in paths for file in rule_files(path)]
    own = [file for file in files if not file.endswith(kept.TOML)]
    book = replace(build_rulebook([(path, _parse(path, _read(path))) for path in own]), paths=paths)
    for path in files:
        if path.endswith(kept.TOML):
            from scanner.rulebook.gitleaks import with_gitleaks

            book, read = with_gitleaks(book, path)
            kept.write(kept.place_for(kept.EXTENDED, [path]), read)
    check_patterns(book)
    kept.write(place, (_FORM, kept.stamps_of(paths), plain(book)))
    return book


def rule_files(path: Named) -> list[str]:
    """Return the YAML files under `path`, sorted, or `path` itself where it is a file. Raises `UsageError`."""
    from pathlib import Path

    _check_exists(path)
    place = Path(path)
    return [str(file) for file in sorted(place.rglob("*.yaml"))] if place.is_dir() else [str(place)]


def _check_exists(path: Named) -> None:
    if not (os.path.isdir(path) or os.path.isfile(path)):
        raise UsageError(
            f"rule path {path} does not exist", hint="name a YAML file, a folder of YAML files, or a gitleaks TOML file"
        )


def build_rulebook(documents: Iterable[tuple[str, Any]]) -> RuleBook:
    """Return the rule book of parsed `documents` (file name and content). Raises `UsageError`."""
    from scanner.rulebook.reading import read_encoding, read_rule, read_shape

    rules: dict[str, Rule] = {}
    shapes: dict[str, Shape] = {}
    origins: dict[str, str] = {}
    encodings: dict[str, Encoding] = {}
    for origin, document in documents:
        content = _content(origin, document)
        for entry in content.get("rules", ()):
            rule = read_rule(entry, origin)
            if rule.id in rules and rules[rule.id].origin == origin:
                raise UsageError(f"{origin}: rule {rule.id} is written twice", hint="give each rule an id of its own")
            rules[rule.id] = rule
        for entry in content.get("shapes", ()):
            shape = read_shape(entry, origin)
            shapes[shape.id] = shape
            origins[shape.id] = origin
        for entry in content.get("encodings", ()):
            encoding = read_encoding(entry, origin)
            encodings[encoding.id] = encoding
    for shape in shapes.values():
        if shape.rule and shape.rule not in rules:
            raise UsageError(
                f"{origins[shape.id]}: shape {shape.id} names the rule {shape.rule}, which does not exist",
                hint="name a rule of this or another rule file, or leave `rule` out",
            )
    return RuleBook(
        rules=tuple(rules.values()), shapes=tuple(shapes.values()), encodings=tuple(encodings.values()), by_id=rules
    )


def _content(origin: str, document: Any) -> Mapping[str, Any]:
    known = isinstance(document, dict) and set(document) <= {"rules", "shapes", "encodings"}
    if not known or not all(isinstance(part, list) for part in document.values()):
        raise UsageError(
            f"{origin}: not a rule file",
            hint="a rule file is a mapping with a list `rules`; see docs/rules.md",
        )
    content: Mapping[str, Any] = document
    return content


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"rule file {path} cannot be read: {error}") from error


def _parse(origin: str, text: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise UsageError(f"{origin}{where}: not valid YAML", hint="quote patterns with single quotes") from error
