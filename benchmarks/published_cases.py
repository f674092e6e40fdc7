"""The published test cases of other tools' rules, read from checkouts that the caller names.

What is extracted and what cannot be is told: TypeScript's and Python's tests are read as text, so cases that a program
computes are counted as not extracted.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

_ANNOTATION = re.compile(r"(?:#|//|--|/\*|<!--)\s*(ruleid|ok)\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A published text, the rule it belongs to, and whether it must be found; `path` is empty where none is told."""

    rule: str
    path: str
    text: str
    positive: bool


def detect_secrets(root: Path) -> tuple[list[Case], list[str]]:
    """Return the parametrised cases `(text, flagged)` of `tests/plugins/*_test.py`; others are named."""
    cases: list[Case] = []
    skipped: list[str] = []
    for file in sorted((root / "tests/plugins").glob("*_test.py")):
        before = len(cases)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Tuple) and len(node.elts) >= 2:
                text, flagged = node.elts[0], node.elts[-1]
                plain = isinstance(text, ast.Constant) and isinstance(text.value, str)
                if plain and isinstance(flagged, ast.Constant) and isinstance(flagged.value, bool):
                    cases.append(Case(rule=file.stem, path="", text=text.value, positive=flagged.value))
        if len(cases) == before:
            skipped.append(file.stem)
    return cases, skipped


def secretlint(root: Path) -> tuple[list[Case], list[str]]:
    """Return the snapshot inputs; `ok.` folders are negatives, `ng.` ones positives, others are not counted."""
    cases: list[Case] = []
    skipped: list[str] = []
    for file in sorted(root.glob("packages/**/test/snapshots/**/input*")):
        folder = file.parent.name
        verdict = {"ng": True, "ok": False}.get(folder[:2].lower())
        rule = next((part for part in file.parts if part.startswith("secretlint-rule-")), file.parts[-4])
        try:
            text = file.read_text()
        except (UnicodeDecodeError, IsADirectoryError):
            continue
        if verdict is None:
            skipped.append(f"{rule}/{folder}")
        else:
            path = file.name.replace("input", "published")
            cases.append(Case(rule=f"{rule}/{folder}", path=path, text=text, positive=verdict))
    return cases, skipped


def semgrep(root: Path) -> tuple[list[Case], list[str]]:
    """Return the lines below `ruleid` and `ok` annotations of `generic/secrets`."""
    cases: list[Case] = []
    for file in sorted((root / "generic/secrets").rglob("*")):
        if not file.is_file() or file.suffix in (".yaml", ".yml"):
            continue
        lines = file.read_text(errors="replace").splitlines()
        for number, line in enumerate(lines[:-1]):
            found = _ANNOTATION.search(line)
            if found is not None:
                text = "\n".join(lines[number + 1 : number + (40 if "BEGIN" in lines[number + 1] else 2)])
                positive = found[1] == "ruleid"
                cases.append(Case(rule=file.stem, path="", text=text, positive=positive))
    return cases, []


def kingfisher(root: Path) -> tuple[list[Case], list[str]]:
    """Return `examples` and `negative_examples` of the rules in `data/rules`."""
    cases: list[Case] = []
    for file in sorted((root / "data/rules").glob("*.yml")):
        for rule in yaml.safe_load(file.read_text())["rules"]:
            for field, positive in (("examples", True), ("negative_examples", False)):
                for text in rule.get(field) or ():
                    cases.append(Case(rule=rule["id"], path="", text=text, positive=positive))
    return cases, []
