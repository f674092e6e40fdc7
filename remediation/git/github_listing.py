"""The repositories of an organisation or a user on GitHub and GitHub Enterprise, through PyGithub."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import github
import requests

from remediation.git.forge import NO_ANSWER, ForgeUnavailable
from remediation.git.github import client, said_by
from remediation.git.listing import Account, Limited, Listed, listed_from
from strongroom.kernel.errors import Denied, StrongroomError

_PER_PAGE = 100
_ORDER = {"sort": "full_name", "direction": "asc", "per_page": _PER_PAGE}
_KILOBYTE = 1024


class GitHubListing:
    """All repositories of one account that the token may see."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._requester = client(account.api, account.token).requester
        self._own: bool | None = None

    def kinds(self) -> tuple[str, ...]:
        """Return that an organisation is meant, or else a user."""
        return ("orgs", "users")

    def page(self, kind: str, number: int) -> tuple[list[Listed], bool] | None:
        """Return a page, and whether GitHub names a next one. A user sees all that is theirs, others what is public."""
        name = quote(self._account.name, safe="")
        if kind == "orgs":
            found = self._get(f"/orgs/{name}/repos", {"type": "all", "page": number})
        elif self._is_own():
            found = self._get("/user/repos", {"affiliation": "owner", "page": number})
        else:
            found = self._get(f"/users/{name}/repos", {"type": "owner", "page": number})
        if found is None:
            return None
        headers, repositories = found
        try:
            listed = [_listed(each) for each in repositories]
        except NO_ANSWER:
            raise self._unreachable("what came back is none of its answers; check --forge-url") from None
        return listed, 'rel="next"' in headers.get("link", "")

    def _is_own(self) -> bool:
        """Tell whether the token is that of the user who is asked for; one of a CI job is nobody's."""
        if self._own is None:
            try:
                found = self._get("/user", {}) if self._account.token is not None else None
                login = found[1].get("login", "") if found is not None else ""
            except (Denied, AttributeError):
                login = ""
            self._own = str(login).lower() == self._account.name.lower()
        return self._own

    def _get(self, path: str, query: Mapping[str, Any]) -> tuple[Mapping[str, str], Any] | None:
        order = {} if path == "/user" else _ORDER
        try:
            return self._requester.requestJsonAndCheck("GET", path, parameters={**order, **query})
        except github.GithubException as error:
            if error.status == 404 and not isinstance(error, github.IncompletableObject):
                return None
            raise self._explained(error) from None
        except requests.RequestException as error:
            raise self._unreachable(type(error).__name__) from None
        except NO_ANSWER:
            raise self._unreachable("what came back is none of its answers; check --forge-url") from None

    def _explained(self, error: github.GithubException) -> Exception:
        said, headers = said_by(error.data), error.headers or {}
        where = f"{self._account.name} on {self._account.api}"
        if isinstance(error, github.RateLimitExceededException) or error.status == 429 or _is_spent(headers):
            return Limited(_seconds(headers))
        if error.status == 401:
            return Denied(f"GitHub does not take the token for {where}", hint="make a new one; it may have expired")
        if error.status == 403:
            return Denied(
                f"GitHub does not allow this for {where}: {said}",
                hint="the token needs to read the repositories' metadata, and to be allowed by the organisation (SSO)",
            )
        return self._unreachable(f"{error.status} {said}")

    def _unreachable(self, why: str) -> StrongroomError:
        return ForgeUnavailable(f"GitHub at {self._account.api} did not answer: {why}", hint="try again later")


def _listed(found: Mapping[str, Any]) -> Listed:
    size = found.get("size")
    fields = {**found, "size": size * _KILOBYTE if isinstance(size, int) else None}
    return listed_from(found["full_name"], found["clone_url"], fields)


def _is_spent(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Return for how long GitHub takes no question, by what it says first ("Rate limits for the REST API")."""
    try:
        if "retry-after" in headers:
            return float(headers["retry-after"])
        if headers.get("x-ratelimit-remaining") == "0":
            # A clock that goes wrong by a second would ask a second too soon.
            return float(headers["x-ratelimit-reset"]) - time.time() + 1
    except (KeyError, ValueError):
        return None
    return None
