"""What a fixed repository says about its secrets: `.strongroom/secrets.json`, found from the working directory up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from strongroom.kernel.errors import UsageError

FILE = Path(".strongroom") / "secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSecret:
    """One secret that the repository's code reads."""

    name: str
    rotation: str | None
    describes: bool = False
    """Its code asks for the secret's versions before it reads one, as AWS's caching library does."""


def project_secrets(start: Path | None = None) -> tuple[ProjectSecret, ...]:
    """Return the secrets recorded for the repository around `start`; none where nothing is recorded.

    Raises `UsageError` for a damaged file.
    """
    folder = (start or Path.cwd()).resolve()
    file = next((each / FILE for each in (folder, *folder.parents) if (each / FILE).is_file()), None)
    return () if file is None else recorded(file.read_bytes(), str(file))


def recorded(content: bytes, place: str) -> tuple[ProjectSecret, ...]:
    """Return the secrets that a record holds, found at `place`. Raises `UsageError` for a damaged one."""
    try:
        known = json.loads(content)["secrets"]
        return tuple(
            ProjectSecret(
                name=each["name"],
                rotation=each.get("rotation"),
                describes=each.get("style") == "caching-library",
            )
            for each in known
        )
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{place} is damaged", hint="restore it from git, or fix again") from None
