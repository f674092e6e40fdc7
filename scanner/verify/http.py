"""Asks as the rule describes it: a request made of data, and an answer judged by data."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from urllib.parse import quote, urlencode

from scanner.model import Verified
from scanner.rulebook.verifier import ANYTHING, Condition, Verifier
from scanner.rulebook.verifying import NAME, led_by_value, names_in
from scanner.verify.base import Question, Said, Unreachable, active, inactive, together, unknown
from scanner.verify.hosts import Place
from scanner.verify.messages import Origin, Request, Response
from scanner.verify.reach import Reach
from scanner.verify.wire import MOST_BODY
from strongroom import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Names = Mapping[str, str]
    Written = Callable[[str], str]

_AGENT = f"strongroom/{__version__}"
_HOST = re.compile(r"(?P<host>[a-z0-9](?:[a-z0-9.\-]{0,251}[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
_PORTS = range(1, 65536)
_UNESCAPED = ":"
"""What stands as it is in a path or query besides unreserved characters: the colon of tokens in two parts."""
_NOT_THERE = object()


def ask(question: Question, reach: Reach) -> Said:
    """Return what the provider says of a value, beside all that might be its other half, at each host to be asked."""
    verifier = question.verifier
    places: Sequence[Place | None] = reach.hosts.of_rule(question.rule_id) or (None,)
    missing = _missing(question, named_host=places != (None,))
    if missing:
        return unknown(f"it is of use only with its {missing}, and none stands near")
    answers: list[Said] = []
    for values in question.ways():
        names = named(verifier, {name: value.reveal().decode("utf-8", "replace") for name, value in values.items()})
        for place in places:
            answers.append(_answer(question, names, place, reach))
            if answers[-1].state is Verified.ACTIVE:
                return answers[-1]
    return together(answers)


def _missing(question: Question, *, named_host: bool) -> str:
    """Return what does not stand near and is needed for a request; nothing where all does."""
    needed = names_in(question.verifier, host=not named_host)
    missing = [name for name, values in question.surroundings if not values and name in needed]
    return missing[0].replace("_", " ") if missing else ""


def _answer(question: Question, names: Names, place: Place | None, reach: Reach) -> Said:
    verifier = question.verifier
    try:
        request = expanded(verifier, names, place)
        said = judged(verifier, reach.send(request, verifier.rate), request.host)
    except Unreachable as error:
        return unknown(error.why)
    if said.state is Verified.INACTIVE and verifier.elsewhere and place is None:
        how = f"--verify-host {question.rule_id}=HOST asks there"
        return unknown(f"{request.host} refused it, and another host may know it ({how})")
    return said


def named(verifier: Verifier, names: Names) -> Names:
    """Return `names` with the parts of the value among them."""
    found = re.search(verifier.parts, names["value"]) if verifier.parts else None
    return {**names, **({} if found is None else {name: part or "" for name, part in found.groupdict().items()})}


def expanded(verifier: Verifier, names: Names, place: Place | None = None) -> Request:
    """Return the request that `verifier` describes, to `place` where people named one. Raises `Unreachable`."""
    own = place is None or place.host == verifier.host
    url = verifier.url if own else verifier.self_hosted or verifier.url
    target = re.sub(r"^https://[^/?]+", "", url)
    host, port, origin = _host(verifier, names) if place is None else (place.host, place.port, Origin.PEOPLE)
    return Request(
        method=verifier.method,
        host=host,
        origin=origin,
        scheme=place.scheme if place else "https",
        port=port,
        target=_replaced(target if target.startswith("/") else f"/{target}", names, _in_url),
        headers={"User-Agent": _AGENT, "Accept": "application/json", **_headers(verifier, names)},
        body=_body(verifier, names),
    )


def judged(verifier: Verifier, response: Response, host: str) -> Said:
    """Return what an answer means by the conditions of `verifier`."""
    holds = _Body(response).holds
    if any(holds(condition) for condition in verifier.active):
        return active(f"the provider accepted it at {host}")
    if any(holds(condition) for condition in verifier.inactive):
        return inactive(f"the provider refused it at {host} (status {response.status})")
    if 300 <= response.status < 400:
        return unknown(f"{host} redirects elsewhere (status {response.status}), which is not followed")
    if not response.whole:
        return unknown(f"the answer of {host} is cut short or longer than {MOST_BODY // 1024} kB")
    return unknown(f"the answer of {host} (status {response.status}) says neither that it is live nor that it is not")


class _Body:
    """An answer, read as far as a condition asks for it."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def holds(self, condition: Condition) -> bool:
        """Tell whether an answer is what `condition` says."""
        response = self._response
        if condition.statuses and response.status not in condition.statuses:
            return False
        if not condition.statuses and not 200 <= response.status < 300:
            return False
        if (condition.body or condition.pointers) and not response.whole:
            return False
        if condition.body and re.search(condition.body.encode(), response.body) is None:
            return False
        return all(self._stands(pointer, allowed) for pointer, allowed in condition.pointers)

    def _stands(self, pointer: str, allowed: tuple[str, ...]) -> bool:
        found = self._json
        for key in pointer.split("/")[1:]:
            found = _member(found, key.replace("~1", "/").replace("~0", "~"))
        if found is _NOT_THERE:
            return False
        return (ANYTHING in allowed and found is not None) or json.dumps(found) in allowed

    @cached_property
    def _json(self) -> Any:
        try:
            return json.loads(self._response.body)
        except (ValueError, RecursionError):
            return _NOT_THERE


def _member(held: Any, key: str) -> Any:
    if isinstance(held, dict):
        return held.get(key, _NOT_THERE)
    if isinstance(held, list) and key.isascii() and key.isdigit() and int(key) < len(held):
        return held[int(key)]
    return _NOT_THERE


def _host(verifier: Verifier, names: Names) -> tuple[str, int | None, Origin]:
    """Return host and port to ask, and whether the rule alone chose them: a part of the value may only lead a host."""
    host = verifier.host
    if NAME.search(host) is None:
        return host, None, Origin.RULE
    expanded_host = _replaced(host, names, str.lower)
    led = re.fullmatch(_LABEL + re.escape(NAME.sub("", host)), expanded_host) is not None
    if led_by_value(verifier) and led:
        return expanded_host, None, Origin.RULE
    found = _HOST.fullmatch(expanded_host)
    if found is None or int(found["port"] or 1) not in _PORTS:
        raise Unreachable("what stands near it is no host")
    return found["host"], int(found["port"]) if found["port"] else None, Origin.FINDING


def _headers(verifier: Verifier, names: Names) -> dict[str, str]:
    headers = {name: _replaced(text, names, _in_header) for name, text in verifier.headers}
    if verifier.basic:
        user = _replaced(verifier.basic, names, str)
        headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    if verifier.json:
        headers.setdefault("Content-Type", "application/json")
    if verifier.form:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return headers


def _body(verifier: Verifier, names: Names) -> bytes | None:
    if verifier.json:
        return json.dumps(_filled(json.loads(verifier.json), names)).encode()
    if verifier.form:
        return urlencode({name: _replaced(text, names, str) for name, text in verifier.form}).encode()
    return None


def _filled(held: Any, names: Names) -> Any:
    if isinstance(held, str):
        return _replaced(held, names, str)
    if isinstance(held, dict):
        return {key: _filled(one, names) for key, one in held.items()}
    return [_filled(one, names) for one in held] if isinstance(held, list) else held


def _replaced(text: str, names: Names, written: Written) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in names:
            raise Unreachable("it has not the parts that its provider's tokens have")
        return written(names[match[1]])

    return NAME.sub(value, text)


def _in_url(text: str) -> str:
    return quote(text, safe=_UNESCAPED)


def _in_header(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise Unreachable("it cannot stand in a header")
    return text
