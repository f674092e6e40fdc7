"""Settings of a scan, from `strongroom.toml` or `[tool.strongroom]` in `pyproject.toml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from scanner.model import Confidence
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_OWN_FILE = "strongroom.toml"
_CODEGURU_FILE = "aws-codeguru-reviewer.yml"
_MAX_CONFIG = 1_000_000


class Analysis(StrEnum):
    """Whether code is parsed and followed, or read as text only."""

    AUTO = "auto"
    OFF = "off"


_OF_OTHERS = ("notify", "fix")
"""Tables of the same file that are no business of a scan: whom a store's alarms tell, how a fix writes."""


class ScanConfig(Record):
    """How to scan. `exclude` holds globs over paths relative to the scan's root."""

    min_confidence: Confidence = Confidence.MEDIUM
    analysis: Analysis = Analysis.AUTO
    exclude: tuple[str, ...] = ()
    explain: bool = False
    verify: bool = False
    """Whether findings are to be verified. No file of a project can say so: there is no key for it."""


def load_config(root: Path, file: Path | None = None) -> ScanConfig:
    """Return the settings of the project at `root`, or those of `file` where one is named.

    An `aws-codeguru-reviewer.yml` at the root adds its `excludeFiles`. Raises `UsageError` naming key and file.
    """
    source, settings = _settings(root, file)
    mine = {name: value for name, value in settings.items() if name not in _OF_OTHERS}
    config = ScanConfig(**{name: _read(name, value, source) for name, value in mine.items()})
    return replace(config, exclude=(*config.exclude, *_codeguru_excludes(root / _CODEGURU_FILE)))


def excluded(path: str, globs: tuple[str, ...]) -> bool:
    """Tell whether `path` fits one of `globs`: as a whole, or by a folder above it (`**` crosses folders)."""
    return any(re.fullmatch(_glob(glob), path) is not None for glob in globs)


def _glob(glob: str) -> str:
    from fnmatch import translate

    plain = glob.strip("/")
    below = f"{translate(plain)}|{translate(plain + '/*')}"
    return below if "/" in plain else f"{below}|{translate('*/' + plain)}|{translate('*/' + plain + '/*')}"


def project_settings(root: Path) -> tuple[Path, Mapping[str, Any]]:
    """Return the file that holds the settings of the project at `root`, and all that it says. Raises `UsageError`."""
    return _settings(root, None)


def _settings(root: Path, file: Path | None) -> tuple[Path, Mapping[str, Any]]:
    if file is not None:
        document = _toml(file, required=True)
        return file, _table(document, file) if file.name == "pyproject.toml" else document
    own = root / _OWN_FILE
    if _stands_in(own):
        return own, _toml(own, required=True)
    project = root / "pyproject.toml"
    return project, _table(_toml(project, required=False), project) if _stands_in(project) else {}


def _stands_in(file: Path) -> bool:
    """Tell whether the project holds `file` itself; a link may lead out of the project and is not followed."""
    return file.is_file() and not file.is_symlink()


def _table(document: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    tool = document.get("tool", {})
    settings = tool.get("strongroom", {}) if isinstance(tool, dict) else {}
    if not isinstance(settings, dict):
        raise UsageError(f"{file}: tool.strongroom is not a table", hint="write it as [tool.strongroom]")
    return settings


def _toml(file: Path, *, required: bool) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_text(file))
    except OSError as error:
        if required:
            raise UsageError(f"{file} cannot be read: {error.strerror}") from error
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if required:
            raise UsageError(f"{file} is not valid TOML: {error}") from error
        return {}


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        return stream.read(_MAX_CONFIG).decode()


def _read(name: str, value: Any, source: Path) -> Any:
    if name not in _READERS:
        raise UsageError(f"{source}: unknown key `{name}`", hint=f"known keys: {', '.join(_READERS)}")
    try:
        return _READERS[name](value)
    except ValueError as error:
        raise UsageError(f"{source}: key `{name}`: {error}") from error


def _choice(kind: type[StrEnum]) -> Callable[[Any], StrEnum]:
    def read(value: Any) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            raise ValueError(f"give one of {', '.join(kind)}") from None

    return read


def _globs(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("give a list of globs")
    return tuple(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("give true or false")  # noqa: TRY004 - every reader raises ValueError
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "min_confidence": _choice(Confidence),
    "analysis": _choice(Analysis),
    "exclude": _globs,
    "explain": _flag,
}


def _codeguru_excludes(file: Path) -> tuple[str, ...]:
    """Return `excludeFiles` of a CodeGuru Reviewer file, as its guide "Suppress recommendations" describes it."""
    if not _stands_in(file):
        return ()
    import yaml

    try:
        read = yaml.safe_load(_text(file))
        return _globs(read["excludeFiles"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{file}: `excludeFiles` cannot be read", hint="it is a list of globs under the key excludeFiles"
        ) from error
