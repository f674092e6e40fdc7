"""Go's imports: where one goes as gofmt and goimports would have it, and what it is called in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remediation.rewriters.configuration import grammar
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A package to import: its path, and the name that the code uses."""

    path: str
    name: str

    @property
    def line(self) -> str:
        """Return what stands in an import declaration."""
        alias = "" if self.path.rsplit("/", 1)[-1] == self.name else f"{self.name} "
        return f'{alias}"{self.path}"'


def specs(root: Node) -> list[Node]:
    """Return the file's imports."""
    return [node for each in root.children if each.type == "import_declaration" for node in _specs(each)]


def _specs(declaration: Node) -> Iterator[Node]:
    for child in declaration.named_children:
        if child.type == "import_spec":
            yield child
        elif child.type == "import_spec_list":
            yield from (each for each in child.named_children if each.type == "import_spec")


def path_of(spec: Node) -> str:
    """Return the path that is imported."""
    return grammar.text(spec.child_by_field_name("path")).strip('"`')


def name_for(root: Node, path: str) -> Wanted | None:
    """Return how a package is imported already, None where it is not (or only for its effects)."""
    for spec in specs(root):
        alias = grammar.text(spec.child_by_field_name("name"))
        if path_of(spec) == path and alias not in ("_", "."):
            return Wanted(path=path, name=alias or path.rsplit("/", 1)[-1])
    return None


def added(data: bytes, root: Node, wanted: Sequence[Wanted], module: str) -> Iterator[Splice]:
    """Yield the edits that import packages which are not imported yet."""
    newline = "\r\n" if b"\r\n" in data else "\n"
    declarations = [each for each in root.children if each.type == "import_declaration"]
    lists = [child for each in declarations for child in each.named_children if child.type == "import_spec_list"]
    if lists:
        for each in wanted:
            yield _into_list(data, lists[0], each, module, newline)
        return
    lines = [each.line for each in sorted(wanted, key=_order)]
    if len(declarations) == 1 and not _is_c(declarations[0]):
        yield _made_a_list(declarations[0], wanted, newline)
    elif declarations:
        text = "".join(f"{newline}import {line}" for line in lines)
        yield Splice(start=declarations[-1].end_byte, end=declarations[-1].end_byte, text=text.encode())
    else:
        package = next(each for each in root.children if each.type == "package_clause")
        yield Splice(start=package.end_byte, end=package.end_byte, text=_block(wanted, newline).encode())


def _block(wanted: Sequence[Wanted], newline: str) -> str:
    if len(wanted) == 1:
        return f"{newline}{newline}import {wanted[0].line}"
    return f"{newline}{newline}import {_grouped(wanted, newline)}"


def _grouped(wanted: Sequence[Wanted], newline: str) -> str:
    groups = [
        [each for each in wanted if _is_standard(each.path)],
        [each for each in wanted if not _is_standard(each.path)],
    ]
    blocks = ["".join(f"\t{each.line}{newline}" for each in sorted(group, key=_order)) for group in groups if group]
    return f"({newline}{newline.join(blocks)})"


def _order(wanted: Wanted) -> tuple[bool, str]:
    return not _is_standard(wanted.path), wanted.path


def _is_standard(path: str) -> bool:
    # What goimports goes by: no path of the standard library has a dot in its first part; ours is told by `internal/`.
    return "." not in path.split("/")[0] and "/internal/" not in path


def _is_c(declaration: Node) -> bool:
    return any(path_of(spec) == "C" for spec in _specs(declaration))


def _made_a_list(declaration: Node, wanted: Sequence[Wanted], newline: str) -> Splice:
    (spec,) = _specs(declaration)
    alias = grammar.text(spec.child_by_field_name("name"))
    path = path_of(spec)
    present = Wanted(path=path, name=alias or path.rsplit("/", 1)[-1])
    text = f"import {_grouped([present, *wanted], newline)}"
    return Splice(start=declaration.start_byte, end=declaration.end_byte, text=text.encode())


def _into_list(data: bytes, block: Node, wanted: Wanted, module: str, newline: str) -> Splice:
    groups = _groups(data, block)
    group = _group_for(groups, wanted.path, module)
    if group is None:
        at = groups[-1][-1].end_byte if groups else block.start_byte + 1
        at = _line_end(data, at)
        gap = newline if groups else ""
        return Splice(start=at, end=at, text=f"{newline}{gap}\t{wanted.line}".encode())
    later = next((spec for spec in group if path_of(spec) > wanted.path), None)
    if later is not None:
        start = later.start_byte
        return Splice(start=start, end=start, text=f"{wanted.line}{newline}\t".encode())
    at = _line_end(data, group[-1].end_byte)
    return Splice(start=at, end=at, text=f"{newline}\t{wanted.line}".encode())


def _line_end(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    end = len(data) if end < 0 else end
    return end - 1 if data[end - 1 : end] == b"\r" else end


def _groups(data: bytes, block: Node) -> list[list[Node]]:
    groups: list[list[Node]] = []
    last = -1
    for spec in (each for each in block.named_children if each.type == "import_spec"):
        between = data[last : spec.start_byte] if last >= 0 else b""
        if not groups or between.count(b"\n") > 1 + between.count(b"//"):
            groups.append([])
        groups[-1].append(spec)
        last = spec.end_byte
    return groups


def _group_for(groups: Sequence[Sequence[Node]], path: str, module: str) -> Sequence[Node] | None:
    if _is_standard(path):
        return next((group for group in groups if all(_is_standard(path_of(spec)) for spec in group)), None)
    ours = [group for group in groups if any(path_of(spec).startswith(f"{module}/") for spec in group)]
    others = [group for group in groups if any(not _is_standard(path_of(spec)) for spec in group)]
    return next(iter([*ours, *others]), None)
