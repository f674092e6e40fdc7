"""Makes a backup: one consistent state, sealed under the root key, put on trial, and only then there."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from strongroom.kernel.errors import UsageError
from strongroom.kernel.files import sync_dir
from vault.backup.archive import BACKUP_OF, Heard, write_archive
from vault.backup.header import Header
from vault.backup.trial import trial
from vault.config import DataDir, Layout
from vault.services.verification import Counts
from vault.storage import migrations
from vault.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is told how far the work is: of rows that were written or read, and of rows that were checked."""

    rows: Heard = lambda _: None
    checked: Heard = lambda _: None


def make_backup(
    place: DataDir, file: Path, now: datetime, listeners: Listeners, *, region: str | None = None
) -> Counts:
    """Write the state of the store at `place` to `file`, which must not exist; return what was found in it on trial.

    Each region has a database of its own, and a backup of its own: `region` says which, where there are several.

    Servers on the store go on. The file is 0600, and there once it was read back, restored to a place aside and
    verified. Raises `UsageError` where it exists or no region that is here is named, `CheckFailed` for what does not
    verify, `VaultError` where the store does not open, and `OSError`; nothing is left then.
    """
    root_key = place.custody.load()
    layout = place.layout()
    of = _chosen(layout, region)
    profile = {**json.loads(place.operator.read_bytes()), BACKUP_OF: of}
    store = Store.open(place.database_of(of, layout), root_key)
    try:
        with _unnamed(file) as unnamed:
            with unnamed.open("r+b") as target:
                _write(place, store, profile, now, target, listeners.rows)
            with trial(unnamed, root_key, place.path / ".tried-", listeners.rows) as tried:
                tried.require_whole(listeners.checked)
                return tried.counts
    finally:
        store.close()


def _chosen(layout: Layout, region: str | None) -> str:
    """Return the region whose database is backed up."""
    if region is None and len(layout.regions) == 1:
        return layout.regions[0]
    if region not in layout.regions:
        wrong = "several regions are here" if region is None else f"the region {region} is not here"
        raise UsageError(f"{wrong}, each with a backup of its own", hint=f"--region {'|'.join(layout.regions)}")
    return region


def _write(
    place: DataDir, store: Store, profile: dict[str, Any], now: datetime, target: BinaryIO, heard: Heard
) -> None:
    header = Header.new(store_id=store.store_id, revision=migrations.HEAD, created=now, envelope=place.custody.envelope)
    stream = header.write(target, store.barrier)
    with store.snapshot() as tables:
        write_archive(target, stream, profile, tables, heard)
    target.flush()
    os.fsync(target.fileno())


@contextmanager
def _unnamed(file: Path) -> Iterator[Path]:
    """Yield an empty private file that gets the name `file` when the block ends well, and else is removed."""
    exists = UsageError(f"{file} exists already", hint="name another file, or move that one away")
    if os.path.lexists(file):
        raise exists
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(6)}.tmp")
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield temporary
        if os.path.lexists(file):
            raise exists
        temporary.rename(file)
        sync_dir(file.parent)
    finally:
        temporary.unlink(missing_ok=True)
