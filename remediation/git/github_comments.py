"""Comments on the lines of GitHub's pull requests, by its GraphQL API: the other one can resolve no thread.

Source: GitHub's GraphQL API, "PullRequestReviewThread" and its mutations. The questions are in `graphql/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from remediation.errors import Refused
from remediation.git.comments import Comment, Reply, Thread
from remediation.git.forge import Place
from remediation.git.github import GitHub
from strongroom.kernel.errors import Denied

_QUESTIONS = Path(__file__).with_name("graphql")
_MAY_WRITE = ("OWNER", "MEMBER", "COLLABORATOR")


class GitHubComments:
    """One pull request."""

    def __init__(self, place: Place, number: int) -> None:
        self._hub = GitHub(place)
        owner, _, name = place.project.partition("/")
        self._about = {"owner": owner, "name": name, "number": number}
        self._called = f"{place.project}#{number}"
        self._pages: list[Mapping[str, Any]] = []

    @property
    def head(self) -> str:
        """Return the id of the commit at the tip of the request's branch."""
        return str(self._read()[0]["headRefOid"])

    def threads(self) -> Sequence[Thread]:
        """Return the threads that this login began."""
        nodes = [node for page in self._read() for node in page["reviewThreads"]["nodes"]]
        return [_thread(node) for node in nodes if _begun_by_us(node)]

    def add(self, comments: Sequence[Comment]) -> Sequence[Comment]:
        """Comment on lines in one review; GitHub takes none of it where one line is not in its diff."""
        try:
            self._comment(comments)
        except Refused:
            if len(comments) == 1:
                return comments
            return [left for each in comments for left in self.add([each])]
        return []

    def edit(self, thread: Thread, body: str) -> None:
        """Give a comment another body."""
        self._ask("edit", comment=thread.comment, body=body)

    def resolve(self, thread: Thread, *, resolved: bool) -> bool:
        """Resolve a thread or open it again, which takes a login that may write to the repository."""
        try:
            self._ask("resolve" if resolved else "reopen", thread=thread.key)
        except (Denied, Refused):
            return False
        return True

    def _comment(self, comments: Sequence[Comment]) -> None:
        threads = [{"path": each.path, "line": each.line, "body": each.body} for each in comments]
        self._ask("comment", request=self._read()[0]["id"], head=self.head, threads=threads)

    def _read(self) -> Sequence[Mapping[str, Any]]:
        """Return the pages of the request's threads, which are asked for once."""
        after: str | None = None
        while not self._pages or after is not None:
            answer = self._ask("threads", **self._about, after=after)
            page = (answer.get("repository") or {}).get("pullRequest")
            if page is None:
                raise Refused(f"GitHub has no pull request {self._called}", hint="check --request")
            self._pages.append(page)
            told = page["reviewThreads"]["pageInfo"]
            after = told["endCursor"] if told["hasNextPage"] else None
        return self._pages

    def _ask(self, question: str, **variables: Any) -> Mapping[str, Any]:
        return self._hub.ask(_text(question), variables)


@cache
def _text(question: str) -> str:
    return (_QUESTIONS / f"{question}.graphql").read_text(encoding="utf-8")


def _begun_by_us(node: Mapping[str, Any]) -> bool:
    comments = node["comments"]["nodes"]
    return bool(comments) and bool(comments[0]["viewerDidAuthor"])


def _thread(node: Mapping[str, Any]) -> Thread:
    first, *others = node["comments"]["nodes"]
    return Thread(
        key=node["id"],
        comment=first["id"],
        body=first["body"].replace("\r\n", "\n"),
        resolved=node["isResolved"],
        replies=tuple(_reply(each) for each in others),
    )


def _reply(comment: Mapping[str, Any]) -> Reply:
    author = (comment["author"] or {}).get("login", "somebody who is gone")
    return Reply(author=author, trusted=comment["authorAssociation"] in _MAY_WRITE, text=comment["body"])
