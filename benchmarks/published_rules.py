"""How many published test cases of other tools' rules ours find: `make bench-rules GITLEAKS=... SECRETLINT=...`.

Reads checkouts that the caller names and fetches nothing. What is extracted and what cannot be is printed: Go and
TypeScript are read as text, so cases that a program computes in another way than the two generators known here are
counted as not extracted.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import rstr

from scanner.config import ScanConfig
from scanner.examine import Examiner, whole
from scanner.model import Blob, Confidence
from scanner.prefilter.choose import prepared
from scanner.rulebook.loader import load_rulebook

_STRING = r'"(?:[^"\\\n]|\\.)*"|`[^`]*`'
_CLASSES = {
    "Numeric": "[0-9]", "Hex": "[a-f0-9]", "AlphaNumeric": "[a-z0-9]", "AlphaNumericExtendedShort": "[a-z0-9_-]",
    "AlphaNumericExtended": "[a-z0-9=_-]", "AlphaNumericExtendedLong": "[a-z0-9/=_+-]",
}  # fmt: skip
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ANNOTATION = re.compile(r"(?:#|//|--|/\*|<!--)\s*(ruleid|ok)\s*:")
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A published text, the rule it belongs to, and whether it must be found."""

    rule: str
    path: str
    text: str
    positive: bool


class Bench:
    """Scans one text after another with our rules at both confidences."""

    def __init__(self) -> None:
        book = load_rulebook()
        self._engine = prepared(replace(book, paths=()))
        self._examiners = {
            level: Examiner(book, ScanConfig(min_confidence=level), b"benchmark", date.min, self._engine)
            for level in (Confidence.MEDIUM, Confidence.LOW)
        }

    def found(self, case: Case, level: Confidence) -> bool:
        blob = Blob(path=case.path, data=case.text.encode())
        return bool(self._examiners[level].examine(whole(blob, self._engine))[0])


def gitleaks(root: Path) -> tuple[list[Case], list[str]]:
    """Return the cases of `cmd/generate/config/rules/*.go`, and the ids of rules without a positive in them."""
    cases: list[Case] = []
    empty: list[str] = []
    for file in sorted((root / "cmd/generate/config/rules").glob("*.go")):
        for function in re.split(r"^func ", file.read_text(), flags=re.MULTILINE)[1:]:
            identity = re.search(r'RuleID:\s*"([^"]+)"', function)
            if identity is None:
                continue
            before = len(cases)
            cases.extend(_go_cases(identity[1], function))
            if not any(case.positive for case in cases[before:]):
                empty.append(identity[1])
    return cases, empty


def _go_cases(rule: str, function: str) -> Iterator[Case]:
    names = {m[1]: m[2] for m in re.finditer(r"(\w+)\s*:?=\s*([^\n]+)", function)}
    for kind, body in re.findall(r"\b(tps|fps)\b\s*:?=\s*(.*?)(?=\n\t(?:\w+\s*:?=|return)|\Z)", function, re.DOTALL):
        for text in _go_texts(rule, body, names):
            yield Case(rule=rule, path="published.txt", text=text, positive=kind == "tps")


def _go_texts(rule: str, body: str, names: dict[str, str]) -> Iterator[str]:
    rest = body
    for found in re.finditer(r"utils\.GenerateSampleSecrets?\(", body):
        arguments, end = _argument(body, found.end())
        rest = rest.replace(body[found.start() : end], "")
        name, _, expression = _first(arguments)
        value = _go_value(rule, expression.strip(), names)
        if name is not None and value is not None:
            yield f'{name}_api_token = "{value}"'
            yield f"{name}Token = '{value}'"
    for line in re.split(r",\s*\n", rest[rest.find("{") + 1 :] if "[]string{" in rest else rest):
        text = _go_value(rule, line.strip().rstrip(",}").strip(), names) if _is_literal(line) else None
        if text:
            yield text


def _is_literal(line: str) -> bool:
    return re.search(rf"{_STRING}|NewSecret", line) is not None


def _go_value(rule: str, expression: str, names: dict[str, str]) -> str | None:
    """Return what a Go expression of strings, joints and draws comes to, or None where it says something else."""
    parts: list[str] = []
    formatted = re.match(r"fmt\.Sprintf\((.+)\)\s*$", expression, re.DOTALL)
    if formatted is not None:
        template, _, arguments = _first(formatted[1])
        values = [_go_value(rule, one, names) for one in re.split(r",\s*(?=\w)", arguments) if one.strip()]
        if template is None or None in values or template.count("%s") != len(values):
            return None
        return template.replace("%s", "{}").format(*values) if "{" not in template else None
    token = re.compile(rf"\s*(?:({_STRING})|secrets\.NewSecret(?:WithEntropy)?\(|([A-Za-z_]\w*)|(\+))")
    place = 0
    while place < len(expression.rstrip()):
        found = token.match(expression, place)
        if found is None:
            return None
        place = found.end()
        if found[1]:
            parts.append(_unquoted(found[1]))
        elif found[2]:
            known = _go_value(rule, names[found[2]], {}) if found[2] in names else None
            if known is None:
                return None
            parts.append(known)
        elif not found[3]:
            argument, place = _argument(expression, place)
            parts.append(_drawn(rule, argument))
    return "".join(parts) or None


def _first(arguments: str) -> tuple[str | None, str, str]:
    found = re.match(rf"\s*({_STRING})\s*,?", arguments)
    return (_unquoted(found[1]), ",", arguments[found.end() :]) if found else (None, "", "")


def _argument(text: str, place: int) -> tuple[str, int]:
    depth, start = 1, place
    while depth and place < len(text):
        quoted = re.match(_STRING, text[place:])
        if quoted is not None:
            place += quoted.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
    return text[start : place - 1], place


def _drawn(rule: str, argument: str) -> str:
    pattern = re.sub(
        r"utils\.(\w+)\(\"([\d,]+)\"\)", lambda m: f"`{_CLASSES.get(m[1], '[a-z0-9]')}{{{m[2]}}}`", argument
    )
    pattern = re.sub(r"utils\.Hex8_4_4_4_12\(\)", f"`{_UUID}`", pattern)
    written = "".join(_unquoted(one) for one in re.findall(_STRING, pattern))
    written = re.sub(r"\\b|\(\?-?[i]\)", "", written).replace("[[:alnum:]]", "[A-Za-z0-9]").replace("(?i:", "(?:")
    written = re.sub(r"(\[[^\]]*\])\{(\d{3,})(?:,\d*)?\}", _in_parts, written)
    return rstr.Rstr(random.Random(rule)).xeger(written)


def _in_parts(found: re.Match[str]) -> str:
    return f"{found[1]}{{50}}" * (int(found[2]) // 50) + f"{found[1]}{{{int(found[2]) % 50}}}"


def _unquoted(literal: str) -> str:
    if literal.startswith("`"):
        return literal[1:-1]
    try:
        return str(ast.literal_eval(literal))
    except (ValueError, SyntaxError):
        return literal[1:-1]


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
                    cases.append(Case(rule=file.stem, path="published.txt", text=text.value, positive=flagged.value))
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
                cases.append(Case(rule=file.stem, path="published.txt", text=text, positive=positive))
    return cases, []


_COLLECTIONS = {
    "gitleaks": gitleaks, "detect-secrets": detect_secrets, "secretlint": secretlint, "semgrep-rules": semgrep,
}  # fmt: skip


def report(name: str, cases: list[Case], skipped: list[str], bench: Bench) -> None:
    """Print what was found of one collection, by confidence, and the names of the misses."""
    sys.stdout.write(f"{name}\n")
    rules = {case.rule for case in cases if case.positive}
    for level in (Confidence.MEDIUM, Confidence.LOW):
        hit = {case for case in cases if bench.found(case, level)}
        positives = [case for case in cases if case.positive]
        negatives = [case for case in cases if not case.positive]
        covered = {case.rule for case in positives if case in hit}
        sys.stdout.write(
            f"  at {level}: positives {_share(len(hit & set(positives)), len(positives))}, "
            f"negatives flagged {_share(len(hit & set(negatives)), len(negatives))}, "
            f"rules with a positive found {_share(len(covered), len(rules))}\n"
        )
        if level is Confidence.MEDIUM:
            sys.stdout.write(f"    missed: {', '.join(sorted(rules - covered)[:_MOST_SHOWN]) or 'none'}\n")
            flagged = sorted({case.rule for case in negatives if case in hit})
            sys.stdout.write(f"    flagged: {', '.join(flagged[:_MOST_SHOWN]) or 'none'}\n")
    sys.stdout.write(f"  not extracted: {len(skipped)} ({', '.join(skipped[:_MOST_SHOWN])})\n")


def _share(part: int, whole_: int) -> str:
    return f"{part} of {whole_} ({100 * part / whole_:.1f} %)" if whole_ else "0 of 0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in _COLLECTIONS:
        parser.add_argument(f"--{name}", type=Path, help=f"a checkout of {name}")
    chosen = vars(parser.parse_args())
    bench = Bench()
    for name, extract in _COLLECTIONS.items():
        root = chosen[name.replace("-", "_")]
        if root is not None:
            cases, skipped = extract(root)
            report(name, cases, skipped, bench)


if __name__ == "__main__":
    main()
