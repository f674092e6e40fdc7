"""CloudFormation and SAM templates: the value becomes a dynamic reference, which is resolved when a stack is made.

Source: AWS CloudFormation User Guide, "Dynamic references": in properties of resources, never in what shows plain text.
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import json_text, yaml_text
from remediation.rewriters.configuration.in_yaml import rewritten
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import Scalar, locate, spliced, use_of
from remediation.rewriters.splice import Splice

_SHOWN = {
    "Environment": "a function's environment shows its values in plain text: fetch it in the code of the function",
    "UserData": "user data resolves no reference: fetch it when the instance starts",
    "Metadata": "metadata resolves no reference",
}


def _is_json(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def parses(data: bytes) -> bool:
    """Tell whether the template parses as what it is written in."""
    return json_text.parses(data) if _is_json(data) else yaml_text.parses(data)


def _scalars(data: bytes) -> Sequence[Scalar]:
    return json_text.scalars(data) if _is_json(data) else yaml_text.scalars(data)


def judge(file: File, place: Place) -> Use:
    """Return what a property of a resource holds."""
    site = locate(_scalars(file.data), file.data, place)
    keys = site.scalar.keys if _is_json(file.data) else site.scalar.keys[1:]
    if keys[:1] == ("Parameters",):
        raise NotRewritable("leave the default out and use a dynamic reference where the parameter is used")
    if len(keys) < 4 or keys[0] != "Resources" or keys[2] != "Properties":
        raise NotRewritable("only properties of resources resolve references to secrets")
    for key, reason in _SHOWN.items():
        if key in keys[3:]:
            raise NotRewritable(reason)
    if any(char in site.before[-2:] for char in "{$"):
        raise NotRewritable("the value stands inside another reference")
    return use_of(site, "dynamic-reference")


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the template with references."""
    if not _is_json(file.data):
        return rewritten(file, fetches, _reference)
    splices: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    for fetch in fetches:
        site = locate(json_text.scalars(file.data), file.data, fetch.place)
        splices.append(json_text.replaced(site, _reference(fetch)))
        known = expected.get(site.scalar.keys, site.scalar.text)
        expected[site.scalar.keys] = known.replace(fetch.place.value.reveal_text(), _reference(fetch), 1)
    return Written(files={file.path: spliced(file.data, splices, json_text.scalars, expected)})


def _reference(fetch: Fetch) -> str:
    # The guide writes `SecretString` for a secret that is one text as well.
    return fetch.reference if fetch.field else fetch.reference.replace("}}", ":SecretString}}")
