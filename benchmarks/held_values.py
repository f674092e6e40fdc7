"""What it costs to ask whether a vault holds what repositories hold: text read out a second, secrets compared a second.

    python -m benchmarks.held_values FOLDER [FOLDER...] [--secrets 2000]

Reads the files below the folders as an audit reads what is new in versions, in one process; makes a vault in memory
with so many secrets and asks it in process. Seconds are of CPU. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scanner.audit.held.digests import TokenDigests
from strongroom.cli.connection import Connection
from strongroom.cli.held_values import MOST, HeldValues, held_values
from strongroom.kernel.likeness import DIGEST_SIZE
from vault.bootstrap import open_in_memory
from vault.initialise import NewStore

_LARGEST = 2_000_000
_MEGABYTE = 1_000_000


def main() -> None:
    """Measure both sides and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--secrets", type=int, default=2000)
    options = parser.parse_args()
    print("| text | MB | MB/s | digests a MB | peak MB |\n|---|--:|--:|--:|--:|")
    for folder in options.folders:
        print(_read_row(folder), flush=True)
    print("\n| asked | secrets/s |\n|---|--:|")
    for what, rate in _rates(options.secrets):
        print(f"| {what} | {rate:,.0f} |", flush=True)


def _read_row(folder: Path) -> str:
    files = list(_files(folder))
    size = sum(map(len, files))
    collected = TokenDigests(os.urandom(32), lambda _: None)

    def read() -> None:
        for file in files:
            collected.feed(file)
        collected.flush()

    taken = _seconds(read)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = (size / _MEGABYTE, size / taken / _MEGABYTE, collected.count / size * _MEGABYTE, peak - size / _MEGABYTE)
    return f"| {folder.name} | {' | '.join(f'{figure:,.1f}' for figure in figures)} |"


def _files(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts:
            data = path.read_bytes()[:_LARGEST]
            if data and b"\0" not in data:
                yield data


def _rates(number: int) -> Iterator[tuple[str, float]]:
    vault, _ = open_in_memory(NewStore(account_id="123456789012", regions=("us-east-1",)))
    client: Any = vault.client("secretsmanager")
    for each in range(number):
        content = {"username": "app", "password": secrets.token_hex(12), "host": "db.example"}
        client.create_secret(Name=f"app/{each:06}", SecretString=json.dumps(content))
    asking = held_values(Connection(client=vault.client, vault=vault), os.urandom(32))
    yield f"{MOST:,} texts for the first time", number / _seconds(lambda: _ask(asking, MOST))
    yield f"{MOST:,} texts more", number / _seconds(lambda: _ask(asking, MOST))
    yield "one text more", number / _seconds(lambda: _ask(asking, 1))
    vault.close()


def _ask(asking: HeldValues, texts: int) -> None:
    for _ in asking.matches([os.urandom(texts * DIGEST_SIZE)]):
        raise AssertionError("a drawn text is held")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
