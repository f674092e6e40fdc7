"""The `sarif` report of an audit: a run for each repository, in one file or in a folder with a file for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from scanner.audit.reports.document import Document, Entry
from scanner.audit.reports.file_names import file_names
from scanner.audit.reports.sarif_repository import repository_run
from scanner.audit.reports.spooled import Spooled
from scanner.reports.sarif_run import SARIF
from scanner.rulebook.model import Rule
from strongroom.kernel.files import make_private_dir, write_atomic


def write_sarif(document: Document, stream: TextIO, *, rules: Sequence[Rule] = ()) -> None:
    """Write `document` to `stream` as SARIF 2.1.0: a run for each repository, told apart by `automationDetails.id`.

    A repository that failed has a run that says so. `rules` describe what was looked for. GitHub takes 20 runs in a
    file: where there are more, `write_sarif_folder` is the one to use.
    """
    start = json.dumps(SARIF)[:-1] + ', "runs": ['
    for _, run in _runs(document, document["repositories"], rules):
        stream.write(f"{start}\n{json.dumps(run, allow_nan=False)}")
        start = ","
    stream.write("\n]}\n" if start == "," else f"{start}]}}\n")


def write_sarif_folder(document: Document, folder: Path, *, rules: Sequence[Rule] = ()) -> dict[str, Path]:
    """Write `REPOSITORY.sarif` into `folder` for each repository that was audited; return the file of each.

    One that failed or waits has no file: taken in without results, it would close all that is known of it. Names are
    safe on every system, and end in a digest where two would be one. Files are private and written whole. Raises
    `OSError`.
    """
    make_private_dir(folder)
    names = file_names([each["name"] for each in document["repositories"] if each["state"] == "done"], ".sarif")
    audited = (each for each in document["repositories"] if each["state"] == "done")
    written: dict[str, Path] = {}
    for repository, run in _runs(document, audited, rules):
        file = folder / names[repository["name"]]
        write_atomic(file, json.dumps({**SARIF, "runs": [run]}, indent=2, allow_nan=False).encode() + b"\n")
        written[repository["name"]] = file
    return written


def _runs(
    document: Document, repositories: Iterator[Entry], rules: Sequence[Rule]
) -> Iterator[tuple[Entry, dict[str, Any]]]:
    unread: dict[str, list[Entry]] = {}
    for error in document["errors"]:
        unread.setdefault(error["repository"], []).append(error)
    with Spooled(document["findings"]) as findings:
        for repository in repositories:
            name = repository["name"]
            yield repository, repository_run(repository, list(findings.of(name)), unread.get(name, []), rules)
