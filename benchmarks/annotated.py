"""Precision and recall on semgrep's own rule tests for hardcoded credentials, by language; prints Markdown.

Give a checkout of semgrep-rules. Its test files mark lines with `ruleid:` where the rule beside them must match and
with `ok:` where it must not. A marked statement counts as found where a finding, or a step of its flow, lies in it.
Most values there are placeholders or plain words (`secret`, `xxxx`), which we report none of; so these literals are
replaced by made-up ones, drawn from a fixed seed.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.config import Analysis, ScanConfig
from scanner.model import Confidence, Finding
from scanner.pipeline import scan
from scanner.prefilter.choose import prepared
from scanner.rulebook.loader import load_rulebook
from scanner.sources.tree import TreeSource

_RULES = re.compile(
    r"hard-?cod|static-credential|session-secret|secret-rsa|credential|password-in-source", re.IGNORECASE
)
_OTHERS = re.compile(r"tmp-path|conditional|logger|exposed|unencrypted|without-password|redirect|config\b")
_MARK = re.compile(r"(?:#|//|/\*|<!--|--)\s*(?P<kind>ruleid|ok|todoruleid|todook)\s*:\s*(?P<rules>[\w.,\- ]+)")
_LANGUAGES = (
    "python",
    "java",
    "javascript",
    "typescript",
    "go",
    "csharp",
    "kotlin",
    "ruby",
    "php",
    "scala",
    "rust",
    "terraform",
    "bash",
)

_MEANT = re.compile(
    r"""(?<!require\()(?<!from )(?<!require )(?P<quote>["'`])"""
    r"""(?P<value>[\w\-]*(?:secret|xxxxx|passw|key|cat|bad|hack|hardcode|test|shhh|token)[\w\-!]*)"""
    r"""(?P=quote)(?!\s*(?::|=>|\]))""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Lines that a rule's test marks: from `first` on, up to the next mark at most."""

    wanted: bool
    first: int
    last: int


def main() -> None:
    """Score every language that has such tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", type=Path, help="a checkout of semgrep-rules")
    parser.add_argument("languages", nargs="*", default=list(_LANGUAGES))
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    print("| language | marked to be found | found | marked as ordinary | flagged | recall | precision |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for language in options.languages:
        counts: Counter[str] = Counter()
        for test, rule in _tests(options.rules / language):
            _score(test, rule, counts, show=options.show)
        if counts:
            found, flagged = counts["found"], counts["flagged"]
            recall = found / counts["wanted"] if counts["wanted"] else 1.0
            precision = found / (found + flagged) if found + flagged else 1.0
            cells = (
                language,
                counts["wanted"],
                found,
                counts["ordinary"],
                flagged,
                f"{recall:.2f}",
                f"{precision:.2f}",
            )
            print(f"| {' | '.join(map(str, cells))} |")


def _tests(folder: Path) -> Iterator[tuple[Path, str]]:
    for rule in sorted(folder.rglob("*.y*ml")):
        if _RULES.search(rule.stem) and not _OTHERS.search(rule.stem) and ".test" not in rule.name:
            for test in sorted(rule.parent.glob(rule.stem + ".*")):
                if test.suffix not in (".yaml", ".yml") and ".fixed" not in test.name:
                    yield test, rule.stem


def _score(test: Path, rule: str, counts: Counter[str], *, show: bool) -> None:
    lines = test.read_text(errors="replace").splitlines()
    findings = _findings(test)
    for marked in _marks(lines):
        hit = any(_touches(finding, marked) for finding in findings)
        counts["wanted" if marked.wanted else "ordinary"] += 1
        counts["found" if marked.wanted else "flagged"] += hit
        if show and hit != marked.wanted:
            line = lines[marked.first - 1].strip()[:100]
            print(f"    {'missed' if marked.wanted else 'alarm '} {test}:{marked.first}: {line}")


def _marks(lines: list[str]) -> Iterator[Marked]:
    places = [(number, found) for number, line in enumerate(lines, start=1) if (found := _MARK.search(line))]
    for place, (number, found) in enumerate(places):
        if found["kind"].startswith("todo"):
            continue
        first = number + 1
        while first <= len(lines) and _MARK.search(lines[first - 1]):
            first += 1
        following = places[place + 1][0] - 1 if place + 1 < len(places) else len(lines)
        yield Marked(wanted=found["kind"] == "ruleid", first=first, last=max(first, min(first + 4, following)))


def _findings(test: Path) -> list[Finding]:
    book = load_rulebook()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "app"
        place.mkdir()
        (place / test.name).write_text(_MEANT.sub(_made_up, test.read_text(errors="replace")))
        config = ScanConfig(analysis=Analysis.AUTO, min_confidence=Confidence.MEDIUM)
        return list(scan(TreeSource(str(folder)), book, config, engine=prepared(book)).findings)


def _made_up(found: re.Match[str]) -> str:
    """Return a literal with another value of the same length or more; the same for the same value."""
    value = found["value"]
    drawn = random.Random(value)
    kept = value[:4] if value.startswith("AKIA") else ""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ234567" if kept else "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
    return found["quote"] + kept + "".join(drawn.choices(letters, k=max(len(value), 16) - len(kept))) + found["quote"]


def _touches(finding: Finding, marked: Marked) -> bool:
    places = {finding.region.start_line, *(step.line for one in finding.evidence for step in one.flow)}
    return any(marked.first <= line <= marked.last for line in places)


if __name__ == "__main__":
    main()
