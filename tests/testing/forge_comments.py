"""Forges on this machine whose requests can be commented on, line by line: GitHub by its published schema, and GitLab.

What GitHub is asked is validated and carried out by graphql-core on GitHub's own schema, so a field or an argument that
GitHub does not have is an error. GitLab's fake takes what its documentation of discussions names, and nothing else.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.testing.stub import Answer, Asked, Stub, serving

ROOT = Path(__file__).parents[2]
US = "strongroom-bot"
_DISCUSSIONS = re.compile(r"/api/v4/projects/acme%2Fshop/merge_requests/7/discussions(?:/(\w+)(?:/notes/(\d+))?)?")
_MEMBERS = "/api/v4/projects/acme%2Fshop/members/all"
_POSITION = {"base_sha", "start_sha", "head_sha", "position_type", "new_path", "old_path", "new_line"}


@dataclass(kw_only=True)
class Note:
    """One comment."""

    number: int
    author: str
    body: str


@dataclass(kw_only=True)
class Talk:
    """A comment on a line, and what was answered."""

    path: str
    line: int
    notes: list[Note]
    resolved: bool = False


@dataclass(kw_only=True)
class Lines:
    """The request 7 of `acme/shop`, whose lines are commented on."""

    token: str
    head: str = ""
    base: str = ""
    outside: set[tuple[str, int]] = field(default_factory=set)
    """Lines that are not in the request's diff."""
    members: set[str] = field(default_factory=lambda: {US, "maintainer"})
    may_resolve: bool = True
    talks: list[Talk] = field(default_factory=list)
    written: int = 0

    def begin(self, path: str, line: int, body: str, author: str = US) -> Talk:
        """Comment on a line."""
        self.talks.append(Talk(path=path, line=line, notes=[self.note(author, body)]))
        return self.talks[-1]

    def note(self, author: str, body: str) -> Note:
        """Write a comment."""
        self.written += 1
        return Note(number=self.written, author=author, body=body)

    def reply(self, talk: Talk, author: str, body: str) -> None:
        """Answer in a thread."""
        talk.notes.append(self.note(author, body))


@cache
def _schema() -> GraphQLSchema:
    made = subprocess.run(
        ["sh", ROOT / "tests" / "forge_description.sh"], check=True, stdout=subprocess.PIPE, text=True
    )
    text = (Path(made.stdout.strip()) / "schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


class _GitHub:
    """Resolvers of the fields that are asked for."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def repository(self, _: Any, owner: str, name: str, **__: Any) -> Any:
        return self if (owner, name) == ("acme", "shop") else None

    def pullRequest(self, _: Any, number: int) -> Any:  # noqa: N802 - GitHub's name
        return self if number == 7 else None

    @property
    def id(self) -> str:
        return "PR_7"

    @property
    def headRefOid(self) -> str:  # noqa: N802 - GitHub's name
        return self._lines.head

    def reviewThreads(self, _: Any, first: int, after: str | None = None, **__: Any) -> Any:  # noqa: N802
        begin = int(after or 0)
        nodes = [self._thread(number) for number in range(begin, min(begin + first, len(self._lines.talks)))]
        more = begin + first < len(self._lines.talks)
        return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": str(begin + first)}}

    def _thread(self, number: int) -> Any:
        talk = self._lines.talks[number]
        comments = [
            {
                "id": f"C_{note.number}", "body": note.body, "viewerDidAuthor": note.author == US,
                "author": {"login": note.author, "__typename": "User"},
                "authorAssociation": "MEMBER" if note.author in self._lines.members else "NONE",
            }
            for note in talk.notes
        ]  # fmt: skip
        return {"id": f"T_{number}", "isResolved": talk.resolved, "comments": lambda _, **__: {"nodes": comments}}

    def addPullRequestReview(self, _: Any, input: Any) -> Any:  # noqa: N802 - GitHub's names
        if input["commitOID"] != self._lines.head or input["pullRequestId"] != "PR_7" or input["event"] != "COMMENT":
            raise GraphQLError("not this request")
        if any((each["path"], each["line"]) in self._lines.outside for each in input["threads"]):
            raise GraphQLError("Pull request review thread line must be part of the diff")
        for each in input["threads"]:
            self._lines.begin(each["path"], each["line"], each["body"])
        return {"pullRequestReview": {"id": "R"}}

    def updatePullRequestReviewComment(self, _: Any, input: Any) -> Any:  # noqa: N802
        for note in (note for talk in self._lines.talks for note in talk.notes):
            if f"C_{note.number}" == input["pullRequestReviewCommentId"]:
                note.body = input["body"]
        return {"pullRequestReviewComment": {"id": input["pullRequestReviewCommentId"]}}

    def resolveReviewThread(self, _: Any, input: Any) -> Any:  # noqa: N802
        return self._resolved(input["threadId"], resolved=True)

    def unresolveReviewThread(self, _: Any, input: Any) -> Any:  # noqa: N802
        return self._resolved(input["threadId"], resolved=False)

    def _resolved(self, key: str, *, resolved: bool) -> Any:
        if not self._lines.may_resolve:
            raise GraphQLError("Resource not accessible by integration")
        self._lines.talks[int(key.removeprefix("T_"))].resolved = resolved
        return {"thread": {"isResolved": resolved}}


def _github(lines: Lines, asked: Asked) -> Answer:
    if asked.headers.get("Authorization") not in (f"token {lines.token}", f"Bearer {lines.token}"):
        return _json(401, {"message": "Bad credentials"})
    if urlsplit(asked.target).path != "/graphql":
        return _json(200, [])
    given = json.loads(asked.body)
    done = graphql_sync(_schema(), given["query"], root_value=_GitHub(lines), variable_values=given["variables"])
    return _json(200, done.formatted)


def _gitlab(lines: Lines, asked: Asked) -> Answer:
    if asked.headers.get("PRIVATE-TOKEN") != lines.token:
        return _json(401, {"message": "401 Unauthorized"})
    path, given = urlsplit(asked.target).path, json.loads(asked.body) if asked.body else {}
    people = sorted({US, *lines.members, *(note.author for talk in lines.talks for note in talk.notes)})
    shas = {"base_sha": lines.base, "start_sha": lines.base, "head_sha": lines.head}
    known: dict[str, object] = {
        "/api/v4/user": {"id": people.index(US), "username": US},
        "/api/v4/projects/acme%2Fshop/merge_requests": [],
        "/api/v4/projects/acme%2Fshop/merge_requests/7": {"iid": 7, "id": 107, "diff_refs": shas},
    }
    members = {number: name for number, name in enumerate(people) if name in lines.members}
    known |= {f"{_MEMBERS}/{number}": {"id": number, "access_level": 30} for number in members}
    if path in known:
        return _json(200, known[path])
    found = _DISCUSSIONS.fullmatch(path)
    if found is None:
        return _json(404, {"message": "404 Not found"})
    if asked.method == "GET":
        return _json(200, [_discussion(number, talk, people) for number, talk in enumerate(lines.talks)])
    return _begun(lines, given, people) if asked.method == "POST" else _changed(lines, found, given, people)


def _begun(lines: Lines, given: Any, people: list[str]) -> Answer:
    position = given["position"]
    if set(position) != _POSITION or position["position_type"] != "text" or position["head_sha"] != lines.head:
        return _json(400, {"message": "position is invalid"})
    if (position["new_path"], position["new_line"]) in lines.outside:
        return _json(400, {"message": '400 Bad request - Note {:line_code=>["can\'t be blank"]}'})
    talk = lines.begin(position["new_path"], position["new_line"], given["body"])
    return _json(201, _discussion(len(lines.talks) - 1, talk, people))


def _changed(lines: Lines, found: re.Match[str], given: Any, people: list[str]) -> Answer:
    talk = lines.talks[int(found[1].removeprefix("d"))]
    if found[2] is not None:
        note = next(each for each in talk.notes if each.number == int(found[2]))
        note.body = given["body"]
        return _json(200, {"id": note.number, "body": note.body})
    if not lines.may_resolve:
        return _json(403, {"message": "403 Forbidden"})
    talk.resolved = given["resolved"]
    return _json(200, _discussion(0, talk, people))


def _discussion(number: int, talk: Talk, people: list[str]) -> dict[str, Any]:
    notes = [
        {
            "id": note.number, "body": note.body, "system": False, "resolvable": True, "resolved": talk.resolved,
            "author": {"id": people.index(note.author), "username": note.author},
        }
        for note in talk.notes
    ]  # fmt: skip
    return {"id": f"d{number}", "individual_note": False, "notes": notes}


@contextmanager
def running(forge: str, lines: Lines) -> Iterator[Stub]:
    """Run a forge that keeps `lines`."""
    if forge == "github":
        _schema()  # Made before anybody waits for an answer: the first time it is fetched.
    answer = {"github": _github, "gitlab": _gitlab}[forge]
    with serving(lambda asked: answer(lines, asked)) as stub:
        yield stub


def _json(status: int, content: object) -> Answer:
    return Answer(status=status, body=json.dumps(content).encode(), headers={"Content-Type": "application/json"})
