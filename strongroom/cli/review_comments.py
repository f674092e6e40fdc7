"""`strongroom scan --since BASE --review`: says of each new finding, once, on its line of the request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.pull_request import wish_said
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from remediation.git.comments import Changes, Commented
    from remediation.git.plumbing import Plumbing
    from scanner.model import Finding

_GITHUB_REF = re.compile(r"refs/pull/(\d+)/(?:merge|head)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A request on a forge, and the repository that it is of."""

    repository: Plumbing
    commented: Commented
    number: int
    called: str


@contextmanager
def opened(folder: Path, number: int | None, environment: Mapping[str, str] = os.environ) -> Iterator[Reviewed]:
    """Find the request of the repository around `folder`, which is open or named.

    Raises `UsageError` where there is none or the forge is not known, `Denied`, `ForgeUnavailable`, `Refused`.
    """
    from remediation.git.forge_place import Said, comments_of, connect, find_place
    from remediation.git.plumbing import Plumbing
    from remediation.git.remote import current_branch, find_remote

    wish = wish_said()
    with Plumbing(folder) as repository:
        remote = find_remote(repository, wish.remote)
        place = find_place(remote, Said(forge=wish.forge, url=wish.forge_url, project=wish.forge_project), environment)
        number = number or _of_job(environment)
        if number is None:
            branch = current_branch(repository)
            request = connect(place).of_branch(branch) if branch is not None else None
            if request is None or request.state != "open":
                raise UsageError(
                    f"there is no open {place.called} from {branch or 'what is checked out'}",
                    hint="name it: --request N",
                )
            number = request.number
        commented = comments_of(place, number)
        yield Reviewed(repository=repository, commented=commented, number=number, called=place.called)


def _of_job(environment: Mapping[str, str]) -> int | None:
    """Return the request that a job of GitHub Actions or GitLab CI runs for."""
    merge = environment.get("CI_MERGE_REQUEST_IID", "")
    found = _GITHUB_REF.match(environment.get("GITHUB_REF", ""))
    if found is not None:
        return int(found[1])
    return int(merge) if merge.isdigit() else None


def comment(folder: Path, findings: Sequence[Finding], number: int | None) -> None:
    """Bring the comments of the request up to date with what is found new, and say what was done."""
    from remediation.finding_comment import comment_on
    from remediation.git.comments import changes

    with opened(folder, number) as reviewed:
        placed = [(finding, _line_there(reviewed, finding)) for finding in findings]
        wanted = [comment_on(finding, line, reviewed.number) for finding, line in placed if line is not None]
        todo = changes(reviewed.commented.threads(), wanted)
        left = {each.fingerprint for each in (reviewed.commented.add(todo.new) if todo.new else ())}
        unresolved = _changed(reviewed.commented, todo)
    click.echo(f"{reviewed.called} {reviewed.number}: {_summary(todo, len(left))}", err=True)
    for finding, line in placed:
        if line is None or finding.fingerprint in left:
            place = f"{finding.path}:{finding.region.start_line}"
            click.echo(f"note: {place} is no line that can be commented on; the scan reports it", err=True)
    if unresolved:
        click.echo(f"note: {unresolved} could not be resolved; the token needs to write contents, too", err=True)


def _changed(commented: Commented, todo: Changes) -> int:
    """Edit and resolve what is there; return how many threads the login may not resolve or open again."""
    for thread, body in todo.edited:
        commented.edit(thread, body)
    for thread in todo.gone:
        commented.edit(thread, thread.farewell)
    done = [commented.resolve(each, resolved=True) for each in todo.gone if not each.resolved]
    done += [commented.resolve(each, resolved=False) for each in todo.back]
    return done.count(False)


def _summary(todo: Changes, left: int) -> str:
    told = {"commented": len(todo.new) - left, "brought up to date": len(todo.edited), "gone": len(todo.gone)}
    words = [f"{number} {what}" for what, number in (told | {"as before": todo.kept}).items() if number]
    return ", ".join(words) or "nothing to say"


def _line_there(reviewed: Reviewed, finding: Finding) -> int | None:
    """Return the line of the request's own version of a file on which a finding stands, None where it is not there.

    What CI checks out is often a merge with the base, in which lines stand elsewhere.
    """
    line, repository = finding.region.start_line, reviewed.repository
    if not finding.in_head:
        return None
    status, there, _ = repository.attempt("cat-file", "blob", f"{reviewed.commented.head}:{finding.path}")
    try:
        here = (repository.top / finding.path).read_bytes().split(b"\n")
    except OSError:
        return None
    if status != 0 or line > len(here):
        return line
    same = [number for number, text in enumerate(there.split(b"\n"), 1) if text == here[line - 1]]
    return min(same, key=lambda number: abs(number - line), default=None)
