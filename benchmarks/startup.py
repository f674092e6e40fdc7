"""Start-up times of whole processes, interleaved so that a drifting machine hurts all alike; prints Markdown."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is started, and where."""

    name: str
    arguments: Sequence[str]
    folder: Path


def main() -> None:
    """Time every command `RUNS` times in turn after one warm-up round."""
    with tempfile.TemporaryDirectory() as made:
        commands = _commands(Path(made))
        times: dict[str, list[tuple[float, float]]] = {command.name: [] for command in commands}
        for round_number in range(RUNS + 1):
            for command in commands:
                taken = _time(command)
                if round_number:
                    times[command.name].append(taken)
    _print(times)


def _commands(folder: Path) -> list[Command]:
    script = str(Path(sys.executable).with_name("strongroom"))
    repository = folder / "repository"
    repository.mkdir()
    (repository / "app.py").write_text("def main() -> None:\n    print('hello')\n")
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    return [
        Command(name="python -c pass", arguments=[sys.executable, "-c", "pass"], folder=folder),
        Command(name="python -c 'import click'", arguments=[sys.executable, "-c", "import click"], folder=folder),
        Command(name="strongroom --help", arguments=[script, "--help"], folder=folder),
        Command(name="strongroom scan --help", arguments=[script, "scan", "--help"], folder=folder),
        Command(name="strongroom scan (one clean file)", arguments=[script, "scan"], folder=repository),
        Command(
            name="strongroom scan --staged (one clean file)", arguments=[script, "scan", "--staged"], folder=repository
        ),
    ]


def _time(command: Command) -> tuple[float, float]:
    """Return CPU and wall milliseconds of one run."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command.arguments, cwd=command.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=_environment(),
    )  # fmt: skip
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1000, wall * 1000


def _environment() -> Mapping[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("STRONGROOM_")}


def _print(times: Mapping[str, list[tuple[float, float]]]) -> None:
    print("| command | CPU ms, median | wall ms, median |")
    print("|---|---:|---:|")
    for name, taken in times.items():
        cpu, wall = (statistics.median(each) for each in zip(*taken, strict=True))
        print(f"| `{name}` | {cpu:.0f} | {wall:.0f} |")
    for index, kind in ((0, "CPU"), (1, "wall")):
        scan, click = (
            statistics.median(each[index] for each in times[name])
            for name in ("strongroom scan --help", "python -c 'import click'")
        )
        print(f"\n`strongroom scan --help` takes {scan / click:.2f} times the {kind} of `import click`.")


main()
