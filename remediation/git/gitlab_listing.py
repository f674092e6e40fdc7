"""The projects of a group with its subgroups, or of a user, on GitLab, through python-gitlab."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import gitlab
import requests

from remediation.git.forge import NO_ANSWER, ForgeUnavailable
from remediation.git.gitlab import client
from remediation.git.listing import Account, Limited, Listed, listed_from
from strongroom.kernel.errors import Denied, StrongroomError
from strongroom.kernel.inert import inert

_ORDER = {"order_by": "id", "sort": "asc", "per_page": 100}
_GROUP = {"include_subgroups": "true", "with_shared": "false"}
_TRIES = 3


class GitLabListing:
    """All projects of one account that the token may see."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lab = client(account.api, account.token)
        self._headers: Mapping[str, str] = {}
        # python-gitlab's errors do not hold the headers that say when to come back.
        self._lab.session.hooks["response"].append(self._heard)

    def kinds(self) -> tuple[str, ...]:
        """Return that a group is meant, or else a user, whose names have no `/`."""
        return ("groups",) if "/" in self._account.name else ("groups", "users")

    def page(self, kind: str, number: int) -> tuple[list[Listed], bool] | None:
        """Return a page, and whether GitLab names a next one."""
        name, query = quote(self._account.name, safe=""), _GROUP if kind == "groups" else {}
        projects = self._get(f"/{kind}/{name}/projects", {**_ORDER, **query, "page": number})
        if projects is None:
            return None
        try:
            listed = [_listed(each) for each in projects]
        except NO_ANSWER:
            raise self._unreachable("what came back is none of its answers; check --forge-url") from None
        return listed, bool(self._headers.get("X-Next-Page"))

    def _heard(self, answer: requests.Response, *_: object, **__: object) -> None:
        self._headers = answer.headers

    def _get(self, path: str, query: Mapping[str, Any]) -> Any | None:
        try:
            answer = self._lab.http_request(
                "get",
                path,
                query_data=dict(query),
                obey_rate_limit=False,
                retry_transient_errors=True,
                max_retries=_TRIES,
            )
            return answer.json()
        except (*NO_ANSWER, gitlab.GitlabParsingError):
            raise self._unreachable("what came back is none of its answers; check --forge-url") from None
        except gitlab.GitlabError as error:
            if error.response_code == 404:
                return None
            raise self._explained(error) from None
        except requests.RequestException as error:
            raise self._unreachable(type(error).__name__) from None

    def _explained(self, error: gitlab.GitlabError) -> Exception:
        status, said = error.response_code or 0, inert(str(error.error_message))[:300]
        where = f"{self._account.name} on {self._account.api}"
        if status == 429:
            return Limited(_seconds(self._headers))
        if status == 401:
            return Denied(f"GitLab does not take the token for {where}", hint="make a new one; it may have expired")
        if status == 403:
            return Denied(
                f"GitLab does not allow this for {where}: {said}", hint="the token needs the scope read_api, or api"
            )
        return self._unreachable(f"{status or type(error).__name__} {said}")

    def _unreachable(self, why: str) -> StrongroomError:
        return ForgeUnavailable(f"GitLab at {self._account.api} did not answer: {why}", hint="try again later")


def _listed(found: Mapping[str, Any]) -> Listed:
    fields = {
        "archived": found.get("archived"),
        "fork": found.get("forked_from_project") is not None,
        "pushed_at": found.get("last_activity_at"),
    }
    return listed_from(found["path_with_namespace"], found["http_url_to_repo"], fields)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Return for how long GitLab takes no question ("User and IP rate limits")."""
    try:
        if "Retry-After" in headers:
            return float(headers["Retry-After"])
        return float(headers["RateLimit-Reset"]) - time.time() + 1
    except (KeyError, ValueError):
        return None
