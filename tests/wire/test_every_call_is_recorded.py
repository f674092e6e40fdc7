"""Each call of somebody who signed is one event, whatever became of it; what is no operation of the service is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.model import Shape

from tests.testing.raw_http import exchange, signed, signed_form
from tests.testing.server import Server
from vault.api.chain import _OPERATIONS
from vault.api.recording import recorded
from vault.api.spec import operation_model

_CANARY = "canary-that-nobody-may-see"


def _events(server: Server, name: str) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=attributes)
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"SecretId": 7}', "SerializationException"),
        (b'{"SecretId": "\\ud800"}', "SerializationException"),
        (b'{"\\ud800": 7}', "ValidationException"),
        (b"{}", "ValidationException"),
        (b'{"SecretId": "recorded/absent"}', "ResourceNotFoundException"),
    ],
)
def test_a_refused_body_is_an_event_with_its_error(server: Server, body: bytes, code: str) -> None:
    before = len(_events(server, "RestoreSecret"))
    assert exchange(server, signed(server, body, "RestoreSecret")).code == code
    events = _events(server, "RestoreSecret")
    assert (len(events) - before, events[0]["errorCode"]) == (1, code)


def test_an_operation_that_is_not_offered_here_is_an_event(server: Server) -> None:
    body = b'{"SecretId": "any", "CrossAccountReplicaARN": "arn:aws:secretsmanager:eu-west-1:210987654321:secret:n"}'
    answer = exchange(server, signed(server, body, "AssociateCrossAccountReplica"))
    assert answer.code == "UnknownOperationException"
    (event,) = _events(server, "AssociateCrossAccountReplica")
    assert (event["errorCode"], event["readOnly"]) == ("UnknownOperationException", False)


def test_a_name_that_is_no_operation_is_no_event(server: Server) -> None:
    assert exchange(server, signed(server, b"{}", "MadeUp")).code == "UnknownOperationException"
    assert _events(server, "MadeUp") == []


def test_form_fields_that_break_their_model_are_an_event(server: Server) -> None:
    before = len(_events(server, "GetFederationToken"))
    assert exchange(server, signed_form(server, "Action=GetFederationToken&Version=2011-06-15&Name.x=1")).status == 400
    assert len(_events(server, "GetFederationToken")) == before + 1


def _filled(shape: Shape, *, sensitive: bool = False) -> Any:
    """Return a value of every member there is, the sensitive ones and what is in them being the canary."""
    hidden = sensitive or bool(shape.metadata.get("sensitive"))
    match shape.type_name:
        case "structure":
            return {name: _filled(member, sensitive=hidden) for name, member in shape.members.items()}
        case "list":
            return [_filled(shape.member, sensitive=hidden)]
        case "map":
            return {"key": _filled(shape.value, sensitive=hidden)}
        case _:
            return _CANARY if hidden else "shown"


@pytest.mark.parametrize(
    ("service", "name"), [(service, name) for service, table in _OPERATIONS.items() for name in table]
)
def test_no_member_that_the_model_calls_sensitive_is_recorded(service: str, name: str) -> None:
    model = operation_model(service, name)
    assert model is not None
    operation = _OPERATIONS[service][name]
    if model.input_shape is not None:
        assert _CANARY not in json.dumps(recorded(model.input_shape, _filled(model.input_shape)))
    if model.output_shape is not None:
        answered = _filled(model.output_shape)
        assert _CANARY not in json.dumps([answered.get(member) for member in operation.recorded_response])
