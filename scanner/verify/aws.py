"""Asks AWS who an access key belongs to: `GetCallerIdentity`, which needs no permission and changes nothing.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scanner.model import Verified
from scanner.verify.base import Question, Said, Unreachable, active, inactive, together, unknown
from scanner.verify.hosts import Place
from scanner.verify.messages import Origin, Request, Response
from scanner.verify.reach import Reach
from strongroom import __version__
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest, Scope, sign

_HOST = "sts.amazonaws.com"
_REGION = "us-east-1"
"""The region that the global endpoint signs for."""
_REGIONAL = re.compile(r"sts(?:-fips)?\.([a-z0-9\-]{4,20})\.amazonaws\.com(?:\.cn)?")
"""Endpoints of one region; those of China and GovCloud know keys that the global one does not.

https://docs.aws.amazon.com/general/latest/gr/sts.html
"""
_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
_RATE = 5.0
_HALVES = {"id": "secret", "secret": "id"}
"""What stands near a value, and what the value is then."""
_TEMPORARY = b"ASIA"
_ARN = re.compile(rb"<Arn>(arn:[\w\-]{3,12}:(?:iam|sts)::\d{12}:[\w+=,.@/\-]{1,256})</Arn>")
_CODE = re.compile(rb"<Code>([A-Za-z]{3,64})</Code>")
_REFUSED = frozenset({"InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException"})
_MISMATCH = "SignatureDoesNotMatch"


def ask(question: Question, reach: Reach) -> Said:
    """Return what STS says of an access key id with each secret near it, or of a secret with each id."""
    other = next(name for name, _ in question.surroundings if name in _HALVES)
    own = _HALVES[other]
    answers: list[Said] = []
    for names in question.ways():
        if other not in names:
            return unknown("an access key is of use only with its other half, and none stands near")
        for place in reach.hosts.of_rule(question.rule_id) or [Place(host=_HOST)]:
            answers.append(_asked({**names, own: names["value"]}, place, reach))
            if answers[-1].state is Verified.ACTIVE:
                return answers[-1]
    return together(answers)


def _asked(names: dict[str, SecretValue], place: Place, reach: Reach) -> Said:
    key_id = names["id"].reveal()
    token = names.get("token")
    if key_id.startswith(_TEMPORARY) and token is None:
        return unknown("a temporary key is of use only with its session token, and none stands near")
    stamp = f"{datetime.fromtimestamp(reach.pace.clock.wall(), UTC):%Y%m%dT%H%M%SZ}"
    try:
        request = _signed(key_id.decode(), names["secret"].reveal(), token, place, stamp)
        return _judged(reach.send(request, _RATE), place.host)
    except Unreachable as error:
        return unknown(error.why)


def _signed(key_id: str, secret: bytes, token: SecretValue | None, place: Place, stamp: str) -> Request:
    request = Request(
        method="POST",
        host=place.host,
        port=place.port,
        scheme=place.scheme,
        origin=Origin.RULE if place.host == _HOST else Origin.PEOPLE,
        target="/",
        body=_BODY,
    )
    signed = [
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("host", request.authority),
        ("x-amz-date", stamp),
    ]
    if token is not None:
        signed.append(("x-amz-security-token", token.reveal().decode()))
    scope = Scope(date=stamp[:8], region=_region(place.host), service="sts")
    wired = HttpRequest(method="POST", path="/", query="", headers=tuple(signed), body=_BODY)
    authorization = sign(wired, access_key_id=key_id, secret_key=secret, scope=scope, stamp=stamp)
    agent = {"User-Agent": f"strongroom/{__version__}"}
    request.headers = {**dict(signed), **agent, "authorization": authorization}
    del request.headers["host"]
    return request


def _region(host: str) -> str:
    regional = _REGIONAL.fullmatch(host)
    return regional[1] if regional else _REGION


def _judged(response: Response, host: str) -> Said:
    if response.status == 200:
        arn = _ARN.search(response.body)
        return active(f"the provider accepted it at {host}{f' as {arn[1].decode()}' if arn else ''}")
    found = _CODE.search(response.body)
    code = found[1].decode() if found else f"status {response.status}"
    if code in _REFUSED:
        return inactive(f"the provider refused it at {host} ({code})")
    if code == _MISMATCH:
        return unknown(f"{host} knows the key id, and the secret beside it is not its own ({code})")
    return unknown(f"the answer of {host} ({code}) says neither that it is live nor that it is not")


VERIFIERS = {"aws": ask}
