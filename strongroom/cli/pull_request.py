"""`strongroom fix --pr`: looks at remote and forge before anything is stored, then pushes and opens or updates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.forge_options import FORGE, added, remembered, said_about_request
from strongroom.kernel.errors import ExitCode, StrongroomError, UsageError

if TYPE_CHECKING:
    from remediation.fix import FixResult
    from remediation.git.forge import Forge, Place, Request
    from remediation.git.plumbing import Plumbing
    from remediation.git.push import Pusher
    from remediation.git.remote import Remote
    from remediation.git.review import Delivered, Standing
    from remediation.journal import Journal, Run
    from remediation.model import Plan, Snapshot

_LIMIT = 5
_LABELS = ("security",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was said about the request."""

    forge: str | None = None
    forge_url: str | None = None
    forge_project: str | None = None
    remote: str | None = None
    base: str | None = None
    label: tuple[str, ...] = _LABELS
    pr_limit: int = _LIMIT
    reopen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A request that may be opened or updated: everything was looked at, nothing was changed yet."""

    wish: Wish
    place: Place
    forge: Forge
    pusher: Pusher
    branch: str
    base: str
    tip: str | None
    """Where the remote has the branch."""
    found: Request | None
    others: tuple[Request, ...] = ()
    """Those of ours that are open beside it."""
    stop: str = ""
    """Why nothing is to be done, for a person to read."""
    held_up: bool = False
    """It is stopped by something that a person has to do."""

    def deliver(self, plan: Plan, result: FixResult, client: Any, store: str, journal: Journal) -> None:
        """Push the fix, open or update its request, and say so; `store` tells people where the values are.

        Raises `Denied`, `ForgeUnavailable`, `Refused`, `GitFailed`; the fix is on its branch then, and the same
        command goes on from there.
        """
        try:
            journal.pushing(self.pusher.remote, result.commit)
            pushed = self.pusher.push(self.branch, result.commit, self.tip)
            click.echo(f"{'pushed  ' if pushed else 'there   '} {self.branch}")
            done = self._delivered(plan, result, client, store)
            journal.requested(done.request.number, done.request.url, opened=done.outcome in ("opened", "reopened"))
            self._say(done)
        except StrongroomError as error:
            so_far = f"the fix itself is done, on {self.branch}; the same command goes on from there"
            error.hint = f"{error.hint}; {so_far}" if error.hint else so_far
            raise

    def _delivered(self, plan: Plan, result: FixResult, client: Any, store: str) -> Delivered:
        from remediation.git.forge import OpenRequest
        from remediation.git.review import deliver
        from remediation.request_body import About, body, needs_review, title
        from remediation.request_facts import facts

        about = About(
            plan=plan,
            result=result,
            facts=facts(result.secrets, client),
            base=self.base,
            store=store,
            at_amazons=".amazonaws.com" in client.meta.endpoint_url,
        )
        wanted = OpenRequest(
            branch=self.branch,
            base=self.base,
            title=title(plan),
            body=body(about),
            draft=needs_review(plan),
            labels=self.wish.label,
        )
        return deliver(self.forge, self.found, wanted)

    def _say(self, done: Delivered) -> None:
        words = "is up to date:" if done.outcome == "unchanged" else f"{done.outcome}:"
        click.echo(f"{self.place.called} {words} {done.request.url}")
        notes = list(done.notes)
        if self.others:
            urls = ", ".join(each.url for each in self.others)
            notes.append(f"open beside it: {urls}; what they share with it needs merging once")
        for note in notes:
            click.echo(f"note: {note}", err=True)


def pull_request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--pr` and what goes with it to a command, which gets `pr`; the rest `wish_said` knows."""
    return added(command, (_PR, *FORGE, *_REQUEST))


_PR = click.option("--pr", is_flag=True, help="Push the branch and open, or update, its pull request.")
_REQUEST = (
    remembered("--base", metavar="BRANCH", help="Where the request leads [the branch you are on]."),
    remembered("--label", multiple=True, metavar="LABEL", help="Repeatable; an empty one is none [security]."),
    remembered("--pr-limit", type=click.IntRange(min=1), metavar="N", help="Most open requests of ours [5]."),
    remembered("--reopen", is_flag=True, default=None, help="Even if a person closed it, or it was merged."),
)


def wish_said() -> Wish:
    """Return what the running command was told about the request."""
    said = said_about_request()
    if "label" in said:
        said["label"] = tuple(label for label in said["label"] if label.strip())
    return Wish(**said)


@contextmanager
def reviewing(repository: Plumbing, snapshot: Snapshot, branch: str, wish: Wish) -> Iterator[Review]:
    """Look at remote and forge for the fix on `branch`; nothing is changed on either.

    Raises `UsageError` for what is not set or cannot be, `Denied` for a token that is not taken, `ForgeUnavailable`,
    `Refused` where the remote's branch holds commits of people.
    """
    from remediation.git.forge_place import Said, connect, find_place, login_for
    from remediation.git.outpost import Outpost
    from remediation.git.push import Pusher
    from remediation.git.remote import find_remote
    from remediation.git.review import standing

    remote = find_remote(repository, wish.remote)
    place = find_place(remote, Said(forge=wish.forge, url=wish.forge_url, project=wish.forge_project), os.environ)
    forge = connect(place)
    with Outpost(repository) as outpost:
        found = standing(forge, branch)
        pusher = Pusher(outpost, remote, login_for(remote, place))
        stop, held_up = _stop(place, wish, branch, found)
        base, tip = ("", None) if stop else _base_and_tip(repository, pusher, remote, wish, snapshot, branch)
        yield Review(
            wish=wish,
            place=place,
            forge=forge,
            pusher=pusher,
            branch=branch,
            base=base,
            tip=tip,
            found=found.request,
            others=found.others,
            stop=stop,
            held_up=held_up,
        )


def _stop(place: Place, wish: Wish, branch: str, found: Standing) -> tuple[str, bool]:
    from remediation.git.review import was_undone

    request = found.request
    if request is not None and request.state != "open" and not (wish.reopen or was_undone(request)):
        if request.state == "merged":
            return f"{place.called} {request.url} was merged: nothing to do; update your branch from it", False
        return f"{place.called} {request.url} was closed by a person and stays so; --reopen opens it again", False
    if (request is None or request.state != "open") and len(found.others) >= wish.pr_limit:
        urls = ", ".join(each.url for each in found.others)
        return f"no {place.called} for {branch}: {len(found.others)} are open already ({urls}); see --pr-limit", True
    return "", False


def _base_and_tip(
    repository: Plumbing, pusher: Pusher, remote: Remote, wish: Wish, snapshot: Snapshot, branch: str
) -> tuple[str, str | None]:
    """Return the branch that the request leads to, and where the remote has the one it comes from."""
    from remediation.git.remote import upstream

    followed = wish.base or upstream(repository, remote)
    heads = pusher.heads(*(name for name in (followed, branch) if name))
    if heads.default is not None and followed not in heads.commits and wish.base is None:
        followed = heads.default
        heads = pusher.heads(followed, branch)
    if followed is None or followed not in heads.commits:
        what = f"no branch {followed}" if followed else "no branch that is its default"
        raise UsageError(f"{remote.name} has {what}", hint="push your branch first, or name another with --base")
    if followed == branch:
        raise UsageError(f"{branch} cannot lead into itself", hint="name another branch with --branch or --base")
    if not pusher.holds(heads, followed, snapshot.commit):
        raise UsageError(
            f"HEAD has commits that {followed} on {remote.name} has not, and the {remote.name} would get them, too",
            hint="push them first, or name the branch that has them with --base",
        )
    return followed, pusher.require_ours(heads, branch, followed, snapshot.commit)


def stopped(review: Review, *, strict: bool) -> int:
    """Say why nothing is done, and return the exit status."""
    click.echo(review.stop)
    return ExitCode.FOUND if strict and review.held_up else ExitCode.OK


def request_to_close(repository: Plumbing, run: Run) -> Callable[[], None]:
    """Return what closes the request that a run opened, where it is open; nothing is changed yet.

    Raises `Refused` for one that was merged, and what `reviewing` does about forge and token.
    """
    from remediation.errors import Refused
    from remediation.git.forge_place import Said, connect, find_place
    from remediation.git.remote import find_remote
    from remediation.git.review import marked_undone

    if run.request is None:
        return lambda: None
    wish = wish_said()
    remote = find_remote(repository, next(iter(run.pushed), wish.remote))
    place = find_place(remote, Said(forge=wish.forge, url=wish.forge_url, project=wish.forge_project), os.environ)
    forge = connect(place)
    found = forge.of_branch(run.begun.branch)
    if found is not None and found.state == "merged":
        raise Refused(f"{place.called} {found.url} was merged, and its secrets are needed; nothing was undone")
    opened = run.request.opened and found is not None and found.number == run.request.number

    def close() -> None:
        if found is not None and opened and found.state == "open":
            forge.update(found, marked_undone(found.body))
            forge.close(found)
            click.echo(f"closed   {place.called} {found.url}")
        elif found is not None and found.state == "open":
            click.echo(f"for you: {place.called} {found.url} is open still")

    return close
