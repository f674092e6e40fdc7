"""Signatures that are missing, changed, reused or made for something else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.attacks.conftest import VALUE, WANTED
from tests.attacks.forging import Answer, Forged, presigned, reading
from tests.testing.server import Server

MISSING, INCOMPLETE = "MissingAuthenticationTokenException", "IncompleteSignatureException"
MISMATCH, UNKNOWN = "InvalidSignatureException", "UnrecognizedClientException"
Change = Callable[[Forged], Forged]
WHO = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}


def _refused(answer: Answer, code: str) -> None:
    assert (answer.code, VALUE.encode() in answer.body) == (code, False)
    assert answer.status in (400, 403)


def test_the_request_that_is_forged_below_is_answered(server: Server) -> None:
    answer = reading(server, WANTED).signed().send()
    assert (answer.status, VALUE.encode() in answer.body) == (200, True)


_AUTHORIZATION = "authorization"
_OF_ANOTHER = hashlib.sha256(b"another").hexdigest()


def _in(forged: Forged, change: Callable[[str], str]) -> Forged:
    """Return a request whose authorization was changed."""
    return forged.with_header(_AUTHORIZATION, change)


def _swapped(before: str, after: str) -> Change:
    """Return what replaces a text in a request's authorization."""
    return lambda forged: _in(forged, lambda old: old.replace(before, after))


def _another_second(stamp: str) -> str:
    return f"{stamp[:-3]}{59 - int(stamp[-3:-1]):02}Z"


_CHANGED: dict[str, tuple[str, Change]] = {
    "without a signature": (MISSING, lambda it: it.without(_AUTHORIZATION)),
    "with another body": (MISMATCH, lambda it: replace(it, body=b'{"SecretId": "another"}')),
    "with nothing for a body": (MISMATCH, lambda it: replace(it, body=b"")),
    "with another target": (
        MISMATCH,
        lambda it: it.with_header("x-amz-target", lambda _: "secretsmanager.DeleteSecret"),
    ),
    "with another content type": (MISMATCH, lambda it: it.with_header("content-type", lambda _: "text/plain")),
    "with another host": (MISMATCH, lambda it: it.with_header("host", lambda _: "another.internal")),
    "with another date": (MISMATCH, lambda it: it.with_header("x-amz-date", _another_second)),
    "with a date that is none": (INCOMPLETE, lambda it: it.with_header("x-amz-date", lambda _: "now")),
    "with an impossible date": (INCOMPLETE, lambda it: it.with_header("x-amz-date", lambda _: "20269999T999999Z")),
    "with a query": (MISMATCH, lambda it: replace(it, query="a=b")),
    "with another path": (MISMATCH, lambda it: replace(it, path="/other")),
    "with another method": (MISMATCH, lambda it: replace(it, method="PUT")),
    "with another key id": (UNKNOWN, _swapped("=AKIA", "=AKIB")),
    "with a short key id": (INCOMPLETE, lambda it: _swapped(it.server.access_key_id, "A")(it)),
    "with a wildcard key id": (INCOMPLETE, lambda it: _swapped(it.server.access_key_id, "****")(it)),
    "with another service in the scope": (MISMATCH, _swapped("/secretsmanager/", "/kms/")),
    "with another region in the scope": (MISMATCH, _swapped("/us-east-1/", "/eu-west-9/")),
    "with another day in the scope": (MISMATCH, lambda it: _swapped(f"/{it.stamp[:8]}/", "/20200101/")(it)),
    "with another end of the scope": (INCOMPLETE, _swapped("aws4_request", "aws5_request")),
    "with a weaker algorithm": (INCOMPLETE, _swapped("SHA256 ", "SHA1 ")),
    "with no algorithm": (INCOMPLETE, _swapped("AWS4-HMAC-SHA256", "none")),
    "with an empty signature": (INCOMPLETE, lambda it: _in(it, lambda old: old[:-64])),
    "with half a signature": (INCOMPLETE, lambda it: _in(it, lambda old: old[:-32])),
    "with a longer signature": (INCOMPLETE, lambda it: _in(it, lambda old: f"{old}00")),
    "with a signature in capitals": (INCOMPLETE, lambda it: _in(it, lambda old: old[:-64] + old[-64:].upper())),
    "with a signature of zeros": (MISMATCH, lambda it: _in(it, lambda old: old[:-64] + "0" * 64)),
    "with two authorizations": (INCOMPLETE, lambda it: it.also((_AUTHORIZATION, dict(it.headers)[_AUTHORIZATION]))),
    "with two targets": (MISMATCH, lambda it: it.also(("x-amz-target", "secretsmanager.ListSecrets"))),
    "with two dates": (INCOMPLETE, lambda it: it.also(("x-amz-date", it.stamp))),
    "with a header of Amazon's that is not signed": (MISMATCH, lambda it: it.also(("x-amz-more", "1"))),
    "without the host being signed": (MISMATCH, _swapped(";host", "")),
    "without the target being signed": (MISMATCH, _swapped(";x-amz-target", "")),
    "with signed headers out of order": (MISMATCH, _swapped("content-type;host", "host;content-type")),
    "with a signed header named twice": (MISMATCH, _swapped("content-type;", "content-type;content-type;")),
    "with a signed header that is absent": (MISMATCH, lambda it: it.without("content-type")),
    "with the hash of another body": (MISMATCH, lambda it: it.also(("x-amz-content-sha256", _OF_ANOTHER))),
    "with a token of nobody": (UNKNOWN, lambda it: it.also(("x-amz-security-token", "AAAA"))),
    "with an endless authorization": (INCOMPLETE, _swapped("SignedHeaders=", "SignedHeaders=" + "a;" * 6000)),
}  # fmt: skip


@pytest.mark.parametrize(("code", "change"), list(_CHANGED.values()), ids=list(_CHANGED))
def test_a_request_is_refused(server: Server, code: str, change: Change) -> None:
    answer = change(reading(server, WANTED).signed()).send()
    assert VALUE.encode() not in answer.body
    if code == UNKNOWN and answer.code == MISMATCH:
        # A header that is not signed is told before the key is.
        code = MISMATCH
    _refused(answer, code)


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
def test_a_request_of_another_time_is_refused(server: Server, minutes: int) -> None:
    asked = reading(server, WANTED)
    _refused(replace(asked, at=asked.at + timedelta(minutes=minutes)).signed().send(), MISMATCH)


@pytest.mark.parametrize("hashed", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""])
def test_a_body_that_is_not_signed_is_refused_though_all_else_is(server: Server, hashed: str) -> None:
    asked = reading(server, WANTED)
    signed = replace(asked, headers=(*asked.headers, ("x-amz-content-sha256", hashed))).signed()
    _refused(signed.send(), MISMATCH)


@pytest.mark.parametrize("service", ["kms", "sts", "iam", "s3", "strongroom"])
def test_a_signature_for_another_service_reads_no_secret(server: Server, service: str) -> None:
    answer = replace(reading(server, WANTED), service=service).signed().send()
    assert (answer.status >= 400, VALUE.encode() in answer.body) == (True, False)


def test_a_wrong_secret_is_refused(server: Server) -> None:
    asked = replace(reading(server, WANTED), key=(server.access_key_id, "guess"))
    _refused(asked.signed().send(), MISMATCH)


def test_a_presigned_request_is_answered_while_it_is_good(server: Server) -> None:
    answer = presigned(server, WHO).send()
    assert (answer.status, b":root</Arn>" in answer.body) == (200, True)


_SIGNATURE = "&X-Amz-Signature="
_PRESIGNED: dict[str, Callable[[Server], Forged]] = {
    "whose time is over": lambda server: presigned(server, WHO, seconds="60", minutes=-2),
    "that is not yet good": lambda server: presigned(server, WHO, minutes=10),
    "that is good for no time": lambda server: presigned(server, WHO, seconds="0"),
    "that is good for ever": lambda server: presigned(server, WHO, seconds="604801"),
    "that is good for less than no time": lambda server: presigned(server, WHO, seconds="-60"),
    "whose time is no number": lambda server: presigned(server, WHO, seconds="1e9"),
    "whose action was changed": lambda server: _asking(server, "Action=GetCallerIdentity", "Action=GetSessionToken"),
    "whose time was changed": lambda server: _asking(server, "X-Amz-Expires=60", "X-Amz-Expires=600"),
    "that got another parameter": lambda server: _asking(server, "Action=", "Name=x&Action="),
    "whose signature is gone": lambda server: _asking(server, _SIGNATURE, "&X-Amz-Nothing="),
    "with two signatures": lambda server: _asking(server, _SIGNATURE, f"{_SIGNATURE}{'0' * 64}{_SIGNATURE}"),
    "that is posted": lambda server: replace(presigned(server, WHO), method="POST"),
    "that got a body": lambda server: replace(presigned(server, WHO), body=b"Action=GetSessionToken"),
    "that is signed in its header as well": lambda server: presigned(server, WHO).also((_AUTHORIZATION, "AWS4 x")),
    "of another service": lambda server: presigned(server, WHO, service="secretsmanager"),
    "at another place": lambda server: replace(presigned(server, WHO), path="/x"),
}  # fmt: skip


def _asking(server: Server, before: str, after: str) -> Forged:
    asked = presigned(server, WHO)
    assert before in asked.query
    return replace(asked, query=asked.query.replace(before, after, 1))


@pytest.mark.parametrize("forged", list(_PRESIGNED.values()), ids=list(_PRESIGNED))
def test_a_presigned_request_is_refused(server: Server, forged: Callable[[Server], Forged]) -> None:
    answer = forged(server).send()
    assert (answer.status in (400, 403), b"<Arn>" in answer.body) == (True, False)
