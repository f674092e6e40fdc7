"""Writes a fix as patch files for whoever has no forge: `git am` takes them anywhere."""

from __future__ import annotations

from pathlib import Path

from remediation.git.outpost import Outpost
from remediation.git.plumbing import Plumbing
from strongroom.kernel.errors import UsageError


def write_patches(plumbing: Plumbing, base: str, commit: str, folder: Path) -> tuple[Path, ...]:
    """Write one file for each commit from `base` to `commit` into `folder`, and return them.

    The files are for their owner alone: lines that a fix takes out hold the old values. Raises `UsageError` where
    the folder cannot be made, `GitFailed`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", hint="name another with --patch") from None
    with Outpost(plumbing) as outpost:
        # Settings of the user might shape the files otherwise, or send them through a program.
        out = outpost.run(
            *("format-patch", "--no-signature", "--no-stat", "--binary", "--full-index", "--no-ext-diff"),
            *("--no-textconv", f"--output-directory={folder.resolve()}", f"{base}..{commit}"),
            plain=True,
        )
    return tuple(Path(line) for line in out.decode("utf-8", "surrogateescape").splitlines())
