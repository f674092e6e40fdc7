"""Forges on this machine that remember what was asked of them: GitHub behind its published description, and GitLab.

GitHub's answers are the examples of its own API description with other fields in them; Prism stands in front of it and
refuses each request and answer that the description does not allow. GitLab publishes no package of its description:
its fake takes the parameters that its documentation of merge requests names, and refuses every other one.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tests.testing.ports import free_port, until_it_listens
from tests.testing.stub import Answer, Asked, Stub, serving

ROOT = Path(__file__).parents[2]
_GITHUB = re.compile(r"/repos/(?P<project>[^/]+/[^/]+)/(?P<rest>.*)")
_GITLAB = re.compile(r"/api/v4/projects/(?P<project>[^/]+)/merge_requests(?P<rest>/\d+)?")
_LISTING = {"state", "source_branch", "per_page", "page", "order_by", "sort", "scope"}
_CREATING = {"source_branch", "target_branch", "title", "description", "labels", "remove_source_branch"}
_UPDATING = {"title", "description", "state_event", "labels", "target_branch"}


@dataclass(kw_only=True)
class Review:
    """A request as a forge keeps it."""

    number: int
    branch: str
    base: str
    title: str
    body: str
    draft: bool = False
    state: str = "open"
    merged: bool = False
    fork: bool = False
    labels: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Project:
    """What a test may look at and change of one project."""

    reviews: list[Review] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    has_drafts: bool = True
    may_label: bool = True
    reopens: bool = True

    def add(self, **fields: Any) -> Review:
        """Open a request, as a person would."""
        made = Review(number=len(self.reviews) + 1, **fields)
        self.reviews.append(made)
        return made


class Fake(Protocol):
    """What a test needs of a fake forge."""

    name: str
    token: str
    projects: dict[str, Project]
    down: bool

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""


class FakeGitHub:
    """GitHub's pull requests and labels."""

    name = "github"

    def __init__(self, token: str, examples: dict[str, Any]) -> None:
        self.token = token
        self.projects: dict[str, Project] = {}
        self.down = False
        self.api = ""
        self._pull = {**examples["pull-request"], "requested_teams": []}
        self._label = examples["label"]

    def answer(self, asked: Asked) -> Answer:
        """Answer one request as GitHub does."""
        if self.down:
            return _json(503, {"message": "Service unavailable", "code": "down", "documentation_url": ""})
        if asked.headers.get("authorization", asked.headers.get("Authorization")) not in _bearers(self.token):
            return _json(401, {"message": "Bad credentials", "documentation_url": ""})
        parts = urlsplit(asked.target)
        found = _GITHUB.fullmatch(parts.path)
        if found is None or found["project"] not in self.projects:
            return _json(404, {"message": "Not Found", "documentation_url": "", "status": "404"})
        project = self.projects[found["project"]]
        given = json.loads(asked.body) if asked.body else {}
        rest = found["rest"].split("/")
        if rest[0] == "pulls":
            return self._pulls(found["project"], project, asked.method, rest[1:], parse_qs(parts.query), given)
        return self._labels(project, rest, given)

    def _pulls(
        self, name: str, project: Project, method: str, rest: list[str], query: dict[str, list[str]], given: Any
    ) -> Answer:
        if rest:
            review = project.reviews[int(rest[0]) - 1]
            if given.get("state") == "open" and not project.reopens:
                return _invalid("state cannot be changed. The branch was force-pushed or recreated.")
            review.body, review.state = given.get("body", review.body), given.get("state", review.state)
            return _json(200, self._shown(name, review))
        if method == "POST":
            return self._opened(name, project, given)
        state, head = query.get("state", ["open"])[0], query.get("head", [""])[0]
        chosen = [each for each in project.reviews if state in ("all", each.state)]
        if head:
            chosen = [each for each in chosen if f"{name.partition('/')[0]}:{each.branch}" == head]
        return _json(200, [self._shown(name, each) for each in reversed(chosen)])

    def _opened(self, name: str, project: Project, given: Any) -> Answer:
        if given.get("draft") and not project.has_drafts:
            return _invalid("Draft pull requests are not supported in this repository.")
        if any(each.branch == given["head"] and each.state == "open" for each in project.reviews):
            return _invalid(f"A pull request already exists for {given['head']}.")
        review = project.add(
            branch=given["head"], base=given["base"], title=given["title"], body=given["body"],
            draft=given.get("draft", False),
        )  # fmt: skip
        return _json(201, self._shown(name, review))

    def _labels(self, project: Project, rest: list[str], given: Any) -> Answer:
        if rest[0] == "issues":
            return self._set(project, project.reviews[int(rest[1]) - 1], given)
        if not project.may_label:
            return _json(404, {"message": "Not Found", "documentation_url": "", "status": "404"})
        if given["name"] in project.labels:
            return _invalid("already_exists")
        project.labels.add(given["name"])
        return _json(201, {**self._label, **given})

    def _set(self, project: Project, review: Review, given: list[str]) -> Answer:
        if not project.may_label:
            return _json(404, {"message": "Not Found", "documentation_url": "", "status": "404"})
        review.labels += given
        return _json(200, [{**self._label, "name": label} for label in given])

    def _shown(self, name: str, review: Review) -> dict[str, Any]:
        pull = copy.deepcopy(self._pull)
        pull |= {"number": review.number, "state": review.state, "title": review.title, "body": review.body}
        pull |= {"draft": review.draft, "html_url": f"https://github.example/{name}/pull/{review.number}"}
        pull |= {"url": f"{self.api}/repos/{name}/pulls/{review.number}"}
        pull |= {"issue_url": f"{self.api}/repos/{name}/issues/{review.number}"}
        pull["merged_at"] = "2026-01-02T03:04:05Z" if review.merged else None
        pull["head"]["ref"], pull["base"]["ref"] = review.branch, review.base
        pull["head"]["repo"]["full_name"] = "somebody/fork" if review.fork else name
        return pull


class FakeGitLab:
    """GitLab's merge requests."""

    name = "gitlab"

    def __init__(self, token: str) -> None:
        self.token = token
        self.projects: dict[str, Project] = {}
        self.down = False

    def answer(self, asked: Asked) -> Answer:
        """Answer one request as GitLab does."""
        if self.down:
            return _json(503, {"message": "503 Service Unavailable"})
        if asked.headers.get("PRIVATE-TOKEN") != self.token:
            return _json(401, {"message": "401 Unauthorized"})
        parts = urlsplit(asked.target)
        found = _GITLAB.fullmatch(parts.path)
        name = unquote(found["project"]) if found else ""
        if found is None or name not in self.projects:
            return _json(404, {"message": "404 Project Not Found"})
        project, given = self.projects[name], json.loads(asked.body) if asked.body else {}
        if asked.method == "GET":
            return self._listed(name, project, parse_qs(parts.query))
        if asked.method == "PUT":
            return self._updated(name, project.reviews[int(found["rest"][1:]) - 1], project, given)
        return self._opened(name, project, given)

    def _listed(self, name: str, project: Project, query: dict[str, list[str]]) -> Answer:
        if unknown := query.keys() - _LISTING:
            return _json(400, {"error": f"{', '.join(sorted(unknown))} is invalid"})
        state = {"opened": "open"}.get(query["state"][0], query["state"][0])
        branch = query.get("source_branch", [""])[0]
        chosen = [each for each in project.reviews if state in ("all", each.state) and branch in ("", each.branch)]
        return _json(200, [_merge_request(name, each) for each in reversed(chosen)])

    def _opened(self, name: str, project: Project, given: dict[str, Any]) -> Answer:
        if unknown := given.keys() - _CREATING:
            return _json(400, {"error": f"{', '.join(sorted(unknown))} is invalid"})
        if any(each.branch == given["source_branch"] and each.state == "open" for each in project.reviews):
            return _json(409, {"message": ["Another open merge request already exists for this source branch"]})
        labels = given.get("labels", "").split(",") if project.may_label else []
        review = project.add(
            branch=given["source_branch"], base=given["target_branch"], body=given["description"],
            title=given["title"].removeprefix("Draft: "), draft=given["title"].startswith("Draft: "), labels=labels,
        )  # fmt: skip
        return _json(201, _merge_request(name, review))

    def _updated(self, name: str, review: Review, project: Project, given: dict[str, Any]) -> Answer:
        if unknown := given.keys() - _UPDATING:
            return _json(400, {"error": f"{', '.join(sorted(unknown))} is invalid"})
        if given.get("state_event") == "reopen" and not project.reopens:
            return _json(409, {"message": ["Another open merge request already exists for this source branch"]})
        review.body = given.get("description", review.body)
        review.state = {"reopen": "open", "close": "closed"}.get(given.get("state_event", ""), review.state)
        return _json(200, _merge_request(name, review))


def _merge_request(name: str, review: Review) -> dict[str, Any]:
    """Return a merge request with the fields that GitLab's documentation of its API shows."""
    state = "merged" if review.merged else {"open": "opened"}.get(review.state, review.state)
    return {
        "id": 100 + review.number, "iid": review.number, "project_id": 3, "state": state,
        "title": f"Draft: {review.title}" if review.draft else review.title, "description": review.body,
        "source_branch": review.branch, "target_branch": review.base, "labels": review.labels, "draft": review.draft,
        "source_project_id": 4 if review.fork else 3, "target_project_id": 3,
        "web_url": f"https://gitlab.example/{name}/-/merge_requests/{review.number}",
    }  # fmt: skip


@contextmanager
def running_github(token: str) -> Iterator[tuple[FakeGitHub, Stub, str]]:
    """Run the fake behind Prism; yields it, what it was asked, and the address of its API."""
    fake = FakeGitHub(token, examples())
    with behind_prism(fake.answer) as (stub, api):
        fake.api = api
        yield fake, stub, api


@contextmanager
def behind_prism(answer: Callable[[Asked], Answer]) -> Iterator[tuple[Stub, str]]:
    """Run what answers as GitHub does behind Prism; yields what it was asked, and the address of its API."""
    folder, port = _description(), free_port()
    with serving(answer) as stub:
        command = [folder / "node_modules/.bin/prism", "proxy", folder / "github.json", stub.place]
        with subprocess.Popen(
            [*command, "--port", str(port), "--errors", "-v", "silent"], stdout=subprocess.DEVNULL
        ) as prism:
            try:
                until_it_listens(prism, ("127.0.0.1", port), within=60)
                yield stub, f"http://127.0.0.1:{port}"
            finally:
                prism.terminate()


def examples() -> dict[str, Any]:
    """Return the examples of answers in GitHub's description, by their names."""
    read: dict[str, Any] = json.loads((_description() / "examples.json").read_bytes())
    return read


@cache
def _description() -> Path:
    made = subprocess.run(
        ["sh", ROOT / "tests" / "forge_description.sh"], check=True, stdout=subprocess.PIPE, text=True
    )
    return Path(made.stdout.strip())


@contextmanager
def running_gitlab(token: str) -> Iterator[tuple[FakeGitLab, Stub, str]]:
    """Run the fake; yields it, what it was asked, and the address of its server."""
    fake = FakeGitLab(token)
    with serving(fake.answer) as stub:
        yield fake, stub, stub.place


def _bearers(token: str) -> tuple[str, str]:
    return f"token {token}", f"Bearer {token}"


def _invalid(message: str) -> Answer:
    errors = [{"resource": "PullRequest", "code": "custom", "message": message}]
    return _json(422, {"message": "Validation Failed", "errors": errors, "documentation_url": ""})


def _json(status: int, content: object) -> Answer:
    return Answer(status=status, body=json.dumps(content).encode(), headers={"Content-Type": "application/json"})
