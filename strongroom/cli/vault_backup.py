"""`strongroom vault backup` and `vault restore-backup`: a whole store in one sealed file, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.connection import embedded_place, root_key_option
from strongroom.cli.progress import Progress
from strongroom.kernel.errors import VaultUnavailable

if TYPE_CHECKING:
    from vault.backup.make import Listeners
    from vault.services.verification import Counts

_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the vault.")


@click.command(
    epilog="""\b
Examples:
  strongroom vault backup /mnt/backups/2026-03-10.backup
  strongroom vault backup eu.backup --region eu-west-1
  STRONGROOM_STORE=postgresql://vault@db/vault strongroom vault backup today.backup

Exit status: 0 written and verified, 1 the store was tampered with, 2 the file exists or cannot be written."""
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--region", help="Which region's store, where there are several.")
@_DATA_DIR
@root_key_option
def backup(file: Path, region: str | None, data_dir: Path | None) -> None:
    """Write the whole store to FILE, sealed under its root key, while servers on it go on.

    FILE is read back and verified before it gets its name. Without the root key nobody can use it. A root key that a
    passphrase, shares, a token or the like keep is in FILE as it is wrapped; one in a file is not: keep that elsewhere.
    """
    from strongroom.kernel.clock import utc_now
    from vault.backup.make import make_backup

    place = embedded_place(data_dir)
    if not place.initialised:
        raise VaultUnavailable(f"there is no vault in {place.path}", hint="make one: strongroom vault init")
    counts = make_backup(place, file, utc_now(), _listeners(), region=region)
    click.echo(f"{file}: {_told(counts)}, read back and verified", err=True)


@click.command(
    "restore-backup",
    epilog="""\b
Examples:
  strongroom vault restore-backup 2026-03-10.backup --data-dir ./vault
  strongroom vault restore-backup today.backup --root-key file:/mnt/stick/root.key
  strongroom vault restore-backup today.backup --digests /mnt/archive/digests

Exit status: 0 restored, 1 the backup is damaged, or older than what is known; then nothing was changed.""",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--digests", type=click.Path(path_type=Path, exists=True, file_okay=False), help="[the vault's own]")
@click.option("--allow-older", is_flag=True, help="Restore also what lacks events that are recorded by now.")
@_DATA_DIR
@root_key_option
def restore_backup(file: Path, digests: Path | None, allow_older: bool, data_dir: Path | None) -> None:
    """Restore the store in FILE to an empty place, or over an earlier state of itself, on SQLite or PostgreSQL.

    FILE is verified as a whole first. What stands there is replaced in one transaction, and only where FILE holds all
    that it recorded and all that signed digests of the trail tell.
    """
    from strongroom.kernel.clock import utc_now
    from vault.backup.restore import Permissions, restore_backup

    place = embedded_place(data_dir)
    counts = restore_backup(
        place, file, utc_now(),
        digests=digests, permissions=Permissions(older=allow_older), listeners=_listeners(),
    )  # fmt: skip
    click.echo(f"restored to {place.path}: {_told(counts)}, verified", err=True)


def _listeners() -> Listeners:
    from vault.backup.make import Listeners

    if not sys.stderr.isatty():
        return Listeners()
    rows, checked = Progress(sys.stderr, "copied", "rows"), Progress(sys.stderr, "checked", "rows")
    return Listeners(rows=rows.heard, checked=checked.heard)


def _told(counts: Counts) -> str:
    return f"{counts.secrets} secrets, {counts.versions} versions, {counts.events} recorded events"
