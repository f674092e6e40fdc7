"""AWS Signature Version 4, header form: canonical request, signing and strict verification. Pure: no I/O, no clock.

Source: AWS documentation, "AWS Signature Version 4 for API requests". Verification is stricter than AWS where a
client never needs the leeway: one Authorization header of the exact grammar, every `x-amz-*` header and `host`
signed, every signed header present once, a declared payload hash equal to the body's, no unsigned payload.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from posixpath import normpath
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=5)
_STAMP = "%Y%m%dT%H%M%SZ"

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[A-Za-z0-9_]{4,128})/(?P<date>[0-9]{8})/(?P<region>[a-z0-9-]{1,64})"
    r"/(?P<service>[a-z0-9-]{1,64})/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;._-]{1,4096}),\s*"
)
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_MOST_CREDENTIAL = 5000
"""Characters of what stands before a signature: what is longer cannot be of that form."""
_STAMP_FORM = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class SignatureFault(StrEnum):
    """Why a request's signature is not accepted."""

    MISSING = "missing"
    INCOMPLETE = "incomplete"
    MISMATCH = "mismatch"


class SignatureError(Exception):
    """A request that is not signed as it must be. `message` is AWS's wording and tells no secret."""

    def __init__(self, fault: SignatureFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it came over the wire: header names in lower case, `target` is raw path and query."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    secure: bool = False
    """Whether it came over TLS, or never left the process."""

    def header(self, name: str) -> str | None:
        """Return the value of a header that stands exactly once, else None."""
        found = None
        for key, value in self.headers:
            if key == name:
                if found is not None:
                    return None
                found = value
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A credential scope: date (yyyymmdd), region, service."""

    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a signed request claims, before anything of it is believed."""

    access_key_id: str
    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    session_token: str | None = field(repr=False)


def parse_authorization(request: HttpRequest) -> Authorization:
    """Read the claims of a signed request. Raises `SignatureError` (missing or incomplete)."""
    lines = [value for name, value in request.headers if name == "authorization"]
    if not lines:
        raise SignatureError(SignatureFault.MISSING, "Missing Authentication Token")
    credential, _, signature = lines[0].rpartition("Signature=")
    known = len(lines) == 1 and len(credential) <= _MOST_CREDENTIAL and _SIGNATURE.fullmatch(signature)
    claimed = _claimed(credential) if known else None
    if claimed is None:
        raise SignatureError(
            SignatureFault.INCOMPLETE,
            "Authorization header requires 'Credential', 'Signature', 'SignedHeaders' of AWS4-HMAC-SHA256.",
        )
    access_key_id, scope, signed_headers = claimed
    stamp = request.header("x-amz-date")
    if stamp is None or not _STAMP_FORM.fullmatch(stamp):
        raise SignatureError(
            SignatureFault.INCOMPLETE, "Authorization header requires existence of one 'X-Amz-Date' header."
        )
    return Authorization(
        access_key_id=access_key_id,
        scope=scope,
        signed_headers=signed_headers,
        signature=signature,
        stamp=stamp,
        session_token=request.header("x-amz-security-token"),
    )


@lru_cache(maxsize=256)
def _claimed(credential: str) -> tuple[str, Scope, tuple[str, ...]] | None:
    """Return key id, scope and signed headers from what stands before a signature: one client's are alike all day."""
    match = _CREDENTIAL.fullmatch(credential)
    if match is None:
        return None
    scope = Scope(date=match["date"], region=match["region"], service=match["service"])
    return match["key"], scope, tuple(match["headers"].split(";"))


def verify(request: HttpRequest, claims: Authorization, secret_key: bytes, now: datetime) -> None:
    """Check a request against the key it claims. Raises `SignatureError`; the comparison is constant-time."""
    _check_time(claims, now)
    headers = _signed_headers(request, claims.signed_headers)
    payload = hashlib.sha256(request.body).hexdigest()
    declared = headers.get("x-amz-content-sha256")
    expected = _signature(request, headers, payload, claims.stamp, claims.scope, secret_key)
    matches = hmac.compare_digest(expected, claims.signature)
    if not matches or (declared is not None and not hmac.compare_digest(declared, payload)):
        raise SignatureError(SignatureFault.MISMATCH, _MISMATCH)


def sign(request: HttpRequest, *, access_key_id: str, secret_key: bytes, scope: Scope, stamp: str) -> str:
    """Return the Authorization header's value for `request`, whose headers are all signed."""
    headers = dict(sorted(request.headers))
    payload = hashlib.sha256(request.body).hexdigest()
    signature = _signature(request, headers, payload, stamp, scope, secret_key)
    return f"{ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={';'.join(headers)}, Signature={signature}"


_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


def _check_time(claims: Authorization, now: datetime) -> None:
    signed_at = _moment(claims.stamp)
    if claims.scope.date != claims.stamp[:8]:
        raise SignatureError(
            SignatureFault.MISMATCH,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.",
        )
    limit = now - MAX_SKEW
    if signed_at < limit:
        raise SignatureError(
            SignatureFault.MISMATCH,
            f"Signature expired: {claims.stamp} is now earlier than {limit:{_STAMP}} ({now:{_STAMP}} - 5 min.)",
        )
    limit = now + MAX_SKEW
    if signed_at > limit:
        raise SignatureError(
            SignatureFault.MISMATCH,
            f"Signature not yet current: {claims.stamp} is still later than {limit:{_STAMP}} ({now:{_STAMP}} + 5 min.)",
        )


@lru_cache(maxsize=64)
def _moment(stamp: str) -> datetime:
    """Return the time of a stamp whose form was checked."""
    try:
        date = int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])
        return datetime(*date, int(stamp[9:11]), int(stamp[11:13]), int(stamp[13:15]), tzinfo=UTC)
    except ValueError:
        raise SignatureError(SignatureFault.INCOMPLETE, "X-Amz-Date is not a date.") from None


def _signed_headers(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """Return the signed headers in their order. Raises `SignatureError` unless they are those that must be."""
    wanted = set(names)
    signed = sorted([pair for pair in request.headers if pair[0] in wanted or pair[0].startswith("x-amz-")])
    # Each once, in the order of their names, and none of those that must be is left out.
    if tuple([name for name, _ in signed]) != names or "host" not in wanted or len(wanted) != len(names):
        raise SignatureError(SignatureFault.MISMATCH, _MISMATCH)
    return dict(signed)


def _signature(
    request: HttpRequest, headers: Mapping[str, str], payload: str, stamp: str, scope: Scope, secret_key: bytes
) -> str:
    canonical = canonical_request(request, headers, payload)
    text = "\n".join((ALGORITHM, stamp, str(scope), hashlib.sha256(canonical.encode()).hexdigest()))
    key = signing_key(secret_key, scope)
    return hmac.digest(key, text.encode(), "sha256").hex()


def canonical_request(request: HttpRequest, headers: Mapping[str, str], payload_hash: str) -> str:
    """Return the canonical request over the signed `headers`, whose names are in lower case and order."""
    lines = [f"{name}:{' '.join(value.split())}" for name, value in headers.items()]
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path),
            _canonical_query(request.query),
            *lines,
            "",
            ";".join(headers),
            payload_hash,
        )
    )


def _canonical_path(path: str) -> str:
    if path in ("", "/"):
        return "/"
    normal = normpath(path)
    normal = "/" + normal.lstrip("/")
    if path.endswith("/") and normal != "/":
        normal += "/"
    return quote(normal, safe="/~")


def _canonical_query(query: str) -> str:
    # By name, then value: sorted as whole `name=value` texts, `a-b=` would come before `a=`.
    pairs = sorted(pair.partition("=") for pair in query.split("&") if pair)
    return "&".join(f"{name}={value}" for name, _, value in pairs)


@lru_cache(maxsize=256)
def signing_key(secret_key: bytes, scope: Scope) -> bytes:
    """Return the key derived for a day, region and service."""
    key = b"AWS4" + secret_key
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
