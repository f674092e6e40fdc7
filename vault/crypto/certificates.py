"""X.509 certificates of workloads: read, traced to a trust anchor, checked against revocation, and what they say.

Paths are built and verified by `cryptography` (RFC 5280); what is asked of a leaf beyond that is IAM Roles Anywhere's.
Source: IAM Roles Anywhere User Guide, "Trust model" (signature and certificate requirements).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

RSA, ECDSA = "AWS4-X509-RSA-SHA256", "AWS4-X509-ECDSA-SHA256"
MOST_INTERMEDIATES = 5
_RSA_BITS = 2048
_WEAK = (SHA1, MD5)
_SHORT = {
    NameOID.COMMON_NAME: "CN",
    NameOID.COUNTRY_NAME: "C",
    NameOID.LOCALITY_NAME: "L",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.USER_ID: "UID",
    NameOID.TITLE: "title",
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.EMAIL_ADDRESS: "emailAddress",
}


class NoCertificate(Exception):
    """A text or bytes that are no certificate, bundle or revocation list; the message says which."""


class Untrusted(Exception):
    """A certificate that no trust anchor vouches for, or that must not be used so; the message says why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate."""

    x509: x509.Certificate

    @property
    def serial(self) -> int:
        """The serial number."""
        return self.x509.serial_number

    @property
    def serial_hex(self) -> str:
        """The serial number in hexadecimal digits, an even number of them."""
        digits = f"{self.serial:x}"
        return digits.zfill(len(digits) + len(digits) % 2)

    @property
    def subject(self) -> str:
        """The subject, as RFC 4514 writes it."""
        return self.x509.subject.rfc4514_string()

    @property
    def issuer(self) -> str:
        """The issuer, as RFC 4514 writes it."""
        return self.x509.issuer.rfc4514_string()

    @property
    def common_name(self) -> str:
        """The subject's common name, empty where there is none."""
        found = self.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else ""

    @property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.x509.public_bytes(Encoding.PEM).decode("ascii")

    def has_signed(self, algorithm: str, signature: bytes, text: bytes) -> bool:
        """Tell whether the certificate's key gave that signature of `text`."""
        key = self.x509.public_key()
        try:
            if algorithm == RSA and isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, text, padding.PKCS1v15(), SHA256())
            elif algorithm == ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, text, ec.ECDSA(SHA256()))
            else:
                return False
        except InvalidSignature:
            return False
        return True

    def names(self) -> Iterator[tuple[str, str, str]]:
        """Yield what it says: field (`x509Subject`, ...), specifier (`CN`, `DNS`, ...) and value."""
        for field, name in (("x509Subject", self.x509.subject), ("x509Issuer", self.x509.issuer)):
            for specifier, value in _parts(name):
                yield field, specifier, value
        for specifier, value in self._alternatives():
            yield "x509SAN", specifier, value

    def _alternatives(self) -> Iterator[tuple[str, str]]:
        try:
            names = self.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return
        for each in names:
            if isinstance(each, x509.DNSName):
                yield "DNS", each.value
            elif isinstance(each, x509.UniformResourceIdentifier):
                yield "URI", each.value
            elif isinstance(each, x509.DirectoryName):
                yield from ((f"Name/{specifier}", value) for specifier, value in _parts(each.value))


def _parts(name: x509.Name) -> Iterator[tuple[str, str]]:
    for each in name:
        yield _SHORT.get(each.oid, each.oid.dotted_string), str(each.value)


def from_header(text: str) -> Certificate:
    """Return the certificate of a header: DER in base64. Raises `NoCertificate`."""
    try:
        return Certificate(x509.load_der_x509_certificate(base64.b64decode(text.strip(), validate=True)))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise NoCertificate("a certificate is not DER in base64") from None


def bundle(pem: str) -> list[Certificate]:
    """Return the certificates of a PEM text. Raises `NoCertificate` for none, and for one that is no CA's."""
    try:
        found = [Certificate(each) for each in x509.load_pem_x509_certificates(pem.encode())]
    except (ValueError, UnsupportedAlgorithm):
        raise NoCertificate("Incorrect basic constraints for CA certificate or no PEM certificate") from None
    if not all(_is_authority(each.x509) for each in found):
        raise NoCertificate("Incorrect basic constraints for CA certificate")
    return found


def trace(
    leaf: Certificate, intermediates: Sequence[Certificate], anchors: Sequence[Certificate], now: datetime
) -> list[Certificate]:
    """Return the path from a leaf to the anchor that vouches for it. Raises `Untrusted`."""
    _check_leaf(leaf.x509, now)
    if len(intermediates) > MOST_INTERMEDIATES:
        raise Untrusted("The certificate chain is too long")
    authority = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _authority)
    builder = PolicyBuilder().store(Store([each.x509 for each in anchors])).time(now)
    builder = builder.max_chain_depth(MOST_INTERMEDIATES)
    policies = builder.extension_policies(ca_policy=authority, ee_policy=ExtensionPolicy.permit_all())
    try:
        found = policies.build_client_verifier().verify(leaf.x509, [each.x509 for each in intermediates])
    except VerificationError:
        raise Untrusted("Untrusted certificate. Insufficient certificate") from None
    return [Certificate(each) for each in found.chain]


def _authority(_policy: object, _certificate: x509.Certificate, extension: x509.BasicConstraints) -> None:
    if not extension.ca:
        raise ValueError("not a CA")


def _check_leaf(leaf: x509.Certificate, now: datetime) -> None:
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise Untrusted("Untrusted certificate. Certificate is expired or not yet valid")
    if leaf.version is not x509.Version.v3:
        raise Untrusted("Untrusted certificate. X.509 version 3 is required")
    if _is_authority(leaf, default=True):
        raise Untrusted("Untrusted certificate. Basic constraints must have CA:FALSE")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        raise Untrusted("Untrusted certificate. Key usage must have digital signature") from None
    if not usage.digital_signature:
        raise Untrusted("Untrusted certificate. Key usage must have digital signature")
    if leaf.signature_hash_algorithm is None or isinstance(leaf.signature_hash_algorithm, _WEAK):
        raise Untrusted("Untrusted certificate. SHA-256 or better is required")
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _RSA_BITS:
        raise Untrusted(f"Untrusted certificate. An RSA key needs {_RSA_BITS} bits")


def _is_authority(certificate: x509.Certificate, *, default: bool = False) -> bool:
    """Tell whether a certificate is a CA's; `default` is the answer for one that does not say."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return default


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A certificate revocation list."""

    x509: x509.CertificateRevocationList

    def revokes(self, path: Sequence[Certificate]) -> bool:
        """Tell whether a list that a certificate of the path's issued revokes one of it."""
        for certificate, issuer in pairwise(path):
            mine = self.x509.issuer == issuer.x509.subject == certificate.x509.issuer
            if mine and self.issued_by(issuer) and self._has(certificate.serial):
                return True
        return False

    def issued_by(self, issuer: Certificate) -> bool:
        """Tell whether a certificate's key signed the list."""
        try:
            return self.x509.is_signature_valid(issuer.x509.public_key())  # type: ignore[arg-type]
        except (TypeError, ValueError, UnsupportedAlgorithm):
            return False

    def _has(self, serial: int) -> bool:
        return self.x509.get_revoked_certificate_by_serial_number(serial) is not None


def revocation_list(data: bytes) -> RevocationList:
    """Return the revocation list in PEM or DER. Raises `NoCertificate`."""
    load = x509.load_pem_x509_crl if data.lstrip().startswith(b"-----") else x509.load_der_x509_crl
    try:
        return RevocationList(load(data))
    except (ValueError, UnsupportedAlgorithm):
        raise NoCertificate("the data are no certificate revocation list") from None
