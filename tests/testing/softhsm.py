"""A real token in software (SoftHSM2) with files of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftToken:
    """A token with its PIN in a file."""

    label: str
    pin: str
    pin_file: Path

    def uri(self, pin_file: Path | None = None, **parts: str) -> str:
        """Return the URI of the token; `object` names a key on it."""
        named = "".join(f";{name}={text}" for name, text in parts.items())
        return f"pkcs11:token={self.label}{named}?module-path={MODULE}&pin-source=file:{pin_file or self.pin_file}"


def private_file(path: Path, text: str) -> Path:
    """Write a file that only its owner reads."""
    path.touch(mode=0o600)
    path.write_text(text)
    return path


@contextmanager
def soft_token(folder: Path) -> Iterator[SoftToken]:
    """Make a token in `folder`; this process and its children see no other while the block runs."""
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    pin, label = secrets.token_hex(8), "strongroom"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", pin],
            check=True, capture_output=True, env=dict(os.environ),
        )  # fmt: skip
        try:
            yield SoftToken(label=label, pin=pin, pin_file=private_file(folder / "pin", f"{pin}\n"))
        finally:
            pkcs11.unload(MODULE)
