"""Builds what the specifications need: made-up credentials, findings, snapshots, repositories."""

from __future__ import annotations

import hashlib
import random
import string
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from remediation.model import Entry, Snapshot
from scanner.model import Confidence, Finding, Region, Remediation, Severity, Span
from strongroom.kernel.secretvalue import SecretValue


def made_up(seed: int = 1, length: int = 14) -> str:
    """Return a credential that nobody uses: letters and digits drawn from a seed."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


def finding(
    path: str, data: bytes, start: int, value: str, *, binding: str = "", rotator: str | None = None
) -> Finding:
    """Return a finding of `value`, which stands at byte `start` of the file."""
    line = data.count(b"\n", 0, start) + 1
    return Finding(
        fingerprint=hashlib.sha256(f"{path}:{data[:start].count(value.encode())}:{binding}".encode()).hexdigest()[:16],
        secret_id="s",
        rule_id="generic-password",
        rule_name="password",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        path=path,
        region=Region(start_line=line, start_column=1, end_line=line, end_column=2),
        span=Span(start=start, end=start + len(value.encode())),
        value=SecretValue(value),
        preview="",
        binding=binding,
        evidence=(),
        remediation=Remediation(fixable=True, strategy="", reason=""),
        rotator=rotator,
    )


def findings(
    files: Mapping[str, bytes], values: Sequence[str], *, binding: str = "api_key", rotator: str | None = None
) -> list[Finding]:
    """Return a finding for every place of every value, as a scan of Python files would."""
    return list(_found(files, values, binding, rotator))


def _found(files: Mapping[str, bytes], values: Sequence[str], binding: str, rotator: str | None) -> Iterator[Finding]:
    for path, data in sorted(files.items()):
        for value in values:
            start = data.find(value.encode())
            while path.endswith((".py", ".env", ".rst", ".example")) and start >= 0:
                yield finding(path, data, start, value, binding=binding, rotator=rotator)
                start = data.find(value.encode(), start + 1)


def snapshot(files: Mapping[str, str | bytes], app: str = "shop") -> Snapshot:
    """Return a commit's files without a repository."""
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    entries = {path: Entry(mode="100644", blob_id=f"blob-{path}", data=text) for path, text in data.items()}
    return Snapshot(app=app, commit="0" * 40, entries=entries)


def contents(of: Snapshot) -> dict[str, bytes]:
    """Return the bytes of a snapshot's files by path."""
    return {path: entry.data for path, entry in of.entries.items()}


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` and return what it prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Return a new repository at `folder` with one commit of the files."""
    folder.mkdir(parents=True)
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "A Developer")
    git(folder, "config", "user.email", "developer@example.com")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    return folder
