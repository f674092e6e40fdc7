"""Each keeper with what it needs around it: the right secret, a wrong one, and none."""

from __future__ import annotations

import atexit
import base64
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.secretservice import secret_service
from tests.testing.server import Server, running_server
from tests.testing.softhsm import private_file, soft_token
from vault.crypto.passphrase import Costs
from vault.seal.awskms import AwsKms
from vault.seal.base import Keeper
from vault.seal.keyring import OsKeyring
from vault.seal.passphrase import Passphrase
from vault.seal.pkcs11 import Pkcs11Token
from vault.seal.plain import PlainFile
from vault.seal.shamir import Shamir

QUICK = Costs(memory_kib=19 * 1024, iterations=1, lanes=1)
"""The least that a file may ask for: the suite derives many keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A keeper to put to the test."""

    new: Callable[[], Keeper]
    """The keeper that wraps, with a secret of its own."""
    right: Callable[[], Keeper]
    """A keeper as another process makes it, with the secret of what was wrapped last."""
    wrong: Callable[[], Keeper]
    """The same with another secret."""
    way_out: str
    """What the refusal of the wrong one must say."""
    told: Callable[[], list[bytes]]
    """The secrets in play, which must show nowhere."""


def fed(text: bytes) -> int:
    """Return a file descriptor that gives `text` and ends."""
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    return reader


@contextmanager
def plain_file(folder: Path) -> Iterator[Case]:
    """The key in a file as it is; the wrong secret is an absent file."""
    yield Case(
        new=lambda: PlainFile(folder, "kept.key"),
        right=lambda: PlainFile(folder, ""),
        wrong=lambda: PlainFile(folder / "elsewhere", ""),
        way_out="cannot be read",
        told=list,
    )


@contextmanager
def passphrase(folder: Path) -> Iterator[Case]:
    """A passphrase on a file descriptor."""
    chosen, other = secrets.token_hex(12).encode(), secrets.token_hex(12).encode()
    yield Case(
        new=lambda: Passphrase(fed(chosen + b"\n"), QUICK),
        right=lambda: Passphrase(fed(chosen)),
        wrong=lambda: Passphrase(fed(other + b"\n")),
        way_out="try again with the right one",
        told=lambda: [chosen, other],
    )


@contextmanager
def shamir(folder: Path) -> Iterator[Case]:
    """Three of five shares on standard input; the wrong secret is two of them."""
    handed: list[list[bytes]] = []

    def hand_out(shares: Sequence[SecretValue]) -> None:
        handed.append([share.reveal() for share in shares])

    yield Case(
        new=lambda: Shamir(5, 3, hand_out),
        right=lambda: Shamir(source=fed(b"\n".join(handed[-1][1:4]))),
        wrong=lambda: Shamir(source=fed(b"\n".join(handed[-1][:2]))),
        way_out="2 of 3 needed shares were given; give one on each line of standard input",
        told=lambda: [share for shares in handed for share in shares],
    )


@contextmanager
def token(folder: Path) -> Iterator[Case]:
    """A key on a token; the wrong secret is another PIN."""
    with soft_token(folder) as made:
        wrong = private_file(folder / "wrong-pin", secrets.token_hex(8))
        yield Case(
            new=lambda: Pkcs11Token(made.uri()),
            right=Pkcs11Token,
            wrong=lambda: Pkcs11Token(made.uri(wrong)),
            way_out="refuses the PIN; look at its pin-source",
            told=lambda: [made.pin.encode()],
        )


@contextmanager
def system_keyring(folder: Path) -> Iterator[Case]:
    """An entry of a keyring; the wrong one is another service's."""
    with secret_service(folder):
        yield Case(
            new=OsKeyring,
            right=OsKeyring,
            wrong=lambda: OsKeyring("another-service"),
            way_out="has no entry .*; run this as the user whose keyring it is",
            told=_entries,
        )


def _entries() -> list[bytes]:
    import secretstorage

    with closing(secretstorage.dbus_init()) as bus:
        found = list(secretstorage.search_items(bus, {"service": "strongroom"}))
        return [base64.b64decode(item.get_secret()) for item in found]


@cache
def _kms_server() -> Server:
    """Return a vault of our own that serves KMS: one for all tests of a process, each of which makes its own keys."""
    opened = ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(running_server(Path(opened.enter_context(TemporaryDirectory())) / "kms"))


@contextmanager
def kms_key(_folder: Path) -> Iterator[Case]:
    """A key of KMS; the wrong one is another key there."""
    server = _kms_server()
    with pytest.MonkeyPatch.context() as patch:
        for name, text in kms_environment(server).items():
            patch.setenv(name, text)
        right, wrong = (server.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        yield Case(
            new=lambda: AwsKms(right),
            right=AwsKms,
            wrong=lambda: AwsKms(wrong),
            way_out="IncorrectKeyException; look at the key's state",
            told=lambda: [server.secret_access_key.encode()],
        )


def kms_environment(server: Server) -> dict[str, str]:
    """Return the variables with which boto3 finds a server's KMS and nothing else."""
    variables = {name: text for name, text in server.environment().items() if name.startswith("AWS_")}
    return {**variables, "AWS_ENDPOINT_URL_KMS": server.url}


KEEPERS = {
    "file": plain_file,
    "passphrase": passphrase,
    "pkcs11": token,
    "shamir": shamir,
    "keyring": system_keyring,
    "awskms": kms_key,
}
