"""Writes docs/api-operations.md: which operations of IAM, STS, Roles Anywhere and Lambda are offered, each with a test.

Operations come from botocore's models, tests from `shows` markers (`iam:CreateUser`), read without running them, and
the reasons for what is not offered from docs/api-operations.yaml. `--check` writes nothing and exits 1 where the page
is out of date, or an operation is neither shown nor explained.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from botocore.loaders import Loader
from botocore.model import ServiceModel

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api-operations.md"
SERVICES = {"iam": "IAM", "sts": "STS", "rolesanywhere": "Roles Anywhere", "lambda": "Lambda"}
_HEAD = """# IAM, STS, Roles Anywhere and Lambda: what is offered

Written by `docs/make_operations.py` from botocore's models and the tests' `shows` markers; not by hand.
`CreateSession` of Roles Anywhere, which certificates sign, is in no model; `iam-rolesanywhere-session` is run against
it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The operations of a service. Its problems are what the page must not be published with."""

    title: str
    operations: list[str]
    refused_as: str
    reasons: Mapping[str, str]
    shown: dict[str, str] = field(default_factory=dict)
    """A test of each operation that has one, as a link."""

    @property
    def problems(self) -> list[str]:
        """Return what is shown and explained, neither of them, or not in the model."""
        unknown = [f"{name} is not in the model" for name in self.shown if name not in self.operations]
        unsure = [
            f"{name} is {'shown and explained away' if name in self.shown else 'neither shown nor explained'}"
            for name in self.operations
            if (name in self.shown) == bool(self.reason(name))
        ]
        return unknown + unsure

    def reason(self, name: str) -> str:
        """Return why an operation is not offered; nothing where it is."""
        return next((why for pattern, why in self.reasons.items() if re.fullmatch(pattern, name)), "")

    def part(self) -> Iterator[str]:
        """Return the lines of the service's part of the page."""
        offered = [name for name in self.operations if name in self.shown]
        yield f"\n## {self.title}: {len(offered)} of {len(self.operations)}\n\n| operation | shown by |\n|---|---|"
        yield from (f"| `{name}` | {self.shown[name]} |" for name in offered)
        if len(offered) < len(self.operations):
            yield f"\nRefused as {self.refused_as}, and recorded:\n\n| operation | why |\n|---|---|"
            yield from (f"| `{name}` | {self.reason(name)} |" for name in self.operations if name not in self.shown)


def tables() -> dict[str, Table]:
    """Return the tables as the tests stand, by service."""
    said = yaml.safe_load((ROOT / "docs" / "api-operations.yaml").read_text())
    made = {service: _table(service, title, said[service]) for service, title in SERVICES.items()}
    for named, test in _shown():
        service, _, operation = named.rpartition(":")
        if service in made:
            made[service].shown.setdefault(operation, test)
    return made


def page(parts: Mapping[str, Table]) -> str:
    """Return the page."""
    return _HEAD + "\n".join(line for part in parts.values() for line in part.part()) + "\n"


def _table(service: str, title: str, said: Mapping[str, Any]) -> Table:
    names = sorted(ServiceModel(Loader().load_service_model(service, "service-2"), service).operation_names)
    return Table(title=title, operations=names, refused_as=said["refused_as"], reasons=said["not_offered"])


def _shown() -> Iterator[tuple[str, str]]:
    for file in sorted((ROOT / "tests/wire").rglob("test_*.py")):
        for function in ast.parse(file.read_text()).body:
            if isinstance(function, ast.FunctionDef):
                link = f"[{function.name}](../{file.relative_to(ROOT)})"
                yield from ((name, link) for mark in function.decorator_list for name in _names(mark))


def _names(mark: ast.expr) -> Iterator[str]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.shows":
        yield from (ast.literal_eval(argument) for argument in mark.args)


def main() -> int:
    """Write the page, or check it."""
    parts = tables()
    problems = [problem for made in parts.values() for problem in made.problems]
    for problem in problems:
        print(problem, file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(page(parts))
    return 1 if problems or PAGE.read_text() != page(parts) else 0


if __name__ == "__main__":
    sys.exit(main())
