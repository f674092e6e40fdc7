"""Reads the text that a finding under review stands in: from the working tree, or from the commit that held it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scanner.context import Line, code_around
from scanner.model import Finding
from scanner.sources.content import readable
from scanner.sources.gitdir import GitDirError, find_git_dir
from scanner.sources.gitrun import Git
from scanner.sources.openat import Folder


class Code:
    """The code around findings of one project; the text that was read last is kept."""

    def __init__(self, root: str, findings: Sequence[Finding]) -> None:
        """`root` is what paths in `findings`, all those of the scan, are relative to."""
        self._root = root
        self._alike: dict[tuple[str, str | None], list[Finding]] = {}
        for finding in findings:
            self._alike.setdefault((finding.path, finding.blob_id), []).append(finding)
        self._last: tuple[tuple[str, str | None], bytes | None] | None = None

    def around(self, finding: Finding) -> tuple[Line, ...]:
        """Return the lines around `finding`; none where its text cannot be read, or is another by now."""
        key = (finding.path, finding.blob_id)
        if self._last is None or self._last[0] != key:
            self._last = key, self._text(finding)
        text = self._last[1]
        return code_around(text, finding, self._alike.get(key, [finding])) if text is not None else ()

    def _text(self, finding: Finding) -> bytes | None:
        raw = self._of_blob(finding.blob_id) if finding.blob_id is not None else self._of_tree(finding.path)
        text = readable(raw) if isinstance(raw, bytes) else None
        return text if isinstance(text, bytes) else None

    def _of_tree(self, path: str) -> bytes | str | None:
        folder = Folder(os.fsencode(self._root))
        try:
            return folder.read(os.fsencode(path))
        except (OSError, ValueError):
            return None
        finally:
            folder.close()

    def _of_blob(self, name: str) -> bytes | str | None:
        try:
            found = find_git_dir(str(Path(self._root).absolute()))
            if found is None:
                return None
            with Git(found) as git:
                return next(content for _, content in git.read_objects([name]))
        except GitDirError:
            return None
