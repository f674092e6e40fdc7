"""The settings of a project as a hook reads them: plain values, parsed once and then kept by the files' content."""

from __future__ import annotations

import os

from scanner import kept
from scanner.sources.gitdir import read_bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

OWN_FILE = "strongroom.toml"
PROJECT_FILE = "pyproject.toml"
CODEGURU_FILE = "aws-codeguru-reviewer.yml"
BASELINE_FILE = ".strongroom-baseline.jsonl"
"""The file at the top level of what is scanned that says what is accepted, unless another is named."""
_MAX_FILE = 1_000_000


class Settings:
    """How to scan, in plain values: those of `scanner.config.ScanConfig`."""

    __slots__ = ("analysis", "exclude", "explain", "min_confidence", "verify")

    def __init__(
        self,
        *,
        min_confidence: str = "medium",
        analysis: str = "auto",
        exclude: tuple[str, ...] = (),
        explain: bool = False,
    ) -> None:
        self.min_confidence = min_confidence
        self.analysis = analysis
        self.exclude = exclude
        self.explain = explain
        self.verify = False


def settings_of(root: str, file: str | None) -> Settings:
    """Return the settings of the project at `root`, or those of `file` where one is named.

    Raises `UsageError` naming key and file.
    """
    contents = _contents(root, file)
    if not any(contents):
        return Settings()
    place = kept.place_for("settings", [root, file or ""])
    held = kept.read(place)
    if isinstance(held, tuple) and held[0] == contents:
        minimum, analysis, exclude, explain = held[1]
        return Settings(min_confidence=minimum, analysis=analysis, exclude=exclude, explain=explain)
    from pathlib import Path

    from scanner.config import load_config

    config = load_config(Path(root), Path(file) if file else None)
    values = (str(config.min_confidence), str(config.analysis), config.exclude, config.explain)
    kept.write(place, (contents, values))
    return Settings(min_confidence=values[0], analysis=values[1], exclude=values[2], explain=values[3])


def _contents(root: str, file: str | None) -> tuple[bytes, ...]:
    """Return the bytes that decide: those of the file that is named, or of ours; all empty where nothing is set."""
    if file is not None:
        return (os.path.abspath(file).encode("utf-8", "surrogateescape"), _read(file), *_bytes(root, [CODEGURU_FILE]))
    own, project, codeguru = _bytes(root, [OWN_FILE, PROJECT_FILE, CODEGURU_FILE])
    if not own and os.path.lexists(os.path.join(root, OWN_FILE)):
        own = b"\n"
    # Only a table of ours in a project file matters, whatever else changes in it.
    return (own, project if b"strongroom" in project and not own else b"", codeguru)


def _bytes(root: str, names: Sequence[str]) -> list[bytes]:
    return [_read(os.path.join(root, name)) for name in names]


def _read(path: str) -> bytes:
    return read_bounded(path, _MAX_FILE)
