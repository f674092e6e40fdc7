"""Spring Boot: the value becomes a property that Spring Cloud AWS fills from the secret, which the file imports.

Source: Spring Boot reference, "Externalized Configuration" (`spring.config.import`, placeholders); Spring Cloud AWS
reference, "Secrets Manager Integration": the fields of a JSON secret, or the last part of a plain one's name, behind
the prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import yaml

from remediation import connection as logins
from remediation.errors import NotRewritable
from remediation.model import Connection, Step
from remediation.rewriters import splice
from remediation.rewriters.configuration import line_text, yaml_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, manual
from remediation.rewriters.configuration.scalars import Scalar, Site, locate, spliced, use_of
from remediation.rewriters.splice import Splice

_IMPORT = "spring.config.import"
_STARTER = "spring-cloud-aws-starter-secrets-manager"
_BUILDS = ("pom.xml", "build.gradle", "build.gradle.kts")
_DOCUMENT = re.compile(rb"^[#!]---[ \t]*\r?$", re.MULTILINE)


def parses(data: bytes) -> bool:
    """Tell whether the file is YAML; a file of properties has no form that it could break, and is YAML or not."""
    return b"\0" not in data


def _is_yaml(file: File) -> bool:
    return file.name.endswith((".yml", ".yaml"))


def _scalars(file: File) -> Sequence[Scalar]:
    return yaml_text.scalars(file.data) if _is_yaml(file) else line_text.properties(file.data)


def _site(file: File, place: Place) -> Site:
    site = locate(_scalars(file), file.data, place)
    if not site.literal:
        raise NotRewritable("the value is written with escapes")
    return replace(site, scalar=replace(site.scalar, keys=_keys(file, site.scalar)))


def judge(file: File, place: Place) -> Use:
    """Return what a property holds."""
    site = _site(file, place)
    if ".".join(site.scalar.keys).startswith("spring.config."):
        raise NotRewritable("the property says where configuration comes from, before any secret is read")
    use = use_of(site, "spring-property")
    return replace(use, connection=_login(file, site)) if site.whole else use


def _login(file: File, site: Site) -> Connection | None:
    """Return the login of a data source: its URL and user stand beside its password."""
    *lead, name = site.scalar.keys
    if name != "password":
        return None
    known = {_keys(file, scalar): scalar.text for scalar in _scalars(file)}
    url, user = known.get((*lead, "url"), ""), known.get((*lead, "username"), "")
    scheme, _, rest = url.removeprefix("jdbc:").partition("://")
    return logins.in_url(f"{scheme}://{user}:", f"@{rest}") if rest and user else None


def _keys(file: File, scalar: Scalar) -> tuple[str, ...]:
    return scalar.keys[1:] if _is_yaml(file) else tuple(scalar.keys[0].split("."))


def _prefix(fetch: Fetch) -> str:
    parts = fetch.name.split("/")
    return "".join(f"{part}." for part in (parts if fetch.field else parts[:-1]))


def _placeholder(fetch: Fetch) -> str:
    key = fetch.field or fetch.name.rsplit("/", 1)[-1]
    return f"${{{_prefix(fetch)}{key}}}"


def _location(fetch: Fetch) -> str:
    prefix = _prefix(fetch)
    return f"optional:aws-secretsmanager:{fetch.name}" + (f"?prefix={prefix}" if prefix else "")


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with placeholders and imports, and say which starter the build needs."""
    data = _in_yaml(file, fetches) if _is_yaml(file) else _in_properties(file, fetches)
    return Written(files={file.path: data}, steps=tuple(_starter(file)))


def _starter(file: File) -> Iterator[Step]:
    builds = [path for path in file.tree if path.rsplit("/", 1)[-1] in _BUILDS]
    nearest = max((path for path in builds if file.path.startswith(path.rpartition("/")[0])), key=len, default="")
    if not any(_STARTER.encode() in file.tree[path] for path in builds):
        reason = "Spring reads the store by it; until then, or on a laptop, set the placeholders in the environment"
        yield manual(nearest or file.path, 1, f"add io.awspring.cloud:{_STARTER}", reason)


def _locations(fetches: Sequence[Fetch], present: str) -> list[str]:
    wanted = dict.fromkeys(_location(fetch) for fetch in fetches)
    return [each for each in wanted if each not in present.split(",")]


def _in_properties(file: File, fetches: Sequence[Fetch]) -> bytes:
    after = line_text.in_place(file.data, fetches, line_text.properties, _placeholder)
    bounds = [0, *(match.end() + 1 for match in _DOCUMENT.finditer(file.data)), len(file.data) + 1]
    splices = [
        _import_line(file.data, start, end, mine)
        for start, end in pairwise(bounds)
        if (mine := [fetch for fetch in fetches if start <= fetch.place.start < end])
    ]
    edits = [
        Splice(start=fetch.place.start, end=fetch.place.end, text=_placeholder(fetch).encode()) for fetch in fetches
    ]
    with_imports = splice.apply(file.data, [*edits, *(each for each in splices if each is not None)])
    kept = [one.text for one in line_text.properties(with_imports) if one.keys[0] != _IMPORT]
    if kept != [one.text for one in line_text.properties(after) if one.keys[0] != _IMPORT]:
        raise NotRewritable("the rewritten file would not read as before")
    return with_imports


def _import_line(data: bytes, start: int, end: int, fetches: Sequence[Fetch]) -> Splice | None:
    present = [one for one in line_text.properties(data) if one.keys[0] == _IMPORT and start <= one.start < end]
    missing = _locations(fetches, present[0].text if present else "")
    if not missing:
        return None
    if present:
        return Splice(start=present[0].end, end=present[0].end, text=f",{','.join(missing)}".encode())
    newline = "\r\n" if b"\r\n" in data else "\n"
    first = min(fetch.place.start for fetch in fetches)
    at = data.rfind(b"\n", 0, first) + 1
    return Splice(start=at, end=at, text=f"{_IMPORT}={','.join(missing)}{newline}".encode())


def _in_yaml(file: File, fetches: Sequence[Fetch]) -> bytes:
    scalars = yaml_text.scalars(file.data)
    edits: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    numbers: dict[int, list[Fetch]] = {}
    for fetch in fetches:
        site = locate(scalars, file.data, fetch.place)
        edits.append(yaml_text.replaced(file.data, site, _placeholder(fetch)))
        known = expected.get(site.scalar.keys, site.scalar.text)
        expected[site.scalar.keys] = known.replace(fetch.place.value.reveal_text(), _placeholder(fetch), 1)
        numbers.setdefault(int(site.scalar.keys[0]), []).append(fetch)
    spliced(file.data, edits, yaml_text.scalars, expected)
    imports = [_import_entry(file.data, number, mine) for number, mine in numbers.items()]
    after = splice.apply(file.data, [*edits, *(each for each in imports if each is not None)])
    kept = [(one.keys, expected.get(one.keys, one.text)) for one in scalars if not _is_import(one)]
    if [(one.keys, one.text) for one in yaml_text.scalars(after) if not _is_import(one)] != kept:
        raise NotRewritable("the rewritten file would not read as before")
    return after


def _is_import(scalar: Scalar) -> bool:
    return ".".join(scalar.keys[1:]) == _IMPORT


def _child(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((pair for pair in pairs if pair[0].value == name), None)


def _import_entry(data: bytes, number: int, fetches: Sequence[Fetch]) -> Splice | None:
    """Return what adds the imports to a document, as deep in `spring: config: import:` as that is there."""
    present = next((one for one in yaml_text.scalars(data) if _is_import(one) and one.keys[0] == str(number)), None)
    missing = _locations(fetches, present.text if present else "")
    if not missing:
        return None
    if present is not None:
        if present.quote in ("|", ">"):
            raise NotRewritable(f"{_IMPORT} is written in a block; write it in one line")
        at = present.inner[1]
        return Splice(start=at, end=at, text=f",{','.join(missing)}".encode())
    node, parts = yaml_text.documents(data)[number], ["spring", "config", "import"]
    to_bytes = yaml_text.offsets(data)
    above: yaml.Node | None = None
    while (pair := _child(node, parts[0])) is not None:
        (above, node), parts = pair, parts[1:]
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value or not parts:
        raise NotRewritable(f"{'spring.config'} is not written as a mapping of lines")
    first = node.value[0][0]
    column = first.start_mark.column
    text = ""
    for depth, part in enumerate(parts):
        lead = "" if depth == 0 else " " * (column + 2 * depth)
        text += f"{lead}{part}:" + ("\n" if depth < len(parts) - 1 else f' "{",".join(missing)}"\n')
    newline = "\r\n" if b"\r\n" in data else "\n"
    # Right behind the key above: what comments on the first entry stays with it.
    at = to_bytes(first.start_mark) if above is None else data.index(b"\n", to_bytes(above.end_mark)) + 1
    text = text + " " * column if above is None else " " * column + text
    return Splice(start=at, end=at, text=text.replace("\n", newline).encode())
