"""The keeper of a root key that lies in a file as it is; whoever can read the file has the key."""

from __future__ import annotations

from pathlib import Path

from strongroom.kernel.secretvalue import SecretValue
from vault.seal.base import Envelope
from vault.seal.file import create_root_key, load_root_key


class PlainFile:
    """Keeps root keys in the file `chosen`, by default where the envelope says; its paths start at `folder`."""

    name = "file"

    def __init__(self, folder: Path, chosen: str) -> None:
        self._folder = folder
        self._chosen = chosen

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Write the key to the file. Raises `Sealed` where another is in it: a root key is never overwritten."""
        path = self._folder / self._chosen
        # It is there already where an earlier move was cut off.
        if not (path.exists() and load_root_key(path) == root_key):
            create_root_key(path, root_key)
        return Envelope(keeper=self.name, store_id=store_id, parameters={"path": self._chosen})

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the key in the file. Raises `Sealed`."""
        return load_root_key(self._folder / (self._chosen or envelope.parameter("path", str)))
