"""What `--root-key` and `STRONGROOM_ROOT_KEY` say, and the keeper that it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from strongroom.kernel.errors import UsageError
from vault.domain.errors import Sealed
from vault.seal.base import Keeper
from vault.seal.file import ROOT_KEY_FILE
from vault.seal.plain import PlainFile

ROOT_KEY_VARIABLE = "STRONGROOM_ROOT_KEY"
CHOICES = "file:PATH|passphrase-fd:N|keyring|shamir|pkcs11:URI|awskms:ARN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A keeper by name, and what it needs to be found."""

    keeper: str
    argument: str = ""

    @classmethod
    def parse(cls, text: str) -> Setting:
        """Read one of `CHOICES`. Raises `UsageError`."""
        scheme, _, argument = text.partition(":")
        if scheme == "file":
            return cls(keeper="file", argument=argument and str(Path(argument).absolute()))
        if scheme == "passphrase-fd" and re.fullmatch(r"\d{1,5}", argument):
            return cls(keeper="passphrase", argument=argument)
        if text in ("shamir", "keyring"):
            return cls(keeper=text)
        if scheme == "pkcs11":
            return cls(keeper="pkcs11", argument=text)
        if scheme == "awskms":
            from vault.seal.awskms import checked

            return cls(keeper="awskms", argument=checked(argument))
        # The text is not shown: somebody may have put a passphrase there.
        raise UsageError(f"the root key setting is none of {CHOICES}", hint="for instance passphrase-fd:3")


def keeper_of(setting: Setting, folder: Path) -> Keeper:
    """Return the keeper of a store in `folder`, with what the setting says. Raises `Sealed` for an unknown one."""
    if setting.keeper == "file":
        return PlainFile(folder, setting.argument)
    made = _KEEPERS.get(setting.keeper)
    if made is None:
        raise Sealed(f"The root key is kept by {setting.keeper!r}, which this version does not know.")
    return made(setting.argument)


def _passphrase(argument: str) -> Keeper:
    from vault.seal.passphrase import Passphrase

    return Passphrase(int(argument) if argument else None)


def _shamir(_: str) -> Keeper:
    from vault.seal.shamir import Shamir

    return Shamir()


def _token(uri: str) -> Keeper:
    from vault.seal.pkcs11 import Pkcs11Token

    return Pkcs11Token(uri)


def _keyring(_: str) -> Keeper:
    from vault.seal.keyring import OsKeyring

    return OsKeyring()


def _kms(key_arn: str) -> Keeper:
    from vault.seal.awskms import AwsKms

    return AwsKms(key_arn)


_KEEPERS: Mapping[str, Callable[[str], Keeper]] = {
    "passphrase": _passphrase,
    "shamir": _shamir,
    "pkcs11": _token,
    "keyring": _keyring,
    "awskms": _kms,
}
"""What is needed to make each is imported when it is: the libraries are not everybody's."""


def new_keeper_of(setting: Setting, folder: Path) -> Keeper:
    """Return the keeper for a key that is wrapped anew."""
    if setting.keeper == "file" and not setting.argument:
        return PlainFile(folder, ROOT_KEY_FILE)
    return keeper_of(setting, folder)
