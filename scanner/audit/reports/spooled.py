"""The findings of an audit by repository, in whatever order they come, without holding them: they wait in a file."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from scanner.audit.reports.document import Entries, Entry


class Spooled:
    """Findings in a file without a name, which goes when it is closed; of each only its place is in memory."""

    def __init__(self, findings: Entries) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  closed by __exit__
        self._places: dict[str, array[int]] = {}
        for entry in findings:
            self._places.setdefault(entry["repository"], array("Q")).append(self._file.tell())
            self._file.write(json.dumps(dict(entry)).encode() + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def of(self, repository: str) -> Iterator[Entry]:
        """Yield the findings of `repository`, in their order."""
        for place in self._places.get(repository, ()):
            self._file.seek(place)
            entry: Entry = json.loads(self._file.readline())
            yield entry
