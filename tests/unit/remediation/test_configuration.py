"""Every shape of `fixtures/rewrites/<format>`, found by a real scan: what is written, and that nothing is left to do.

In `before/` PLANTED1, PLANTED2, … stand for values, QUOTED1 for one in percent-encoding, CODED1 for one in
base64, HEAD1 and TAIL1 for its two parts, ISSUED1 for a token as GitHub issues them.
OCTETS1 stands for a key of sixteen bytes, SIGNED1, CASTS1 and TOBYTES1 for it as Java and Kotlin write it, LETTERS1 for
the bytes of PLANTED1.
The accessor of a language, which is the same for all of its shapes, is no part of `after/`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from remediation.check import check
from remediation.model import Edit, Plan, Snapshot, Taste
from remediation.planner import plan_fix
from remediation.record import PATH as RECORD
from remediation.rewriters.code.accessors import MARK
from scanner.config import load_config
from scanner.model import Finding
from scanner.pipeline import scan
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from scanner.sources.texts import TextsSource
from tests.unit.remediation.building import contents, made_up, snapshot

ROOT = Path(__file__).parents[3] / "fixtures/rewrites"
SHAPES = sorted(path.parent for path in ROOT.glob("*/*/before") if path.is_dir())


@cache
def book() -> RuleBook:
    return load_rulebook()


def values() -> dict[str, str]:
    """Return what stands for the values: mixed cases and digits, as generators make them."""
    return {str(number): made_up(100 + number, 24) for number in range(1, 10)}


def octets(number: str) -> bytes:
    """Return a key that is no text."""
    return hashlib.sha256(f"octets {number}".encode()).digest()[:15] + b"\x91"


def listed(data: bytes, each: Callable[[int], str]) -> bytes:
    return ", ".join(each(one) for one in data).encode()


def signed(one: int) -> int:
    return one - 256 if one > 127 else one


LISTED: dict[str, Callable[[int], str]] = {
    "OCTETS": lambda one: f"0x{one:02x}",
    "LETTERS": lambda one: f"0x{one:02x}",
    "SIGNED": lambda one: str(signed(one)),
    "CASTS": lambda one: f"(byte) 0x{one:02X}" if one > 127 else f"0x{one:02X}",
    "TOBYTES": lambda one: f"0x{one:02x}.toByte()" if one > 127 else f"0x{one:02x}",
}


def planted(text: bytes) -> bytes:
    made = values()
    text = re.sub(
        rb"(OCTETS|LETTERS|SIGNED|CASTS|TOBYTES)(\d)",
        lambda match: listed(
            made[match[2].decode()].encode() if match[1] == b"LETTERS" else octets(match[2].decode()),
            LISTED[match[1].decode()],
        ),
        text,
    )
    spelled = {
        "PLANTED": lambda value: value,
        "SPECIAL": lambda value: f"{value}@/x",
        "QUOTED": lambda value: quote(f"{value}@/x", safe=""),
        "CODED": lambda value: base64.b64encode(value.encode()).decode(),
        "HEAD": lambda value: value[:10],
        "TAIL": lambda value: value[10:],
        "ISSUED": lambda value: f"ghp_{value}{value[:12]}",
    }
    return re.sub(
        rb"(PLANTED|SPECIAL|QUOTED|CODED|HEAD|TAIL|ISSUED)(\d)",
        lambda match: spelled[match[1].decode()](made[match[2].decode()]).encode(),
        text,
    )


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): planted(path.read_bytes()) for path in files}


def found(files: Mapping[str, bytes]) -> list[Finding]:
    source = TextsSource("shape", files, {})
    return list(scan(source, book(), load_config(ROOT)).open_findings)


def planned(shape: Path) -> tuple[Plan, Snapshot]:
    return plan_of(shape, tree(shape / "before"))


def plan_of(shape: Path, files: Mapping[str, bytes]) -> tuple[Plan, Snapshot]:
    """Return the plan of a shape's files; one whose name begins with `lazy` is fixed by `--lazy`."""
    start = snapshot(files)
    return plan_fix(found(contents(start)), start, Taste(lazy=shape.name.startswith("lazy"))), start


def is_accessor(edit: Edit) -> bool:
    return MARK in edit.after


def result(plan: Plan, start: Snapshot) -> dict[str, bytes]:
    edits = {edit.path: edit.after for edit in plan.patch.edits if edit.path != RECORD and not is_accessor(edit)}
    return contents(start) | edits


def name(shape: Path) -> str:
    return f"{shape.parent.name}-{shape.name}"


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_a_shape_is_rewritten_as_a_developer_would_have_written_it(shape: Path) -> None:
    plan, start = planned(shape)

    assert result(plan, start) == tree(shape / "after")


def crlf(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for path, data in files.items()}


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_line_endings_stay(shape: Path) -> None:
    plan, start = plan_of(shape, crlf(tree(shape / "before")))

    made = {path: data for path, data in result(plan, start).items() if path in start.entries}

    assert made == {path: data for path, data in crlf(tree(shape / "after")).items() if path in start.entries}


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_a_rewritten_shape_passes_every_check_and_holds_no_value(shape: Path) -> None:
    plan, start = planned(shape)

    check(plan, start, found)

    assert plan.secrets
    assert not any(value.encode() in data for data in result(plan, start).values() for value in values().values())


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_a_second_scan_finds_nothing_and_a_second_fix_changes_nothing(shape: Path) -> None:
    plan, start = planned(shape)
    after = snapshot(result(plan, start))

    again = found(contents(after))

    assert again == []
    assert plan_fix(again, after).patch.edits == ()
