"""Runs git on a repository we do not trust, on a private GIT_DIR whose configuration we wrote; nothing else runs git.

The private folder holds links to the repository's object folders, each checked to be a real folder in it, and copies
of the few small files that git needs. The repository's own configuration, hooks, alternates and refs are never seen.
"""

from __future__ import annotations

import os
import stat

from scanner.sources.content import MAX_BYTES, TOO_LARGE
from scanner.sources.gitdir import GitDir, GitDirError, head_commit, read_bounded, read_small
from scanner.sources.process import Process, ProcessFailedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

_HEX = "0123456789abcdef"
_MAX_COPIED = 100_000_000
_MAX_CONFIG = 1_000_000
_MAX_SAID = 200
_CONFIG = (
    "[core]\n\trepositoryformatversion = {version}\n\tbare = false\n\tfsmonitor = false\n"
    "\tbigFileThreshold = 5m\n\tpackedGitWindowSize = 1m\n\tpackedGitLimit = 48m\n\tdeltaBaseCacheLimit = 8m\n"
)
"""Objects larger than we read are streamed by git, and packs are mapped in small parts: two git that read a large
history stay under 120 MB together, at the speed of git's own limits."""


class Git:
    """git on one repository, for as long as the `with` block lasts: `with Git(found) as git`."""

    def __init__(self, found: GitDir) -> None:
        """Raises `GitDirError` where git is not installed, or the repository has no objects of its own."""
        self.top = found.top
        self.head = head_commit(found)
        self._found = found
        self._program = _program()
        self._private = _private_folder()
        # Two threads may each have a process that still reads its list.
        self._feeds = iter(range(1 << 30))
        try:
            self._environment = self._filled(found)
            self.notes = (*_alternates(found), *_odd_index(found))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Git:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def scratch(self, name: str) -> str:
        """Return the path of a file that is removed with the private folder."""
        return os.path.join(self._private, name)

    def close(self) -> None:
        """Remove the private folder."""
        _remove(self._private)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a git command prints. Raises `GitDirError` with git's first words where it fails."""
        return b"".join(self.stream(*arguments, stdin=stdin))

    def stream(self, *arguments: str, stdin: bytes = b"") -> Iterator[bytes]:
        """Yield what a git command prints, in pieces as they come. Raises as `run` does, at the end."""
        process = self.start(*arguments, stdin=stdin)
        try:
            yield from process.chunks()
            status = process.wait()
        except ProcessFailedError as error:
            raise GitDirError(f"git {arguments[0]}: {error}") from None
        finally:
            process.kill()
        if status:
            raise GitDirError(f"git {arguments[0]}: {self._said()}")

    def read_objects(self, names: Sequence[str]) -> Iterator[tuple[str, bytes | str | None]]:
        """Yield each object's name and content, in order.

        The content is text where it was left out, saying why, and None where the object is missing or damaged.
        """
        left = list(names)
        while left:
            done = 0
            for name, content in self._read_objects(left):
                done += 1
                yield name, content
            if not done:
                yield left[0], None
                done = 1
            left = left[done:]

    def _read_objects(self, names: Sequence[str]) -> Iterator[tuple[str, bytes | str | None]]:
        """Yield as many objects as one process gives; one that is too large ends it instead of being read through."""
        process = self.start("cat-file", "--batch", "--buffer", stdin="".join(f"{name}\n" for name in names).encode())
        reader = _Reader(process)
        try:
            for name in names:
                header = reader.line().split()
                if len(header) != 3:
                    if not header:
                        return
                    yield name, None
                elif int(header[2]) > MAX_BYTES:
                    yield name, TOO_LARGE
                    return
                else:
                    content = reader.take(int(header[2]) + 1)
                    yield name, None if content is None else content[:-1]
        finally:
            process.kill()

    def start(self, *arguments: str, stdin: bytes = b"", pipe: str = "") -> Process:
        """Start a git command; the caller reads it and ends it. Raises `GitDirError` where git cannot be run.

        It reads `stdin`, or a named `pipe`.
        """
        feed = os.path.join(self._private, f"stdin-{next(self._feeds)}") if stdin else pipe or os.devnull
        command = [self._program, "-C", self.top, *arguments]
        try:
            if stdin:
                _write(feed, stdin)
            return Process(command, self._environment, stdin=feed, errors=os.path.join(self._private, "stderr"))
        except OSError as error:
            raise GitDirError(f"git cannot be run: {error.strerror}") from None

    def _said(self) -> str:
        said = read_bounded(os.path.join(self._private, "stderr"), _MAX_SAID)
        return said.decode("utf-8", "replace").strip() or "failed without a word"

    def _filled(self, found: GitDir) -> dict[str, str]:
        private = self._private
        environment = _environment(found, private)
        os.mkdir(os.path.join(private, "refs"))
        _write(os.path.join(private, "HEAD"), f"{self.head or 'ref: refs/heads/unborn'}\n".encode())
        _link_objects(os.path.join(private, "objects"), os.path.join(found.common, "objects"))
        _copy_small_files(private, found)
        _write(os.path.join(private, "config"), self._config(environment).encode())
        return environment

    def _config(self, environment: dict[str, str]) -> str:
        written = read_bounded(os.path.join(self._found.common, "config"), _MAX_CONFIG)
        if b"objectformat" not in written.lower():
            return _CONFIG.format(version=0)
        return (
            _CONFIG.format(version=1) + f"[extensions]\n\tobjectformat = {self._object_format(written, environment)}\n"
        )

    def _object_format(self, written: bytes, environment: dict[str, str]) -> str:
        """Let git read the one setting that we need, from a copy of the file, without what it would include."""
        copy = os.path.join(self._private, "foreign-config")
        _write(copy, written)
        wanted = ["config", "--file", copy, "--no-includes", "--get", "extensions.objectformat"]
        self._environment = {**environment, "GIT_DIR": os.path.join(self._private, "none")}
        try:
            return "sha256" if self.run(*wanted).strip() == b"sha256" else "sha1"
        except GitDirError:
            return "sha1"


class Lookup:
    """Objects of a repository that are asked for one by one, and read by one process of git's while it lives."""

    def __init__(self, found: GitDir) -> None:
        """Raises `GitDirError` as `Git` does."""
        self._git = Git(found)
        self._pipe = self._git.scratch("names")
        os.mkfifo(self._pipe, 0o600)
        # Opened to read as well: neither end waits for the other.
        self._names = os.open(self._pipe, os.O_RDWR | os.O_CLOEXEC)
        self._process: Process | None = None
        self._reader: _Reader | None = None

    def read(self, name: str) -> bytes | str | None:
        """Return an object's content, text where it is left out saying why, None where it is missing or damaged."""
        if self._process is None or self._reader is None:
            self._process = self._git.start("cat-file", "--batch", pipe=self._pipe)
            self._reader = _Reader(self._process)
        os.write(self._names, f"{name}\n".encode())
        header = self._reader.line().split()
        if len(header) == 3 and int(header[2]) <= MAX_BYTES:
            content = self._reader.take(int(header[2]) + 1)
            return None if content is None else content[:-1]
        if len(header) != 2:
            # Another process is cheaper than reading through what is too large, and what died is of no use.
            self._end()
        return TOO_LARGE if len(header) == 3 else None

    def close(self) -> None:
        """End git and remove its folder."""
        self._end()
        os.close(self._names)
        self._git.close()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._process = self._reader = None


class _Reader:
    """Lines and stretches of what a process writes."""

    def __init__(self, process: Process) -> None:
        self._chunks = process.chunks()
        self._held = b""
        self._at = 0

    def line(self) -> bytes:
        """Return the next line without its end; nothing where there is no more."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            if not self._more():
                return b""
        start, self._at = self._at, end + 1
        return self._held[start:end]

    def take(self, size: int) -> bytes | None:
        """Return the next `size` bytes, or None where there are fewer."""
        while len(self._held) - self._at < size:
            if not self._more():
                return None
        start, self._at = self._at, self._at + size
        return self._held[start : self._at]

    def _more(self) -> bool:
        try:
            chunk = next(self._chunks, b"")
        except ProcessFailedError:
            chunk = b""
        self._held = self._held[self._at :] + chunk
        self._at = 0
        return bool(chunk)


def _program() -> str:
    for folder in os.get_exec_path():
        program = os.path.join(folder, "git")
        if os.path.isabs(folder) and os.access(program, os.X_OK) and os.path.isfile(program):
            return program
    raise GitDirError("git is not installed")


def _private_folder() -> str:
    for base in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp", os.getcwd()):  # noqa: S108 - made with O_EXCL and 0700
        if base and os.path.isdir(base) and os.access(base, os.W_OK):
            made = os.path.join(os.path.abspath(base), f"strongroom-git-{os.urandom(8).hex()}")
            os.mkdir(made, 0o700)
            return made
    raise GitDirError("no folder for temporary files can be written to")


def _environment(found: GitDir, private: str) -> dict[str, str]:
    return {
        "GIT_DIR": private,
        "GIT_WORK_TREE": found.top,
        "GIT_INDEX_FILE": os.path.join(private if _odd_index(found) else found.git, "index"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "HOME": private,
        "LC_ALL": "C",
        "PATH": os.defpath,
    }


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _link_objects(private: str, objects: str) -> None:
    os.mkdir(private)
    if os.path.islink(objects) or not os.path.isdir(objects):
        raise GitDirError("the folder of objects is missing or a link")
    with os.scandir(objects) as entries:
        for entry in entries:
            if _is_object_folder(entry.name) and entry.is_dir(follow_symlinks=False):
                _link_folder(os.path.join(private, entry.name), entry.path)


def _link_folder(private: str, folder: str) -> None:
    """Link a folder of objects as a whole, or only its regular files where it holds anything else."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_file(follow_symlinks=False)) for entry in entries]
    if all(regular for _, regular in found):
        os.symlink(folder, private)
        return
    os.mkdir(private)
    for name, regular in found:
        if regular:
            os.symlink(os.path.join(folder, name), os.path.join(private, name))


def _is_object_folder(name: str) -> bool:
    return name == "pack" or (len(name) == 2 and name[0] in _HEX and name[1] in _HEX)


def _copy_small_files(private: str, found: GitDir) -> None:
    os.mkdir(os.path.join(private, "info"))
    _copy(os.path.join(found.common, "info", "exclude"), os.path.join(private, "info", "exclude"))
    _copy(os.path.join(found.common, "shallow"), os.path.join(private, "shallow"))
    # git freshens the time of a shared index it reads, so it is given a copy.
    with os.scandir(found.git) as entries:
        for entry in entries:
            if entry.name.startswith("sharedindex."):
                _copy(entry.path, os.path.join(private, entry.name))


def _copy(source: str, target: str) -> None:
    data = read_bounded(source, _MAX_COPIED)
    if data:
        _write(target, data)


def _alternates(found: GitDir) -> tuple[str, ...]:
    if read_small(os.path.join(found.common, "objects", "info", "alternates")):
        return ("objects borrowed from another repository (alternates) are not read",)
    return ()


def _odd_index(found: GitDir) -> tuple[str, ...]:
    """Tell whether the index is something that git would wait for, or that leads out of the repository."""
    try:
        odd = not stat.S_ISREG(os.lstat(os.path.join(found.git, "index")).st_mode)
    except OSError:
        return ()
    return ("the index is no regular file and is not read",) if odd else ()


def _remove(folder: str) -> None:
    """Remove a folder of our own: links in it are removed and never followed."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    _remove(entry.path)
                else:
                    os.unlink(entry.path)
        os.rmdir(folder)
    except OSError:
        return
