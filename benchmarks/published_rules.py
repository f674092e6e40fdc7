"""How many published test cases of other tools' rules are found, by ours and by peers: `make bench-rules GITLEAKS=...`.

Each case is written to a file of its own, and each tool scans the folder with the options it starts with. A positive
counts as found, a negative as flagged, if there is any finding in its file: the published cases mark no values. Many a
negative of one rule is a credential of another kind (a key of the wrong type, a token of another provider). Where the
collection's own tool is among the peers, a negative that it flags itself is disputed, and the figures without disputed
negatives stand beside those with them. Fetches nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from published_cases import Case, detect_secrets, kingfisher, secretlint, semgrep
from published_go import generated, tables
from tools import Run, ours, peers

_MOST_SHOWN = 60
_HEAD = (
    "| tool | rules with a positive found | positives found | negatives flagged | undisputed negatives flagged |\n"
    "|---|---|---|---|---|"
)
_OURS = "strongroom"
_Extract = Callable[[Path, argparse.Namespace], tuple[list[Case], list[str]]]
_COLLECTIONS: dict[str, _Extract] = {
    "gitleaks": lambda root, options: (generated(root, options.go, options.seed), []),
    "detect-secrets": lambda root, _: detect_secrets(root),
    "secretlint": lambda root, _: secretlint(root),
    "semgrep-rules": lambda root, _: semgrep(root),
    "betterleaks": lambda root, options: (generated(root, options.go, options.seed), []),
    "kingfisher": lambda root, _: kingfisher(root),
    "trufflehog": lambda root, options: (tables(root, options.go), []),
}


def main() -> None:
    """Print a table for each collection that was named, and what ours misses."""
    options = _options()
    tools = {_OURS: ours(), **(dict(peers(options.peers)) if options.peers else {})}
    totals = {tool: Counter[str]() for tool in tools}
    for name, extract in _COLLECTIONS.items():
        root = vars(options)[name.replace("-", "_")]
        if root is not None:
            cases, skipped = extract(root, options)
            for tool, tally in _report(name, [case for case in cases if case.text.strip()], skipped, tools).items():
                totals[tool].update(tally)
    print(f"\n### all of these\n\n{_HEAD}")
    for tool, total in totals.items():
        print(_row(tool, total))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in _COLLECTIONS:
        parser.add_argument(f"--{name}", type=Path, help=f"a checkout of {name}")
    parser.add_argument("--peers", type=Path, help="an environment with the peers installed (see tools.py)")
    parser.add_argument("--go", default="go", help="the Go to work out cases of tools written in Go with")
    parser.add_argument("--seed", type=int, default=1, help="what secrets are drawn from, where cases hold drawn ones")
    return parser.parse_args()


def _report(name: str, cases: list[Case], skipped: list[str], tools: dict[str, Run]) -> dict[str, Counter[str]]:
    """Print what each tool finds of a collection, and return its counts."""
    hits = {tool: _hit(cases, run) for tool, run in tools.items()}
    tallies = {tool: _tally(cases, hit, hits.get(name, set())) for tool, hit in hits.items()}
    print(f"\n### {name}: {len({case.rule for case in cases})} rules, {len(cases)} cases\n\n{_HEAD}")
    for tool, tally in tallies.items():
        print(_row(tool, tally))
    _details(cases, hits[_OURS], skipped)
    return tallies


def _tally(cases: list[Case], hit: set[int], disputed: set[int]) -> Counter[str]:
    """Count the rules, positives, negatives and undisputed negatives there are, and those that were hit."""
    positives = {place for place, case in enumerate(cases) if case.positive}
    negatives = set(range(len(cases))) - positives
    groups = {"positives": positives, "negatives": negatives, "undisputed": negatives - disputed}
    counts = Counter({name: len(group) for name, group in groups.items()})
    counts.update({f"{name} hit": len(group & hit) for name, group in groups.items()})
    counts["rules"] = len({cases[place].rule for place in positives})
    counts["rules hit"] = len({cases[place].rule for place in positives & hit})
    return counts


def _row(tool: str, tally: Counter[str]) -> str:
    columns = ("rules", "positives", "negatives", "undisputed")
    return f"| {tool} | {' | '.join(_share(tally[f'{name} hit'], tally[name]) for name in columns)} |"


def _details(cases: list[Case], hit: set[int], skipped: list[str]) -> None:
    positive = {case.rule for case in cases if case.positive}
    covered = {cases[place].rule for place in hit if cases[place].positive}
    flagged = {cases[place].rule for place in hit if not cases[place].positive}
    print(f"\nours misses: {_listed(positive - covered)}\n\nours flags negatives of: {_listed(flagged)}")
    if skipped:
        print(f"\nnot extracted: {_listed(skipped)}")


def _hit(cases: list[Case], run: Run) -> set[int]:
    """Return the numbers of the cases in whose files a tool finds something."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve() / "files"
        for number, case in enumerate(cases):
            place = folder / str(number) / (case.path or "published.txt")
            place.parent.mkdir(parents=True)
            place.write_text(case.text, encoding="utf-8", errors="surrogateescape", newline="")
        return {int(path.split("/", 1)[0]) for path, _, _ in run(folder)}


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(set(names))
    more = f" and {len(ordered) - _MOST_SHOWN} more" if len(ordered) > _MOST_SHOWN else ""
    return f"{len(ordered)} ({', '.join(ordered[:_MOST_SHOWN])}{more})" if ordered else "none"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"


if __name__ == "__main__":
    main()
