"""The `json` report of an audit: the whole document by its published schema, written as it is read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from scanner.audit.reports.document import Document
from strongroom.kernel.inert import whole


def write_json(document: Document, stream: TextIO) -> None:
    """Write `document` to `stream` as strict JSON: a line for each entry of a list, never all of them in memory."""
    write_object(document, stream)


def write_object(fields: Mapping[str, Any], stream: TextIO) -> None:
    """Write `fields` to `stream` as an object of JSON; what is neither a scalar nor an object is a list, read once."""
    start = "{\n  "
    for name, value in fields.items():
        stream.write(f"{start}{_text(name)}: ")
        if isinstance(value, Mapping) or value is None or isinstance(value, (str, int, float)):
            stream.write(_text(value))
        else:
            _write_list(value, stream)
        start = ",\n  "
    stream.write("\n}\n")


def _write_list(entries: Iterable[Any], stream: TextIO) -> None:
    before, end = "[\n    ", "[]"
    for entry in entries:
        stream.write(f"{before}{_text(entry)}")
        before, end = ",\n    ", "\n  ]"
    stream.write(end)


def _text(value: object) -> str:
    # Separators of lines stay escaped, so that every reader sees one line an entry.
    return json.dumps(_whole(value), ensure_ascii=True, allow_nan=False)


def _whole(value: object) -> object:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, Mapping):
        return {whole(name): _whole(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(each) for each in value]
    return value
