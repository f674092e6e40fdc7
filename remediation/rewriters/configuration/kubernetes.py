"""Kubernetes manifests: a Secret becomes an object that makes it of the vault's; a plain `env` reads from a Secret.

What uses a Secret stays as it is. Source: Kubernetes API reference, Secret v1 and EnvVarSource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import yaml

from remediation.errors import NotRewritable
from remediation.model import Disposition
from remediation.rewriters import splice
from remediation.rewriters.configuration import manifests, yaml_text
from remediation.rewriters.configuration.external_secret import Key, decoded
from remediation.rewriters.configuration.manifests import Manifest
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.mounting import Made
from remediation.rewriters.configuration.scalars import Scalar, Site, locate, named_by, use_of
from remediation.rewriters.configuration.secret_makers import Maker, maker_of
from remediation.rewriters.splice import Splice
from strongroom.kernel.secretvalue import SecretValue

parses = yaml_text.parses
_SECTIONS = ("data", "stringData")


def judge(file: File, place: Place) -> Use:
    """Return what a Secret or a container is given; what stands in base64 is stored decoded."""
    site = locate(yaml_text.scalars(file.data), file.data, place)
    manifest = manifests.at(file.data, int(site.scalar.keys[0]))
    needs = maker_of(file.tree).needs
    if manifest.kind == "Secret" and len(site.scalar.keys) == 3 and site.scalar.keys[1] in _SECTIONS:
        return _of_secret(manifest, site, needs)
    if site.scalar.keys[-1] == "value" and "env" in site.scalar.keys:
        return use_of(_variable(manifest, site), "environment-of-a-container", reason=needs, review=True)
    if manifest.kind == "ConfigMap":
        raise NotRewritable("a ConfigMap is no place for a credential: make it a key of a Secret, then fix again")
    raise NotRewritable("no rewrite is known for this place of a manifest")


def _called(site: Site, name: str) -> Site:
    """Return the site under the name that its object gives it."""
    return replace(site, scalar=replace(site.scalar, keys=(name, site.scalar.keys[-1])))


def _variable(manifest: Manifest, site: Site) -> Site:
    name = manifests.sibling(manifest.root, site.scalar.keys, "name")
    return replace(site, scalar=replace(site.scalar, keys=(manifest.name, name)))


def _of_secret(manifest: Manifest, site: Site, needs: str) -> Use:
    if manifest.root.flow_style or any(manifests.in_brackets(pair[1]) for _, pair in manifest.sections(_SECTIONS)):
        raise NotRewritable("the Secret is written in brackets; write it in lines, then fix again")
    if not manifest.name:
        raise NotRewritable("the Secret has no name of its own")
    if site.scalar.keys[1] == "stringData":
        if not site.whole and "\n" in site.scalar.text:
            raise NotRewritable("the value is part of a text of several lines; make it a key of its own")
        return use_of(_called(site, manifest.name), "kubernetes-secret", reason=needs, review=True)
    plain = decoded(site.scalar.text)
    if not site.whole or plain is None:
        raise NotRewritable("the value is not text once its base64 is decoded")
    return Use(
        strategy="kubernetes-secret",
        secret=SecretValue(plain),
        binding=named_by((manifest.name, site.scalar.keys[-1])),
        disposition=Disposition.REVIEW,
        reason=needs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    fetch: Fetch
    site: Site


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the manifests, in which each Secret that held a value is an object that makes it."""
    scalars = yaml_text.scalars(file.data)
    by_document: dict[int, list[_Found]] = {}
    for fetch in fetches:
        site = locate(scalars, file.data, fetch.place)
        by_document.setdefault(int(site.scalar.keys[0]), []).append(_Found(fetch=fetch, site=site))
    maker = maker_of(file.tree)
    splices: list[Splice] = []
    added: list[str] = []
    made: list[Made] = []
    for number, found in sorted(by_document.items()):
        manifest = manifests.at(file.data, number)
        if manifest.kind == "Secret":
            splices += _secret(file.data, manifest, found, scalars, maker)
            made.append(Made(name=manifest.name, namespace=manifest.namespace))
        else:
            parts = [one for one in found if not one.site.whole and not maker.fills_in]
            splices += [each for one in found if one not in parts for each in _env(file.data, manifest, one)]
            splices += _filled(file.data, manifest, parts)
            wanted = [_key_of(manifest, one, variable=one in parts) for one in found]
            keys = [Key(name=name, fetch=fetch, around=around) for name, (fetch, around) in _env_keys(wanted)]
            added.append(maker.document(_secret_name(manifest), manifest.namespace, keys))
            made.append(Made(name=_secret_name(manifest), namespace=manifest.namespace))
    after = _appended(splice.apply(file.data, splices), added)
    _prove(file.data, after, set(by_document), len(added))
    further = maker.further(made) if maker.further is not None else None
    return Written(files={file.path: after}, steps=maker.steps, further=further)


def _secret(
    data: bytes, manifest: Manifest, found: Sequence[_Found], scalars: Sequence[Scalar], maker: Maker
) -> Iterator[Splice]:
    keys = [
        _key(data, manifest, scalar, entry, found)
        for section, _ in manifest.sections(_SECTIONS)
        for scalar, entry in manifest.entries(section, scalars)
    ]
    body = maker.spec(manifest.name, manifest.type, keys)
    first, *rest = [manifest.lines(pair) for _, pair in manifest.sections(_SECTIONS)]
    newline = "\r\n" if b"\r\n" in data else "\n"
    yield Splice(start=first[0], end=first[1], text=body.replace("\n", newline).encode())
    for start, end in [*rest, *(manifest.lines(pair) for _, pair in manifest.sections(("type",)))]:
        yield Splice(start=start, end=end, text=b"")
    for name, text in (("apiVersion", maker.api_version), ("kind", maker.kind)):
        start, end = manifest.value(name)
        yield Splice(start=start, end=end, text=text.encode())


def _key(data: bytes, manifest: Manifest, scalar: Scalar, lead: Sequence[str], found: Sequence[_Found]) -> Key:
    mine = [one for one in found if one.site.scalar.keys == scalar.keys]
    if len(mine) > 1:
        raise NotRewritable("one key of the Secret holds several values; make them keys of their own")
    fetch = mine[0].fetch if mine else None
    around = (mine[0].site.before, mine[0].site.after) if mine else ("", "")
    line = data[scalar.end : data.find(b"\n", scalar.end) if b"\n" in data[scalar.end :] else len(data)]
    trailing = line.decode("utf-8").strip() if scalar.quote not in ("|", ">") else ""
    return Key(
        name=scalar.keys[-1],
        fetch=fetch,
        around=around,
        text=scalar.text,
        coded=scalar.keys[1] == "data",
        comments=tuple(lead),
        trailing=trailing if trailing.startswith("#") else "",
    )


def _secret_name(manifest: Manifest) -> str:
    return f"{manifest.name}-secrets"


_Wanted = tuple[Fetch, tuple[str, str]]


def _key_of(manifest: Manifest, one: _Found, *, variable: bool) -> tuple[str, _Wanted]:
    """Return the key of the Secret that is read: for all of a text, or for a `variable` that is filled in there."""
    if variable:
        return one.fetch.variable, (one.fetch, ("", ""))
    name = manifests.sibling(manifest.root, one.site.scalar.keys, "name")
    return name, (one.fetch, (one.site.before, one.site.after))


def _env_keys(wanted: Sequence[tuple[str, _Wanted]]) -> list[tuple[str, _Wanted]]:
    keys: dict[str, _Wanted] = {}
    for name, each in wanted:
        known = keys.setdefault(name, each)
        if (known[0].name, known[0].field, known[1]) != (each[0].name, each[0].field, each[1]):
            raise NotRewritable(f"two containers give {name} different values")
    return list(keys.items())


def _env(data: bytes, manifest: Manifest, one: _Found) -> Iterator[Splice]:
    name = manifests.sibling(manifest.root, one.site.scalar.keys, "name")
    start, column, flow = manifests.key_of(data, manifest.root, one.site.scalar.keys)
    secret = _secret_name(manifest)
    if flow:
        text = f"valueFrom: {{secretKeyRef: {{name: {secret}, key: {name}}}}}"
    else:
        newline = ("\r\n" if b"\r\n" in data else "\n") + " " * column
        text = newline.join(
            ["valueFrom:", "  secretKeyRef:", f"    name: {secret}", f"    key: {name}"],
        )
    yield Splice(start=start, end=one.site.scalar.end, text=text.encode())


def _filled(data: bytes, manifest: Manifest, parts: Sequence[_Found]) -> Iterator[Splice]:
    """Yield the edits by which a value in a text is a variable of its own before it, which Kubernetes fills in."""
    given: set[tuple[tuple[str, ...], str]] = set()
    for one in parts:
        variable, keys = one.fetch.variable, one.site.scalar.keys
        yield yaml_text.replaced(data, one.site, f"$({variable})")
        if (keys[:-2], variable) not in given:
            given.add((keys[:-2], variable))
            yield _variable_before(data, manifest, one)


def _variable_before(data: bytes, manifest: Manifest, one: _Found) -> Splice:
    start, flow = manifests.item_of(data, manifest.root, one.site.scalar.keys)
    name, secret = one.fetch.variable, _secret_name(manifest)
    reference = f"{{name: {name}, valueFrom: {{secretKeyRef: {{name: {secret}, key: {name}}}}}}}"
    if flow:
        return Splice(start=start, end=start, text=f"{reference}, ".encode())
    line = data.rfind(b"\n", 0, start) + 1
    lead = data[line:start].decode("utf-8")
    if lead.strip() != "-":
        raise NotRewritable("the variable does not stand on a line of its own")
    newline = "\r\n" if b"\r\n" in data else "\n"
    return Splice(start=line, end=line, text=f"{lead}{reference}{newline}".encode())


def _appended(data: bytes, added: Sequence[str]) -> bytes:
    newline = "\r\n" if b"\r\n" in data else "\n"
    text = "".join(f"---\n{each}" for each in added).replace("\n", newline)
    gap = newline if added and not data.endswith(b"\n") else ""
    return data + (gap + text).encode()


def _prove(before: bytes, after: bytes, changed: set[int], added: int) -> None:
    """Raise `NotRewritable` where the edits moved anything but what they were to."""
    old, new = yaml_text.documents(before), yaml_text.documents(after)
    if len(new) != len(old) + added:
        raise NotRewritable("the rewritten file would not read as before")
    for number, (was, is_) in enumerate(zip(old, new, strict=False)):
        kept = {key: value for key, value in _leaves(was).items() if number not in changed or key[:1] == ("metadata",)}
        if any(_leaves(is_).get(key) != value for key, value in kept.items()):
            raise NotRewritable("the rewritten file would not read as before")


def _leaves(root: yaml.Node) -> Mapping[tuple[str, ...], str]:
    return manifests.leaves(root)
