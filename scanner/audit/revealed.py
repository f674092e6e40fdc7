"""Values read again from where they stand, for a report that was asked to show them: no database has them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from scanner.sources.gitdir import GitDirError, find_git_dir
from scanner.sources.gitrun import Lookup


class Revealed:
    """Reads values out of repositories as long as a `with` block lasts, one repository open at a time."""

    def __init__(self, place_of: Callable[[str], str]) -> None:
        """`place_of` gives the folder of the repository at a location."""
        self._place_of = place_of
        self._open: tuple[str, Lookup] | None = None

    def __enter__(self) -> Revealed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def value(self, location: str, record: dict[str, Any]) -> str | None:
        """Return the text of a finding's value as it stands in its file; None where it cannot be read any more.

        Members of archives, and folders that are no repositories, are not read again.
        """
        blob, span = record.get("blob"), record.get("span")
        if not blob or not span or "!" in record["path"]:
            return None
        with suppress(GitDirError, OSError):
            data = self._lookup(location).read(blob)
            if isinstance(data, bytes):
                return data[span[0] : span[1]].decode("utf-8", "backslashreplace")
        return None

    def _lookup(self, location: str) -> Lookup:
        if self._open is not None and self._open[0] == location:
            return self._open[1]
        self._close()
        found = find_git_dir(self._place_of(location))
        if found is None:
            raise GitDirError("no repository")
        self._open = (location, Lookup(found))
        return self._open[1]

    def _close(self) -> None:
        if self._open is not None:
            self._open[1].close()
        self._open = None
