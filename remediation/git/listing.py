"""The repositories of an organisation, a group or a user on a forge, for an audit of all of them.

Sources: GitHub's REST API, "Repositories" and "Rate limits for the REST API"; GitLab's REST API, "Groups" and
"User and IP rate limits".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from remediation.git.forge import ForgeUnavailable
from remediation.git.forge_place import api_of, forge_called, missing_extra, same_host, token_of
from remediation.git.remote import Login, parse
from strongroom.kernel.errors import UsageError
from strongroom.kernel.inert import inert
from strongroom.kernel.secretvalue import SecretValue

LONGEST_WAIT = 900
"""Seconds that a forge may ask us to wait once; beyond that the user is told when to come back."""
_WAITS = 10
"""How often in a row one question is put again."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One repository as its forge lists it."""

    name: str
    """Its path on the forge: `owner/name`, on GitLab with all groups above it."""
    clone_url: str
    """By HTTP, without a login."""
    archived: bool
    fork: bool
    size: int | None
    """Bytes on the forge, as far as it tells (GitLab does not)."""
    pushed_at: str | None
    """When it last changed, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An organisation, group or user on one forge: where its API is, and the token for it, if there is one."""

    forge: str
    name: str
    api: str
    token: SecretValue | None
    user: str
    """The name that goes with the token where git asks for a login."""

    def login(self, clone_url: str) -> Login | None:
        """Return what git is given to clone with: the token where the address is on the API's host, else nothing.

        Raises `UsageError` where the token would cross a network in the clear.
        """
        remote = parse("origin", clone_url, Path())
        if self.token is None or not same_host(remote.host, urlsplit(self.api).hostname or ""):
            return None
        if remote.scheme == "http" and not remote.is_local and urlsplit(self.api).scheme != "http":
            raise UsageError(
                f"{clone_url} is by plain HTTP, so the token would be read on its way",
                hint="have the forge give https:// addresses, or name an http:// API with --forge-url",
            )
        return Login(origin=remote.origin, user=self.user, password=self.token)


class Limited(Exception):
    """The forge takes no more questions for `seconds`; None where it does not say for how long."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class Pages(Protocol):
    """One forge's listing. Every method raises `Limited`, `Denied` or `ForgeUnavailable`."""

    def kinds(self) -> tuple[str, ...]:
        """Return what a name may stand for, in the order in which it is tried."""

    def page(self, kind: str, number: int) -> tuple[list[Listed], bool] | None:
        """Return a page of repositories, from 1, and whether there are more; None where no such account exists."""


def find_account(forge: str, name: str, url: str | None, environment: Mapping[str, str]) -> Account:
    """Return where the repositories of `name` are listed. Raises `UsageError` for what cannot be a name or an address.

    `url` is what was given as `--forge-url`; without it the variable of a CI job counts, else the public forge.
    """
    plain = name.strip().strip("/")
    if not plain or any(not part or part in (".", "..") for part in plain.split("/")) or not plain.isprintable():
        raise UsageError(
            f"{name!r} is no name of an organisation or group", hint="as in its address: acme, or acme/team"
        )
    api, user = api_of(forge, url, environment)
    return Account(forge=forge, name=plain, api=api, token=token_of(forge, environment), user=user)


def repositories_of_organisation(
    account: Account,
    *,
    say: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Listed]:
    """Yield all repositories of `account` that its token may see, those of subgroups too, archived ones and forks.

    A forge that asks for patience gets it, which `say` hears of. Raises `UsageError` where nobody has that name,
    `Denied`, and `ForgeUnavailable`, also where a forge wants more patience than `LONGEST_WAIT`.
    """
    pages = _pages(account)
    seen: set[str] = set()
    for kind in pages.kinds():
        number = 1
        while (answer := _asked(account, pages, kind, number, say, sleep)) is not None:
            listed, more = answer
            # What is made or renamed while pages are turned moves others onto the next one.
            yield from (one for one in listed if one.name not in seen)
            seen.update(one.name for one in listed)
            if not more:
                return
            number += 1
    raise UsageError(
        f"{forge_called(account.forge)} at {account.api} has no organisation, group or user {account.name}"
        + ("" if account.token is not None else " that is seen without a token"),
        hint="check the name and --forge-url; a private one needs a token that may see it",
    )


def listed_from(name: str, clone_url: str, fields: Mapping[str, Any]) -> Listed:
    """Return a repository from an answer. Raises `ValueError` where its address is none to clone from."""
    parts = urlsplit(clone_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ValueError(f"{name} has no address to clone it from")
    return Listed(
        name=inert(name),
        clone_url=clone_url,
        archived=bool(fields.get("archived")),
        fork=bool(fields.get("fork")),
        size=fields.get("size"),
        pushed_at=fields.get("pushed_at"),
    )


def _pages(account: Account) -> Pages:
    try:
        if account.forge == "github":
            from remediation.git.github_listing import GitHubListing

            return GitHubListing(account)
        from remediation.git.gitlab_listing import GitLabListing

        return GitLabListing(account)
    except ImportError:
        raise missing_extra("list repositories of a forge") from None


def _asked(
    account: Account,
    pages: Pages,
    kind: str,
    number: int,
    say: Callable[[str], None],
    sleep: Callable[[float], None],
) -> tuple[list[Listed], bool] | None:
    """Put one question until it is answered, with the waits that the forge asks for."""
    called = forge_called(account.forge)
    seconds = 0.0
    for turn in range(_WAITS):
        try:
            return pages.page(kind, number)
        except Limited as limited:
            # GitHub: without a word from it a minute, and longer each time.
            seconds = max(1.0, limited.seconds if limited.seconds is not None else 60 * 2.0**turn)
        if seconds > LONGEST_WAIT:
            break
        say(f"{called} takes no more questions for now; going on in {seconds:.0f} s")
        sleep(seconds)
    until = datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%H:%M UTC")
    raise ForgeUnavailable(
        f"{called} at {account.api} takes no more questions until about {until}",
        hint="run it again then" if account.token is not None else "run it again then, or set a token: it may ask more",
    )
