"""What is sent for a rule, and what an answer means."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from scanner.model import Verified
from scanner.rulebook.verifier import Verifier
from scanner.rulebook.verifying import read_verifier
from scanner.verify.base import Unreachable
from scanner.verify.hosts import Place, read_hosts
from scanner.verify.http import ask, expanded, judged, named
from scanner.verify.messages import Origin, Request, Response
from scanner.verify.reach import Reach
from scanner.verify.wire import Transport
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.stub import Answer, Asked, Stub, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import BEARER, near, question, reach_to, verifier

VALUE = token("http")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as running:
        yield running


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, Verified.ACTIVE),
        (401, Verified.INACTIVE),
        (204, Verified.UNKNOWN),
        (403, Verified.UNKNOWN),
        (404, Verified.UNKNOWN),
        (500, Verified.UNKNOWN),
        (503, Verified.UNKNOWN),
    ],
)
def test_an_answer_is_judged_by_its_status(stub: Stub, status: int, state: Verified) -> None:
    stub.answer = lambda _: Answer(status=status)
    assert ask(question(VALUE), reach_to(stub)).state is state


def test_what_is_said_names_who_said_it_and_not_the_value(stub: Stub) -> None:
    assert ask(question(VALUE), reach_to(stub)).why == "the provider accepted it at 127.0.0.1"
    stub.answer = lambda _: Answer(status=401)
    assert ask(question(VALUE), reach_to(stub)).why == "the provider refused it at 127.0.0.1 (status 401)"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_tells_nothing(stub: Stub, status: int) -> None:
    with serving() as elsewhere:
        stub.answer = lambda _: Answer(status=status, headers={"Location": f"{elsewhere.place}/me"})
        said = ask(question(VALUE), reach_to(stub))
        assert said.state is Verified.UNKNOWN
        assert "redirects elsewhere" in said.why
        assert elsewhere.asked == []
        assert len(stub.asked) == 1


def test_the_value_goes_where_the_rule_says(stub: Stub) -> None:
    made = read_verifier(
        {
            "parts": "^(?P<id>[a-z]+):(?P<key>.+)$",
            "near": {"account": "(?P<value>x)"},
            "http": {
                "method": "POST",
                "url": "https://api.acme.example/{account}/of?key={key}",
                "headers": {"X-Key": "k {key}"},
                "basic": "{id}:{key}",
                "json": {"whole": ["{value}", 1, None], "quoted": 'a "{id}"'},
            },
        }
    )
    ask(question("name:pass/word 1", made, near(account="a/../b")), reach_to(stub))
    asked = stub.asked[0]
    assert asked.target == "/a%2F..%2Fb/of?key=pass%2Fword%201"
    assert asked.headers["X-Key"] == "k pass/word 1"
    assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"name:pass/word 1"
    assert json.loads(asked.body) == {"whole": ["name:pass/word 1", 1, None], "quoted": 'a "name"'}
    assert asked.headers["Content-Type"] == "application/json"


def test_a_form_is_sent_as_one(stub: Stub) -> None:
    ask(question("a&b=c", verifier(method="POST", form={"key": "{value}", "format": "json"})), reach_to(stub))
    assert stub.asked[0].body == b"key=a%26b%3Dc&format=json"
    assert stub.asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("value", ["one\r\nX-Evil: two", "one\ntwo", "null\0", "\u2028", "ü"])
def test_a_value_that_could_end_a_header_is_not_sent(stub: Stub, value: str) -> None:
    said = ask(question(value), reach_to(stub))
    assert said.state is Verified.UNKNOWN
    assert stub.asked == []


def test_a_value_without_the_parts_that_a_token_has_is_not_sent(stub: Stub) -> None:
    made = read_verifier({"parts": "^pat_(?P<key>.+)$", "http": {**BEARER["http"], "basic": "{key}:"}})
    said = ask(question("other", made), reach_to(stub))
    assert said.state is Verified.UNKNOWN
    assert "parts" in said.why
    assert stub.asked == []


def test_a_value_is_not_sent_without_the_other_half_that_the_request_needs(stub: Stub) -> None:
    made = read_verifier(
        {"near": {"account_id": "(?P<value>x)"}, "http": {**BEARER["http"], "basic": "{account_id}:{value}"}}
    )
    said = ask(question(VALUE, made, (("account_id", ()),)), reach_to(stub))
    assert said.why == "it is of use only with its account id, and none stands near"
    assert stub.asked == []


def pair() -> Verifier:
    http = {"url": "https://api.acme.example/me", "basic": "{account}:{value}"}
    return read_verifier({"near": {"account": "(?P<value>x)"}, "http": http})


def of_account(stub: Stub, *live: str) -> Verified:
    """Ask about a value between two accounts, of which those named `live` are accepted and others refused."""
    accepted = {base64.b64encode(f"{name}:{VALUE}".encode()).decode() for name in live}

    def answer(asked: Asked) -> Answer:
        return Answer(status=200 if asked.headers["Authorization"].removeprefix("Basic ") in accepted else 401)

    stub.answer = answer
    two = (("account", (SecretValue("first"), SecretValue("second"))),)
    return ask(question(VALUE, pair(), two), reach_to(stub)).state


def test_of_two_other_halves_near_one_that_fits_is_enough(stub: Stub) -> None:
    assert of_account(stub, "second") is Verified.ACTIVE
    assert of_account(stub, "first") is Verified.ACTIVE


def test_a_value_is_inactive_only_where_it_is_refused_with_each_of_them(stub: Stub) -> None:
    assert of_account(stub) is Verified.INACTIVE
    assert len(stub.asked) == 2


def test_doubt_about_one_of_them_leaves_doubt(stub: Stub) -> None:
    answers = iter([401, 500])
    stub.answer = lambda _: Answer(status=next(answers))
    two = (("account", (SecretValue("first"), SecretValue("second"))),)
    assert ask(question(VALUE, pair(), two), reach_to(stub)).state is Verified.UNKNOWN


def said_of(body: bytes, status: int = 200, *, whole: bool = True, **conditions: object) -> Verified:
    response = Response(status=status, body=body, whole=whole)
    return judged(verifier(**conditions), response, "api.acme.example").state


def test_a_body_is_read_by_pointers() -> None:
    ok = {
        "active": {"status": 200, "json": {"/ok": True}},
        "inactive": {"status": 200, "json": {"/error": ["gone", "old"]}},
    }
    assert said_of(b'{"ok": true}', **ok) is Verified.ACTIVE
    assert said_of(b'{"ok": false, "error": "old"}', **ok) is Verified.INACTIVE
    assert said_of(b'{"ok": false, "error": "busy"}', **ok) is Verified.UNKNOWN
    assert said_of(b'{"ok": "true"}', **ok) is Verified.UNKNOWN
    assert said_of(b'{"ok": 1}', **ok) is Verified.UNKNOWN


def test_a_pointer_leads_through_lists_and_escaped_names() -> None:
    there = {"active": {"json": {"/a~1b/0/~0": "*"}}}
    assert said_of(b'{"a/b": [{"~": 0}]}', **there) is Verified.ACTIVE
    assert said_of(b'{"a/b": [{"~": null}]}', **there) is Verified.UNKNOWN
    assert said_of(b'{"a/b": []}', **there) is Verified.UNKNOWN


def test_a_body_is_searched_for_a_pattern() -> None:
    denied = {"inactive": {"status": 403, "body": "Invalid (?:api )?token"}}
    assert said_of(b"Invalid token", 403, **denied) is Verified.INACTIVE
    assert said_of(b"Invalid scope", 403, **denied) is Verified.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b'{"ok": tru', b"\xff\xfe", b"NaN"])
def test_a_body_that_cannot_be_read_tells_nothing(body: bytes) -> None:
    assert said_of(body, active={"status": 200, "json": {"/ok": True}}) is Verified.UNKNOWN


def test_a_body_that_is_cut_short_is_not_judged_by_what_it_holds() -> None:
    assert said_of(b'{"ok": true}', whole=False, active={"json": {"/ok": True}}) is Verified.UNKNOWN
    assert said_of(b"", whole=False) is Verified.ACTIVE


def test_no_condition_means_that_no_answer_tells() -> None:
    assert said_of(b"", 401, inactive=[]) is Verified.UNKNOWN


class _Always(Transport):
    """Answers for every host, without a connection."""

    def __init__(self, response: Response) -> None:
        super().__init__(read_hosts([]))
        self._response = response

    def send(self, request: Request) -> Response:
        """Return the one response."""
        return self._response


def test_a_refusal_counts_only_at_a_host_that_people_named_where_other_hosts_know_such_values() -> None:
    made = verifier(elsewhere=True)
    with serving(lambda _: Answer(status=401)) as stub:
        named_host = ask(question(VALUE, made), reach_to(stub))
        usual = Reach(read_hosts([]), _Always(Response(status=401, body=b"", whole=True)))
        said = ask(question(VALUE, made), usual)
    assert named_host.state is Verified.INACTIVE
    assert said.state is Verified.UNKNOWN
    assert "--verify-host acme-key=HOST" in said.why


def test_a_provider_on_a_host_of_ones_own_is_asked_by_its_own_url() -> None:
    made = verifier(self_hosted="https://{host}/api/v3/me")
    request = expanded(made, {"value": VALUE}, Place(host="git.internal", port=8443))
    assert (request.scheme, request.host, request.port, request.target) == ("https", "git.internal", 8443, "/api/v3/me")
    assert expanded(made, {"value": VALUE}).target == "/me"
    assert expanded(made, {"value": VALUE}, Place(host="api.acme.example")).target == "/me"


LED = read_verifier(
    {"parts": "-(?P<centre>.*)$", "http": {"url": "https://{centre}.api.acme.example/", "basic": "x:{value}"}}
)


def test_a_part_of_the_value_may_lead_the_providers_host() -> None:
    request = expanded(LED, named(LED, {"value": "key-us6"}))
    assert (request.host, request.origin) == ("us6.api.acme.example", Origin.RULE)


@pytest.mark.parametrize("part", ["evil.example/", "u@evil.example", "x#", "", "a b", "a:1", "evil.example:1?"])
def test_a_part_of_the_value_cannot_name_another_host(part: str) -> None:
    with pytest.raises(Unreachable, match="no host"):
        expanded(LED, named(LED, {"value": f"key-{part}"}))


def test_a_part_of_the_value_that_is_more_than_one_label_has_to_be_allowed() -> None:
    assert expanded(LED, named(LED, {"value": "key-a.b"})).origin is Origin.FINDING


@pytest.mark.parametrize(
    ("verifier_", "word"),
    [
        ("magic", "aws"),
        ({}, "mapping"),
        ({"use": "aws", "http": BEARER["http"]}, "either"),
        ({"http": {"headers": {"a": "{value}"}}}, "url"),
        ({"http": {"url": "http://a.example/{value}"}}, "https"),
        ({"http": {"url": "https://{value}/"}}, "host"),
        ({"http": {"url": "https://{value}.example/"}}, "host"),
        ({"http": {"url": "https://localhost/{value}"}}, "host"),
        ({"http": {"url": "https://user@a.example/{value}"}}, "user"),
        ({"http": {"url": "https://a.example/"}}, "value"),
        ({"http": {"url": "https://a.example/{other}{value}"}}, "other"),
        ({"http": {**BEARER["http"], "method": "DELETE"}}, "GET"),
        ({"http": {**BEARER["http"], "active": 302}}, "redirect"),
        ({"http": {**BEARER["http"], "inactive": [429]}}, "429"),
        ({"http": {**BEARER["http"], "active": {"json": {"ok": True}}}}, "pointer"),
        ({"http": {**BEARER["http"], "active": {"body": "("}}}, "expression"),
        ({"http": {**BEARER["http"], "rate": 0}}, "second"),
        ({"http": {**BEARER["http"], "self_hosted": "https://a.example/"}}, "host"),
        ({"http": BEARER["http"], "near": {"value": "(?P<value>x)"}}, "value"),
        ({"http": BEARER["http"], "near": {"other": "(x)"}}, "rule"),
        ({"http": BEARER["http"], "parts": "x"}, "parts"),
        ({"http": BEARER["http"], "colour": "red"}, "colour"),
    ],
)
def test_an_unusable_verifier_is_refused_with_the_way_out(verifier_: object, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        read_verifier(verifier_)
