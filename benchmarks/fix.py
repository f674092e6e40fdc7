"""What planning a fix costs beside the scan before it: many findings, of which every kind of file holds some.

    python -m benchmarks.fix [--files 5000] [--findings 500]

The repository is made up in memory. Prints seconds of CPU: the scan with analysis, the plan, its check, and the ratio
of plan and scan, which may be 3.
"""

from __future__ import annotations

import argparse
import random
import string
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from remediation.check import check
from remediation.model import Entry, Plan, Snapshot
from remediation.planner import plan_fix
from scanner.config import load_config
from scanner.model import Finding
from scanner.pipeline import scan
from scanner.rulebook.loader import load_rulebook
from scanner.sources.texts import TextsSource
from strongroom.kernel.canonical import sha256_hex

T = TypeVar("T")
_LINES = 60
_PACKAGE = 100
"""So many modules are in one package."""
_APART = 10
"""Neighbours of which one holds a value, mostly."""
_MODULE = '''"""Orders, part {number}."""

from __future__ import annotations

import os
{imported}
{planted}

class Order{number}:
    """An order."""

    def __init__(self, lines: list[int]) -> None:
        self.lines = lines

{methods}
'''
_METHOD = """    def total_{part}(self, rate: int = {part}) -> int:
        found = [line * rate for line in self.lines if line > {part}]
        return sum(found)
"""


_PLANTED = (
    'API_PASSWORD = "{value}"\n',
    'DATABASE_URL = "postgresql://shop:{value}@db.internal:5432/shop"\n',
    'class Settings:\n    SECRET_KEY = "{value}"\n\n',
)
"""What modules hold: plain values, logins of engines that other modules may make, and keys of sessions."""


def _credential(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=24))


def _module(number: int, value: str) -> tuple[str, str]:
    package = f"shop/part_{number // _PACKAGE}"
    before = number - 1
    imported = f"from {package.replace('/', '.')}.orders_{before} import Order{before}" if number % 10 else ""
    planted = _PLANTED[number // _APART % len(_PLANTED)].format(value=value) if value else ""
    methods = "\n".join(_METHOD.format(part=part) for part in range(_LINES // 4))
    text = _MODULE.format(number=number, imported=imported, planted=planted, methods=methods)
    return f"{package}/orders_{number}.py", text


def _filler(number: int, mark: str) -> str:
    return "".join(f"{mark}line {number} {each}\n" for each in range(_LINES))


def _compose(number: int, value: str) -> tuple[str, str]:
    environment = f"      API_PASSWORD: {value or 'changed'}\n"
    text = f"services:\n  app:\n    image: shop/app:{number}\n    environment:\n{environment}"
    return f"deploy/{number}/compose.yaml", text + _filler(number, "# ")


def _dotenv(number: int, value: str) -> tuple[str, str]:
    return f"deploy/{number}/.env", f"MODE=production\nAPI_PASSWORD={value}\n" + _filler(number, "# ")


def _secret(number: int, value: str) -> tuple[str, str]:
    head = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-{number}\nstringData:\n"
    return f"cluster/{number}/secret.yaml", f"{head}  api_password: {value or 'none'}\n{_filler(number, '# ')}"


def _terraform(number: int, value: str) -> tuple[str, str]:
    argument = f'  password = "{value}"\n' if value else ""
    text = f'resource "aws_db_instance" "shop_{number}" {{\n  engine = "postgres"\n{argument}}}\n'
    return f"infrastructure/{number}/main.tf", text + _filler(number, "# ")


def _script(number: int, value: str) -> tuple[str, str]:
    planted = f'export API_PASSWORD="{value}"\n' if value else ""
    return f"scripts/step_{number}.sh", f"#!/bin/sh\nset -e\n{planted}{_filler(number, 'echo ')}"


def _settings(number: int, value: str) -> tuple[str, str]:
    return f"settings/shop_{number}.ini", f"[smtp]\nhost = mail\npassword = {value}\n" + _filler(number, "; ")


_KINDS: Sequence[Callable[[int, str], tuple[str, str]]] = (
    *(_module,) * 4, _compose, _dotenv, _secret, _terraform, _script, _settings,
)  # fmt: skip
_READER = """import configparser

settings = configparser.ConfigParser(interpolation=None)
settings.read("settings/shop_{number}.ini")
"""


def _repository(files: int, findings: int) -> Iterator[tuple[str, str]]:
    """Yield paths and texts; every kind of file holds its share of the findings, in files apart from each other."""
    chance = random.Random(files)  # values that nobody uses, the same each time
    apart = files // findings
    for number in range(files):
        planted = number % apart == 0
        kind = _KINDS[number // apart % len(_KINDS)] if planted else _KINDS[number % len(_KINDS)]
        yield kind(number, _credential(chance) if planted else "")
        if not number:
            yield "requirements.txt", "flask>=3.1\nsqlalchemy\n"
        if planted and kind is _settings:
            yield f"readers/read_{number}.py", _READER.format(number=number)


def _snapshot(texts: Mapping[str, bytes]) -> Snapshot:
    entries = {path: Entry(mode="100644", blob_id=sha256_hex(text), data=text) for path, text in texts.items()}
    return Snapshot(app="shop", commit="0" * 40, entries=entries)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    done = work()
    return done, time.process_time() - begun


def main() -> None:
    """Measure once and print a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--findings", type=int, default=500)
    options = parser.parse_args()
    book, config = load_rulebook(), load_config(Path("/"))
    snapshot = _snapshot({path: text.encode() for path, text in _repository(options.files, options.findings)})
    texts = {path: entry.data for path, entry in snapshot.entries.items()}

    def found(among: Mapping[str, bytes]) -> list[Finding]:
        return list(scan(TextsSource("made up", among, texts), book, config).open_findings)

    due, scanned = _timed(lambda: found(texts))
    plan, planned = _timed(lambda: plan_fix(due, snapshot))
    _, checked = _timed(lambda: check(plan, snapshot, found))
    _show(plan, len(due), (scanned, planned, checked))


def _show(plan: Plan, found: int, seconds: tuple[float, float, float]) -> None:
    scanned, planned, checked = seconds
    files = len(plan.patch.edits)
    print(f"{found} findings: {len(plan.secrets)} secrets, {len(plan.left)} left, {files} files changed")
    print("| scan | plan | check | plan to scan |\n|--:|--:|--:|--:|")
    print(f"| {scanned:.1f} s | {planned:.1f} s | {checked:.1f} s | {planned / scanned:.2f} |")


if __name__ == "__main__":
    main()
