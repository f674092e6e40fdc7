"""An audit of real repositories with their histories: `make acceptance-audit REPOS=FOLDER OUT=FOLDER`.

REPOS holds mirrors or clones, at most two folders deep; of them only what the report says is kept. Prints time, memory
and findings by category, and draws a sample to be read by hand: `make acceptance-audit READ=FOLDER` shows it with the
code around each finding, values included, on standard output only.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measured import measured

_SAMPLE = 100
_LEAST_REPOSITORIES = 12
_LEAST_COMMITS = 50_000
_AROUND = 3
_WIDE = 160


def main() -> None:
    """Audit, or show a sample that an earlier run drew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=Path)
    parser.add_argument("--out", type=Path, default=Path("acceptance-audit"))
    parser.add_argument("--read", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.read is not None:
        _show(asked.read)
    elif asked.repositories is None or not asked.repositories.is_dir():
        print("skipped: no folder of repositories was named (make acceptance-audit REPOS=FOLDER)")
    else:
        _audit(sorted(_found(asked.repositories)), asked.out, asked.seed)


def _found(folder: Path, depth: int = 2) -> Iterator[Path]:
    for place in folder.iterdir():
        if (place / ".git").exists() or ((place / "HEAD").is_file() and (place / "objects").is_dir()):
            yield place
        elif place.is_dir() and depth > 0:
            yield from _found(place, depth - 1)


def _audit(places: Sequence[Path], out: Path, seed: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    report, listed = out / "audit.json", out / "repositories.txt"
    listed.write_text("".join(f"{place.resolve()}\n" for place in places))
    words = ["audit", "--repos-from", str(listed), "--db", str(out / "audit.db"), "--no-vault", "-f", "json"]
    told = measured([*words, "-o", str(report)])
    if told.status not in (0, 1):
        raise SystemExit(told.said)
    document = json.loads(report.read_bytes())
    _tell(document)
    print(f"\n{told.seconds:.0f} s; coordinator {told.megabytes:.0f} MB, largest worker {told.child_megabytes:.0f} MB")
    findings = document["findings"]
    sample = random.Random(seed).sample(findings, min(_SAMPLE, len(findings)))
    (out / "sample.json").write_text(json.dumps({"places": _places(document), "sample": sample}))
    print(f"a sample of {len(sample)} findings to be read: make acceptance-audit READ={out}")


def _tell(document: Mapping[str, Any]) -> None:
    rows = sorted(document["repositories"], key=lambda one: -one["commits"])
    print("| repository | commits | versions of files | MB | s | findings | values |\n|---|---|---|---|---|---|---|")
    for one in rows:
        size = f"{one['bytes'] / 1e6:.0f}"
        cells = (one["name"], one["commits"], one["files"], size, one["seconds"], one["findings"], one["exposures"])
        print(f"| {' | '.join(str(cell) for cell in cells)} |")
    overview = document["overview"]
    print(f"\n{overview['findings']} findings of {overview['exposures']} values, {overview['in_head']} in HEAD:")
    for one in overview["categories"]:
        print(f"  {one['findings']:5} {one['rule_id']}")
    if len(rows) < _LEAST_REPOSITORIES or rows[0]["commits"] < _LEAST_COMMITS:
        print(f"fewer than {_LEAST_REPOSITORIES} repositories, or none over {_LEAST_COMMITS} commits")


def _places(document: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["location"] for one in document["repositories"]}


def _show(out: Path) -> None:
    kept = json.loads((out / "sample.json").read_bytes())
    for number, one in enumerate(kept["sample"], start=1):
        commit = one["commit"] or {}
        place = f"{one['repository']} {commit.get('sha', '')[:12]} {one['path']}:{one['start_line']}"
        print(f"--- {number}. {one['rule_id']} ({one['confidence']}) {place}")
        print(f"    {'; '.join(reason['detail'] for reason in one['evidence'])}")
        for line in _lines(kept["places"][one["repository"]], one):
            print(f"    {line[:_WIDE]}")


def _lines(place: str, one: Mapping[str, Any]) -> list[str]:
    commit = (one["commit"] or {}).get("sha", "HEAD")
    shown = subprocess.run(
        ["git", "-C", place, "show", f"{commit}:{one['path'].partition('!')[0]}"], capture_output=True, check=False
    )
    lines = shown.stdout.decode("utf-8", "replace").splitlines()
    start = max(one["start_line"] - 1 - _AROUND, 0)
    return [f"{start + number + 1:5} {text}" for number, text in enumerate(lines[start : start + 2 * _AROUND + 1])]


if __name__ == "__main__":
    main()
