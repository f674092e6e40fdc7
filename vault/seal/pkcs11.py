"""The keeper that is a token (PKCS#11): an AES key that never leaves it wraps the root key with AES-GCM."""

from __future__ import annotations

import base64
import binascii
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import Sealed
from vault.seal.asking import asked, on_terminal
from vault.seal.base import Envelope, root_key_of
from vault.seal.file import read_private

_NONCE_BYTES = 12
_MOST_PIN_BYTES = 256
_KEY_BITS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUri:
    """A token as a PKCS#11 URI names it (RFC 7512)."""

    token: str
    module: str
    key: str = ""
    """The label of the key on the token."""
    pin_source: str = ""

    @classmethod
    def parse(cls, text: str) -> TokenUri:
        """Read `pkcs11:token=…;object=…?module-path=…&pin-source=…`. Raises `UsageError`."""
        path, _, query = text.removeprefix("pkcs11:").partition("?")
        found = dict(_pairs(path, ";")) | dict(_pairs(query, "&"))
        if "pin-value" in found:
            raise UsageError("a PIN does not belong in the URI", hint="put it in a file of yours: pin-source=PATH")
        unknown = found.keys() - {"token", "object", "module-path", "pin-source"}
        if unknown or not found.get("token") or not found.get("module-path"):
            raise UsageError("the PKCS#11 URI names no token and module that can be used", hint=_EXAMPLE)
        return cls(
            token=found["token"],
            module=found["module-path"],
            key=found.get("object", ""),
            pin_source=found.get("pin-source", "").removeprefix("file:"),
        )


class Pkcs11Token:
    """Uses the key on the token of a URI, made there where it is absent; by default the URI of the envelope."""

    name = "pkcs11"

    def __init__(self, uri: str = "") -> None:
        self._uri = uri

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Return the root key wrapped on the token, and unwrapped there once for trial."""
        uri, nonce = TokenUri.parse(self._uri), os.urandom(_NONCE_BYTES)
        label = uri.key or f"strongroom-{store_id}"
        parameters = {"uri": self._uri, "key": label, "nonce": base64.b64encode(nonce).decode()}
        envelope = Envelope(keeper=self.name, store_id=store_id, parameters=parameters)
        with _session(uri, rw=True) as session:
            key = _found(session, label) or _made(session, label)
            wrapped = key.encrypt(root_key.reveal(), **_gcm(nonce, envelope))
        done = Envelope(keeper=self.name, store_id=store_id, parameters=parameters, wrapped=bytes(wrapped))
        if self.unwrap(done) != root_key:
            raise Sealed("The token does not give back what it wrapped.")
        return done

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the root key. Raises `Sealed`."""
        # Not the setting's alone: a parameter that was damaged shows by itself.
        kept = envelope.parameter("uri", str)
        label, nonce = envelope.parameter("key", str), _nonce(envelope)
        with _session(TokenUri.parse(self._uri or kept)) as session:
            key = _found(session, label)
            if key is None:
                raise Sealed(f"The token has no key {label!r}; it is not the one that wrapped the root key.")
            return root_key_of(bytes(_decrypted(key, envelope, nonce)))


_EXAMPLE = "for instance 'pkcs11:token=strongroom?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/pin'"


def _pairs(text: str, separator: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, text.split(separator)):
        name, _, value = part.partition("=")
        yield name, unquote(value)


def _nonce(envelope: Envelope) -> bytes:
    try:
        return base64.b64decode(envelope.parameter("nonce", str), validate=True)
    except binascii.Error:
        raise Sealed("The envelope of the root key is damaged; restore it from a backup.") from None


def _gcm(nonce: bytes, envelope: Envelope) -> dict[str, Any]:
    library = _library()
    parameters = library.GCMParams(nonce, envelope.bound)
    return {"mechanism": library.Mechanism.AES_GCM, "mechanism_param": parameters}


def _decrypted(key: Any, envelope: Envelope, nonce: bytes) -> bytes:
    library = _library()
    try:
        data: bytes = key.decrypt(envelope.wrapped, **_gcm(nonce, envelope))
    except library.PKCS11Error as error:
        raise Sealed(
            f"The token's key does not open the root key, or its envelope was changed ({type(error).__name__}); "
            "restore the envelope from a backup."
        ) from None
    return data


def _found(session: Any, label: str) -> Any:
    library = _library()
    attribute = library.Attribute
    sought = {attribute.CLASS: library.ObjectClass.SECRET_KEY, attribute.LABEL: label}
    keys = list(session.get_objects(sought))
    if len(keys) > 1:
        raise Sealed(f"The token has several keys {label!r}; name another with object= in the URI.")
    if keys and (keys[0][attribute.EXTRACTABLE] or not keys[0][attribute.SENSITIVE]):
        raise Sealed(f"The token's key {label!r} may leave the token; name another with object= in the URI.")
    return keys[0] if keys else None


def _made(session: Any, label: str) -> Any:
    library = _library()
    attribute = library.Attribute
    return session.generate_key(
        library.KeyType.AES,
        _KEY_BITS,
        label=label,
        store=True,
        template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
    )


@contextmanager
def _session(uri: TokenUri, *, rw: bool = False) -> Iterator[Any]:
    """Log in to the token. Raises `Sealed` for whatever the token refuses."""
    library = _library()
    try:
        token = library.lib(uri.module).get_token(token_label=uri.token)
        if library.Mechanism.AES_GCM not in token.slot.get_mechanisms():
            raise Sealed(f"The token {uri.token!r} has no AES-GCM, which wraps the root key.")
        with token.open(rw=rw, user_pin=_pin(uri).reveal_text()) as session:
            yield session
    except (library.PinIncorrect, library.PinLenRange, library.PinInvalid):
        raise Sealed(f"The token {uri.token!r} refuses the PIN; look at its pin-source, or type it again.") from None
    except library.NoSuchToken:
        raise Sealed(f"There is no token {uri.token!r}; plug it in, or look at module-path in the URI.") from None
    except (library.PKCS11Error, RuntimeError) as error:
        raise Sealed(f"The token {uri.token!r} cannot be used: {type(error).__name__}.") from None


def _pin(uri: TokenUri) -> SecretValue:
    if uri.pin_source:
        return SecretValue(read_private(Path(uri.pin_source), _MOST_PIN_BYTES, "PIN file").rstrip(b"\r\n"))
    if not on_terminal():
        raise Sealed("The token needs its PIN; name a file that holds it with pin-source= in the URI.")
    return asked(f"PIN of the token {uri.token}")


def _library() -> Any:
    try:
        import pkcs11
    except ImportError:
        command = f"{sys.executable} -m pip install 'strongroom[hsm]'"
        raise UsageError("a PKCS#11 token needs the library python-pkcs11", hint=command) from None
    return pkcs11
