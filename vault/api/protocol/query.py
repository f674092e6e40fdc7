"""The AWS query protocol: form-encoded parameters in, XML out. Spoken by STS, IAM and CloudWatch."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from strongroom.wire.sigv4 import PRESIGNED_PREFIX, HttpRequest
from vault.api.errors import MalformedInput, UnknownOperation, WireError
from vault.api.response import Response
from vault.api.spec import service_model

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_VERSION = re.compile(rb"(?:^|&)Version=([0-9-]{10})(?:&|$)")
_SERVICES = {b"2010-05-08": "iam", b"2011-06-15": "sts", b"2010-08-01": "monitoring"}
"""Those that speak this protocol, by the version of their API."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold (XML 1.0, section 2.2)."""


def parameters(request: HttpRequest) -> dict[str, str]:
    """Return the form fields, of a presigned request those of its query that sign nothing.

    Raises `MalformedInput` where a field stands twice or is not UTF-8.
    """
    try:
        form = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(request.body), max_num_fields=1000
        )
        asked = parse_qsl(request.query, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise MalformedInput("The request body is not form-encoded.") from None
    pairs = [*form, *(pair for pair in asked if not pair[0].startswith(PRESIGNED_PREFIX))]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedInput("A parameter is given twice.")
    return fields


def service(request: HttpRequest) -> str | None:
    """Return the service whose API version a request names, None where it names none of these."""
    found = _VERSION.search(request.body) or _VERSION.search(request.query.encode("utf-8", "replace"))
    return _SERVICES.get(found[1]) if found else None


def namespace(request: HttpRequest) -> str:
    """Return the XML namespace of the service that a request names; STS's where it names none."""
    return str(service_model(service(request) or "sts").metadata["xmlNamespace"])


def operation_name(fields: Mapping[str, str], api_version: str) -> str:
    """Return the `Action` asked for. Raises `UnknownOperation` for none or another API version."""
    name = fields.get("Action", "")
    if not name.isalnum() or fields.get("Version") != api_version:
        raise UnknownOperation(f"Could not find operation {name[:64]} for version {fields.get('Version', '')[:16]}")
    return name


def content(shape: Any, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields as the JSON-like content that `decode` takes: numbers and lists made from their text forms.

    Raises `MalformedInput` for parts of what has none.
    """
    own = {name: text for name, text in fields.items() if name not in ("Action", "Version")}
    return {} if shape is None else _structure(shape, own)


def _structure(shape: Any, fields: Mapping[str, str]) -> dict[str, Any]:
    parts = _by_head(fields)
    return {head: _value(shape.members[head], below) if head in shape.members else "" for head, below in parts.items()}


def _value(shape: Any, parts: Mapping[str, str]) -> Any:
    if "" in parts and len(parts) == 1:
        # A list without members is written as a name alone.
        return [] if shape.type_name == "list" and not parts[""] else _scalar(shape, parts[""])
    if "" not in parts and shape.type_name == "list":
        return _list(shape, parts)
    if "" not in parts and shape.type_name == "structure":
        return _structure(shape, parts)
    raise MalformedInput("A parameter has parts that its type does not have.")


def _list(shape: Any, parts: Mapping[str, str]) -> list[Any]:
    within = _by_head(parts)
    members = _by_head(within.pop("member", {}))
    if within or not all(number.isascii() and number.isdigit() and len(number) < 10 for number in members):
        raise MalformedInput("A list has a member without a number.")
    return [_value(shape.member, members[number]) for number in sorted(members, key=int)]


def _by_head(fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the fields by the first part of their names; what has no further part stands under an empty name."""
    parts: dict[str, dict[str, str]] = {}
    for name, text in fields.items():
        head, _, rest = name.partition(".")
        parts.setdefault(head, {})[rest] = text
    return parts


def _scalar(shape: Any, text: str) -> Any:
    if shape.type_name == "integer":
        if not _WHOLE_NUMBER.fullmatch(text):
            raise MalformedInput("A number is not a number.")
        return int(text)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if shape.type_name in ("double", "float"):
        return _float(text)
    return _time(text) if shape.type_name == "timestamp" else text


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise MalformedInput("A number is not a number.") from None


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedInput("A time is not in the form of ISO 8601.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def answer(operation: Any, result: Mapping[str, Any], request_id: str) -> Response:
    """Return `<OpResponse><OpResult>…</OpResult><ResponseMetadata>` for the operation model's output shape."""
    root = ElementTree.Element(f"{operation.name}Response", xmlns=operation.service_model.metadata["xmlNamespace"])
    if operation.output_shape is not None:
        _append_members(ElementTree.SubElement(root, f"{operation.name}Result"), operation.output_shape, result)
    _text(ElementTree.SubElement(root, "ResponseMetadata"), "RequestId", request_id)
    return _response(200, root, request_id)


def refuse(error: WireError, namespace: str, request_id: str) -> Response:
    """Return an `<ErrorResponse>`."""
    root = ElementTree.Element("ErrorResponse", xmlns=namespace)
    fault = ElementTree.SubElement(root, "Error")
    _text(fault, "Type", "Receiver" if error.status >= 500 else "Sender")
    _text(fault, "Code", error.code)
    _text(fault, "Message", error.message)
    _text(root, "RequestId", request_id)
    return _response(error.status, root, request_id)


def _append_members(parent: ElementTree.Element, shape: Any, values: Mapping[str, Any]) -> None:
    for name, member in shape.members.items():
        if name in values:
            _append(parent, name, member, values[name])


def _append(parent: ElementTree.Element, name: str, shape: Any, value: Any) -> None:
    element = ElementTree.SubElement(parent, name)
    if shape.type_name == "structure":
        _append_members(element, shape, value)
    elif shape.type_name == "list":
        for each in value:
            _append(element, "member", shape.member, each)
    elif shape.type_name == "map":
        for key, each in value.items():
            entry = ElementTree.SubElement(element, "entry")
            _append(entry, "key", shape.key, key)
            _append(entry, "value", shape.value, each)
    else:
        _set_text(element, _plain(value))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    _set_text(ElementTree.SubElement(parent, name), text)


def _set_text(element: ElementTree.Element, text: str) -> None:
    element.text = _NOT_XML.sub("\ufffd", text)


def _response(status: int, root: ElementTree.Element, request_id: str) -> Response:
    headers = (("content-type", "text/xml"), ("x-amzn-requestid", request_id), ("cache-control", "no-store"))
    return Response(status=status, headers=headers, body=ElementTree.tostring(root, encoding="utf-8"))
