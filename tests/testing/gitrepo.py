"""Git repositories built on the spot, with a made-up author and nothing of the user's configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Test Author",
    "GIT_AUTHOR_EMAIL": "author@example.invalid",
    "GIT_COMMITTER_NAME": "Test Author",
    "GIT_COMMITTER_EMAIL": "author@example.invalid",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` and return its output."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **ENVIRONMENT}, check=True, capture_output=True, text=True
    )
    return done.stdout


def make_repository(folder: Path, files: Mapping[str, str]) -> Path:
    """Make a repository in `folder` whose only commit holds `files`; return it."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "config", "user.name", "Test Author")
    git(folder, "config", "user.email", "author@example.invalid")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder
