"""Times `pre-commit run` with our hook in a repository of many files with three staged, as a whole process.

    python benchmarks/hook.py --pre-commit PATH [--files 50000] [--runs 7]

PATH is pre-commit's program. The hook's environment is installed once, from a clone of this checkout's HEAD, before
anything is timed. Printed are medians of wall-clock seconds: pre-commit with a
hook that does nothing, and with ours.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_FOLDERS = 250


def main() -> None:
    """Build the repository, install the hook, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pre-commit", required=True)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=7)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PRE_COMMIT_HOME": str(Path(folder, "home"))}
        top = _repository(Path(folder), wanted.files)
        for label, hooks in (("a hook that does nothing", "nothing"), ("with strongroom", "strongroom")):
            command = [str(Path(wanted.pre_commit).absolute()), "run", hooks]
            subprocess.run(command, cwd=top, env=environment, check=True, stdout=subprocess.DEVNULL)
            print(f"{label:26} {statistics.median(_timed(command, top, environment, wanted.runs)):.3f} s")


def _timed(command: list[str], top: Path, environment: dict[str, str], runs: int) -> list[float]:
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, cwd=top, env=environment, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - started)
    return took


def _repository(folder: Path, files: int) -> Path:
    clone, top = folder / "hooks", folder / "repository"
    _git(folder, "clone", "-q", str(_ROOT), str(clone))
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True)
    top.mkdir()
    _git(top, "init", "-q")
    for number in range(files):
        path = top / f"package{number % _FOLDERS}" / f"module{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"value_{number} = {number}\n")
    (top / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {clone}\n  rev: {revision.stdout.strip()}\n  hooks:\n  - id: strongroom\n"
        "- repo: local\n  hooks:\n"
        "  - {id: nothing, name: nothing, language: system, entry: 'true', pass_filenames: false}\n"
    )
    _git(top, "add", "-A")
    _git(top, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "all")
    for number in range(3):
        (top / f"package{number}" / f"module{number}.py").write_text("def main() -> None:\n    print('changed')\n")
    _git(top, "add", "-A")
    return top


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
