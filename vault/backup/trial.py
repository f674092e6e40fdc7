"""Puts a backup on trial: restores it to a place aside, which nobody uses, and checks all that it holds there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from strongroom.kernel.errors import CheckFailed
from strongroom.kernel.files import sync_dir
from strongroom.kernel.secretvalue import SecretValue
from vault.backup.archive import BACKUP_OF, Archive, Heard
from vault.backup.header import Header, ReadHeader
from vault.config import DataDir, Layout
from vault.crypto.kdf import Barrier
from vault.domain.errors import DecryptionFailed
from vault.domain.fault import Fault
from vault.initialise import AccessKey
from vault.services.digests import DigestFolder
from vault.services.keyring import Keyring
from vault.services.verification import Counts, Verification
from vault.storage.snapshot import make_staged
from vault.storage.store import Store


class Trial:
    """A backup that was restored aside: its header, its operator and its store."""

    def __init__(self, file: Path, header: Header, profile: Mapping[str, Any], store: Store, place: Path) -> None:
        self.header = header
        self.operator = AccessKey.parse(profile)
        self.profile = {name: value for name, value in profile.items() if name != BACKUP_OF}
        """The operator's profile as it stood there."""
        self.region = str(profile.get(BACKUP_OF, self.operator.region))
        """The region that it is a backup of."""
        self.store = store
        """Its root key is the one that opened the backup."""
        self.counts = Counts()
        self._file = file
        self._place = place

    def require_whole(self, heard: Heard = lambda _: None) -> None:
        """Check every document, envelope, row and chain. Raises `CheckFailed` where one is not as it was left."""
        verification = Verification(self.store, Keyring(self.store), heard)
        faults = list(verification.faults())
        self.counts = verification.counts
        if faults:
            raise CheckFailed(
                f"{self._file} holds a store that was tampered with before it was backed up: {_told(faults)}",
                hint="take an earlier backup; `strongroom vault verify` names all there is",
            )

    def database_at(self, place: DataDir) -> str:
        """Return where the region's database is to be."""
        return place.database_of(self.region, Layout.of(self.profile))

    def behind(self, digests: Path) -> list[Fault]:
        """Return what the signed digests in a folder say that the backup lacks."""
        return list(DigestFolder(digests).faults(self.store))

    def move_to(self, path: Path) -> None:
        """Close the store and let its file, as a whole, be the one at `path`, where there is none. Raises `OSError`."""
        self.store.checkpoint()
        # The last to close a SQLite file leaves nothing beside it.
        self.store.close()
        for left in ("-wal", "-shm"):
            # Of a file that is gone: SQLite would carry it into this one.
            path.with_name(path.name + left).unlink(missing_ok=True)
        self._place.rename(path)
        sync_dir(path.parent)


@contextmanager
def trial(file: Path, root_key: SecretValue, aside: Path, heard: Heard) -> Iterator[Trial]:
    """Restore the backup `file` to a private folder beside `aside` while the block runs; `heard` is told of rows.

    Raises `UsageError` for a file that is no backup, `Sealed` for another root key, `UnsupportedSchema` for a backup of
    a newer program, `CheckFailed` for one that is damaged or cut off.
    """
    with file.open("rb") as source, tempfile.TemporaryDirectory(dir=aside.parent, prefix=aside.name) as folder:
        found = ReadHeader.read(source, str(file))
        header = found.header
        archive = Archive(source, found.opened(Barrier(root_key, header.store_id)), heard)
        place = Path(folder) / "store.db"
        try:
            profile = archive.operator()
            make_staged(place, header.revision, archive.tables())
        except DecryptionFailed as error:
            raise CheckFailed(f"{file} is damaged. {error.message}", hint="take another backup") from None
        store = Store.open(place, root_key)
        try:
            yield Trial(file, header, profile, store, place)
        finally:
            store.close()


def _told(faults: list[Fault]) -> str:
    first = f"{faults[0].row}: {faults[0].problem}"
    return first if len(faults) == 1 else f"{first}, and {len(faults) - 1} more"
