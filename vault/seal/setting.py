"""What `--root-key` and `STRONGROOM_ROOT_KEY` say, and the keeper that it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from strongroom.kernel.errors import UsageError
from vault.domain.errors import Sealed
from vault.seal.base import Keeper
from vault.seal.file import ROOT_KEY_FILE
from vault.seal.plain import PlainFile

ROOT_KEY_VARIABLE = "STRONGROOM_ROOT_KEY"
CHOICES = "file:PATH|passphrase-fd:N|shamir|pkcs11:URI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A keeper by name, and what it needs to be found."""

    keeper: str
    argument: str = ""

    @classmethod
    def parse(cls, text: str) -> Setting:
        """Read `file:PATH`, `passphrase-fd:N`, `shamir` or `pkcs11:URI`. Raises `UsageError`."""
        scheme, _, argument = text.partition(":")
        if scheme == "file":
            return cls(keeper="file", argument=argument and str(Path(argument).absolute()))
        if scheme == "passphrase-fd" and re.fullmatch(r"\d{1,5}", argument):
            return cls(keeper="passphrase", argument=argument)
        if text == "shamir":
            return cls(keeper="shamir")
        if scheme == "pkcs11":
            return cls(keeper="pkcs11", argument=text)
        # The text is not shown: somebody may have put a passphrase there.
        raise UsageError(f"the root key setting is none of {CHOICES}", hint="for instance passphrase-fd:3")


def keeper_of(setting: Setting, folder: Path) -> Keeper:
    """Return the keeper of a store in `folder`, with what the setting says."""
    if setting.keeper == "file":
        return PlainFile(folder, setting.argument)
    if setting.keeper == "passphrase":
        from vault.seal.passphrase import Passphrase

        return Passphrase(int(setting.argument) if setting.argument else None)
    if setting.keeper == "shamir":
        from vault.seal.shamir import Shamir

        return Shamir()
    if setting.keeper == "pkcs11":
        from vault.seal.pkcs11 import Pkcs11Token

        return Pkcs11Token(setting.argument)
    raise Sealed(f"The root key is kept by {setting.keeper!r}, which this version does not know.")


def new_keeper_of(setting: Setting, folder: Path) -> Keeper:
    """Return the keeper for a key that is wrapped anew."""
    if setting.keeper == "file" and not setting.argument:
        return PlainFile(folder, ROOT_KEY_FILE)
    return keeper_of(setting, folder)
