"""Requests that are signed with a certificate's key: what they claim, and the text that was signed. Pure.

Source: IAM Roles Anywhere User Guide, "Authentication signing process".
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from strongroom.wire.sigv4 import (
    HttpRequest,
    Scope,
    SignatureError,
    SignatureFault,
    canonical_request,
    check_time,
    signed_headers,
)

SCHEME = "AWS4-X509-"
_AUTHORIZATION = re.compile(
    r"(?P<algorithm>AWS4-X509-(?:RSA|ECDSA)-SHA256) Credential=(?P<serial>[0-9]{1,50})/(?P<date>[0-9]{8})"
    r"/(?P<region>[a-z0-9-]{1,64})/rolesanywhere/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;._-]{1,1024}),\s*"
    r"Signature=(?P<signature>[0-9a-f]{16,2048})"
)
_STAMP_FORM = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_MOST_CHAIN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateClaims:
    """What such a request claims, before anything of it is believed."""

    algorithm: str
    serial: int
    scope: Scope
    signed_headers: tuple[str, ...]
    signature: bytes = field(repr=False)
    stamp: str
    certificate: str
    """DER in base64, as are those of the chain."""
    chain: tuple[str, ...]


def parse_certificate_claims(request: HttpRequest) -> CertificateClaims:
    """Read the claims. Raises `SignatureError` (incomplete)."""
    found = _AUTHORIZATION.fullmatch(request.header("authorization") or "")
    stamp, certificate = request.header("x-amz-date"), request.header("x-amz-x509")
    chain = tuple(filter(None, (request.header("x-amz-x509-chain") or "").split(",")))
    if (
        found is None
        or stamp is None
        or not _STAMP_FORM.fullmatch(stamp)
        or not certificate
        or len(chain) > _MOST_CHAIN
        or len(found["signature"]) % 2
    ):
        raise SignatureError(SignatureFault.INCOMPLETE, "The request is not signed as IAM Roles Anywhere asks for.")
    return CertificateClaims(
        algorithm=found["algorithm"],
        serial=int(found["serial"]),
        scope=Scope(date=found["date"], region=found["region"], service="rolesanywhere"),
        signed_headers=tuple(found["headers"].split(";")),
        signature=bytes.fromhex(found["signature"]),
        stamp=stamp,
        certificate=certificate,
        chain=chain,
    )


def signed_text(request: HttpRequest, claims: CertificateClaims, now: datetime) -> bytes:
    """Return the text that the certificate's key must have signed. Raises `SignatureError` for one of another time."""
    check_time(claims.stamp, claims.scope, now)
    headers = signed_headers(request, claims.signed_headers)
    canonical = canonical_request(request, headers, hashlib.sha256(request.body).hexdigest())
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join((claims.algorithm, claims.stamp, str(claims.scope), digest)).encode()
