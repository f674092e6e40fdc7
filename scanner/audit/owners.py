"""Who owns a file, as the repository's own CODEOWNERS says.

Sources: GitHub, "About code owners"; GitLab, "Code Owners" and "Code Owners syntax". Where the two differ, a file with
sections, or below `.gitlab/`, is read as GitLab does. A library is no help here: the one that there is takes comments
for owners and sections for paths, gives a whole file up for one bad line, and its patterns can be made to take forever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.audit.owner_paths import PathPattern, path_pattern

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may lie; the first that is there counts."""
_GITLAB_ONLY = ".gitlab/"
_LARGEST = 3_000_000
"""Bytes of a file; GitHub takes no larger one."""
_MOST_RULES = 20_000
_MOST_STEPS = 500_000
"""Comparisons for one path: many times what the largest honest file takes."""
_SECTION = re.compile(r"\^?\[(?P<name>[^\[\]]{1,255})\](?:\[\d{1,9}\])?(?P<owners>(?:\s.*)?)")
_OWNER = re.compile(r"@{1,2}[\w][\w./-]*|[^\s@]+@[^\s@]+")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_WORD = re.compile(r"(?:\\.|[^\\\s])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    pattern: PathPattern
    owners: tuple[str, ...]
    excludes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """Rules of which the last that fits counts; in a file without sections there is one, which has no name."""

    rules: tuple[_Rule, ...]

    def owners(self, parts: tuple[str, ...], steps: list[int]) -> tuple[str, ...]:
        if any(rule.excludes and rule.pattern.fits(parts, steps) for rule in self.rules):
            return ()
        fitting = (rule for rule in reversed(self.rules) if not rule.excludes and rule.pattern.fits(parts, steps))
        last = next(fitting, None)
        return last.owners if last is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """The owners of one repository's files."""

    place: str | None
    """The file that says so; None where the repository has none."""
    sections: tuple[_Section, ...] = ()

    @classmethod
    def of_tree(cls, read: Callable[[str], bytes | None]) -> Owners:
        """Return what the tree says whose files `read` gives by their path, or None where there is none."""
        for place in PLACES:
            data = read(place)
            if data is not None:
                return cls.of_text(data, place)
        return cls(place=None)

    @classmethod
    def of_text(cls, data: bytes, place: str = "CODEOWNERS") -> Owners:
        """Return what a file says; lines that are wrong say nothing, as on the forges, nor does a file too large."""
        if len(data) > _LARGEST:
            return cls(place=place)
        lines = list(_lines(data.decode("utf-8", "replace")))
        sectioned = any(_SECTION.fullmatch(line) for line in lines)
        return cls(place=place, sections=_sections(lines, gitlab=sectioned or place.startswith(_GITLAB_ONLY)))

    def owners(self, path: str) -> tuple[str, ...]:
        """Return who owns the file at `path` (`/`-separated, from the top): logins, teams, mail addresses."""
        parts, steps = tuple(path.split("/")), [_MOST_STEPS]
        found = [owner for section in self.sections for owner in section.owners(parts, steps)]
        return tuple(dict.fromkeys(found)) if steps[0] > 0 else ()

    def owner(self, path: str) -> str | None:
        """Return all owners of the file at `path`, apart by spaces; None where it has none."""
        return " ".join(self.owners(path)) or None


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        plain = _COMMENT.sub("", line).strip()
        if plain:
            yield plain


def _sections(lines: list[str], *, gitlab: bool) -> tuple[_Section, ...]:
    """Return the sections in order; those of one name, in whatever case, are one."""
    rules: dict[str, list[_Rule]] = {"": []}
    name = ""
    usual: tuple[str, ...] = ()
    for line in lines[:_MOST_RULES]:
        header = _SECTION.fullmatch(line) if gitlab else None
        if header is not None:
            name, usual = header["name"].strip().lower(), _owners(header["owners"].split())
            rules.setdefault(name, [])
            continue
        rule = _gitlab_rule(line, usual) if gitlab else _github_rule(line)
        if rule is not None:
            rules[name].append(rule)
    return tuple(_Section(rules=tuple(each)) for each in rules.values() if each)


def _github_rule(line: str) -> _Rule | None:
    """Return what a line says; nothing where an owner is none, or with what GitHub does not take in a pattern."""
    path, *words = _WORD.findall(line) or [""]
    if not path or path.startswith(("!", "\\#")) or "[" in path or len(_owners(words)) < len(words):
        return None
    pattern = path_pattern(path, anywhere="/" not in path.rstrip("/"), tree=True)
    return _Rule(pattern=pattern, owners=_owners(words)) if pattern is not None else None


def _gitlab_rule(line: str, usual: tuple[str, ...]) -> _Rule | None:
    """Return what a line says; without owners of its own it has the `usual` ones of its section."""
    path, *words = _WORD.findall(line) or [""]
    excludes = path.startswith("!")
    path = path.removeprefix("!")
    pattern = path_pattern(path, anywhere=not path.startswith("/"), tree=False) if path else None
    if pattern is None:
        return None
    return _Rule(pattern=pattern, owners=_owners(words) or usual, excludes=excludes)


def _owners(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if _OWNER.fullmatch(word))
