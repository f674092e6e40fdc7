"""How a fix stands to the one before it: whether it goes on from that, and what is said where it is cut off itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.fix_trial import TrialFailed, remove_tree
from strongroom.kernel.errors import StrongroomError

if TYPE_CHECKING:
    from remediation.git.plumbing import Plumbing
    from remediation.journal import Run

_WAYS_OUT = "`strongroom fix resume` goes on with it, `strongroom fix undo` takes back what it did"


def earlier_run(repository: Plumbing, notes: Path, cut_off: Run | None, branch: str, digest: str) -> Run | None:
    """Return the run that one with a plan of this digest goes on from, onto `branch`.

    Raises `Refused` where one was cut off that had another plan.
    """
    from remediation.git.branches import tip_of
    from remediation.journal import last_finished

    if cut_off is not None:
        if cut_off.begun.digest != digest:
            raise another(cut_off)
        click.echo(f"going on with the fix that was interrupted ({cut_off.begun.started})", err=True)
        sweep(cut_off)
        return cut_off
    last = last_finished(notes)
    if last is None or not last.tips:
        # What committed nothing has left secrets at most, for whichever fix comes next.
        return last
    return last if last.begun.branch == branch and tip_of(repository, branch) in last.tips else None


@contextmanager
def noted(notes: Path) -> Iterator[None]:
    """Say what to do about a fix that ends before it is done; one that did nothing yet is forgotten."""
    from remediation.journal import Journal, forget, unfinished

    try:
        yield
    except TrialFailed:
        Journal(notes).finish()
        raise
    except BaseException as failure:
        run = unfinished(notes)
        if run is not None and not run.touched:
            forget(notes)
        elif run is not None:
            _add_ways_out(failure)
        raise


def sweep(run: Run) -> None:
    """Remove the temporary folders that a run left behind."""
    for folder in map(Path, run.folders):
        if folder.name.startswith("strongroom-tree-") and folder.is_dir() and not folder.is_symlink():
            remove_tree(folder)


def require_same_start(run: Run, commit: str) -> None:
    """Raise `Refused` where the run that was cut off cannot be gone on with from this commit."""
    from remediation.errors import Refused

    if run.undoing:
        raise Refused("an undo was interrupted here", hint="`strongroom fix undo` completes it; then fix again")
    if run.begun.commit != commit:
        raise Refused(
            f"a fix of {run.begun.commit[:12]} was interrupted, and HEAD is {commit[:12]} now",
            hint=f"{_WAYS_OUT}; to resume, check out {run.begun.commit[:12]}",
        )


def another(run: Run) -> StrongroomError:
    """Return what is raised beside a run that was cut off, for a fix that is another one."""
    from remediation.errors import Refused

    return Refused(f"a fix onto {run.begun.branch} was interrupted, and this is another one", hint=_WAYS_OUT)


def _add_ways_out(failure: BaseException) -> None:
    if isinstance(failure, StrongroomError):
        so_far = f"the fix is not finished: {_WAYS_OUT}"
        failure.hint = f"{failure.hint}; {so_far}" if failure.hint else so_far
    else:
        click.echo(f"the fix is not finished: {_WAYS_OUT}", err=True)
