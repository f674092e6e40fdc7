"""Terraform: the value becomes a data source that reads the secret; a variable's value comes from its environment.

Source: Terraform Registry, `aws_secretsmanager_secret_version` (data source); Terraform CLI, "Environment variables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.naming import slug
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import in_text
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_HCL = "hcl"
_SOURCE = "aws_secretsmanager_secret_version"
_READS = frozenset({"resource", "data", "locals", "module", "output", "provider", "check"})
_TEXTS = ("string_lit", "quoted_template", "heredoc_template")
_STATE = "the state keeps the old value until the next apply, and what a data source reads after it"
_DECLARED = re.compile(
    rb'data\s+"aws_secretsmanager_secret_version"\s+"([^"]+)"\s*\{\s*secret_id\s*=\s*"([^"$]+)"\s*\}'
)


def parses(data: bytes) -> bool:
    """Tell whether the file parses as HCL."""
    return grammar.parses(_HCL, data)


def _string(file: File, place: Place) -> Node:
    if file.data[place.start : place.end] != place.value.reveal():
        raise NotRewritable("the value is written with escapes")
    here = grammar.leaf(grammar.tree(_HCL, file.data), place.start, place.end)
    found = next((node for node in grammar.lineage(here) if node.type in _TEXTS), None)
    if found is None:
        raise NotRewritable("the value stands in a comment or a name")
    return found


def _around(file: File, string: Node, place: Place) -> tuple[str, str]:
    quote = 0 if string.type == "heredoc_template" else 1
    before = file.data[string.start_byte + quote : place.start].decode("utf-8", "replace")
    return before, file.data[place.end : string.end_byte - quote].decode("utf-8", "replace")


def _ancestor(node: Node, kind: str) -> Node | None:
    return next((each for each in grammar.lineage(node) if each.type == kind), None)


def _block(node: Node) -> list[str]:
    """Return the type and the labels of the outermost block that holds a node."""
    blocks = [each for each in grammar.lineage(node) if each.type == "block"]
    if not blocks:
        return []
    heads = (child for child in blocks[-1].children if child.type in ("identifier", "string_lit"))
    return [grammar.text(child).strip('"') for child in heads]


def judge(file: File, place: Place) -> Use:
    """Return what an argument, a variable or a local value holds."""
    string = _string(file, place)
    before, after = _around(file, string, place)
    block = _block(string)
    attribute = _ancestor(string, "attribute")
    name = grammar.text(attribute.children[0]) if attribute is not None else ""
    if _is_variable(block):
        _require_whole_default(string, name, whole=not before and not after)
        return in_text("", place.value, "", "terraform-variable", binding=block[1])
    _refuse_block(block)
    element = _ancestor(string, "object_elem")
    if element is not None:
        if element.children[0].end_byte >= string.end_byte:
            raise NotRewritable("the value is a key of an object")
        name = grammar.text(element.children[0]).strip('"')
    label = block[-1] if len(block) > 1 else ""
    binding = f"{label}_{name}" if name in ("password", "secret", "token", "key") else name
    return in_text(before, place.value, after, "terraform-data-source", binding=binding, reason=_STATE, review=True)


def _is_variable(block: Sequence[str]) -> bool:
    return len(block) == 2 and block[0] == "variable"


def _require_whole_default(string: Node, name: str, *, whole: bool) -> None:
    attribute = _ancestor(string, "attribute")
    plain = attribute is not None and _ancestor(string, "collection_value") is None
    if name != "default" or not whole or not plain or string.type != "string_lit":
        raise NotRewritable("only a default that is the value itself can be left out")


def _refuse_block(block: Sequence[str]) -> None:
    kind = block[0] if block else ""
    if kind == "terraform":
        raise NotRewritable("a backend reads no data source: give it by -backend-config or its environment")
    if kind == "provider" and block[1:] == ["aws"]:
        raise NotRewritable("the provider that reads the store cannot be given by it: use a profile or a role")
    if kind == "resource" and block[1].startswith("aws_secretsmanager_secret"):
        raise NotRewritable("the resource writes a secret itself: leave the value out and put it into the store")
    if kind not in _READS:
        raise NotRewritable("no expression may stand in this place")


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with data sources, which are declared once a folder; variables expect their environment."""
    splices: list[Splice] = []
    around: list[grammar.Range] = []
    variables: dict[str, str] = {}
    labels = _labels(file)
    added: list[str] = []
    for fetch in fetches:
        string = _string(file, fetch.place)
        block = _block(string)
        if _is_variable(block):
            edit = _without_default(file.data, string)
            around.append((edit.start, edit.end))
            variables[f"TF_VAR_{block[1]}"] = fetch.reference
        else:
            if fetch.name not in labels:
                labels[fetch.name] = _free(fetch.name, labels)
                added.append(_declaration(labels[fetch.name], fetch.name))
            around.append((string.start_byte, string.end_byte))
            edit = _replaced(file, string, fetch, labels[fetch.name])
        splices.append(edit)
    after = grammar.edited(_HCL, file.data, splices, around)
    return Written(files={file.path: _with_declarations(after, added)}, variables=variables)


def _labels(file: File) -> dict[str, str]:
    """Return the labels of the data sources that the folder declares, by the secret's name."""
    found: dict[str, str] = {}
    for path, data in file.tree.items():
        if path.endswith(".tf") and path.rpartition("/")[0] == file.folder.rstrip("/"):
            found.update((secret.decode(), label.decode()) for label, secret in _DECLARED.findall(data))
    return found


def _free(name: str, labels: dict[str, str]) -> str:
    wanted = slug(name) if slug(name)[:1].isalpha() else f"secret_{slug(name)}"
    taken = set(labels.values())
    return next(each for each in _candidates(wanted) if each not in taken)


def _candidates(wanted: str) -> Iterator[str]:
    yield wanted
    yield from (f"{wanted}_{number}" for number in range(2, 10_000))


def _declaration(label: str, name: str) -> str:
    return f'\ndata "{_SOURCE}" "{label}" {{\n  secret_id = "{name}"\n}}\n'


def _with_declarations(data: bytes, added: Sequence[str]) -> bytes:
    newline = "\r\n" if b"\r\n" in data else "\n"
    gap = newline if added and not data.endswith(b"\n") else ""
    return data + (gap + "".join(added).replace("\n", newline)).encode()


def _replaced(file: File, string: Node, fetch: Fetch, label: str) -> Splice:
    expression = f"data.{_SOURCE}.{label}.secret_string"
    if fetch.field:
        expression = f'jsondecode({expression})["{fetch.field}"]'
    before, after = _around(file, string, fetch.place)
    if not before and not after and string.type == "string_lit":
        return Splice(start=string.start_byte, end=string.end_byte, text=expression.encode())
    if fetch.field:
        expression = f"urlencode({expression})"
    return Splice(start=fetch.place.start, end=fetch.place.end, text=f"${{{expression}}}".encode())


def _without_default(data: bytes, string: Node) -> Splice:
    """Return what marks a variable as sensitive in place of its default."""
    attribute = _ancestor(string, "attribute")
    if attribute is None or attribute.parent is None:
        raise NotRewritable("only a default that is the value itself can be left out")
    others = [grammar.text(each.children[0]) for each in attribute.parent.children if each.type == "attribute"]
    if "sensitive" in others:
        return whole_lines(data, attribute)
    sign = next(child for child in attribute.children if child.type == "=")
    width = max(sign.start_byte - attribute.start_byte - 1, len("sensitive"))
    return Splice(start=attribute.start_byte, end=attribute.end_byte, text=f"{'sensitive':<{width}} = true".encode())


def whole_lines(data: bytes, attribute: Node) -> Splice:
    """Return what takes an attribute's lines out. Raises `NotRewritable` where it shares them with another."""
    start = data.rfind(b"\n", 0, attribute.start_byte) + 1
    end = data.find(b"\n", attribute.end_byte)
    end = len(data) if end < 0 else end + 1
    rest = data[attribute.end_byte : end].strip()
    if data[start : attribute.start_byte].strip() or (rest and not rest.startswith((b"#", b"//"))):
        raise NotRewritable("it shares its line with something else; give it a line of its own")
    return Splice(start=start, end=end, text=b"")
