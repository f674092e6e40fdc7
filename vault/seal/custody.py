"""Where one store's root key is: made, loaded, and moved from keeper to keeper."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key
from vault.domain.errors import Sealed
from vault.seal.base import Envelope, Keeper
from vault.seal.file import ROOT_KEY_FILE, create_root_key
from vault.seal.plain import PlainFile
from vault.seal.setting import Setting, keeper_of, new_keeper_of

ENVELOPE_FILE = "root-key.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """The root key of the store in `folder`: in a file as it is, unless an envelope says otherwise."""

    folder: Path
    setting: Setting | None = None
    """What the caller says of the keeper; the envelope says the rest."""

    @property
    def files(self) -> tuple[Path, Path]:
        """The files of the folder that a root key may be in."""
        return self.folder / ROOT_KEY_FILE, self.folder / ENVELOPE_FILE

    def create(self, store_id: str, keeper: Keeper | None) -> SecretValue:
        """Make a root key and have it kept: by whom the caller says, else in a file as it is.

        Raises `Sealed` where there is one.
        """
        plain, described = self.files
        if keeper is None and self.setting is not None:
            keeper = new_keeper_of(self.setting, self.folder)
        if described.exists():
            raise Sealed(f"{described} exists already and is never overwritten.")
        if keeper is None:
            return create_root_key(plain)
        root_key = SecretValue(generate_key())
        keeper.wrap(root_key, store_id).write(described)
        return root_key

    @property
    def kept(self) -> bool:
        """Tell whether the folder holds a root key, or says who keeps it."""
        return any(os.path.lexists(each) for each in self.files)

    @property
    def envelope(self) -> Envelope | None:
        """Who keeps the root key; None where it lies in a file as it is. Raises `Sealed` for a damaged envelope."""
        found = self._envelope()
        return None if found.keeper == PlainFile.name else found

    def adopt(self, store_id: str, envelope: Envelope | None) -> None:
        """Note, in a folder that holds nothing of a root key, who keeps it: an envelope, or the file that was named."""
        if envelope is None and self.setting is not None:
            parameters = {"path": self.setting.argument}
            envelope = Envelope(keeper=PlainFile.name, store_id=store_id, parameters=parameters)
        if envelope is not None:
            envelope.write(self.folder / ENVELOPE_FILE)

    def load(self, elsewhere: Envelope | None = None, keeper: Keeper | None = None) -> SecretValue:
        """Return the root key; a folder that holds nothing of it has it kept as an envelope from `elsewhere` says.

        `keeper` is asked instead of the one that the setting names, and must be of the envelope's kind.
        Raises `Sealed`, with the way out, where what opens it is absent or wrong.
        """
        envelope = self._envelope() if self.kept or elsewhere is None else elsewhere
        setting = self.setting or Setting(keeper=envelope.keeper)
        if setting.keeper != envelope.keeper:
            raise Sealed(
                f"The root key is kept by {envelope.keeper}, not by {setting.keeper}; "
                "`strongroom vault rekey` moves it from one to another."
            )
        return (keeper or keeper_of(setting, self.folder)).unwrap(envelope)

    def move(self, root_key: SecretValue, store_id: str, keeper: Keeper) -> None:
        """Have the root key kept by another keeper. Cut off anywhere, either the old or the new opens the store.

        The file that held the key as it is goes away; a move that was cut off before that is completed by the next.
        """
        with self.alone():
            old = self._envelope()
            new = keeper.wrap(root_key, store_id)
            new.write(self.folder / ENVELOPE_FILE)
            before = {(self.folder / ROOT_KEY_FILE).resolve(), *self._plain(old)}
            for path in before - self._plain(new):
                path.unlink(missing_ok=True)

    def withdraw(self) -> None:
        """Remove what `create` made."""
        plain, described = self.files
        for path in (*self._plain(self._envelope()), plain, described):
            path.unlink(missing_ok=True)

    def _envelope(self) -> Envelope:
        plain, described = self.files
        if described.exists():
            return Envelope.read(described)
        return Envelope(keeper=PlainFile.name, store_id="", parameters={"path": plain.name})

    def _plain(self, envelope: Envelope) -> set[Path]:
        is_plain = envelope.keeper == PlainFile.name
        return {(self.folder / envelope.parameter("path", str)).resolve()} if is_plain else set()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else make or move the root key of the same folder, which is there, while the block runs."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
