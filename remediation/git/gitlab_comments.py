"""Comments on the lines of GitLab's merge requests: discussions with a position in the diff.

Source: GitLab's REST API, "Discussions" and "Members of a group or project".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remediation.errors import Refused
from remediation.git.comments import Comment, Reply, Thread
from remediation.git.forge import Place
from remediation.git.gitlab import AT_ONCE, GitLab
from strongroom.kernel.errors import Denied

_DEVELOPER = 30


class GitLabComments:
    """One merge request."""

    def __init__(self, place: Place, number: int) -> None:
        self._lab = GitLab(place)
        self._trusted: dict[int, bool] = {}
        with self._lab.errors():
            self._merge = self._lab.project.mergerequests.get(number, **AT_ONCE)

    @property
    def head(self) -> str:
        """Return the id of the commit at the tip of the request's branch."""
        return str(self._merge.diff_refs["head_sha"])

    def threads(self) -> Sequence[Thread]:
        """Return the discussions that this login began."""
        me = self._lab.own_id()
        with self._lab.errors():
            listed = [each.attributes for each in self._merge.discussions.list(iterator=True, **AT_ONCE)]
        return [self._thread(each) for each in listed if each["notes"] and each["notes"][0]["author"]["id"] == me]

    def add(self, comments: Sequence[Comment]) -> Sequence[Comment]:
        """Begin a discussion at each line; GitLab refuses lines that are not in the diff."""
        left = []
        for each in comments:
            position = {
                **self._merge.diff_refs,
                "position_type": "text",
                "new_path": each.path,
                "old_path": each.path,
                "new_line": each.line,
            }
            try:
                with self._lab.errors():
                    self._merge.discussions.create({"body": each.body, "position": position}, **AT_ONCE)
            except Refused:
                left.append(each)
        return left

    def edit(self, thread: Thread, body: str) -> None:
        """Give the note that began a discussion another body."""
        with self._lab.errors():
            discussion = self._merge.discussions.get(thread.key, lazy=True)
            discussion.notes.update(int(thread.comment), {"body": body}, **AT_ONCE)

    def resolve(self, thread: Thread, *, resolved: bool) -> bool:
        """Resolve a discussion or open it again."""
        try:
            with self._lab.errors():
                self._merge.discussions.update(thread.key, {"resolved": resolved}, **AT_ONCE)
        except (Denied, Refused):
            return False
        return True

    def _thread(self, discussion: Mapping[str, Any]) -> Thread:
        first, *others = discussion["notes"]
        return Thread(
            key=discussion["id"],
            comment=str(first["id"]),
            body=first["body"].replace("\r\n", "\n"),
            resolved=bool(first.get("resolved")),
            replies=tuple(self._reply(each) for each in others if not each.get("system")),
        )

    def _reply(self, note: Mapping[str, Any]) -> Reply:
        author = note["author"]
        return Reply(author=author["username"], trusted=self._may_write(author["id"]), text=note["body"])

    def _may_write(self, user: int) -> bool:
        if user not in self._trusted:
            try:
                with self._lab.errors():
                    self._trusted[user] = self._lab.project.members_all.get(user, **AT_ONCE).access_level >= _DEVELOPER
            except Denied:
                # Whoever is no member is not found.
                self._trusted[user] = False
        return self._trusted[user]
