"""AWS Signature Version 4, in the header and presigned: canonical request, signing and strict verification. Pure.

Source: AWS documentation, "AWS Signature Version 4 for API requests". Verification is stricter than AWS where a
client never needs the leeway: one Authorization header of the exact grammar or the query's parameters and not both,
every `x-amz-*` header and `host` signed, every signed header present once, a declared payload hash equal to the body's,
no unsigned payload.
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
from urllib.parse import quote, unquote

from strongroom.kernel.hotrecord import hot_record

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=5)
MAX_EXPIRES = timedelta(days=7)
"""How long a presigned request may be good at most."""
PRESIGNED_PREFIX = "X-Amz-"
"""How the query parameters of a presigned request begin that are none of its service's."""
_STAMP = "%Y%m%dT%H%M%SZ"

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[A-Za-z0-9_]{4,128})/(?P<date>[0-9]{8})/(?P<region>[a-z0-9-]{1,64})"
    r"/(?P<service>[a-z0-9-]{1,64})/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;._-]{1,4096}),\s*"
)
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_MOST_CREDENTIAL = 5000
"""Characters of what stands before a signature: what is longer cannot be of that form."""
_PRESIGNED = ("Credential", "Date", "Expires", "SignedHeaders", "Signature")
_SECONDS = re.compile(r"[0-9]{1,7}")
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


@hot_record
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


@hot_record
class Authorization:
    """What a signed request claims, before anything of it is believed."""

    access_key_id: str
    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    session_token: str | None = field(repr=False)
    expires: timedelta | None = None
    """How long a presigned request is good; None for one that is signed in its header."""


def parse_authorization(request: HttpRequest) -> Authorization:
    """Read the claims of a signed request. Raises `SignatureError` (missing or incomplete)."""
    lines = [value for name, value in request.headers if name == "authorization"]
    presigned = "X-Amz-Algorithm=" in request.query
    if presigned and not lines:
        return _presigned(request)
    if not lines or presigned:
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


def _presigned(request: HttpRequest) -> Authorization:
    """Read the claims of a presigned request, each of which stands once in its query."""
    pairs = [pair.partition("=") for pair in request.query.split("&")]
    given = {name: unquote(value) for name, _, value in pairs if name.startswith(PRESIGNED_PREFIX)}
    wanted = [given.get(f"{PRESIGNED_PREFIX}{name}", "") for name in _PRESIGNED]
    credential, stamp, expires, headers, signature = wanted
    line = f"{given['X-Amz-Algorithm']} Credential={credential}, SignedHeaders={headers}, "
    known = len(line) <= _MOST_CREDENTIAL and _SIGNATURE.fullmatch(signature) and _STAMP_FORM.fullmatch(stamp)
    claimed = _claimed(line) if known and sum(1 for name, _, _ in pairs if name in given) == len(given) else None
    if claimed is None or not _SECONDS.fullmatch(expires) or not 0 < int(expires) <= MAX_EXPIRES.total_seconds():
        raise SignatureError(
            SignatureFault.INCOMPLETE,
            "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', "
            "'X-Amz-SignedHeaders', 'X-Amz-Date' and 'X-Amz-Expires', each once.",
        )
    access_key_id, scope, signed_headers = claimed
    return Authorization(
        access_key_id=access_key_id,
        scope=scope,
        signed_headers=signed_headers,
        signature=signature,
        stamp=stamp,
        session_token=given.get("X-Amz-Security-Token"),
        expires=timedelta(seconds=int(expires)),
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
    check_time(claims.stamp, claims.scope, now, claims.expires)
    headers = signed_headers(request, claims.signed_headers)
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


_OWN_SIGNATURE = "X-Amz-Signature="
"""The one parameter of a presigned request that is not signed."""
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


def check_time(stamp: str, scope: Scope, now: datetime, expires: timedelta | None = None) -> None:
    """Raise `SignatureError` for a request that was not signed just now, or whose time is over."""
    signed_at = _moment(stamp)
    if scope.date != stamp[:8]:
        raise SignatureError(
            SignatureFault.MISMATCH,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.",
        )
    limit = now - (expires or MAX_SKEW)
    if signed_at < limit:
        ago = f"{int(expires.total_seconds())} sec." if expires else "5 min."
        raise SignatureError(
            SignatureFault.MISMATCH,
            f"Signature expired: {stamp} is now earlier than {limit:{_STAMP}} ({now:{_STAMP}} - {ago})",
        )
    limit = now + MAX_SKEW
    if signed_at > limit:
        raise SignatureError(
            SignatureFault.MISMATCH,
            f"Signature not yet current: {stamp} is still later than {limit:{_STAMP}} ({now:{_STAMP}} + 5 min.)",
        )


@lru_cache(maxsize=64)
def _moment(stamp: str) -> datetime:
    """Return the time of a stamp whose form was checked."""
    try:
        date = int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])
        return datetime(*date, int(stamp[9:11]), int(stamp[11:13]), int(stamp[13:15]), tzinfo=UTC)
    except ValueError:
        raise SignatureError(SignatureFault.INCOMPLETE, "X-Amz-Date is not a date.") from None


def signed_headers(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
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
    pairs = sorted(pair.partition("=") for pair in query.split("&") if pair and not pair.startswith(_OWN_SIGNATURE))
    return "&".join(f"{name}={value}" for name, _, value in pairs)


@lru_cache(maxsize=256)
def signing_key(secret_key: bytes, scope: Scope) -> bytes:
    """Return the key derived for a day, region and service."""
    key = b"AWS4" + secret_key
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
