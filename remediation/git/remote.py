"""Where a repository is kept for others: the remote that a branch is pushed to, and the branch a request goes into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from remediation.git.plumbing import Plumbing
from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue

_SHORT = re.compile(r"(?:[^@/:]+@)?(?P<host>\[[^\]]+\]|[^/:]+):(?!//)(?P<path>.+)", re.DOTALL)
_HELPER = re.compile(r"[A-Za-z0-9]+::")
_SCHEMES = ("http", "https", "ssh", "file")
_LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A name and password for one origin (`https://host:port`), given to git for nothing else."""

    origin: str
    user: str
    password: SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A remote by its address, out of which any password is taken."""

    name: str
    url: str
    scheme: str
    host: str
    port: int | None
    path: str
    """The project's path, without `/` in front and `.git` behind."""
    login: Login | None = None
    """What stood in the address."""

    @property
    def origin(self) -> str:
        """Return scheme, host and port, by which git tells logins apart."""
        return _origin(self.scheme, self.host, self.port)

    @property
    def is_local(self) -> bool:
        """Tell whether it lies on this machine."""
        return self.scheme == "file" or self.host in _LOOPBACK


def find_remote(plumbing: Plumbing, named: str | None) -> Remote:
    """Return the remote `named`, else the one that git would push the checked-out branch to.

    Raises `UsageError` where there is none, where several could be meant, or for an address that cannot be pushed to.
    """
    names = plumbing.run("remote").decode("utf-8", "replace").split()
    if not names:
        raise UsageError(
            "the repository has no remote to push to", hint="git remote add origin URL; or --patch DIR for patch files"
        )
    name = named or _usual(plumbing, names)
    if name not in names:
        raise UsageError(f"there is no remote {name}", hint=f"--remote takes one of: {', '.join(names)}")
    url = plumbing.run("remote", "get-url", "--push", name).decode("utf-8", "replace").splitlines()[0]
    return parse(name, url, plumbing.top)


def current_branch(plumbing: Plumbing) -> str | None:
    """Return the branch that is checked out, None where a commit is."""
    status, out, _ = plumbing.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
    return out.decode("utf-8", "replace").strip() if status == 0 else None


def upstream(plumbing: Plumbing, remote: Remote) -> str | None:
    """Return the branch of `remote` that the checked-out one follows, else its own name; None where a commit is."""
    branch = current_branch(plumbing)
    if branch is None:
        return None
    followed = _setting(plumbing, f"branch.{branch}.merge")
    if followed is not None and _setting(plumbing, f"branch.{branch}.remote") == remote.name:
        return followed.removeprefix("refs/heads/")
    return branch


def _usual(plumbing: Plumbing, names: list[str]) -> str:
    branch = current_branch(plumbing)
    settings = ["remote.pushDefault"]
    if branch is not None:
        settings = [f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{branch}.remote"]
    configured = (_setting(plumbing, setting) for setting in settings)
    found = next((name for name in configured if name in names), None)
    if found is not None:
        return found
    if "origin" in names or len(names) == 1:
        return "origin" if "origin" in names else names[0]
    raise UsageError("the repository has several remotes", hint=f"name one with --remote: {', '.join(names)}")


def _setting(plumbing: Plumbing, name: str) -> str | None:
    status, out, _ = plumbing.attempt("config", "--get", name)
    return out.decode("utf-8", "replace").strip() if status == 0 else None


def parse(name: str, url: str, top: Path) -> Remote:
    """Return the remote `name` from its address; a path is taken from `top`. Raises `UsageError`."""
    if _HELPER.match(url):
        raise _unusable(name)
    short = _SHORT.fullmatch(url)
    if "://" not in url and (short is None or (top / url).exists()):
        place = top / Path(url).expanduser()
        return Remote(name=name, url=str(place), scheme="file", host="", port=None, path=_project(str(place)))
    if "://" not in url and short is not None:
        host = short["host"].strip("[]").lower()
        return Remote(name=name, url=url, scheme="ssh", host=host, port=None, path=_project(short["path"]))
    try:
        parts = urlsplit(url)
        return _from_parts(name, parts, parts.port)
    except ValueError:
        raise _unusable(name) from None


def _from_parts(name: str, parts: SplitResult, port: int | None) -> Remote:
    if parts.scheme not in _SCHEMES or (parts.scheme != "file" and not parts.hostname):
        raise _unusable(name)
    host = parts.hostname or ""
    login, place = None, parts.netloc
    if parts.scheme in ("http", "https"):
        place = parts.netloc.rpartition("@")[2]
        if parts.password:
            origin = _origin(parts.scheme, host, port)
            password = SecretValue(unquote(parts.password))
            login = Login(origin=origin, user=unquote(parts.username or ""), password=password)
    return Remote(
        name=name,
        url=parts._replace(netloc=place).geturl() if parts.scheme != "file" else f"file://{place}{parts.path}",
        scheme=parts.scheme,
        host=host,
        port=port,
        path=_project(unquote(parts.path)),
        login=login,
    )


def _origin(scheme: str, host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port is None else f"{scheme}://{shown}:{port}"


def _project(path: str) -> str:
    return path.strip("/").removesuffix(".git").strip("/")


def _unusable(name: str) -> UsageError:
    # The address itself may hold a password.
    return UsageError(
        f"the address of the remote {name} cannot be pushed to",
        hint=f"git remote set-url {name} URL, by https, ssh, file or a path",
    )
