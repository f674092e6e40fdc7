"""Key pairs: drawn, read, written and told apart by kind. What is done with them is in the modules beside.

A private key is written as PKCS #8 (RFC 5958), a public one as SubjectPublicKeyInfo (RFC 5280), both in DER. Kinds are
`RSA`, the curves `secp256r1` to `secp521r1`, `secp256k1` and `Ed25519`, and the parameter sets of FIPS 203 and 204.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from strongroom.kernel.secretvalue import SecretValue

_EXPONENT = 65537
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
}


class NotThatKind(Exception):
    """Bytes that are no private key, or one of another kind than was asked for."""


class KindNotAvailable(Exception):
    """The library for cryptography does not have that kind of key."""


class KeyPair:
    """A private key and its public half. It prints nothing of itself; `private_der` is the only way to its bytes."""

    __slots__ = ("_kind", "_private")

    def __init__(self, private: Any, kind: str) -> None:
        self._private = private
        self._kind = kind

    def __repr__(self) -> str:
        return f"<key pair {self._kind}>"

    @classmethod
    def draw(cls, kind: str, size: int) -> KeyPair:
        """Return a fresh pair; `size` are the bits of RSA's modulus. Raises `KindNotAvailable`."""
        if kind == "RSA":
            return cls(rsa.generate_private_key(_EXPONENT, size), kind)
        if kind in _CURVES:
            return cls(ec.generate_private_key(_CURVES[kind]()), kind)
        if kind == "Ed25519":
            return cls(Ed25519PrivateKey.generate(), kind)
        try:
            return cls(_lattice(kind).generate(), kind)
        except UnsupportedAlgorithm:
            raise KindNotAvailable(kind) from None

    @classmethod
    def read(cls, der: bytes, kind: str, size: int) -> KeyPair:
        """Return the pair of a private key that comes from elsewhere. Raises `NotThatKind`."""
        try:
            private = load_der_private_key(der, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise NotThatKind from None
        if _kind_of(private, kind) != (kind, size):
            raise NotThatKind
        return cls(private, kind)

    @classmethod
    def known(cls, der: bytes, kind: str) -> KeyPair:
        """Return the pair of a private key that `private_der` wrote and that was kept under a MAC since."""
        return cls(load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True), kind)

    @property
    def private(self) -> Any:
        """The private key, for what is done with it in this package."""
        return self._private

    @property
    def public(self) -> Any:
        """The public key, likewise."""
        return self._private.public_key()

    def private_der(self) -> SecretValue:
        """Return the private key's bytes."""
        return SecretValue(self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    def public_der(self) -> bytes:
        """Return the public key's bytes."""
        written: bytes = self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return written


def _kind_of(private: Any, wanted: str) -> tuple[str, int]:
    """Return kind and size of a private key; `wanted` says which parameter set it is compared with."""
    if isinstance(private, rsa.RSAPrivateKey):
        return "RSA", private.key_size
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.curve.name, private.curve.key_size
    if isinstance(private, Ed25519PrivateKey):
        return "Ed25519", 256
    if wanted.startswith("ML-") and isinstance(private, _lattice(wanted)):
        return wanted, 0
    return "", 0


def _lattice(kind: str) -> Any:
    """Return the class of private keys of a parameter set. Raises `KindNotAvailable`: older libraries have none."""
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
    except ImportError:
        raise KindNotAvailable(kind) from None
    module = mldsa if kind.startswith("ML-DSA") else mlkem
    return getattr(module, f"{kind.replace('-', '')}PrivateKey")
