"""`strongroom fix`: plan, move values to the vault, rewrite the code, commit on a branch, attach rotation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from strongroom.cli.connection import vault_options
from strongroom.cli.fix_taste import taste_options
from strongroom.cli.further import WithFurther
from strongroom.cli.pull_request import pull_request_options
from strongroom.cli.rotation_options import rotation_options

_FURTHER = ("resume", "undo")


def _paths(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    names = [CompletionItem(name) for name in _FURTHER if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


@click.command(
    cls=WithFurther,
    further=_FURTHER,
    module="strongroom.cli.fix_again",
    epilog="""\b
Examples:
  strongroom fix --dry-run          the plan and the diff; nothing is touched
  strongroom fix                    do it, on a branch of its own
  strongroom fix app/settings.py    only the values that stand in this file
  strongroom fix --branch safe-db   choose the branch
  strongroom fix --group file       a commit for each file
  strongroom fix --test-command "python -m pytest -q"
                                    commit only what passes
  strongroom fix --pr               push it and open, or update, its pull request
  strongroom fix --patch patches    write it as patch files, too
  strongroom fix resume             go on with a fix that was interrupted
  strongroom fix undo               take back what the last fix did

It works on HEAD and leaves your branch, index and files as they are. A folder of the name resume or undo is ./resume.

Exit status: 0 done or nothing to do, 1 a check failed (nothing is committed) or, with --strict, steps are left,
4 the vault or, with --pr, the forge is unreachable, 5 denied.""",
)
@click.argument(
    "path",
    required=False,
    default=".",
    type=click.Path(path_type=Path, exists=True),
    shell_complete=_paths,
)
@click.option("--only", multiple=True, metavar="ID", help="Only the value of this finding (repeatable).")
@click.option("--dry-run", is_flag=True, help="Show plan and diff; touch nothing, the vault included.")
@click.option("--branch", help="Branch to commit on [strongroom/fix-<hash>].")
@click.option(
    "--group",
    type=click.Choice(["one", "secret", "file"]),
    help="What a commit is about [fix.group, else one for all].",
)
@click.option(
    "--test-command",
    metavar="COMMAND",
    help="Run in a copy of the fixed tree; commit only if it ends with 0 [$STRONGROOM_FIX_TEST_COMMAND].",
)
@click.option(
    "--name-prefix", metavar="TEXT", help="How names of secrets begin, such as prod/{app} [{app}: this folder's name]."
)
@click.option("--strict", is_flag=True, help="Exit 1 when steps are left for a person.")
@click.option("--rotate-now", is_flag=True, help="Rotate at once; running code must already read the vault.")
@click.option("--patch", type=click.Path(path_type=Path, file_okay=False), help="Folder for patch files of the fix.")
@rotation_options
@taste_options
@pull_request_options
@click.option("--yes", is_flag=True, help="Answer questions beforehand (none is asked off a terminal).")
@vault_options
def command(path: Path, dry_run: bool, yes: bool, **said: Any) -> int:
    """Move credentials to the vault and rewrite the code, on a branch.

    PATH is the repository, or a file of it whose values alone are to move; each of them moves everywhere.
    `fix resume` goes on with one that was interrupted, `fix undo` takes one back.
    """
    from strongroom.cli.fix_work import Wanted, dry, fix

    folder, file = (path, None) if path.is_dir() else (path.parent, path)
    wanted = Wanted(path=folder, file=file, **said)
    return dry(wanted) if dry_run else fix(wanted)
