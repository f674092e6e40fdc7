"""Writes the two sides of a shape into folders, so that its language's own tools can compile and run them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remediation import naming
from remediation.model import Layout, Plan
from remediation.planner import plan_fix
from tests.unit.remediation.building import contents, snapshot
from tests.unit.remediation.test_configuration import ROOT, found, tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A shape before and after its fix: all files by path, and what its secrets are."""

    name: str
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    plan: Plan

    def overrides(self) -> dict[str, str]:
        """Return the environment that stands in for the store."""
        return {
            naming.variable(secret.name, secret.field): (
                base64.b64encode(secret.value.reveal()).decode()
                if secret.layout is Layout.BINARY
                else secret.value.reveal_text()
            )
            for secret in self.plan.secrets
        }

    def store(self, folder: Path) -> None:
        """Put the secrets into a folder, which the stand-ins for AWS's SDK take for the store."""
        for secret in self.plan.secrets:
            ending = ".bin" if secret.layout is Layout.BINARY else ""
            (folder / f"{secret.name.replace('/', '_')}{ending}").write_bytes(secret.payload().reveal())


def shapes(language: str) -> list[Sides]:
    """Return every shape of a language."""
    return [_sides(path.parent) for path in sorted((ROOT / language).glob("*/before"))]


def _sides(shape: Path) -> Sides:
    # Its own first part of every name: shapes that run in one program share environment and store.
    start = snapshot(tree(shape / "before"), app=shape.name)
    plan = plan_fix(found(contents(start)), start)
    after = contents(start) | {edit.path: edit.after for edit in plan.patch.edits}
    return Sides(name=shape.name, before=contents(start), after=after, plan=plan)


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder and return it."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder
