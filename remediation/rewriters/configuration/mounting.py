"""Mounts a `SecretProviderClass` in the pods that use its Secret: the driver makes that only while a pod mounts it.

Source: Secrets Store CSI Driver, "Sync as Kubernetes Secret"; Kubernetes API reference, PodSpec and VolumeMount.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.configuration import manifests, yaml_text
from remediation.rewriters.splice import Splice

_DRIVER = "secrets-store.csi.k8s.io"
_LISTS = ("initContainers", "containers")
_NAMERS = ("secretKeyRef", "secretRef")
_LONGEST = 63
_UNUSED = "no pod here uses the Secret, and the Secrets Store CSI driver makes it only while a pod mounts it"
_BRACKETS = "a pod that uses the Secret is written in brackets; write it in lines, then fix again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A class that is written: its name, which its Secret has too, and its namespace (empty where it says none)."""

    name: str
    namespace: str


def mounted(tree: Mapping[str, bytes], classes: Sequence[Made]) -> Mapping[str, bytes]:
    """Return the manifests of the tree in which pods mount the classes whose Secrets they use.

    Raises `NotRewritable` where no pod uses one of them, or where its manifest cannot be edited.
    """
    changed: dict[str, bytes] = {}
    for made in classes:
        used = False
        for path in sorted(tree):
            data = changed.get(path, tree[path])
            if path.endswith((".yml", ".yaml")) and made.name.encode() in data and yaml_text.parses(data):
                pods = list(_pods(data, made))
                used = used or bool(pods)
                changed.update({path: _mounted(data, made, pods)} if pods else {})
        if not used:
            raise NotRewritable(_UNUSED)
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pod:
    spec: yaml.MappingNode
    containers: tuple[yaml.MappingNode, ...]
    """Those that use the Secret."""


def _pods(data: bytes, made: Made) -> Iterator[_Pod]:
    for root in yaml_text.documents(data):
        namespace = manifests.leaves(root).get(("metadata", "namespace"), "")
        if made.namespace and namespace and made.namespace != namespace:
            continue
        for spec in (node for node in _mappings(root) if _child(node, "containers") is not None):
            containers = [each for name in _LISTS for each in _items(_child(spec, name))]
            using = _containers_using(spec, containers, made.name)
            if using:
                yield _Pod(spec=spec, containers=tuple(using))


def _containers_using(
    spec: yaml.MappingNode, containers: Sequence[yaml.MappingNode], secret: str
) -> list[yaml.MappingNode]:
    volumes = [
        _text(volume, "name")
        for volume in _items(_child(spec, "volumes"))
        if _text(_child(volume, "secret"), "secretName") == secret
    ]
    return [
        each
        for each in containers
        if any(_text(_child(node, name), "name") == secret for node in _mappings(each) for name in _NAMERS)
        or any(_text(mount, "name") in volumes for mount in _items(_child(each, "volumeMounts")))
    ]


def _mounted(data: bytes, made: Made, pods: Sequence[_Pod]) -> bytes:
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    data += newline if pods and not data.endswith(b"\n") else b""
    splices = [edit for pod in pods if not _mounts(pod.spec, made.name) for edit in _edits(data, made, pod)]
    after = splice.apply(data, splices)
    for was, is_ in zip(yaml_text.documents(data), yaml_text.documents(after), strict=True):
        old, new = manifests.leaves(was), manifests.leaves(is_)
        if any(new.get(keys) != text for keys, text in old.items()):
            raise NotRewritable("the manifest of a pod that uses the Secret would not read as before")
    return after


def _mounts(spec: yaml.MappingNode, name: str) -> bool:
    volumes = _items(_child(spec, "volumes"))
    return any(
        _text(_child(_child(each, "csi"), "volumeAttributes"), "secretProviderClass") == name for each in volumes
    )


def _edits(data: bytes, made: Made, pod: _Pod) -> Iterator[Splice]:
    taken = {_text(each, "name") for each in _items(_child(pod.spec, "volumes"))}
    plain = made.name.replace(".", "-")[:_LONGEST]
    volume = next(name for name in (plain, *(f"{plain[:60]}-{number}" for number in range(2, 99))) if name not in taken)
    lines = [f"name: {volume}", "csi:", f"  driver: {_DRIVER}", "  readOnly: true"]
    lines += ["  volumeAttributes:", f"    secretProviderClass: {made.name}"]
    for container in pod.containers:
        mount = [f"name: {volume}", f"mountPath: /mnt/{volume}", "readOnly: true"]
        yield _added(data, container, "volumeMounts", mount)
    yield _added(data, pod.spec, "volumes", lines)


def _added(data: bytes, mapping: yaml.MappingNode, key: str, lines: Sequence[str]) -> Splice:
    """Return the edit that adds an item, given by its lines, to the list of that key."""
    present = _child(mapping, key)
    lists = present is None or isinstance(present, yaml.SequenceNode)
    if manifests.in_brackets(mapping) or not lists or manifests.in_brackets(present):
        raise NotRewritable(_BRACKETS)
    last: yaml.Node = mapping if present is None else present
    column = last.start_mark.column
    head = [f"{' ' * column}{key}:"] if present is None else []
    column += 2 if present is None else 0
    item = [f"{' ' * column}{'- ' if index == 0 else '  '}{line}" for index, line in enumerate(lines)]
    end = _line_end(data, last)
    newline = "\r\n" if b"\r\n" in data else "\n"
    return Splice(start=end, end=end, text=(newline.join([*head, *item]) + newline).encode())


def _line_end(data: bytes, node: yaml.Node) -> int:
    """Return where the lines of a node end, the last line's end included."""
    while isinstance(node, (yaml.SequenceNode, yaml.MappingNode)) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = yaml_text.offsets(data)(node.end_mark)
    if getattr(node, "style", None) in ("|", ">"):
        return end
    return data.find(b"\n", end) + 1


def _mappings(root: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Yield each mapping of a document once, however many aliases lead to it."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _items(node: yaml.Node | None) -> list[yaml.MappingNode]:
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return [each for each in items if isinstance(each, yaml.MappingNode)]


def _text(node: yaml.Node | None, key: str) -> str | None:
    value = _child(node, key)
    return value.value if isinstance(value, yaml.ScalarNode) else None
