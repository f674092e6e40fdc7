"""Runs git on a repository we do not trust, on a private GIT_DIR whose configuration we wrote; nothing else runs git.

The private folder holds links to the repository's object folders, each checked to be a real folder in it, and copies
of the few small files that git needs. The repository's own configuration, hooks, alternates and refs are never seen.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scanner.sources.gitdir import GitDir, GitDirError, head_commit, read_small

_OBJECT_FOLDER = re.compile(r"[0-9a-f]{2}|pack")
_MAX_COPIED = 100_000_000
_TIMEOUT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """git on one repository. Use `private_git` to make one."""

    program: str
    environment: dict[str, str]
    top: Path
    head: str | None
    notes: tuple[str, ...]
    """What was left out of the repository for safety (alternates)."""

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a git command prints. Raises `GitDirError` with git's first words where it fails."""
        done = subprocess.run(
            [self.program, *arguments],
            input=stdin,
            capture_output=True,
            cwd=self.top,
            env=self.environment,
            timeout=_TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise GitDirError(f"git {arguments[0]}: {done.stderr.decode('utf-8', 'replace').strip()[:200]}")
        return done.stdout

    def read_objects(self, names: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield each object's name and content, in order; None for one that is missing or damaged."""
        command = [self.program, "cat-file", "--batch", "--buffer"]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.top,
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        # git buffers its answers, so the names are written beside the reading: neither side waits for the other.
        writer = threading.Thread(target=_write_names, args=(process, names), daemon=True)
        writer.start()
        try:
            for name in names:
                yield name, _one_object(process, name)
        finally:
            process.kill()
            writer.join()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


def _write_names(process: subprocess.Popen[bytes], names: Sequence[str]) -> None:
    if process.stdin is None:
        return
    with suppress(OSError), process.stdin as stream:
        stream.write("".join(f"{name}\n" for name in names).encode())


def _one_object(process: subprocess.Popen[bytes], name: str) -> bytes | None:
    if process.stdout is None:
        return None
    header = process.stdout.readline().split()
    if len(header) != 3 or not header[2].isdigit():
        return None
    size = int(header[2])
    data = process.stdout.read(size + 1)
    return data[:-1] if len(data) == size + 1 else None


@contextmanager
def private_git(found: GitDir) -> Iterator[Git]:
    """Make a private GIT_DIR for `found`, and remove it afterwards. Raises `GitDirError` where git cannot be run."""
    program = shutil.which("git")
    if program is None:
        raise GitDirError("git is not installed")
    with tempfile.TemporaryDirectory(prefix="strongroom-git-") as made:
        private = Path(made)
        head = head_commit(found)
        environment = _environment(found, private)
        _write_config(private, found, program, environment)
        (private / "HEAD").write_text(f"{head}\n" if head else "ref: refs/heads/unborn\n")
        (private / "refs").mkdir()
        _link_objects(private / "objects", found.common / "objects")
        _copy_small_files(private, found)
        yield Git(
            program=str(Path(program).resolve()),
            environment=environment,
            top=found.top,
            head=head,
            notes=_alternates(found),
        )


def _environment(found: GitDir, private: Path) -> dict[str, str]:
    return {
        "GIT_DIR": str(private),
        "GIT_WORK_TREE": str(found.top),
        "GIT_INDEX_FILE": str(found.git / "index"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "HOME": str(private),
        "LC_ALL": "C",
        "PATH": os.defpath,
    }


def _write_config(private: Path, found: GitDir, program: str, environment: dict[str, str]) -> None:
    read = subprocess.run(
        [
            program,
            "config",
            "--file",
            str(found.common / "config"),
            "--no-includes",
            "--get",
            "extensions.objectformat",
        ],
        capture_output=True,
        cwd=private,
        env={**environment, "GIT_DIR": str(private / "none")},
        timeout=_TIMEOUT,
        check=False,
    )
    sha256 = read.stdout.strip() == b"sha256"
    lines = ["[core]", f"\trepositoryformatversion = {int(sha256)}", "\tbare = false", "\tfsmonitor = false"]
    if sha256:
        lines += ["[extensions]", "\tobjectformat = sha256"]
    (private / "config").write_text("\n".join(lines) + "\n")


def _link_objects(private: Path, objects: Path) -> None:
    private.mkdir()
    if objects.is_symlink() or not objects.is_dir():
        raise GitDirError("the folder of objects is missing or a link")
    with os.scandir(objects) as entries:
        for entry in entries:
            if _OBJECT_FOLDER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                (private / entry.name).symlink_to(entry.path)


def _copy_small_files(private: Path, found: GitDir) -> None:
    (private / "info").mkdir()
    _copy(found.common / "info" / "exclude", private / "info" / "exclude")
    _copy(found.common / "shallow", private / "shallow")
    # git freshens the time of a shared index it reads, so it is given a copy.
    for shared in found.git.glob("sharedindex.*"):
        _copy(shared, private / shared.name)


def _copy(source: Path, target: Path) -> None:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    with os.fdopen(descriptor, "rb") as stream:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            target.write_bytes(stream.read(_MAX_COPIED))


def _alternates(found: GitDir) -> tuple[str, ...]:
    if read_small(found.common / "objects" / "info" / "alternates"):
        return ("objects borrowed from another repository (alternates) are not read",)
    return ()
