"""Merge requests on GitLab, gitlab.com or one's own, through python-gitlab.

Source: GitLab's REST API, "Merge requests".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gitlab
import requests

from remediation.errors import Refused
from remediation.git.forge import NO_ANSWER, SECONDS, ForgeUnavailable, Opened, OpenRequest, Place, Request, State
from strongroom import __version__
from strongroom.kernel.errors import Denied, StrongroomError
from strongroom.kernel.inert import inert
from strongroom.kernel.secretvalue import SecretValue

_STATES = {"opened": State.OPEN, "locked": State.OPEN, "merged": State.MERGED}
_CONFLICTS = (400, 409, 422)
AT_ONCE: Mapping[str, Any] = {"obey_rate_limit": False}
"""Without it a forge that is asked too often keeps the command waiting for as long as it likes."""


def client(api: str, token: SecretValue | None) -> gitlab.Gitlab:
    """Return a client of the API at `api`, which asks for nothing before it has to; without a token as nobody."""
    lab = gitlab.Gitlab(
        url=api.removesuffix("/api/v4"),
        private_token=token.reveal_text() if token is not None else None,
        timeout=SECONDS,
        user_agent=f"strongroom/{__version__}",
        per_page=100,
        # A server that names itself otherwise than we do is still asked where we found it.
        keep_base_url=True,
    )
    # What is sent on goes with the token, to whatever host.
    lab.session.max_redirects = 0
    return lab


class GitLab:
    """One project."""

    def __init__(self, place: Place) -> None:
        self._place = place
        lab = client(place.api, place.token)
        self._lab = lab
        self.project = lab.projects.get(place.project, lazy=True)

    def of_branch(self, branch: str) -> Request | None:
        """Return the merge request from `branch`: the open one, else the latest."""
        with self.errors():
            listed = self.project.mergerequests.list(state="all", source_branch=branch, iterator=True, **AT_ONCE)
            found = [_request(each) for each in listed if each.source_branch == branch and _is_own(each)]
        return max(found, key=lambda each: (each.state is State.OPEN, each.number), default=None)

    def open_requests(self) -> Iterator[Request]:
        """Yield all open merge requests from branches of the project itself."""
        with self.errors():
            for each in self.project.mergerequests.list(state="opened", iterator=True, **AT_ONCE):
                if _is_own(each):
                    yield _request(each)

    def open(self, wanted: OpenRequest) -> Opened:
        """Open a merge request; GitLab makes labels that are not there, and takes a draft by its title."""
        fields = {
            "source_branch": wanted.branch,
            "target_branch": wanted.base,
            "title": f"Draft: {wanted.title}" if wanted.draft else wanted.title,
            "description": wanted.body,
            **({"labels": ",".join(wanted.labels)} if wanted.labels else {}),
        }
        with self.errors():
            made = self.project.mergerequests.create(fields, **AT_ONCE)
            request, labels = _request(made), getattr(made, "labels", wanted.labels)
        left = [label for label in wanted.labels if label not in labels]
        notes = tuple(f"the label {label} could not be set; the token may lack the right to" for label in left)
        return Opened(request=request, notes=notes)

    def update(self, request: Request, body: str) -> None:
        """Give a merge request another description."""
        with self.errors():
            self.project.mergerequests.update(request.number, {"description": body}, **AT_ONCE)

    def close(self, request: Request) -> None:
        """Close a merge request."""
        with self.errors():
            self.project.mergerequests.update(request.number, {"state_event": "close"}, **AT_ONCE)

    def reopen(self, request: Request) -> bool:
        """Open a closed merge request again; GitLab refuses where another one is open from its branch."""
        with self.errors():
            try:
                self.project.mergerequests.update(request.number, {"state_event": "reopen"}, **AT_ONCE)
            except gitlab.GitlabError as error:
                if error.response_code in _CONFLICTS:
                    return False
                raise
        return True

    def own_id(self) -> int:
        """Return the number of the user whose token this is."""
        with self.errors():
            self._lab.auth()
        assert self._lab.user is not None  # noqa: S101 - that is what it just asked for
        return int(self._lab.user.id)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what python-gitlab raises into our errors, which name the project and hold no header."""
        try:
            yield
        except (*NO_ANSWER, gitlab.GitlabParsingError):
            raise self._unreachable("what came back is none of its answers; check --forge-url") from None
        except gitlab.GitlabError as error:
            raise self._explained(error) from None
        except requests.RequestException as error:
            raise self._unreachable(type(error).__name__) from None

    def _explained(self, error: gitlab.GitlabError) -> StrongroomError:
        status = error.response_code or 0
        said = inert(str(error.error_message))[:300]
        where = f"{self._place.project} on {self._place.api}"
        if status == 401:
            return Denied(f"GitLab does not take the token for {where}", hint="make a new one; it may have expired")
        if status == 403:
            return Denied(
                f"GitLab does not allow this for {where}: {said}",
                hint="the token needs the scope api and the role Developer or above",
            )
        if status == 404:
            return Denied(
                f"GitLab has no {where}, or the token may not see it",
                hint="check the remote, --forge-project and --forge-url",
            )
        if status in _CONFLICTS:
            return Refused(f"GitLab refused this for {where}: {said}")
        return self._unreachable(f"{status or type(error).__name__} {said}")

    def _unreachable(self, why: str) -> StrongroomError:
        return ForgeUnavailable(
            f"GitLab at {self._place.api} did not answer: {why}", hint="try again later; --patch DIR needs no forge"
        )


def _is_own(merge: Any) -> bool:
    return bool(getattr(merge, "source_project_id", None) == getattr(merge, "target_project_id", None))


def _request(merge: Any) -> Request:
    state = _STATES.get(merge.state, State.CLOSED)
    return Request(
        number=merge.iid,
        url=inert(merge.web_url),
        state=state,
        branch=merge.source_branch,
        body=getattr(merge, "description", None) or "",
    )
