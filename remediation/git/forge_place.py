"""Finds the forge of a remote, its API and the token for it: from what was said, the environment, the remote's host.

A token goes to the API that was named or that belongs to the remote's host, and to the remote itself where both are
on one host; by plain HTTP only on this machine, or where an `http://` API was named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from remediation.git.comments import Commented
from remediation.git.forge import Forge, Place
from remediation.git.remote import Login, Remote
from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue

_TABLE = Path(__file__).with_name("forges.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the caller said about the forge: its kind, the address of its API or server, the project on it."""

    forge: str | None = None
    url: str | None = None
    project: str | None = None


def names() -> tuple[str, ...]:
    """Return the names of all forges."""
    return tuple(row["name"] for row in _table())


def find_place(remote: Remote, said: Said, environment: Mapping[str, str]) -> Place:
    """Return where requests for `remote` are opened. Raises `UsageError`, which says what to name or to set."""
    row = _row(remote, said.forge)
    return Place(
        forge=row["name"],
        called=row["called"],
        api=(api := _api(row, remote, said.url or environment.get(row["api_variable"]) or None)),
        project=_project(row, remote, api, said.project, environment),
        token=_token(row, environment),
        user=row["user"],
    )


def connect(place: Place) -> Forge:
    """Return the forge. Raises `UsageError` with the command that installs what is missing."""
    try:
        if place.forge == "github":
            from remediation.git.github import GitHub

            return GitHub(place)
        from remediation.git.gitlab import GitLab

        return GitLab(place)
    except ImportError:
        raise missing_extra(f"speak of a {place.called}") from None


def comments_of(place: Place, number: int) -> Commented:
    """Return the lines of a request, to comment on. Raises `UsageError` as `connect` does, and what forges raise."""
    try:
        if place.forge == "github":
            from remediation.git.github_comments import GitHubComments

            return GitHubComments(place, number)
        from remediation.git.gitlab_comments import GitLabComments

        return GitLabComments(place, number)
    except ImportError:
        raise missing_extra(f"speak of a {place.called}") from None


def missing_extra(what: str) -> UsageError:
    """Return the error that says how to install what speaking to forges needs."""
    return UsageError(f"to {what} needs more than the base installation", hint="pip install 'strongroom[forge]'")


def api_of(forge: str, named: str | None, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the API of a forge that no remote points to, and the name that goes with its token.

    It is the one that is named, that of a CI job, or the one of github.com or gitlab.com. Raises `UsageError`.
    """
    row = _named_row(forge)
    url = named or environment.get(row["api_variable"]) or None
    form: str = row["api"]
    return (_named_api(row, url) if url else form.format(host=row["hosts"][0])), row["user"]


def token_of(forge: str, environment: Mapping[str, str]) -> SecretValue | None:
    """Return the token for a forge, None where there is none. Raises `UsageError` for one that can be none."""
    row = _named_row(forge)
    found = next((environment[name] for name in row["tokens"] if environment.get(name)), None)
    if found is None:
        return None
    if found.isascii() and found.isprintable():
        return SecretValue(found)
    wanted = " or ".join(row["tokens"])
    raise UsageError(f"{wanted} holds something that is no token", hint="a line break at its end is enough")


def forge_called(forge: str) -> str:
    """Return what a forge calls itself."""
    called: str = _named_row(forge)["title"]
    return called


def login_for(remote: Remote, place: Place) -> Login | None:
    """Return what git is given where the remote asks who it is: the token, else what the remote's address held.

    Raises `UsageError` where the token would cross a network in the clear.
    """
    if remote.scheme not in ("http", "https") or not same_host(remote.host, urlsplit(place.api).hostname or ""):
        return remote.login
    if remote.scheme == "http" and not remote.is_local and urlsplit(place.api).scheme != "http":
        raise UsageError(
            f"the remote {remote.name} speaks plain HTTP, so the token would be read on its way",
            hint=f"git remote set-url {remote.name} https://…; or name an http:// API with --forge-url",
        )
    return Login(origin=remote.origin, user=place.user, password=place.token)


def _row(remote: Remote, named: str | None) -> Mapping[str, Any]:
    if named is not None:
        return _named_row(named)
    for row in _table():
        if _is_known(row, remote.host):
            return row
    for row in _table():
        if row["word"] in remote.host:
            return row
    place = remote.host or "a folder of this machine"
    raise UsageError(
        f"the remote {remote.name} is on {place}, which does not say what forge it is",
        hint=f"name it with --forge {'|'.join(names())}, and its API with --forge-url",
    )


def _named_row(forge: str) -> Mapping[str, Any]:
    return next(row for row in _table() if row["name"] == forge)


def _is_known(row: Mapping[str, Any], host: str) -> bool:
    return host in row["hosts"] or any(host.endswith(ending) for ending in row["endings"])


def _api(row: Mapping[str, Any], remote: Remote, named: str | None) -> str:
    if named is not None:
        return _named_api(row, named)
    if not remote.host:
        raise UsageError(
            f"the remote {remote.name} is a folder of this machine, so nothing says where {row['name']}'s API is",
            hint=f"name it with --forge-url or {row['api_variable']}",
        )
    known = _is_known(row, remote.host)
    # Only an address of HTTP tells by which port the server is reached.
    port = f":{remote.port}" if remote.port is not None and remote.scheme == "https" else ""
    form: str = row["api" if known else "own_api"]
    return form.format(host=f"{remote.host}{port}")


def _named_api(row: Mapping[str, Any], named: str) -> str:
    """Return the API that an address means, which may be a server's: those of a company have it below a path."""
    parts = urlsplit(named)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{named!r} is not the address of a forge", hint="such as https://github.example.com/api/v3")
    if parts.username or parts.password:
        raise UsageError("the address of the forge holds a login", hint=f"set {row['tokens'][0]} instead")
    plain = named.rstrip("/")
    if _is_known(row, parts.hostname):
        form: str = row["api"]
        return form.format(host=parts.hostname)
    if row["name"] == "gitlab":
        return plain if plain.endswith(row["own_path"]) else f"{plain}{row['own_path']}"
    bare = parts.path in ("", "/") and parts.scheme == "https" and not parts.hostname.startswith("api.")
    return f"{plain}{row['own_path']}" if bare else plain


def _project(
    row: Mapping[str, Any], remote: Remote, api: str, named: str | None, environment: Mapping[str, str]
) -> str:
    found = named or (environment.get(row["project_variable"]) if remote.scheme == "file" else None)
    if not found:
        below = urlsplit(api).path.strip("/").removesuffix(row["own_path"].strip("/")).strip("/")
        found = remote.path.removeprefix(f"{below}/") if below else remote.path
        if row["name"] == "github" or remote.scheme == "file":
            found = "/".join(found.split("/")[-2:])
    if "/" not in found.strip("/"):
        raise UsageError(
            f"the remote {remote.name} does not say which project of the forge it is",
            hint="name it with --forge-project OWNER/NAME",
        )
    return found.strip("/")


def _token(row: Mapping[str, Any], environment: Mapping[str, str]) -> SecretValue:
    found = token_of(row["name"], environment)
    if found is not None:
        return found
    weak = next((f"; {why} ({name})" for name, why in row["weak"].items() if environment.get(name)), "")
    raise UsageError(
        f"no token for {row['name']} is set{weak}",
        hint=f"set {' or '.join(row['tokens'])} to one that may write code and {row['called']}s",
    )


def same_host(git: str, api: str) -> bool:
    """Tell whether the forge whose API is on the host `api` is the one whose repositories are on the host `git`."""
    return api in (git, f"api.{git}")


@cache
def _table() -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return rows
