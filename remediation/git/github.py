"""Pull requests on GitHub and GitHub Enterprise, through PyGithub.

Sources: GitHub's REST API, "Pulls" and "Labels".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import github
import requests
import urllib3
from github.PullRequest import PullRequest

from remediation.errors import Refused
from remediation.git.forge import NO_ANSWER, SECONDS, ForgeUnavailable, Opened, OpenRequest, Place, Request, State
from strongroom import __version__
from strongroom.kernel.errors import Denied, StrongroomError
from strongroom.kernel.inert import inert
from strongroom.kernel.secretvalue import SecretValue

_COLOUR = "d73a4a"
_INVALID = 422


def client(api: str, token: SecretValue | None) -> github.Github:
    """Return a client of the API at `api`, which asks for nothing before it has to; without a token as nobody."""
    # What is not sure to be without effect is not sent twice.
    again = urllib3.Retry(
        total=2,
        backoff_factor=0.5,
        status_forcelist=(502, 503, 504),
        allowed_methods=("GET",),
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    return github.Github(
        auth=github.Auth.Token(token.reveal_text()) if token is not None else None,
        base_url=api,
        timeout=SECONDS,
        user_agent=f"strongroom/{__version__}",
        per_page=100,
        retry=again,
        lazy=True,
    )


class GitHub:
    """One repository."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._hub = client(place.api, place.token)
        self._repository = self._hub.get_repo(place.project)

    def of_branch(self, branch: str) -> Request | None:
        """Return the pull request from `branch`: the open one, else the latest."""
        owner = self._place.project.partition("/")[0]
        with self._errors():
            # GitHub answers with all of them where it does not know the head.
            found = [
                _request(pull)
                for pull in self._repository.get_pulls(state="all", head=f"{owner}:{branch}")
                if pull.head.ref == branch and self._is_own(pull)
            ]
        return max(found, key=lambda each: (each.state is State.OPEN, each.number), default=None)

    def open_requests(self) -> Iterator[Request]:
        """Yield all open pull requests from branches of the repository itself."""
        with self._errors():
            for pull in self._repository.get_pulls(state="open"):
                if self._is_own(pull):
                    yield _request(pull)

    def open(self, wanted: OpenRequest) -> Opened:
        """Open a pull request, with labels; as a draft where that was wished for and is to be had."""
        notes: list[str] = []
        with self._errors():
            pull = self._created(wanted, notes)
            request = _request(pull)
        notes += self._labelled(pull, wanted.labels)
        return Opened(request=request, notes=tuple(notes))

    def update(self, request: Request, body: str) -> None:
        """Give a pull request another body."""
        with self._errors():
            self._repository.get_pull(request.number).edit(body=body)

    def close(self, request: Request) -> None:
        """Close a pull request."""
        with self._errors():
            self._repository.get_pull(request.number).edit(state="closed")

    def reopen(self, request: Request) -> bool:
        """Open a closed pull request again; GitHub refuses where its branch was made anew since."""
        with self._errors():
            try:
                self._repository.get_pull(request.number).edit(state="open")
            except github.GithubException as error:
                if error.status == _INVALID:
                    return False
                raise
        return True

    def ask(self, question: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what GitHub's GraphQL API answers."""
        with self._errors():
            _, answer = self._hub.requester.graphql_query(question, dict(variables))
            data: Mapping[str, Any] = answer["data"]
        return data

    def _created(self, wanted: OpenRequest, notes: list[str]) -> PullRequest:
        try:
            return self._create(wanted, draft=wanted.draft)
        except github.GithubException as error:
            if not (wanted.draft and error.status == _INVALID and "raft" in str(error.data)):
                raise
        notes.append("this repository has no drafts, so it is open for review already")
        return self._create(wanted, draft=False)

    def _create(self, wanted: OpenRequest, *, draft: bool) -> PullRequest:
        return self._repository.create_pull(
            base=wanted.base, head=wanted.branch, title=wanted.title, body=wanted.body, draft=draft
        )

    def _labelled(self, pull: PullRequest, labels: tuple[str, ...]) -> list[str]:
        """Put labels on a pull request, made where they are not there; say of each that could not be."""
        notes: list[str] = []
        for label in labels:
            # One that is there already, or that the token may not make, may still be there to be set.
            with suppress(StrongroomError), self._errors():
                self._repository.create_label(label, _COLOUR, "About the safety of this project")
            try:
                with self._errors():
                    pull.add_to_labels(label)
            except StrongroomError:
                notes.append(f"the label {label} could not be set; the token may lack the right to")
        return notes

    def _is_own(self, pull: PullRequest) -> bool:
        owner, head = self._place.project.partition("/")[0], pull.head
        name = getattr(head.repo, "full_name", None)
        if name is None:
            # The fork that a head was in may be gone; whose it was is still told.
            return head.label in (None, head.ref, f"{owner}:{head.ref}")
        return str(name).lower() == self._place.project.lower()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what PyGithub raises into our errors, which name the project and hold no header."""
        try:
            yield
        except github.GithubException as error:
            raise self._explained(error) from None
        except requests.RequestException as error:
            raise self._unreachable(type(error).__name__) from None
        except (*NO_ANSWER, github.BadAttributeException):
            raise self._unreachable("what came back is none of its answers; check --forge-url") from None

    def _explained(self, error: github.GithubException) -> StrongroomError:
        said = said_by(error.data)
        where = f"{self._place.project} on {self._place.api}"
        if isinstance(error, github.IncompletableObject):
            return self._unreachable("what came back is none of its answers; check --forge-url")
        if error.status == 401:
            return Denied(f"GitHub does not take the token for {where}", hint="make a new one; it may have expired")
        limited = isinstance(error, github.RateLimitExceededException) or error.status == 429
        if limited or error.status >= 500:
            return self._unreachable(f"{error.status} {said}")
        if error.status == 403:
            return Denied(
                f"GitHub does not allow this for {where}: {said}",
                hint="the token needs to write contents and pull requests; in Actions a setting has to allow it, too",
            )
        if error.status == 404:
            return Denied(
                f"GitHub has no {where}, or the token may not see it",
                hint="check the remote, --forge-project and --forge-url (Enterprise: https://HOST/api/v3)",
            )
        return Refused(f"GitHub refused this for {where}: {error.status} {said}")

    def _unreachable(self, why: str) -> StrongroomError:
        return ForgeUnavailable(
            f"GitHub at {self._place.api} did not answer: {why}", hint="try again later; --patch DIR needs no forge"
        )


def _request(pull: PullRequest) -> Request:
    state = State.MERGED if pull.merged_at is not None else State.OPEN if pull.state == "open" else State.CLOSED
    return Request(
        number=pull.number, url=inert(pull.html_url), state=state, branch=pull.head.ref, body=pull.body or ""
    )


def said_by(data: object) -> str:
    """Return what GitHub says of a failure, on one line."""
    if not isinstance(data, dict):
        return ""
    details = data.get("errors") or ()
    more = [each.get("message", "") for each in details if isinstance(each, dict)]
    parts = [str(part) for part in (data.get("message", ""), *more) if part]
    return inert("; ".join(parts))[:300]
