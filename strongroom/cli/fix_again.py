"""`strongroom fix resume` and `strongroom fix undo`: go on with a fix that was interrupted, or take one back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import Connection, connected, remember_region, vault_options
from strongroom.cli.fix_earlier import sweep
from strongroom.cli.fix_taste import remember_taste
from strongroom.cli.fix_work import Wanted, fix, narrow_client
from strongroom.cli.forge_options import remember_wish
from strongroom.cli.pull_request import request_to_close
from strongroom.cli.rotation_options import day_said
from strongroom.kernel.errors import ExitCode, UsageError, VaultUnavailable

if TYPE_CHECKING:
    from remediation.git.plumbing import Plumbing
    from remediation.journal import Run

_PATH = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command(
    epilog="""\b
Examples:
  strongroom fix resume
  strongroom fix resume ../shop

It goes on as the fix was called, with the same vault; tokens and keys are read from the environment again."""
)
@click.argument("path", required=False, default=".", type=_PATH)
@vault_options
def resume(path: Path, vault_name: str | None, data_dir: Path | None) -> int:
    """Go on with a fix that was interrupted: same plan, same branch, same secrets."""
    from remediation.git.notes import notes_folder
    from remediation.git.plumbing import Plumbing
    from remediation.journal import unfinished

    with Plumbing(path) as repository:
        run = unfinished(notes_folder(repository))
    if run is None:
        click.echo("no fix was interrupted here; there is nothing to resume", err=True)
        return ExitCode.OK
    options = run.begun.options
    remember_wish(options["request"])
    remember_taste(options["taste"])
    vault, folder = _store_of(options, vault_name, data_dir)
    return fix(
        Wanted(
            path=path,
            # A fix of an earlier version was never limited.
            only=tuple(options.get("only", ())),
            file=None if options.get("file") is None else Path(options["file"]),
            branch=run.begun.branch,
            group=options["group"],
            test_command=options["test_command"],
            strict=options["strict"],
            rotate_now=options["rotate_now"],
            rotate_first=day_said(options.get("rotate_first")),
            patch=None if options["patch"] is None else Path(options["patch"]),
            pr=options["pr"],
            name_prefix=options["name_prefix"],
            superuser_secret=options["superuser_secret"],
            functions=options["functions"],
            vault_name=vault,
            data_dir=folder,
        )
    )


@click.command(
    epilog="""\b
Examples:
  strongroom fix undo
  strongroom fix undo ../shop

It takes back the fix that was interrupted, or else the last one that was completed: its branch, while nobody went on
from it; rotation that it attached; secrets that it made, while they hold what it stored and the code still holds it,
too. Secrets wait 30 days for their deletion, and the next fix has them back. Where the fix was merged nothing is
undone.

Exit status: 0 all of it was taken back, 1 something is left for a person."""
)
@click.argument("path", required=False, default=".", type=_PATH)
@click.option("--keep-secrets", is_flag=True, help="Leave what is in the vault as it is; the vault is not asked.")
@vault_options
def undo(path: Path, keep_secrets: bool, vault_name: str | None, data_dir: Path | None) -> int:
    """Take back what the interrupted, or else the last fix did."""
    from remediation.git.commit import read_head
    from remediation.git.notes import alone
    from remediation.git.plumbing import Plumbing
    from remediation.journal import Journal, close_all, last_finished, unfinished
    from remediation.undo import require_undoable

    with ExitStack() as stack:
        repository = stack.enter_context(Plumbing(path))
        notes = stack.enter_context(alone(repository))
        run = unfinished(notes) or last_finished(notes)
        if run is None:
            raise UsageError("there is no fix to undo here", hint="strongroom fix makes one")
        head = read_head(repository)
        require_undoable(run, repository)
        remember_wish(run.begun.options["request"])
        close = request_to_close(repository, run)
        connection = None
        if (run.stored or run.rotating) and not keep_secrets:
            connection = _connected(stack, run, vault_name, data_dir)
        journal = Journal(notes)
        journal.begin(run.begun, run)
        journal.undoing()
        sweep(run)
        close()
        left = _take_back(run, repository, connection, head)
        close_all(notes)
    return ExitCode.FOUND if left else ExitCode.OK


def _connected(stack: ExitStack, run: Run, vault_name: str | None, data_dir: Path | None) -> Connection:
    vault, folder = _store_of(run.begun.options, vault_name, data_dir)
    try:
        return stack.enter_context(connected(vault, folder))
    except VaultUnavailable as error:
        error.hint = f"{error.hint}; --keep-secrets takes the branch back without it"
        raise


def _take_back(run: Run, repository: Plumbing, connection: Connection | None, head: Any) -> bool:
    """Take back branch, rotation and secrets, and say so; tell whether something is left for a person."""
    from remediation.git.branches import copies
    from remediation.policy import undoing_policy
    from remediation.undo import undo as taken_back

    client = None
    if connection is not None:
        client = narrow_client(connection, undoing_policy(sorted({*run.stored, *run.rotating})))
    left = False
    for taken in taken_back(run, repository, head, client):
        click.echo(f"kept     {taken.what}: {taken.kept}" if taken.kept else f"undone   {taken.what}")
        left = left or bool(taken.kept)
    for name in run.stored if connection is None else ():
        click.echo(f"kept     the secret {name}: as it was asked for")
    for remote in sorted({*run.pushed, *copies(repository, run.begun.branch)}):
        click.echo(f"for you: {remote} may have the branch still: git push {remote} --delete {run.begun.branch}")
        left = True
    return left


def _store_of(
    options: Mapping[str, Any], vault_name: str | None, data_dir: Path | None
) -> tuple[str | None, Path | None]:
    """Return the options of the store that is asked for, else of the one that the fix used."""
    remember_region(options["region"])
    if vault_name is not None or data_dir is not None:
        return vault_name, data_dir
    return options["vault"], None if options["data_dir"] is None else Path(options["data_dir"])
