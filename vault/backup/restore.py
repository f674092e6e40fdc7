"""Restores a backup to where a store is or is to be: on trial first, then in one transaction.

What stands there goes on only if the backup holds all of it: each chain of the trail must be a beginning of the same
chain in the backup. So a restore loses nothing unless it is told that it may.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from strongroom.kernel.errors import CheckFailed, UsageError, VaultUnavailable
from strongroom.kernel.files import make_private_dir, write_atomic
from strongroom.kernel.secretvalue import SecretValue
from vault.backup.header import ReadHeader
from vault.backup.make import Listeners
from vault.backup.trial import Trial, trial
from vault.config import DataDir, Layout
from vault.domain.errors import IntegrityFailure, Sealed, StoreConflict, StoreUnavailable
from vault.domain.trail import service_event
from vault.services.digests import FOLDER as DIGESTS
from vault.services.verification import Counts
from vault.storage.engine import is_file
from vault.storage.store import Store, UnitOfWork

Event = dict[str, Any]

_ASIDE = ".restoring-"
_OLDER = "--allow-older restores it all the same; what was recorded since is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What a restore may do besides."""

    older: bool = False
    """Replace a newer state."""


def restore_backup(
    place: DataDir,
    file: Path,
    now: datetime,
    *,
    digests: Path | None = None,
    permissions: Permissions | None = None,
    listeners: Listeners | None = None,
) -> Counts:
    """Restore the backup `file` to `place`; return what was verified in it.

    Raises `UsageError` where another store stands there or the file is no backup, `Sealed` for another root key,
    `CheckFailed` where the file is damaged or older than what stands there or than the signed digests in `digests` (by
    default those of the vault's folder), and `VaultError` where the store there does not open. What stood there stands
    then.
    """
    told = listeners or Listeners()
    make_private_dir(place.path)
    with place.custody.alone():
        kept = place.custody.kept
        header, root_key = _header_and_key(place, file)
        with trial(file, root_key, _aside(place.path), told.rows) as tried:
            tried.require_whole(told.checked)
            may = permissions or Permissions()
            if not may.older:
                _require_no_newer_digest(tried, digests or _digests_of(place, tried))
            target = _standing(place, tried, root_key)
            # Before the rows: cut off here, what stands there is as it was, and running it again completes it.
            if not kept:
                place.custody.adopt(header.header.store_id, header.header.envelope)
            _leave_operator(place, tried, replace=False)
            event = _restored(tried, now, may)
            if target is None:
                _settle(place, tried, root_key, event, now)
            else:
                _replace(target, tried, place, event, now, may)
            _leave_operator(place, tried, replace=True)
            return tried.counts


def _aside(folder: Path) -> Path:
    """Return where to restore on trial, and remove what was left there by a restore that was cut off: we are alone."""
    for left in folder.glob(f"{_ASIDE}*"):
        shutil.rmtree(left)
    return folder / _ASIDE


def _header_and_key(place: DataDir, file: Path) -> tuple[ReadHeader, SecretValue]:
    with file.open("rb") as source:
        found = ReadHeader.read(source, str(file))
    return found, place.custody.load(found.header.envelope)


def _require_no_newer_digest(tried: Trial, digests: Path) -> None:
    missing = tried.behind(digests)
    if missing:
        raise CheckFailed(
            f"the backup is older than the signed digest {missing[0].row}, or that is another store's: "
            f"{missing[0].problem}",
            hint=_OLDER,
        )


def _digests_of(place: DataDir, tried: Trial) -> Path:
    """Return where `serve` leaves the digests of the region, as far as it is told nothing else."""
    folder = place.path / DIGESTS
    return folder if tried.region == Layout.of(tried.profile).regions[0] else folder / tried.region


def _leave_operator(place: DataDir, tried: Trial, *, replace: bool) -> None:
    profile = json.dumps(_with_later_regions(place, tried.profile), indent=1).encode()
    if not place.operator.exists() or (replace and place.operator.read_bytes() != profile):
        write_atomic(place.operator, profile)


def _with_later_regions(place: DataDir, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile with the regions that were made here since: their databases are none of the backup's."""
    if not place.operator.exists() or "regions" not in profile:
        return dict(profile)
    later = [region for region in place.layout().regions if region not in profile["regions"]]
    return {**profile, "regions": [*profile["regions"], *later]}


def _standing(place: DataDir, tried: Trial, root_key: SecretValue) -> Store | None:
    """Return the store that stands at `place`, None where there is none."""
    database = tried.database_at(place)
    if not Store.stands_at(database):
        return None
    where = database if is_file(database) else "the database"
    try:
        store = Store.open(database, root_key)
    except Sealed:
        raise _another(where) from None
    except StoreUnavailable as error:
        raise VaultUnavailable(error.message, hint=f"move {where} away, then run this again") from None
    if store.store_id != tried.header.store_id:
        store.close()
        raise _another(where)
    return store


def _settle(place: DataDir, tried: Trial, root_key: SecretValue, event: Event, now: datetime) -> None:
    """Put the store where there is none: its file as it was tried, or its rows into an empty database."""
    database = tried.database_at(place)
    if is_file(database):
        with tried.store.transaction() as tx:
            tx.trail.append(event, at=now)
        tried.move_to(Path(database))
        return
    # Cut off between the two, an empty store stands there, of which every other is a later state.
    target = Store.create(database, root_key, tried.header.store_id)
    _replace(target, tried, place, event, now, Permissions())


def _replace(target: Store, tried: Trial, place: DataDir, event: Event, now: datetime, may: Permissions) -> None:
    """Replace the rows that stand there in one transaction."""
    try:
        with tried.store.snapshot() as tables:
            target.take_over(
                tables,
                before=lambda tx: None if may.older else _require_nothing_lost(tx, tried.store, place),
                after=lambda tx: tx.trail.append(event, at=now),
            )
        target.checkpoint()
    except StoreConflict as error:
        raise VaultUnavailable(error.message, hint="stop the servers on it, then run this again") from None
    finally:
        target.close()


def _another(where: str) -> UsageError:
    return UsageError(f"{where} holds another store than the backup", hint="name an empty folder with --data-dir")


def _require_nothing_lost(tx: UnitOfWork, restored: Store, place: DataDir) -> None:
    try:
        heads = tx.trail.heads()
    except IntegrityFailure as error:
        raise CheckFailed(f"what stands in {place.path} cannot be compared: {error.message}", hint=_OLDER) from None
    with restored.transaction() as there:
        for head in heads:
            if there.trail.mac_at(head.writer, head.seq) != head.mac:
                raise CheckFailed(
                    f"the backup is older than what stands in {place.path}: it lacks events that were recorded there "
                    f"(row {head.seq} of the trail of {head.writer or 'the first writer'})",
                    hint=_OLDER,
                )


def _restored(tried: Trial, now: datetime, may: Permissions) -> Event:
    return service_event(
        "RestoreBackup",
        account_id=tried.operator.account_id,
        region=tried.region,
        now=now,
        details={"created": tried.header.created.isoformat(), "older": may.older},
        service="strongroom",
    )
