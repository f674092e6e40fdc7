"""What an audit costs: thousands of small repositories by one worker and by two, and what the coordinator holds.

    python -m benchmarks.audit [--repositories 2000] [--scheduler]

The repositories are made up in a temporary folder: a few commits each, every tenth with a credential that was taken out
again. With `--scheduler` the same on a Dask cluster of one and of two processes on this machine.
"""

from __future__ import annotations

import argparse
import random
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from benchmarks.measured import measured
from tests.testing.ports import free_port

_COMMITS = 6


def main() -> None:
    """Make the repositories, audit growing parts of them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=2000)
    parser.add_argument("--scheduler", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        places = [_repository(top / f"repository{number:05}", number) for number in range(asked.repositories)]
        print("| repositories | workers | seconds | ms a repository | coordinator MB | largest worker MB |")
        print("|---|---|---|---|---|---|")
        for number in (asked.repositories // 20, asked.repositories // 4, asked.repositories):
            _row(top, places[:number], 1, cluster=False)
        _row(top, places, 2, cluster=False)
        for workers in (1, 2) if asked.scheduler else ():
            _row(top, places, workers, cluster=True)


def _row(top: Path, places: Sequence[Path], workers: int, *, cluster: bool) -> None:
    label = f"{len(places)}-{workers}-{'cluster' if cluster else 'local'}"
    listed = top / f"{label}.txt"
    listed.write_text("".join(f"{place}\n" for place in places))
    words = ["audit", "--repos-from", str(listed), "--db", str(top / f"{label}.db"), "-f", "json"]
    with _cluster(top, workers) if cluster else nullcontext() as address:
        words += ["--scheduler", str(address)] if cluster else ["--jobs", str(workers)]
        told = measured(words, {"XDG_CACHE_HOME": str(top / label)})
    if told.status not in (0, 1):
        raise SystemExit(told.said)
    each = 1000 * told.seconds / len(places)
    kind = f"{workers} (Dask)" if cluster else str(workers)
    memory = f"{told.megabytes:.0f} | {told.child_megabytes:.0f}"
    print(f"| {len(places)} | {kind} | {told.seconds:.1f} | {each:.1f} | {memory} |", flush=True)


def _repository(place: Path, number: int) -> Path:
    """Make one repository by git's own importer (git-fast-import(1))."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(place)], check=True)
    stream = "".join(_commits(random.Random(number), number)).encode()
    subprocess.run(["git", "-C", str(place), "fast-import", "--quiet"], input=stream, check=True)
    return place


def _commits(chance: random.Random, number: int) -> Iterator[str]:
    value = "".join(chance.choices(string.ascii_letters + string.digits, k=24))
    for commit in range(_COMMITS):
        held = number % 10 == 0 and commit in (1, 2)
        text = f'"""Part {number}."""\n\n' + "".join(
            f"def f{each}(x):\n    return x + {commit}\n" for each in range(20)
        )
        text += f'api_password = "{value}"\n' if held else ""
        message = f"change {commit}"
        yield f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1700000000 + commit * 86400} +0000\n"
        yield f"data {len(message)}\n{message}\nM 100644 inline app.py\ndata {len(text.encode())}\n{text}\n"


@contextmanager
def _cluster(top: Path, workers: int) -> Iterator[str]:
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    commands = [["dask_scheduler", "--port", port, "--no-dashboard"]]
    worker = ["dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(top)]
    commands += [worker] * workers
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for words in commands
    ]
    try:
        yield address
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
