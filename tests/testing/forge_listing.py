"""Forges on this machine that list the repositories of organisations, groups and users, as they document it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.testing.forges import behind_prism, examples
from tests.testing.stub import Answer, Asked, Stub, serving

_GITHUB = re.compile(r"/(?:(?P<kind>orgs|users)/(?P<name>[^/]+)/repos|user/repos|user)")
_GITLAB = re.compile(r"/api/v4/(?P<kind>groups|users)/(?P<name>[^/]+)/projects")
_GROUP = {"include_subgroups", "with_shared", "archived", "order_by", "sort", "per_page", "page", "simple", "search"}
_USER = {"archived", "order_by", "sort", "per_page", "page", "simple", "search", "owned"}
_JSON = {"Content-Type": "application/json"}


@dataclass(kw_only=True)
class Lister:
    """What a forge holds, and how it is in the mood to answer."""

    token: str
    owners: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """By kind (`orgs`, `groups`, `users`) and name: repositories as fields that differ from the usual ones."""
    login: str = ""
    """Whose the token is; empty where it is nobody's."""
    waits: list[Answer] = field(default_factory=list)
    """What is answered first, one after another."""
    page: int = 100
    api: str = ""

    def add(self, kind: str, owner: str, *names: str, **fields: Any) -> None:
        """Give an owner repositories."""
        self.owners.setdefault((kind, owner), []).extend({"name": name, **fields} for name in names)


def github_answer(lister: Lister, asked: Asked) -> Answer:
    """Answer as GitHub does; Prism has seen to it that the question is one of its own."""
    if lister.waits:
        return lister.waits.pop(0)
    given = asked.headers.get("authorization", asked.headers.get("Authorization"))
    if given not in (None, f"token {lister.token}", f"Bearer {lister.token}"):
        return _said(401, "Bad credentials")
    parts = urlsplit(asked.target)
    found = _GITHUB.fullmatch(parts.path)
    assert found is not None, asked.target
    if parts.path == "/user":
        example = "private-user-response-with-public-and-private-profile-information"
        return _found({**examples()[example], "login": lister.login}) if lister.login else _said(403, "not accessible")
    own = parts.path == "/user/repos"
    kind, name = ("own", lister.login) if own else (found["kind"], unquote(found["name"]))
    if (kind, name) not in lister.owners:
        return _said(404, "Not Found")
    example = "repository-items-default-response" if own else "minimal-repository-items"
    usual = examples()[example][0]
    listed = [_github_repository(usual, name, one) for one in lister.owners[kind, name]]
    return _page(lister, parse_qs(parts.query), listed, f"{lister.api}{parts.path}")


def gitlab_answer(lister: Lister, asked: Asked) -> Answer:
    """Answer as GitLab does; what its documentation does not name is refused."""
    if lister.waits:
        return lister.waits.pop(0)
    if asked.headers.get("PRIVATE-TOKEN") not in (None, lister.token):
        return _said(401, "401 Unauthorized")
    parts = urlsplit(asked.target)
    found = _GITLAB.fullmatch(parts.path)
    assert found is not None, asked.target
    query = parse_qs(parts.query)
    if unknown := query.keys() - (_GROUP if found["kind"] == "groups" else _USER):
        return _said(400, f"{', '.join(sorted(unknown))} is invalid")
    key = (found["kind"], unquote(found["name"]))
    if key not in lister.owners:
        return _said(404, "404 Group Not Found")
    nested = query.get("include_subgroups") == ["true"] or key[0] == "users"
    listed = [one for one in lister.owners[key] if nested or "/" not in one["name"]]
    return _page(lister, query, [_gitlab_project(key[1], one) for one in listed], f"{lister.api}{parts.path}")


def _page(lister: Lister, query: dict[str, list[str]], listed: list[Any], place: str) -> Answer:
    size, number = min(lister.page, int(query["per_page"][0])), int(query["page"][0])
    shown, more = listed[size * (number - 1) : size * number], size * number < len(listed)
    headers = {**_JSON, "X-Next-Page": str(number + 1) if more else ""}
    if more:
        headers["Link"] = f'<{place}?page={number + 1}&per_page={size}>; rel="next", <{place}>; rel="last"'
    return Answer(body=json.dumps(shown).encode(), headers=headers)


def _github_repository(usual: dict[str, Any], owner: str, fields: dict[str, Any]) -> dict[str, Any]:
    full = f"{owner}/{fields['name']}"
    return {**usual, "clone_url": f"https://github.com/{full}.git", **fields, "full_name": full}


def _gitlab_project(owner: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return a project with the fields that GitLab's documentation of its API shows."""
    full = f"{owner}/{fields['name']}"
    return {
        "id": 3, "path_with_namespace": full, "http_url_to_repo": f"https://gitlab.com/{full}.git", "archived": False,
        "last_activity_at": "2026-01-02T03:04:05.000Z", **fields,
    }  # fmt: skip


def _found(content: object) -> Answer:
    return Answer(body=json.dumps(content).encode(), headers=_JSON)


def _said(status: int, message: str) -> Answer:
    content = {"message": message, "documentation_url": "", "status": str(status)}
    return Answer(status=status, body=json.dumps(content).encode(), headers=_JSON)


@contextmanager
def listing_github(lister: Lister) -> Iterator[Stub]:
    """Run a GitHub that lists repositories, behind its published description."""
    with behind_prism(lambda asked: github_answer(lister, asked)) as (stub, api):
        lister.api = api
        yield stub


@contextmanager
def listing_gitlab(lister: Lister) -> Iterator[Stub]:
    """Run a GitLab that lists projects."""
    with serving(lambda asked: gitlab_answer(lister, asked)) as stub:
        lister.api = f"{stub.place}/api/v4"
        yield stub
