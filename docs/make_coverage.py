"""Writes docs/api-coverage.md: which test shows each parameter and each error of the services' operations.

Operations, parameters and errors come from botocore's models; what a test shows from its `shows` markers, read without
running it (`kms:Encrypt` for an operation of KMS); what no test can show from docs/api-coverage.yaml. `--check` writes
nothing and exits 1 where the page is out of date or something is neither shown nor explained.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from botocore.loaders import Loader
from botocore.model import ServiceModel

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api-coverage.md"
_FOLDERS = ("tests/wire", "tests/unit/vault", "tests/contract/storage")
_MOST_SHOWN = 3

Fact = tuple[str, str]
"""An operation, and one of its parameters or errors."""

SERVICES = {
    "secretsmanager": "Secrets Manager",
    "kms": "KMS",
    "account": "Account",
    "cloudwatch": "CloudWatch",
    "logs": "CloudWatch Logs",
}
_FIRST = "secretsmanager"
"""The service whose operations the markers name without a prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test that says what it shows."""

    file: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The model of a service beside the tests. Its problems are what the page must not be published with."""

    title: str
    parameters: Mapping[str, list[str]]
    errors: Mapping[str, list[str]]
    own_issue: Mapping[str, str]
    not_offered: Mapping[str, str]
    """Operations that are refused as unknown, each with the reason."""
    published: int
    """Operations of the model, of which only those of alarms may be looked at."""
    never: Mapping[Fact, str]
    shown: dict[Fact, list[Test]] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """Return what is neither shown nor explained, and what is said of something the model does not have."""
        known = {*_pairs(self.parameters), *_pairs(self.errors)}
        unknown = [f"{'.'.join(fact)} is not in the model" for fact in {*self.shown, *self.never} - known]
        both = [f"{'.'.join(fact)} is shown and explained away" for fact in self.never if fact in self.shown]
        missing = [
            f"{'.'.join(fact)} is not shown by any test"
            for fact in known
            if fact[0] not in {*self.own_issue, *self.not_offered} and fact not in self.shown and fact not in self.never
        ]
        return sorted(unknown + both + missing)

    def part(self) -> str:
        """Return the service's part of the page."""
        operations = (line for name in self.parameters for line in self._operation(name))
        return "\n".join([*self._summary(), *operations]) + "\n"

    def _summary(self) -> Iterator[str]:
        offered = [name for name in self.parameters if not self._apart(name)]
        yield f"# {self.title}: which test shows what"
        yield ""
        yield "Written by `docs/make_coverage.py` from botocore's model and the tests' `shows` markers; not by hand."
        yield ""
        apart = (
            "of each other stands below why not" if self.published == len(self.parameters) else "alarms need no other"
        )
        yield f"- operations: {len(offered)} of {self.published} are offered; {apart}"
        yield f"- parameters of these: {self._count(self.parameters, offered)}"
        yield f"- errors of these: {self._count(self.errors, offered)}, {self._explained(offered)} not, for a reason"

    def _count(self, facts: Mapping[str, list[str]], names: list[str]) -> str:
        every = [(name, each) for name in names for each in facts[name]]
        return f"{sum(fact in self.shown for fact in every)} of {len(every)} shown"

    def _explained(self, names: list[str]) -> int:
        return sum(fact[0] in names for fact in self.never)

    def _apart(self, name: str) -> bool:
        """Tell whether an operation is not offered: it has an issue of its own, and no test shows a thing of it."""
        apart = name in self.own_issue or name in self.not_offered
        return apart and not any(fact[0] == name for fact in self.shown)

    def _operation(self, name: str) -> Iterator[str]:
        yield ""
        yield f"## {name}"
        yield ""
        if name in self.not_offered:
            yield f"Not offered, and refused as UnknownOperationException: {self.not_offered[name]}."
            return
        if self._apart(name):
            yield f"An issue of its own: {self.own_issue[name]}."
            return
        if name in self.own_issue:
            yield f"Basics only; {self.own_issue[name]} is an issue of its own."
            yield ""
        yield "| parameter or error | shown by |"
        yield "|---|---|"
        for each in (*self.parameters[name], *self.errors[name]):
            yield f"| `{each}` | {self._cell((name, each))} |"

    def _cell(self, fact: Fact) -> str:
        tests = self.shown.get(fact, [])
        if tests:
            links = [f"[{test.name}](../{test.file})" for test in tests[:_MOST_SHOWN]]
            more = len(tests) - _MOST_SHOWN
            return "<br>".join(links) + (f" and {more} more" if more > 0 else "")
        if fact in self.never:
            return f"not shown: {self.never[fact]}"
        return "an issue of its own"


def _pairs(facts: Mapping[str, list[str]]) -> Iterator[Fact]:
    return ((name, each) for name, all_of_it in facts.items() for each in all_of_it)


def page(parts: Mapping[str, Coverage]) -> str:
    """Return the page with the parts of all services."""
    return "\n".join(made.part() for made in parts.values())


def coverage() -> dict[str, Coverage]:
    """Return the models beside the tests as they stand, by service."""
    said = yaml.safe_load((ROOT / "docs" / "api-coverage.yaml").read_text())
    made = {service: _of_service(service, title, said[service]) for service, title in SERVICES.items()}
    for (named, each), test in _shown():
        service, _, operation = named.rpartition(":")
        made[service or _FIRST].shown.setdefault((operation, each), []).append(test)
    return made


def _of_service(service: str, title: str, said: Mapping[str, Any]) -> Coverage:
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    wanted = said.get("only", model.operation_names)
    operations = {name: model.operation_model(name) for name in sorted(wanted)}
    errors = {name: sorted(shape.name for shape in each.error_shapes) for name, each in operations.items()}
    return Coverage(
        title=title,
        parameters={
            name: list(each.input_shape.members if each.input_shape else ()) for name, each in operations.items()
        },
        errors=errors,
        own_issue=said["own_issue"],
        not_offered=said.get("not_offered", {}),
        published=len(model.operation_names),
        never=_never(said["never"], errors),
    )


def _never(said: dict[str, dict[str, str]], errors: Mapping[str, list[str]]) -> dict[Fact, str]:
    everywhere = said.pop("everywhere")
    general = {fact: everywhere[fact[1]] for fact in _pairs(errors) if fact[1] in everywhere}
    return general | {(name, each): why for name, reasons in said.items() for each, why in reasons.items()}


def _shown() -> Iterator[tuple[Fact, Test]]:
    for folder in _FOLDERS:
        for file in sorted((ROOT / folder).rglob("test_*.py")):
            for function in ast.parse(file.read_text()).body:
                if isinstance(function, ast.FunctionDef):
                    test = Test(file=str(file.relative_to(ROOT)), name=function.name)
                    yield from ((fact, test) for mark in function.decorator_list for fact in _facts(mark))


def _facts(mark: ast.expr) -> Iterator[Fact]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.shows":
        operation: Any = ast.literal_eval(mark.args[0])
        for keyword in mark.keywords:
            yield from ((operation, each) for each in ast.literal_eval(keyword.value))


def main() -> int:
    """Write the page, or check it."""
    parts = coverage()
    problems = [problem for made in parts.values() for problem in made.problems]
    for problem in problems:
        print(problem, file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(page(parts))
    return 1 if problems or PAGE.read_text() != page(parts) else 0


if __name__ == "__main__":
    sys.exit(main())
