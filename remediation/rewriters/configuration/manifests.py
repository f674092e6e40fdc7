"""A Kubernetes manifest as its rewriter sees it: what it is, and where its parts lie in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import yaml_text
from remediation.rewriters.configuration.scalars import Scalar

_STORES = ("ClusterSecretStore", "SecretStore")
_CLASS = b"SecretProviderClass"
# At the start of a line: each ExternalSecret names the kind of its store further in.
_STORE = re.compile(rb"^kind:[ \t]*[\"']?(Cluster)?SecretStore\b", re.MULTILINE)
Pair = tuple[yaml.Node, yaml.Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document of a file."""

    data: bytes = field(repr=False)
    root: yaml.MappingNode

    def text(self, *keys: str) -> str:
        """Return a text below the root, empty where there is none."""
        return leaves(self.root).get(keys, "")

    @property
    def kind(self) -> str:
        """Return the kind of the object."""
        return self.text("kind")

    @property
    def name(self) -> str:
        """Return the object's name."""
        return self.text("metadata", "name")

    @property
    def namespace(self) -> str:
        """Return the object's namespace, empty where it says none."""
        return self.text("metadata", "namespace")

    @property
    def type(self) -> str:
        """Return a Secret's type."""
        return self.text("type") or "Opaque"

    def sections(self, names: Sequence[str]) -> list[tuple[str, Pair]]:
        """Return the top-level entries of these names, in the order of the file."""
        return [(pair[0].value, pair) for pair in self.root.value if pair[0].value in names]

    def value(self, name: str) -> tuple[int, int]:
        """Return the byte range of a top-level text."""
        ((_, (_, node)),) = self.sections((name,))
        to_bytes = yaml_text.offsets(self.data)
        return to_bytes(node.start_mark), to_bytes(node.end_mark)

    def lines(self, pair: Pair) -> tuple[int, int]:
        """Return the byte range of an entry's lines, the last line's end included."""
        to_bytes = yaml_text.offsets(self.data)
        start = self.data.rfind(b"\n", 0, to_bytes(pair[0].start_mark)) + 1
        last = max([pair[0], *_scalar_nodes(pair[1])], key=lambda node: node.end_mark.index)
        end = to_bytes(last.end_mark)
        if getattr(last, "style", None) in ("|", ">"):
            return start, end
        newline = self.data.find(b"\n", end)
        return start, len(self.data) if newline < 0 else newline + 1

    def entries(self, section: str, scalars: Sequence[Scalar]) -> Iterator[tuple[Scalar, list[str]]]:
        """Yield each text of a section, with the comment lines that stand before it."""
        to_bytes = yaml_text.offsets(self.data)
        ((_, (head, node)),) = self.sections((section,))
        by_start = {scalar.start: scalar for scalar in scalars}
        position = to_bytes(head.end_mark)
        for key, value in node.value:
            scalar = by_start.get(to_bytes(value.start_mark))
            if scalar is None:
                raise NotRewritable("a key of the Secret holds no text")
            between = self.data[position : to_bytes(key.start_mark)].decode("utf-8").splitlines()
            yield scalar, [line.strip() for line in between if line.strip().startswith("#")]
            end = self.data.find(b"\n", scalar.end)
            position = scalar.end if scalar.quote in ("|", ">") or end < 0 else end


def at(data: bytes, number: int) -> Manifest:
    """Return the document of that number. Raises `NotRewritable` where it is no mapping."""
    root = yaml_text.documents(data)[number]
    if not isinstance(root, yaml.MappingNode):
        raise NotRewritable("the document is no object of Kubernetes")
    return Manifest(data=data, root=root)


def leaves(root: yaml.Node) -> Mapping[tuple[str, ...], str]:
    """Return every text by the keys that lead to it."""
    return dict(_leaves(root, ()))


def _leaves(node: yaml.Node, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, yaml.ScalarNode):
        yield keys, node.value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _leaves(item, (*keys, str(index)))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(value, (*keys, str(key.value)))


def _scalar_nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalar_nodes(item)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _scalar_nodes(part)


def _holder(root: yaml.Node, keys: Sequence[str]) -> yaml.MappingNode:
    """Return the mapping that holds the last of `keys` (the first is the document's number)."""
    node = root
    for key in keys[1:-1]:
        if isinstance(node, yaml.SequenceNode):
            node = node.value[int(key)]
        else:
            node = next(value for name, value in node.value if name.value == key)
    if not isinstance(node, yaml.MappingNode):
        raise NotRewritable("the value stands in a list")
    return node


def sibling(root: yaml.Node, keys: Sequence[str], name: str) -> str:
    """Return a text that stands beside the one the keys lead to."""
    found = [value.value for key, value in _holder(root, keys).value if key.value == name]
    if not found or not isinstance(found[0], str):
        raise NotRewritable(f"no {name} stands beside the value")
    return found[0]


def in_brackets(node: yaml.Node | None) -> bool:
    """Tell whether a node is written in brackets."""
    return bool(getattr(node, "flow_style", False))


def key_of(data: bytes, root: yaml.Node, keys: Sequence[str]) -> tuple[int, int, bool]:
    """Return where the key of a text begins, in which column, and whether it stands in brackets."""
    holder = _holder(root, keys)
    key = next(key for key, _ in holder.value if key.value == keys[-1])
    return yaml_text.offsets(data)(key.start_mark), key.start_mark.column, in_brackets(holder)


def provider_class(tree: Mapping[str, bytes], provider: str) -> Mapping[str, str] | None:
    """Return the parameters of the first class of the Secrets Store CSI driver for a provider, None where none is."""
    for data in _holding(tree, _CLASS):
        for root in yaml_text.documents(data) if yaml_text.parses(data) else ():
            known = leaves(root)
            if (known.get(("kind",)), known.get(("spec", "provider"))) == (_CLASS.decode(), provider):
                return {keys[2]: text for keys, text in known.items() if keys[:2] == ("spec", "parameters")}
    return None


def item_of(data: bytes, root: yaml.Node, keys: Sequence[str]) -> tuple[int, bool]:
    """Return where the mapping begins that holds a text, and whether it stands in brackets."""
    holder = _holder(root, keys)
    return yaml_text.offsets(data)(holder.start_mark), in_brackets(holder)


def _holding(tree: Mapping[str, bytes], word: bytes) -> list[bytes]:
    """Return the manifests that hold a word, in the order of their paths: each place of a plan asks for some."""
    found = {path: data for path, data in tree.items() if path.endswith((".yml", ".yaml")) and word in data}
    return [found[path] for path in sorted(found)]


def _present(tree: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for data in _holding(tree, b"SecretStore"):
        if _STORE.search(data) is not None:
            for root in yaml_text.documents(data) if yaml_text.parses(data) else ():
                known = leaves(root)
                if known.get(("kind",)) in _STORES and ("metadata", "name") in known:
                    yield known[("kind",)], known[("metadata", "name")]


def store(tree: Mapping[str, bytes]) -> tuple[str, str] | None:
    """Return kind and name of the operator's store, None where the repository holds none."""
    return next(_present(tree), None)
