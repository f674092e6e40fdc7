"""Every verifier of our rules asks a fixed host by TLS, and understands the answers that its own data describe."""

from __future__ import annotations

import json
import random
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import rstr

from scanner.checks.named import NAMES as CHECKS
from scanner.model import Surroundings, Verified
from scanner.rulebook.model import Rule
from scanner.rulebook.verifier import ANYTHING, NAMED, Condition
from scanner.rulebook.verifying import NAME, names_in
from scanner.verify.base import Question
from scanner.verify.hosts import read_hosts
from scanner.verify.http import ask, expanded, named
from scanner.verify.messages import Origin
from scanner.verify.named import MODULES
from scanner.verify.reach import Reach
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.stub import Answer, Asked, Stub, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.shipped import ASKING, BOOK, BY_HTTP, verifier_of

LEAST_PROVIDERS = 100


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with serving() as running:
        yield running


def drawn(rule: Rule) -> str:
    """Return a value that has the parts which the rule's verifier wants."""
    parts = verifier_of(rule).parts
    pattern = parts.strip("^$").replace(".+", "[A-Za-z0-9]{24}").replace(r"\w+", "[a-z0-9]{24}").replace("]+", "]{24}")
    return token(rule.id, f"[a-f0-9]{{32}}{pattern}" if parts.startswith("-") else pattern or "[A-Za-z0-9]{40}")


def near(rule: Rule) -> Surroundings:
    """Return what the rule's verifier wants near its value."""
    found = []
    for name, what in verifier_of(rule).near:
        pattern = _group(what if "(" in what else BOOK.by_id[what].pattern)
        found.append((name, (SecretValue(token(rule.id, pattern)),)))
    return tuple(found)


def _group(pattern: str) -> str:
    """Return what stands in the group `value` of a pattern."""
    start = pattern.index("(?P<value>") + len("(?P<value>")
    depth, place, in_class = 1, start, False
    while depth:
        character = pattern[place]
        if character == "\\":
            place += 1
        elif character == "[":
            in_class = True
        elif character == "]":
            in_class = False
        elif not in_class and character in "()":
            depth += 1 if character == "(" else -1
        place += 1
    return pattern[start : place - 1]


def answering(condition: Condition) -> Answer:
    """Return an answer that a condition is made for."""
    body: object = {}
    for pointer, allowed in condition.pointers:
        body = _put(body, pointer.split("/")[1:], "something" if ANYTHING in allowed else json.loads(allowed[0]))
    text = json.dumps(body)
    if condition.body:
        text += rstr.Rstr(random.Random(condition.body)).xeger(condition.body)
    return Answer(status=condition.statuses[0] if condition.statuses else 200, body=text.encode())


def _put(held: object, keys: list[str], value: object) -> object:
    if not keys:
        return value
    if keys[0].isdigit():
        return [_put({}, keys[1:], value)]
    inner = held if isinstance(held, dict) else {}
    return {**inner, keys[0]: _put(inner.get(keys[0], {}), keys[1:], value)}


def asked_at(stub: Stub, rule: Rule, value: str, answer: Answer) -> Verified:
    stub.asked.clear()
    stub.answer = lambda _: answer
    verifier = verifier_of(rule)
    reach = Reach(read_hosts([f"{rule.id}={stub.place}"]))
    question = Question(rule_id=rule.id, verifier=verifier, value=SecretValue(value), surroundings=near(rule))
    return ask(question, reach).state


def test_there_are_verifiers_for_the_commonest_providers() -> None:
    assert len({Path(rule.origin).stem for rule in ASKING}) >= LEAST_PROVIDERS


def test_every_name_that_a_rule_may_use_is_a_verifier_and_the_other_way_round() -> None:
    assert set(NAMED) == set(MODULES)
    assert set(NAMED).isdisjoint(set(CHECKS) - {"private-key", "jwt"})


@pytest.mark.parametrize("rule", BY_HTTP, ids=lambda rule: rule.id)
def test_the_host_is_the_providers_or_has_to_be_allowed(rule: Rule) -> None:
    verifier = verifier_of(rule)
    names = {name: values[0].reveal().decode() for name, values in near(rule)}
    request = expanded(verifier, named(verifier, {**names, "value": drawn(rule)}))
    by_finding = bool(set(NAME.findall(verifier.host)) & set(names))
    assert request.scheme == "https"
    assert request.origin is (Origin.FINDING if by_finding else Origin.RULE)
    assert NAME.search(request.host + request.target) is None


@pytest.mark.parametrize("rule", BY_HTTP, ids=lambda rule: rule.id)
def test_nothing_is_sent_that_writes(rule: Rule) -> None:
    verifier = verifier_of(rule)
    queries = {"/graphql", "/.api/graphql"}
    reads = {"/api/auth.test", "/2/check/user", "/v2/getAccountDetails"}
    path = "/" + verifier.url.removeprefix("https://").partition("/")[2]
    if verifier.method == "POST":
        assert path in queries | reads
    if path in queries:
        assert json.loads(verifier.json)["query"].startswith("query {")


@pytest.mark.parametrize("rule", BY_HTTP, ids=lambda rule: rule.id)
def test_each_answer_that_the_data_describe_is_understood(stub: Stub, rule: Rule) -> None:
    verifier = verifier_of(rule)
    value = drawn(rule)
    for condition in verifier.active:
        assert asked_at(stub, rule, value, answering(condition)) is Verified.ACTIVE
        assert _holds(stub.asked[-1], value)
    for condition in verifier.inactive:
        assert asked_at(stub, rule, value, answering(condition)) is Verified.INACTIVE


@pytest.mark.parametrize("rule", BY_HTTP, ids=lambda rule: rule.id)
@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_answer_that_is_not_described_tells_nothing(stub: Stub, rule: Rule, status: int) -> None:
    said = asked_at(stub, rule, drawn(rule), Answer(status=status, body=b"<html>somebody in between</html>"))
    assert said is Verified.UNKNOWN


@pytest.mark.parametrize("rule", BY_HTTP, ids=lambda rule: rule.id)
def test_an_answer_that_says_nothing_but_yes_must_come_from_who_knows_the_value(rule: Rule) -> None:
    assert {"value", *names_in(verifier_of(rule))} & names_in(verifier_of(rule))


@pytest.mark.parametrize("rule", ASKING, ids=lambda rule: rule.id)
def test_what_is_looked_for_nearby_is_a_rule_with_a_pattern_or_a_pattern(rule: Rule) -> None:
    for _, what in verifier_of(rule).near:
        assert "(?P<value>" in what or BOOK.by_id[what].pattern


def _holds(asked: Asked, value: str) -> bool:
    plain = [unquote(asked.target), *asked.headers.values(), unquote(asked.body.decode())]
    basic = asked.headers.get("Authorization", "")
    if basic.startswith("Basic "):
        plain.append(b64decode(basic.removeprefix("Basic ")).decode())
    pieces = [value, *value.split("/")[-1:], value[-20:]]
    return any(piece in text for piece in pieces for text in plain)
