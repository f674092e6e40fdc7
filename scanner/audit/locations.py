"""Which repositories are meant: paths and clone URLs, the names that reports give them, and links into a forge."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record
from strongroom.kernel.secretvalue import SecretValue

_SCHEMES = ("https", "http", "ssh", "git", "file", "git+ssh")
_SCP_LIKE = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//)[^:\\]+")
"""What git takes for ssh (git-clone(1), "GIT URLS"): `user@host:path`."""
_WAY_OUT = "name a path, or a URL such as https://github.com/owner/name.git"


class Login(Record):
    """Who to be where a host asks; both texts are secret, for a token may stand in either."""

    user: SecretValue
    password: SecretValue


class Asked(Record):
    """One repository that a caller named."""

    location: str
    """An absolute path, or a URL without what is secret in it: what a database knows the repository by."""
    login: Login | None = None
    """What the URL, or the listing it came from, said of logging in; kept nowhere."""

    @property
    def is_remote(self) -> bool:
        """Tell whether it has to be cloned."""
        return not self.location.startswith("/")


def asked(given: str) -> Asked:
    """Return what `given` means. Raises `UsageError` for what is neither a folder nor a URL that git may be given."""
    if Path(given).is_dir():
        return Asked(location=os.path.abspath(given))  # noqa: PTH100 - a link's own name stays
    if given.startswith("-") or "\0" in given or any(ord(each) < 32 for each in given):
        raise UsageError("that is no repository", hint=_WAY_OUT)
    scheme, separator, _ = given.partition("://")
    if separator:
        return _url(given, scheme)
    if _SCP_LIKE.fullmatch(given) and not Path(given).exists():
        return Asked(location=given)
    raise UsageError(f"{given}: no such repository", hint=_WAY_OUT)


def _url(given: str, scheme: str) -> Asked:
    # `ext::` and other helpers run programs that a URL names.
    if scheme not in _SCHEMES:
        raise UsageError(f"{scheme}:// is no address that repositories are cloned from", hint=_WAY_OUT)
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("a repository's URL cannot be read", hint=_WAY_OUT) from None
    if scheme == "file":
        if not Path(parts.path).is_dir():
            raise UsageError(f"{parts.path}: no such repository", hint=_WAY_OUT)
        return Asked(location=f"file://{parts.path}")
    if not host or host.startswith("-"):
        raise UsageError("a repository's URL names no host", hint=_WAY_OUT)
    place = f"[{host}]" if ":" in host else host
    netloc = place if port is None else f"{place}:{port}"
    if scheme in ("http", "https"):
        return Asked(location=urlunsplit((scheme, netloc, parts.path, "", "")), login=_login(parts))
    user = f"{parts.username}@" if parts.username else ""
    return Asked(location=urlunsplit((scheme, f"{user}{netloc}", parts.path, "", "")))


def _login(parts: SplitResult) -> Login | None:
    if not parts.username:
        return None
    return Login(user=SecretValue(unquote(parts.username)), password=SecretValue(unquote(parts.password or "")))


def read_list(lines: Iterable[str], file: str) -> list[Asked]:
    """Return the repositories that a file names, one a line; empty lines and those that begin with `#` are none.

    Raises `UsageError` naming the file and the line.
    """
    found = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            try:
                found.append(asked(text))
            except UsageError as error:
                raise UsageError(f"{file}:{number}: {error.message}", hint=error.hint) from None
    return found


class Names:
    """Gives repositories names: no two the same, and those that are named together told apart whatever their order."""

    def __init__(self, taken: Iterable[str], together: Iterable[str] = ()) -> None:
        """`taken` are names that are given already, `together` the locations that are to be named."""
        self._taken = set(taken)
        folders = [_folders(each) for each in set(together)]
        self._endings = Counter("/".join(each[-number:]) for each in folders for number in range(1, len(each) + 1))

    def name_for(self, location: str) -> str:
        """Return a name for the repository at `location`, which is taken from now on.

        A clone URL's name is its whole path with the host; a folder's is its last part, with as many of those above as
        tell it from others.
        """
        folders = _folders(location)
        endings = ("/".join(folders[-number:]) for number in range(1, len(folders) + 1))
        free = (each for each in endings if each not in self._taken and self._endings[each] <= 1)
        name = next(free, None) or self._numbered("/".join(folders) or _address(location))
        self._taken.add(name)
        return name

    def _numbered(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self._taken:
            number += 1
            candidate = f"{name} ({number})"
        return candidate


def _address(location: str) -> str:
    plain = _plain(location)
    return plain.partition("://")[2] or plain.rpartition("@")[2].replace(":", "/", 1)


def _folders(location: str) -> list[str]:
    """Return the folders that lead to a location on disk; none for one that is elsewhere."""
    path = _plain(location).removeprefix("file://")
    return path.strip("/").split("/") if path.startswith("/") and path != "/" else []


def _plain(location: str) -> str:
    plain = location.rstrip("/").removesuffix(".git").rstrip("/")
    scheme, separator, rest = plain.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else plain


def link_to(location: str, commit: str, path: str, line: int) -> str | None:
    """Return the address of a line on GitHub or GitLab; None where `location` is neither's as far as its host tells."""
    host, project = _forge_place(location)
    name = host.partition(":")[0]
    if "github" in name:
        middle = "blob"
    elif "gitlab" in name:
        middle = "-/blob"
    else:
        return None
    return f"https://{host}/{quote(project)}/{middle}/{commit}/{quote(path.encode('utf-8', 'surrogateescape'))}#L{line}"


def _forge_place(location: str) -> tuple[str, str]:
    """Return the host (with its port where it is a web server's) and the project's path."""
    scheme, separator, rest = location.partition("://")
    if not separator:
        host, _, path = location.rpartition("@")[2].partition(":")
        return ("", "") if location.startswith("/") else (host, _project(path))
    host, _, path = rest.rpartition("@")[2].partition("/")
    return (host if scheme in ("https", "http") else host.partition(":")[0]), _project(path)


def _project(path: str) -> str:
    return path.strip("/").removesuffix(".git")
