"""What program analysis costs a scan, in seconds of CPU: cold, with what it remembers, and on three staged files.

    python -m benchmarks.analysis_cost CHECKOUT [CHECKOUT...] [--runs 5]

A checkout is left as it is: staged files are made in a clone. Cold runs have an empty cache. Prints
Markdown, medians of several runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_PROGRAM = Path(sys.executable).with_name("strongroom")
_STAGED = 3


def main() -> None:
    """Measure each checkout and print a row for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print("| | patterns only | cold | warm | adds cold | adds warm | staged adds |\n|---|--:|--:|--:|--:|--:|--:|")
    for checkout in options.checkouts:
        with tempfile.TemporaryDirectory() as made:
            print(_row(checkout.resolve(), Path(made), options.runs), flush=True)


def _row(checkout: Path, made: Path, runs: int) -> str:
    off = _median(["--analysis", "off"], checkout, made, runs)
    cold = _median([], checkout, made, max(1, runs // 2), cold=True)
    warm = _median([], checkout, made, runs)
    clone = _with_staged(checkout, made / "clone")
    staged = [_median(["--staged", *words], clone, made, runs) for words in (["--analysis", "off"], [])]
    figures = (off, cold, warm, cold - off, warm - off, staged[1] - staged[0])
    return f"| {checkout.name} | {' | '.join(f'{figure:.2f}' for figure in figures)} |"


def _median(words: list[str], folder: Path, made: Path, runs: int, *, cold: bool = False) -> float:
    """Return the median CPU seconds of a scan of `folder`, after one that is not counted unless it is to be cold."""
    cache = made / "cache"
    if not cold:
        _seconds(words, folder, cache)
    taken = []
    for _ in range(runs):
        if cold:
            shutil.rmtree(cache, ignore_errors=True)
        taken.append(_seconds(words, folder, cache))
    return statistics.median(taken)


def _seconds(words: list[str], folder: Path, cache: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [str(_PROGRAM), "scan", *words, "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{folder} was not scanned: {done.stderr[-500:].decode(errors='replace')}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _with_staged(checkout: Path, clone: Path) -> Path:
    """Return a clone in which a line is added to three programs of ordinary size, and staged."""
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(checkout), str(clone)], check=True)
    programs = sorted(
        (path for path in clone.rglob("*") if path.suffix in (".py", ".go", ".js", ".ts", ".java", ".rb")),
        key=lambda path: (path.stat().st_size, path),
    )
    for path in programs[len(programs) * 3 // 4 :][:_STAGED]:
        with path.open("ab") as file:
            file.write(b"\n")
        subprocess.run(["git", "add", str(path)], cwd=clone, check=True)
    return clone


if __name__ == "__main__":
    main()
