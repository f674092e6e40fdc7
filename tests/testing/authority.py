"""Certificate authorities and workload certificates, made anew for a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _key(kind: str) -> PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1() if kind == "ec" else ec.SECP384R1())


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A certificate with its key and the intermediates above it."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: Sequence[x509.Certificate] = ()

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(kw_only=True)
class Authority:
    """A CA that issues certificates and revokes them."""

    name: str
    kind: str = "ec"
    above: Authority | None = None
    revoked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = _key(self.kind)
        signer, issuer = (self.key, self.subject) if self.above is None else (self.above.key, self.above.subject)
        self.certificate = self._signed(self.subject, issuer, self.key, signer, ca=True)

    @property
    def subject(self) -> x509.Name:
        """What the CA is called."""
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])

    @property
    def pem(self) -> str:
        """The CA's certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(
        self,
        name: str,
        *,
        kind: str = "ec",
        unit: str = "payments",
        ca: bool = False,
        signing: bool = True,
        days: int = 1,
        uri: str = "",
    ) -> Leaf:
        """Issue a certificate; what `signing`, `days` and `ca` break makes it one that nobody should trust."""
        key = _key(kind)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            ]
        )
        made = self._signed(subject, self.subject, key, self.key, ca=ca, signing=signing, days=days, uri=uri)
        chain = (self.certificate,) if self.above is not None else ()
        return Leaf(certificate=made, key=key, chain=chain)

    def revocation_list(self) -> bytes:
        """Return the CA's list of revoked certificates, PEM."""
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.subject).last_update(now)
        builder = builder.next_update(now + timedelta(days=1))
        for serial in self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, SHA256()).public_bytes(serialization.Encoding.PEM)

    def _signed(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: PrivateKey,
        signer: PrivateKey,
        *,
        ca: bool,
        signing: bool = True,
        days: int = 1,
        uri: str = "",
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=3))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        usage = dict.fromkeys(
            ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
        )
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=signing, key_encipherment=not signing, key_cert_sign=ca, crl_sign=ca, **usage
            ),
            critical=True,
        )
        if uri:
            names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri), x509.DNSName("app.internal")])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(signer, SHA256())
