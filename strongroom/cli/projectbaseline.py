"""A project's baseline as the `baseline` commands use it: its file, and scans of all that its entries may stand for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.accepted import root_of
from strongroom.cli.options import ScanOptions
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from scanner.baseline.model import Baseline
    from scanner.model import Confidence, ScanResult


class ProjectBaseline:
    """The file and the scan of one subcommand: always all of the project, whose entries the file holds."""

    def __init__(self, path: str, given: dict[str, Any]) -> None:
        """`path` lies in the project; `given` is what click read: `history`, `baseline` and how to scan."""
        from scanner.baseline.file import baseline_path

        options = ScanOptions()
        options.paths = (path,)
        self.root = root_of(options)
        self.history: bool = given["history"]
        self._named: str | None = given["baseline"]
        self._given = {name: value for name, value in given.items() if name not in ("history", "baseline")}
        self.file = Path(baseline_path(self.root, self._named))

    @property
    def name(self) -> str:
        """The file as a person would name it from here."""
        near = os.path.relpath(self.file)
        return str(self.file) if near.startswith("..") else near

    def read(self) -> Baseline:
        """Return what the file holds. Raises `UsageError` where it is missing or malformed."""
        from scanner.baseline.file import read_baseline

        found = read_baseline(self.root, self._named)
        if found is None:
            raise UsageError(f"{self.name} does not exist", hint="make it: strongroom baseline create")
        return found

    def scanned(self) -> ScanResult:
        """Return what stands in the tree, and in the history where that was asked for."""
        from strongroom.cli.perform import gathered
        from strongroom.kernel.record import replace

        result = gathered(self._options(history=False))
        if self.history:
            past = gathered(self._options(history=True))
            result = replace(
                result,
                findings=(*result.findings, *past.findings),
                errors=tuple(dict.fromkeys((*result.errors, *past.errors))),
            )
        for error in result.errors:
            click.echo(f"warning: {error.path}: {error.message}", err=True)
        return result

    @property
    def least(self) -> Confidence:
        """How sure the scan has to be of a finding."""
        from scanner.model import Confidence
        from scanner.settings import settings_of

        given = self._given["min_confidence"]
        return Confidence(given or settings_of(self.root, self._given["config_file"]).min_confidence)

    def write(self, baseline: Baseline) -> None:
        """Write the file whole, and not at all where it would be the same."""
        from scanner.baseline.file import written
        from strongroom.kernel.files import write_atomic

        data = written(baseline)
        if not self.file.is_file() or self.file.read_bytes() != data:
            write_atomic(self.file, data, mode=0o644)

    def _options(self, *, history: bool) -> ScanOptions:
        options = ScanOptions()
        options.paths, options.history = (self.root,), history
        for name, value in self._given.items():
            setattr(options, name, value)
        return options
