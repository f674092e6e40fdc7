"""Clones of what is audited: bare mirrors in a cache, made once and brought up to date once an audit.

git runs here with the user's own configuration, since that knows how to log in; nothing of a repository is checked out,
and nothing of it is run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from scanner.audit.locations import Login
from strongroom.kernel import gitremote
from strongroom.kernel.files import make_private_dir, write_atomic
from strongroom.kernel.inert import inert

_SETTINGS = (*gitremote.SAFE, "http.lowSpeedLimit=1000", "http.lowSpeedTime=120")
_PROTOCOLS = "file:git:http:https:ssh"
_SECONDS = 3600.0
"""A clone that takes longer than an hour is given up."""
_FETCHED = "strongroom-fetched"
_MOST_SAID = 300


class MirrorError(Exception):
    """A repository that could not be cloned or brought up to date; the message holds no user information."""


class Mirrors:
    """The mirrors below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place_of(self, location: str) -> Path:
        """Return the folder in which the repository at `location` is, or will be, mirrored."""
        label = "".join(each if each.isalnum() or each in ".-_" else "-" for each in location.rpartition("://")[2])
        return self._folder / f"{label[-80:].strip('-.')}-{sha256(location.encode()).hexdigest()[:16]}.git"

    def brought_up_to_date(self, location: str, login: Login | None, audit: str) -> Path:
        """Return the mirror of the repository at the URL `location`, cloned or fetched, unless `audit` did so already.

        Raises `MirrorError`.
        """
        git = _Git(location, login)
        place = self.place_of(location)
        make_private_dir(self._folder)
        with _locked(place.with_suffix(".lock")):
            stamp = place / _FETCHED
            if stamp.is_file() and stamp.read_text("ascii") == audit:
                return place
            if (place / "HEAD").is_file():
                _fetch(git, place)
            else:
                _clone(git, place)
            write_atomic(stamp, audit.encode("ascii"))
        return place


def _clone(git: _Git, place: Path) -> None:
    fresh = place.with_name(f".{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        git.run("clone", "--quiet", "--mirror", "--template=", "--", git.url, str(fresh))
        fresh.replace(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fetch(git: _Git, place: Path) -> None:
    # What was pushed over stays readable until git collects it, which nothing here makes it do.
    wanted = ("fetch", "--quiet", "--prune", "--force", "--no-write-fetch-head", "--", git.url, "+refs/*:refs/*")
    git.run("-C", str(place), *wanted)
    said = git.run("-C", str(place), "ls-remote", "--symref", "--", git.url, "HEAD")
    head = said.partition("\n")[0].split()
    if len(head) == 3 and head[0] == "ref:" and head[1].startswith("refs/heads/"):
        git.run("-C", str(place), "symbolic-ref", "HEAD", head[1])


class _Git:
    """git, as it speaks with one remote."""

    def __init__(self, url: str, login: Login | None) -> None:
        self.url = url
        self._login = login

    def run(self, *arguments: str) -> str:
        """Return what git prints. Raises `MirrorError` with its last words."""
        settings = [word for setting in (*_SETTINGS, *self._helper()) for word in ("-c", setting)]
        try:
            done = subprocess.run(
                ["git", *settings, *arguments],  # noqa: S607 - git is where the user's PATH says
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                umask=0o077,
                check=False,
            )
        except FileNotFoundError:
            raise MirrorError("git is not installed") from None
        except subprocess.TimeoutExpired:
            raise MirrorError(f"git came to no end within {_SECONDS / 60:.0f} minutes") from None
        if done.returncode:
            verb = arguments[2] if arguments[0] == "-C" else arguments[0]
            raise MirrorError(f"git {verb}: {self._said(done.stderr)}")
        return done.stdout.decode("utf-8", "replace")

    def _helper(self) -> tuple[str, ...]:
        if self._login is None:
            return ()
        parts = urlsplit(self.url)
        return gitremote.login_settings(f"{parts.scheme}://{parts.netloc}")

    def _environment(self) -> dict[str, str]:
        variables = gitremote.environment(_PROTOCOLS)
        if self._login is None:
            return variables
        return {**variables, **gitremote.login_variables(self._login.user.reveal_text(), self._login.password)}

    def _said(self, stderr: bytes) -> str:
        lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        text = "; ".join(lines[-2:]) or "failed without a word"
        for secret in () if self._login is None else (self._login.password, self._login.user):
            text = text.replace(secret.reveal_text(), "…") if secret else text
        return inert(text)[:_MOST_SAID]


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Keep other workers on this machine from the mirror meanwhile."""
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
