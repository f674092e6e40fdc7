"""Makes digests of the trail, keeps them in a folder, and holds a store against the ones that were kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from strongroom.kernel.background import background
from strongroom.kernel.clock import Clock
from strongroom.kernel.files import make_private_dir, write_atomic
from vault.domain.digest import ChainEnd, MalformedDigest, TrailDigest, name_of, parse
from vault.domain.errors import VaultError
from vault.domain.fault import Fault
from vault.storage.store import Store

FOLDER = "digests"
_SUFFIX = ".json"
_HOUR = 3600.0
_log = logging.getLogger("strongroom.digests")


def make_digest(store: Store, now: datetime, previous: bytes | None = None) -> bytes:
    """Return a signed digest of the trail as it stands, tied to the document `previous`.

    Raises `IntegrityFailure` where the record of a chain's end was edited.
    """
    with store.transaction() as tx:
        heads = tx.trail.heads()
    digest = TrailDigest(
        store_id=store.store_id,
        created=now,
        chains=tuple(ChainEnd(writer=head.writer, seq=head.seq, mac=head.mac.hex()) for head in heads),
        previous="" if previous is None else name_of(previous),
    )
    return digest.document(store.barrier.sign(digest.signed_part()))


class DigestFolder:
    """The digests of one store, a file each, named by their time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, store: Store, now: datetime) -> Path:
        """Write a digest tied to the latest one and return its file. Raises `OSError`, `IntegrityFailure`."""
        make_private_dir(self._folder)
        kept = self._files()
        document = make_digest(store, now, kept[-1].read_bytes() if kept else None)
        place = self._folder / f"{now:%Y%m%dT%H%M%S.%fZ}{_SUFFIX}"
        write_atomic(place, document)
        return place

    def faults(self, store: Store) -> Iterator[Fault]:
        """Yield what does not fit: a file that is no digest of this store, one that is missing, a trail cut short."""
        before: bytes | None = None
        for place in self._files():
            document = place.read_bytes()
            yield from (Fault(row=place.name, problem=problem) for problem in _problems(store, document, before))
            before = document

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    @contextmanager
    def hourly(self, store: Store, clock: Clock) -> Iterator[None]:
        """Keep a digest at the beginning, each hour while the block runs, and one at its end.

        Raises what `keep` does for the first one, so that a folder that cannot be written is known at once.
        """
        self.keep(store, clock())

        def work(stop: threading.Event) -> None:
            while not stop.wait(_HOUR):
                try:
                    self.keep(store, clock())
                except (OSError, VaultError) as error:
                    _log.error("no digest of the trail was kept: %s", error)

        try:
            with background("digests", work):
                yield
        finally:
            self.keep(store, clock())


def _problems(store: Store, document: bytes, before: bytes | None) -> Iterator[str]:
    try:
        digest, signature = parse(document)
    except MalformedDigest as error:
        yield str(error)
        return
    if digest.store_id != store.store_id or not store.barrier.has_signed(signature, digest.signed_part()):
        yield "it was not signed by this store, or changed since"
        return
    if before is not None and digest.previous != name_of(before):
        yield "the digest before it is missing or was changed"
    with store.transaction() as tx:
        for end in digest.chains:
            mac = tx.trail.mac_at(end.writer, end.seq)
            if mac is None or mac.hex() != end.mac:
                yield f"the trail of {end.writer or 'the first writer'} does not hold row {end.seq} as it was then"
