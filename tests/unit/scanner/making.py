"""Made-up credentials, drawn from a seed so that none stands in a source file, and real git repositories."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import rstr


def password(seed: str) -> str:
    """Return a made-up password as a person might choose it: letters, digits and a symbol."""
    return rstr.Rstr(random.Random(seed)).xeger(r"[A-Z][a-z]{5}[0-9]{3}[!#*][A-Za-z]{3}")


def token(seed: str, pattern: str = r"[a-z][A-Za-z0-9]{30}[0-9]") -> str:
    """Return a made-up token that matches `pattern`."""
    return rstr.Rstr(random.Random(seed)).xeger(pattern)


class Repository:
    """A real git repository in a temporary folder."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, "-c", "protocol.file.allow=always", *arguments]
        return subprocess.run(command, cwd=self.top, check=True, capture_output=True, text=True).stdout

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def commit(self, files: Sequence[tuple[str, str]]) -> str:
        for path, text in files:
            self.write(path, text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD").strip()
