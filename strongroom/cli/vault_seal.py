"""`strongroom vault rekey`, and what `vault init` says of the root key: who keeps it, and who gets shares of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import embedded_place

if TYPE_CHECKING:
    from strongroom.kernel.secretvalue import SecretValue
    from vault.seal.base import Keeper
    from vault.seal.setting import Setting


def share_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--shares` and `--threshold` to a command."""
    command = click.option("--threshold", default=3, show_default=True, help="How many of them open it.")(command)
    return click.option("--shares", default=5, show_default=True, help="With shamir: how many are handed out.")(command)


def new_keeper(setting: Setting | None, folder: Path, shares: int, threshold: int) -> Keeper | None:
    """Return who is to keep a root key; shares are printed when it is wrapped. None: nobody was named."""
    if setting is None:
        return None
    if setting.keeper == "shamir":
        from vault.seal.shamir import Shamir

        return Shamir(shares, threshold, _hand_out)
    from vault.seal.setting import new_keeper_of

    return new_keeper_of(setting, folder)


def _hand_out(shares: Sequence[SecretValue]) -> None:
    """Print the shares on standard error, this once: standard output may be the administrator's key as JSON."""
    for number, share in enumerate(shares, 1):
        click.echo(f"share {number}: {share.reveal_text()}", err=True)


@click.command(
    epilog="""\b
Examples:
  strongroom vault rekey --root-key passphrase-fd:3 3< passphrase.txt
  strongroom vault rekey --root-key shamir --shares 5 --threshold 3
  STRONGROOM_ROOT_KEY=passphrase-fd:3 strongroom vault rekey --root-key file 3< passphrase.txt

What opens the vault until then is said by STRONGROOM_ROOT_KEY, or asked for."""
)
@click.option("--root-key", "root_key", required=True, metavar="KEEPER", help="Who keeps the root key from now on.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the vault.")
@share_options
def rekey(root_key: str, data_dir: Path | None, shares: int, threshold: int) -> None:
    """Move the root key to another keeper; values stay as they are.

    Cut off anywhere, the old or the new keeper opens the vault, and running it again completes it. Whoever has a copy
    of the old root.key, or of the old root-key.json with what opened it, can still open the vault.
    """
    from vault.rekey import rekey as move
    from vault.seal.setting import Setting

    place = embedded_place(data_dir)
    keeper = new_keeper(Setting.parse(root_key), place.path, shares, threshold)
    if keeper is not None:
        move(place, keeper)
    click.echo(f"the root key of {place.path} is now kept by {root_key.partition(':')[0]}", err=True)
