"""The keeper that is a token."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.softhsm import MODULE, SoftToken, soft_token
from vault.crypto.aead import generate_key
from vault.domain.errors import Sealed
from vault.seal.pkcs11 import Pkcs11Token, TokenUri

ROOT_KEY = SecretValue(generate_key())


@pytest.fixture
def token(tmp_path: Path) -> Iterator[SoftToken]:
    """A real token in software."""
    with soft_token(tmp_path) as made:
        yield made


def test_a_uri_names_token_key_module_and_the_pins_file() -> None:
    uri = TokenUri.parse("pkcs11:token=my%20token;object=root?module-path=/lib/p.so&pin-source=file:/etc/pin")
    assert uri == TokenUri(token="my token", key="root", module="/lib/p.so", pin_source="/etc/pin")


@pytest.mark.parametrize(
    "text", ["pkcs11:", "pkcs11:token=a", "pkcs11:?module-path=/p.so", "pkcs11:token=a;slot-id=1?module-path=/p.so"]
)
def test_a_uri_that_names_too_little_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no token and module"):
        TokenUri.parse(text)


def test_a_pin_in_the_uri_is_refused() -> None:
    with pytest.raises(UsageError, match="a PIN does not belong in the URI"):
        TokenUri.parse("pkcs11:token=a?module-path=/p.so&pin-value=1")


def test_the_key_stays_on_the_token(token: SoftToken) -> None:
    Pkcs11Token(token.uri()).wrap(ROOT_KEY, "a-store")
    with pkcs11.lib(MODULE).get_token(token_label=token.label).open(user_pin=token.pin) as session:
        key = session.get_key(label="strongroom-a-store")
        assert (key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.EXTRACTABLE]) == (True, False)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_a_key_that_may_leave_the_token_is_refused(token: SoftToken) -> None:
    with pkcs11.lib(MODULE).get_token(token_label=token.label).open(rw=True, user_pin=token.pin) as session:
        may_leave = {pkcs11.Attribute.EXTRACTABLE: True}
        session.generate_key(pkcs11.KeyType.AES, 256, label="loose", store=True, template=may_leave)
    with pytest.raises(Sealed, match="'loose' may leave the token"):
        Pkcs11Token(token.uri(object="loose")).wrap(ROOT_KEY, "a store")


def test_an_absent_token_is_named(token: SoftToken) -> None:
    envelope = Pkcs11Token(token.uri()).wrap(ROOT_KEY, "a store")
    with pytest.raises(Sealed, match="There is no token 'other'"):
        Pkcs11Token(token.uri().replace(token.label, "other")).unwrap(envelope)


def test_a_module_that_is_absent_is_a_named_refusal(token: SoftToken) -> None:
    envelope = Pkcs11Token(token.uri()).wrap(ROOT_KEY, "a store")
    with pytest.raises(Sealed, match="'strongroom' cannot be used"):
        Pkcs11Token(token.uri().replace(MODULE, "/no/module.so")).unwrap(envelope)


def test_a_pin_file_that_others_may_read_is_refused(token: SoftToken) -> None:
    token.pin_file.chmod(0o644)
    with pytest.raises(Sealed, match=r"The PIN file .* is open to other users"):
        Pkcs11Token(token.uri()).wrap(ROOT_KEY, "a store")


def test_without_a_pin_file_or_a_terminal_the_way_is_told(token: SoftToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.seal.pkcs11.on_terminal", lambda: False)
    with pytest.raises(Sealed, match="pin-source="):
        Pkcs11Token(token.uri().partition("&")[0]).wrap(ROOT_KEY, "a store")


def test_without_the_library_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(UsageError) as refused:
        Pkcs11Token(f"pkcs11:token=a?module-path={MODULE}").wrap(ROOT_KEY, "a store")
    assert "pip install 'strongroom[hsm]'" in refused.value.hint
