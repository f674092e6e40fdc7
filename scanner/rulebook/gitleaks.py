"""Adds the rules and allowlists of a gitleaks or betterleaks configuration to a rule book.

Ours stay: `useDefault` asks for gitleaks' own rules, in whose place ours stand, so that the file's allowlists and
disabled rules then speak of ours as well. The format: https://github.com/gitleaks/gitleaks#configuration.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

from scanner.model import Confidence, Severity
from scanner.rulebook.gitleaks_file import Document, read_document, unusable
from scanner.rulebook.gitleaks_regex import NotTranslatedError, always_holds, searched, translated, without_lead
from scanner.rulebook.model import Allowlist, Rule, RuleBook
from strongroom.kernel.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scanner.rulebook.gitleaks_file import Table

_NOT_ID = re.compile(r"[^a-z0-9]+")
_ENTROPY = re.compile(r"""\s*entropy\(finding\["secret"\]\)\s*<=\s*(\d+(?:\.\d+)?)\s*""")
_GENERIC = "generic-api-key"
"""The rule of gitleaks that looks for what has no known form; ours for that are those which know a name only."""
_LINES = (r"\s", "[^", r"\n", r"\r", r"\x0a", r"\x00", "(?s", "(?is", r"\W", r"\D")
"""What a translated pattern holds where a match of it may span lines."""
_SHORTEST_KEYWORD = 3
_WEAKER = "medium confidence at most"
_SHOWN = 3
_TARGETS = {"": "value", "secret": "value", "match": "match", "line": "line"}
_CONDITIONS = {"": False, "OR": False, "||": False, "AND": True, "&&": True}


def with_gitleaks(book: RuleBook, path: str) -> tuple[RuleBook, tuple[str, ...]]:
    """Return `book` with what the file `path` adds, and the files that were read.

    Raises `UsageError` naming file, rule and reason for what cannot be used.
    """
    document = read_document(path)
    everywhere, targeted = _allowlists(document)
    notes: list[str] = [_left(document)] if document.left else []
    rules = {rule.id: rule for rule in book.rules}
    if document.default:
        rules = _ours(rules, document, everywhere, targeted, notes)
    elif missing := sorted(targeted.keys() - document.rules.keys()):
        raise unusable(path, "[[allowlists]]", f"there is no rule {missing[0]}", "targetRules takes ids of this file")
    for name, table in document.rules.items():
        made = _rule(document, table, notes) if name not in document.disabled else None
        if made is not None:
            lists = (*made.allowlists, *targeted.get(name, ()), *everywhere)
            rules_id = _free(made.id, rules)
            rules[rules_id] = replace(made, id=rules_id, allowlists=lists)
    notes = _together(notes)
    added = replace(book, rules=tuple(rules.values()), by_id=rules, notes=(*book.notes, *notes))
    return added, document.files


def _left(document: Document) -> str:
    return (
        f"{document.path}: {', '.join(sorted(set(document.left)))} for all rules is written for betterleaks and not"
        " honoured here; its rules report with medium confidence"
    )


def _together(notes: list[str]) -> list[str]:
    """Return `notes` with those beyond the first few of one kind counted: a file may hold hundreds of filters."""
    weaker = [note for note in notes if note.endswith(_WEAKER)]
    if len(weaker) <= _SHOWN:
        return notes
    left = [note for note in notes if note not in weaker[_SHOWN:]]
    return [*left, f"{len(weaker) - _SHOWN} more rules cannot be honoured in full; {_WEAKER}"]


def _free(name: str, taken: dict[str, Rule]) -> str:
    wanted = name
    while wanted in taken:
        wanted = f"imported-{wanted}"
    return wanted


def _ours(
    rules: dict[str, Rule],
    document: Document,
    everywhere: tuple[Allowlist, ...],
    targeted: dict[str, list[Allowlist]],
    notes: list[str],
) -> dict[str, Rule]:
    """Return our rules as a file sees them that extends gitleaks' own."""
    lists = {name: list(found) for name, found in targeted.items()}
    for name, table in document.rules.items():
        if not table.get("regex"):
            lists.setdefault(name, []).extend(_read_all(document.path, f"rule {name}", table["allowlists"]))
    left = []
    for rule in rules.values():
        own = [*lists.get(rule.id, ()), *(lists.get(_GENERIC, ()) if rule.generic else ())]
        if rule.id not in document.disabled:
            left.append(replace(rule, allowlists=(*rule.allowlists, *own, *everywhere)))
    known = {*rules, *document.rules, _GENERIC}
    for name in sorted((targeted.keys() | document.disabled) - known):
        notes.append(
            f"{document.path}: {name} is a rule of gitleaks that is not one of ours; what is said of it is left"
        )
    return {rule.id: rule for rule in left}


def _rule(document: Document, table: Table, notes: list[str]) -> Rule | None:
    """Return the rule of one table; None for one that has no counterpart, with a note where it matters."""
    path, name = document.path, table["id"]
    if not table.get("regex"):
        if table.get("path"):
            notes.append(f"{path}: rule {name} reports files by their name, not values; it is left out")
        elif not document.default:
            raise unusable(path, f"rule {name}", "it has neither regex nor path", "give it a regex")
        return None
    if table.get("skipreport") is True:
        notes.append(f"{path}: rule {name} is never reported by itself; it is left out")
        return None
    entropy, unheard = _conditions(table)
    if unheard:
        notes.append(f"{path}: rule {name}: {', '.join(unheard)} cannot be honoured; {_WEAKER}")
    lead, pattern = without_lead(_translated(path, name, table))
    keywords = _words(path, name, table, "keywords")
    certain = bool(keywords) and min(map(len, keywords)) >= _SHORTEST_KEYWORD and always_holds(pattern, keywords)
    described = str(table.get("description") or name).strip()
    return Rule(
        id=_identifier(path, name),
        name=described.splitlines()[0][:120],
        description=described,
        severity=_severity(_words(path, name, table, "tags")),
        confidence=Confidence.MEDIUM if unheard or document.left else Confidence.HIGH,
        keywords=keywords if certain else (),
        nearby=() if certain else keywords,
        pattern=pattern,
        lead=lead,
        min_entropy=math.nextafter(entropy, math.inf) if entropy else 0.0,
        path_pattern=_searched(path, f"rule {name}, path", table["path"]) if table.get("path") else "",
        multiline=any(sign in pattern for sign in _LINES),
        allowlists=tuple(_read_all(path, f"rule {name}", table["allowlists"])),
        origin=path,
    )


def _identifier(path: str, name: str) -> str:
    plain = _NOT_ID.sub("-", name.lower()).strip("-")
    if not plain:
        raise unusable(path, f"rule {name}", "its id has neither letters nor digits", "give it an id of ASCII letters")
    return plain


def _conditions(table: Table) -> tuple[float, list[str]]:
    """Return the greatest entropy that is too little, and the fields that cannot be honoured."""
    unheard = ["required"] if table.get("required") else []
    entropy = table.get("entropy") or 0.0
    said = _ENTROPY.fullmatch(str(table.get("filter", "")))
    if said is not None:
        entropy = float(said[1])
    elif table.get("filter"):
        unheard.append("filter")
    return (float(entropy) if isinstance(entropy, int | float) else 0.0), unheard


def _severity(tags: Iterable[str]) -> Severity:
    return next((level for level in Severity if level.value in tags), Severity.HIGH)


def _words(path: str, name: str, table: Table, field: str) -> tuple[str, ...]:
    found = table.get(field) or []
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise unusable(path, f"rule {name}", f"{field} is no list of texts", "write it as ['one', 'two']")
    return tuple(dict.fromkeys(word.lower() for word in found if word))


def _translated(path: str, name: str, table: Table) -> str:
    group = table.get("secretgroup") or 0
    if not isinstance(table["regex"], str) or not isinstance(group, int):
        raise unusable(path, f"rule {name}", "regex is a text and secretGroup a number", "correct the field")
    return _attempt(path, f"rule {name}, regex", lambda: translated(table["regex"], group))


def _searched(path: str, label: str, pattern: Any) -> str:
    if not isinstance(pattern, str):
        raise unusable(path, label, "it is no text", "write patterns in '''...'''")
    return _attempt(path, label, lambda: searched(pattern))


def _attempt(path: str, label: str, translate: Callable[[], str]) -> str:
    try:
        return translate()
    except NotTranslatedError as error:
        raise unusable(path, label, str(error), "write it without that, or take the rule out") from None


def _allowlists(document: Document) -> tuple[tuple[Allowlist, ...], dict[str, list[Allowlist]]]:
    """Return the allowlists of a file for all of its rules, and those for some."""
    everywhere: list[Allowlist] = []
    targeted: dict[str, list[Allowlist]] = {}
    for table in document.allowlists:
        found = _read_all(document.path, "[allowlist]", [table])
        for name in table.get("targetrules") or ():
            targeted.setdefault(str(name), []).extend(found)
        if not table.get("targetrules"):
            everywhere.extend(found)
    return tuple(everywhere), targeted


def _read_all(path: str, label: str, tables: Iterable[Table]) -> list[Allowlist]:
    read = (_allowlist(path, f"{label}, allowlist", table) for table in tables)
    return [one for one in read if one.regexes or one.paths or one.stopwords or one.commits]


def _allowlist(path: str, label: str, table: Table) -> Allowlist:
    target, condition = str(table.get("regextarget") or ""), str(table.get("condition") or "").upper()
    if target not in _TARGETS:
        raise unusable(path, label, f"regexTarget = {target}", "it takes match, line or secret")
    if condition not in _CONDITIONS:
        raise unusable(path, label, f"condition = {condition}", "it takes AND or OR")
    return Allowlist(
        description=str(table.get("description") or ""),
        regexes=tuple(_searched(path, f"{label}, regexes", one) for one in table.get("regexes") or ()),
        target=_TARGETS[target],
        paths=tuple(_searched(path, f"{label}, paths", one) for one in table.get("paths") or ()),
        stopwords=tuple(str(word).lower() for word in table.get("stopwords") or ()),
        commits=tuple(str(name).strip().lower() for name in table.get("commits") or ()),
        every=_CONDITIONS[condition],
        origin=path,
    )
