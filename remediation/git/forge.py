"""What a forge is to a fix: a place where a branch is put up for review. Types, and the errors all forges share.

A forge holds requests (GitHub's pull requests, GitLab's merge requests); each leads from one branch to another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from strongroom.kernel.errors import ExitCode, StrongroomError
from strongroom.kernel.secretvalue import SecretValue

SECONDS = 30
"""How long a forge may take over one answer."""

NO_ANSWER = (TypeError, AttributeError, LookupError, ValueError, AssertionError, RuntimeError)
"""What a library raises that takes something for an answer of a forge which is none, such as a page of a proxy."""


class ForgeUnavailable(StrongroomError):
    """The forge, or the remote, did not answer or answered with a failure of its own."""

    code = "forge-unavailable"
    exit_code = ExitCode.VAULT_UNAVAILABLE


class State(StrEnum):
    """What has become of a request."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """A request to be opened."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as the forge has it; `branch` lies in the project itself, not in a fork."""

    number: int
    url: str
    state: State
    branch: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A request that was just opened, and what of the wish was not to be had."""

    request: Request
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One project on one forge: where its API is, and the token for it."""

    forge: str
    called: str
    """What the forge calls a request."""
    api: str
    project: str
    token: SecretValue
    user: str
    """The name that goes with the token where git asks for a login."""


class Forge(Protocol):
    """A project on a forge. Every method raises `Denied`, `ForgeUnavailable` or `Refused`."""

    def of_branch(self, branch: str) -> Request | None:
        """Return the request from `branch`: the open one, else the latest; None where there was never one."""

    def open_requests(self) -> Iterator[Request]:
        """Yield all open requests from branches of the project itself."""

    def open(self, wanted: OpenRequest) -> Opened:
        """Open a request."""

    def update(self, request: Request, body: str) -> None:
        """Give a request another body; title, labels and state stay as people have set them."""

    def reopen(self, request: Request) -> bool:
        """Open a closed request again; tell whether the forge did."""

    def close(self, request: Request) -> None:
        """Close a request that is open."""
