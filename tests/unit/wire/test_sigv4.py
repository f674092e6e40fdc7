"""Signature Version 4: what botocore signs is accepted, anything else is not, whatever the request looks like."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import example, given
from hypothesis import strategies as st

from strongroom.wire.sigv4 import (
    HttpRequest,
    Scope,
    SignatureError,
    SignatureFault,
    parse_authorization,
    sign,
    verify,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
STAMP = "20260310T120000Z"
HOST = "vault.example.test"
KEY_ID = "AKIAUNITTEST"

names = st.text(string.ascii_lowercase + string.digits + "-_.~", min_size=1, max_size=8)
escaped = st.text(string.ascii_letters + string.digits + "-_.~", max_size=8).map(lambda text: text + "%20%C3%A9")
paths = st.lists(st.one_of(names, st.sampled_from((".", "..", "", "%2F"))), max_size=5).map(lambda p: "/" + "/".join(p))
queries = st.lists(st.tuples(names, escaped), max_size=5).map(lambda pairs: "&".join("=".join(pair) for pair in pairs))
values = st.text(string.ascii_letters + string.digits + " \t/=+,;:", min_size=1, max_size=20).filter(str.strip)
extras = st.dictionaries(names.map(lambda name: f"x-amz-meta-{name}".replace("~", "0")), values, max_size=4)
secret_keys = st.text(string.printable.strip(), min_size=1, max_size=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request before it is signed."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    token: str | None


asked = st.builds(
    Asked,
    method=st.sampled_from(("POST", "GET", "PUT")),
    path=paths,
    query=queries,
    headers=extras,
    body=st.binary(max_size=80),
    token=st.one_of(st.none(), st.text(string.ascii_letters, min_size=1, max_size=40)),
)
PLAIN = Asked(method="POST", path="/", query="", headers={"x-amz-target": "a.B"}, body=b"{}", token=None)


def signed_by_botocore(what: Asked, secret_key: str) -> HttpRequest:
    """Return the request as botocore would send it at noon."""
    url = f"https://{HOST}{what.path}" + (f"?{what.query}" if what.query else "")
    request = AWSRequest(method=what.method, url=url, data=what.body, headers={**what.headers, "Host": HOST})
    signer = SigV4Auth(Credentials(KEY_ID, secret_key, what.token), "secretsmanager", "us-east-1")
    with patch("botocore.auth.get_current_datetime", return_value=NOON.replace(tzinfo=None)):
        signer.add_auth(request)
    headers = tuple((name.lower(), text) for name, text in request.headers.items())
    return HttpRequest(method=what.method, path=what.path, query=what.query, headers=headers, body=what.body)


def check(request: HttpRequest, secret_key: str, now: datetime = NOON) -> None:
    verify(request, parse_authorization(request), secret_key.encode(), now)


def fault(request: HttpRequest, secret_key: str = "key", now: datetime = NOON) -> SignatureFault:
    with pytest.raises(SignatureError) as refused:
        check(request, secret_key, now)
    return refused.value.fault


def with_header(request: HttpRequest, name: str, text: str) -> HttpRequest:
    """Return the request with one header replaced."""
    return replace(request, headers=tuple((key, text if key == name else old) for key, old in request.headers))


def flipped(text: str, bit: int) -> str:
    """Return `text` with one of the lower seven bits of one character turned over."""
    place = (bit // 7) % len(text)
    return text[:place] + chr(ord(text[place]) ^ (1 << bit % 7)) + text[place + 1 :]


@given(what=asked, secret_key=secret_keys)
@example(what=replace(PLAIN, query="a=2&a-b=1"), secret_key="key")
def test_what_botocore_signs_is_accepted(what: Asked, secret_key: str) -> None:
    check(signed_by_botocore(what, secret_key), secret_key)


@given(what=asked, secret_key=secret_keys, data=st.data())
def test_the_order_of_the_headers_does_not_matter(what: Asked, secret_key: str, data: st.DataObject) -> None:
    request = signed_by_botocore(what, secret_key)
    check(replace(request, headers=tuple(data.draw(st.permutations(request.headers)))), secret_key)


@given(secret_key=secret_keys, what=asked)
def test_our_own_signature_is_botocores(secret_key: str, what: Asked) -> None:
    request = signed_by_botocore(what, secret_key)
    claims = parse_authorization(request)
    bare = replace(request, headers=tuple(each for each in request.headers if each[0] in claims.signed_headers))
    ours = sign(bare, access_key_id=KEY_ID, secret_key=secret_key.encode(), scope=claims.scope, stamp=STAMP)
    assert ours == request.header("authorization")


@given(what=asked.filter(lambda what: what.body), bit=st.integers(0, 10_000))
def test_a_body_with_one_bit_turned_is_refused(what: Asked, bit: int) -> None:
    request = signed_by_botocore(what, "key")
    body = bytearray(request.body)
    body[(bit // 8) % len(body)] ^= 1 << bit % 8
    assert fault(replace(request, body=bytes(body))) is SignatureFault.MISMATCH


@given(query=queries.filter(bool), bit=st.integers(0, 10_000))
def test_a_query_with_one_bit_turned_is_refused(query: str, bit: int) -> None:
    request = signed_by_botocore(replace(PLAIN, query=query), "key")
    assert fault(replace(request, query=flipped(query, bit))) is SignatureFault.MISMATCH


@given(path=st.lists(names, min_size=1, max_size=4), bit=st.integers(0, 10_000))
def test_a_path_with_one_bit_turned_is_refused(path: list[str], bit: int) -> None:
    whole = "/p" + "/p".join(path)
    request = signed_by_botocore(replace(PLAIN, path=whole), "key")
    assert fault(replace(request, path="/p" + flipped(whole[2:], bit))) is SignatureFault.MISMATCH


@given(text=names, bit=st.integers(0, 10_000))
def test_a_signed_header_with_one_bit_turned_is_refused(text: str, bit: int) -> None:
    request = signed_by_botocore(replace(PLAIN, headers={"x-amz-target": text}), "key")
    assert fault(with_header(request, "x-amz-target", flipped(text, bit))) is SignatureFault.MISMATCH


@given(digit=st.integers(0, 63), other=st.sampled_from("0123456789abcdef"))
def test_a_signature_with_one_digit_changed_is_refused(digit: int, other: str) -> None:
    request = signed_by_botocore(PLAIN, "key")
    line = request.header("authorization") or ""
    place = len(line) - 64 + digit
    changed = line[:place] + other + line[place + 1 :]
    if changed != line:
        assert fault(with_header(request, "authorization", changed)) is SignatureFault.MISMATCH


@given(secret_key=secret_keys, other=secret_keys)
def test_another_secret_key_is_refused(secret_key: str, other: str) -> None:
    if secret_key != other:
        assert fault(signed_by_botocore(PLAIN, secret_key), other) is SignatureFault.MISMATCH


@pytest.mark.parametrize("part", ["us-east-1", "secretsmanager", "20260310"])
def test_another_scope_is_refused(part: str) -> None:
    request = signed_by_botocore(PLAIN, "key")
    other = {"us-east-1": "eu-west-1", "secretsmanager": "kms", "20260310": "20260309"}[part]
    line = (request.header("authorization") or "").replace(part, other)
    assert fault(with_header(request, "authorization", line)) is SignatureFault.MISMATCH


@pytest.mark.parametrize(("minutes", "accepted"), [(-5, True), (5, True), (-6, False), (6, False)])
def test_a_signature_lives_for_five_minutes_either_way(minutes: int, accepted: bool) -> None:
    request = signed_by_botocore(PLAIN, "key")
    now = NOON + timedelta(minutes=minutes)
    if accepted:
        check(request, "key", now)
    else:
        assert fault(request, now=now) is SignatureFault.MISMATCH


def test_a_request_without_authorization_is_told_so() -> None:
    request = signed_by_botocore(PLAIN, "key")
    bare = replace(request, headers=tuple(each for each in request.headers if each[0] != "authorization"))
    assert fault(bare) is SignatureFault.MISSING


@pytest.mark.parametrize("name", ["authorization", "x-amz-date"])
def test_a_header_of_the_signature_that_stands_twice_is_incomplete(name: str) -> None:
    request = signed_by_botocore(PLAIN, "key")
    again = next(each for each in request.headers if each[0] == name)
    assert fault(replace(request, headers=(*request.headers, again))) is SignatureFault.INCOMPLETE


@pytest.mark.parametrize("name", ["host", "x-amz-target"])
def test_a_signed_header_that_stands_twice_is_refused(name: str) -> None:
    request = signed_by_botocore(PLAIN, "key")
    assert fault(replace(request, headers=(*request.headers, (name, "other")))) is SignatureFault.MISMATCH


@pytest.mark.parametrize("name", ["host", "x-amz-target"])
def test_a_signed_header_that_is_missing_is_refused(name: str) -> None:
    request = signed_by_botocore(PLAIN, "key")
    less = tuple(each for each in request.headers if each[0] != name)
    assert fault(replace(request, headers=less)) is SignatureFault.MISMATCH


@pytest.mark.parametrize("hash_of_body", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64])
def test_a_declared_payload_hash_must_be_the_bodys(hash_of_body: str) -> None:
    what = replace(PLAIN, headers={"x-amz-content-sha256": hash_of_body})
    assert fault(signed_by_botocore(what, "key")) is SignatureFault.MISMATCH


def test_a_host_that_is_not_signed_is_refused() -> None:
    bare = HttpRequest(method="POST", path="/", query="", headers=(("x-amz-date", STAMP),), body=b"")
    scope = Scope(date=STAMP[:8], region="us-east-1", service="secretsmanager")
    line = sign(bare, access_key_id=KEY_ID, secret_key=b"key", scope=scope, stamp=STAMP)
    sent = replace(bare, headers=(*bare.headers, ("host", HOST), ("authorization", line)))
    assert fault(sent) is SignatureFault.MISMATCH


@pytest.mark.parametrize("stamp", ["20260231T120000Z", "20261310T120000Z"])
def test_a_stamp_that_is_no_date_is_incomplete(stamp: str) -> None:
    assert fault(with_header(signed_by_botocore(PLAIN, "key"), "x-amz-date", stamp)) is SignatureFault.INCOMPLETE
