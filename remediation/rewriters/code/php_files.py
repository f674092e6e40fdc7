"""PHP's files: where in a project the class of secrets lies, and how another file comes by it.

Source: PSR-4 "Autoloader"; Composer documentation, "The composer.json schema" (autoload); PHP Manual, "Namespaces".
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable, Refused
from remediation.rewriters.code import accessors
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Home
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_CLASSES = ("AppSecrets", "ApplicationSecrets", "SecretAccess")
_FILES = {"app_secrets": "AppSecrets", "application_secrets": "ApplicationSecrets", "secret_access": "SecretAccess"}
_AUTOLOAD = re.compile(rb"vendor/autoload\.php|autoload_runtime\.php")
_LEADING = ("declare_statement", "namespace_definition", "namespace_use_declaration")
_LOADS = re.compile(r"\s*(?:require|include)(?:_once)?\b")


def _upwards(path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _project_of(tree: Mapping[str, bytes], path: str) -> str | None:
    return next((each for each in _upwards(path) if f"{each}/composer.json".lstrip("/") in tree), None)


def _composer(tree: Mapping[str, bytes], folder: str) -> Mapping[str, object]:
    try:
        read = json.loads(tree[f"{folder}/composer.json".lstrip("/")])
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def is_laravel(tree: Mapping[str, bytes], path: str) -> bool:
    """Tell whether a file's project is one of Laravel's."""
    folder = _project_of(tree, path)
    return folder is not None and b'"laravel/framework"' in tree[f"{folder}/composer.json".lstrip("/")]


def _loaded(tree: Mapping[str, bytes], folder: str | None) -> tuple[str, str] | None:
    """Return the first namespace that the project's classes are loaded from, and its folder; None if there is none."""
    autoload = _composer(tree, folder).get("autoload") if folder is not None else None
    rows = autoload.get("psr-4") if isinstance(autoload, dict) else None
    for prefix, place in rows.items() if isinstance(rows, dict) else ():
        if isinstance(place, str) and prefix.endswith("\\"):
            return prefix.rstrip("\\"), posixpath.normpath(posixpath.join(folder or "", place))
    return None


def homes(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the class of its project. Raises `Refused` where every name for it is taken."""
    return accessors.homes(
        paths, lambda path: _project_of(tree, path), lambda root, users: _present(tree, root) or _new(tree, root, users)
    )


def _present(tree: Mapping[str, bytes], folder: str | None) -> Home | None:
    for path in sorted(tree):
        stem = posixpath.basename(path).removesuffix(".php")
        known = path.endswith(".php") and stem in (*_CLASSES, *_FILES) and MARK in tree[path]
        if known and _project_of(tree, path) == folder:
            said = re.search(rb"^namespace ([\w\\]+);", tree[path], re.MULTILINE)
            return _home(path, said[1].decode() if said is not None else "", folder)
    return None


def _home(path: str, namespace: str, folder: str | None) -> Home:
    stem = posixpath.basename(path).removesuffix(".php")
    name = f"{namespace}\\{_FILES.get(stem, stem)}".lstrip("\\")
    return Home(path=path, unit=namespace, address=name, folder=posixpath.dirname(path) if folder is None else folder)


def _new(tree: Mapping[str, bytes], folder: str | None, users: Sequence[str]) -> Home:
    loaded = _loaded(tree, folder)
    for stem, name in _FILES.items():
        if loaded is not None:
            path = f"{loaded[1]}/{name}.php".removeprefix("./")
        else:
            path = f"{posixpath.commonpath([posixpath.dirname(each) for each in users])}/{stem}.php".lstrip("/")
        if path not in tree and not any(_says(tree, each, name) for each in tree):
            return _home(path, loaded[0] if loaded is not None else "", folder)
    raise Refused(f"no free name for the class of secrets in {folder or 'the top folder'}")


def _says(tree: Mapping[str, bytes], path: str, name: str) -> bool:
    return (
        path.endswith(".php")
        and MARK not in tree[path]
        and re.search(rb"\b%s\b" % name.encode(), tree[path]) is not None
    )


def named(file: File, root: Node, home: Home) -> tuple[str, list[Splice]]:
    """Return how a file calls the class, and the edits that let it: an import, a `require_once`, or none."""
    own = next((grammar.text(one.child_by_field_name("name")) for one in root.children if one.type == _LEADING[1]), "")
    name = home.address.rpartition("\\")[2]
    if home.unit != own and home.unit and _imports(root) and not re.search(rb"\b%s\b" % name.encode(), file.data):
        return name, [_imported(root, home.address, file.data), *_required(file, root, home)]
    if re.search(rb"^use %s;" % re.escape(home.address.encode()), file.data, re.MULTILINE) or home.unit == own:
        return name, _required(file, root, home)
    return f"\\{home.address}", _required(file, root, home)


def _imports(root: Node) -> list[Node]:
    return [node for node in root.children if node.type == "namespace_use_declaration"]


def _newline(data: bytes) -> str:
    return "\r\n" if b"\r\n" in data else "\n"


def _imported(root: Node, address: str, data: bytes) -> Splice:
    """Return the edit that imports the class where the file's order has it."""
    present = _imports(root)
    texts = [grammar.text(each).removeprefix("use").strip() for each in present]
    line, newline = f"use {address};", _newline(data)
    later = next((each for each, text in zip(present, texts, strict=True) if text > f"{address};"), None)
    if later is not None and texts == sorted(texts):
        return Splice(start=later.start_byte, end=later.start_byte, text=f"{line}{newline}".encode())
    return Splice(start=present[-1].end_byte, end=present[-1].end_byte, text=f"{newline}{line}".encode())


def _is_loaded(file: File, home: Home) -> bool:
    """Tell whether the class is found without a word: the file is loaded by Composer, or loads what Composer made."""
    loaded = _loaded(file.tree, _project_of(file.tree, file.path))
    if not home.unit or loaded is None:
        return False
    inside = file.path.startswith(f"{loaded[1]}/")
    return inside or is_laravel(file.tree, file.path) or _AUTOLOAD.search(file.data) is not None


def _required(file: File, root: Node, home: Home) -> list[Splice]:
    relative = posixpath.relpath(home.path, posixpath.dirname(file.path) or ".")
    line = f"require_once __DIR__ . '/{relative}';"
    if _is_loaded(file, home) or line.encode() in file.data:
        return []
    if any(one.type == _LEADING[1] and one.child_by_field_name("body") is not None for one in root.children):
        raise NotRewritable(
            "its namespaces stand in braces, beside which nothing can be loaded: load the class by hand"
        )
    newline = _newline(file.data)
    last, apart = _before(root)
    if re.match(rb"[ \t]*[^\s#/]", file.data[last:]):
        return [Splice(start=last, end=last, text=f" {line}".encode())]
    close = _touches(file.data, last)
    gap = newline * 2 if apart and not close else newline
    behind = newline if apart and close else ""
    return [Splice(start=last, end=last, text=f"{gap}{line}{behind}".encode())]


def _touches(data: bytes, at: int) -> bool:
    """Tell whether the next statement stands on the next line."""
    return re.match(rb"\r?\n[ \t]*\S", data[at:]) is not None


def _before(root: Node) -> tuple[int, bool]:
    """Return where a file loads others, behind its head and what it loads first; and whether a blank line is due."""
    last, apart = root, True
    children = [node for node in root.children if node.type not in ("text", "text_interpolation")]
    for number, node in enumerate(children):
        if node.type == "comment" and not _is_of_file(children, number):
            break
        if node.type == "expression_statement" and _LOADS.match(grammar.text(node)):
            last, apart = node, False
        elif node.type in (*_LEADING, "php_tag", "comment") and (apart or node.type in _LEADING):
            last, apart = node, True
        else:
            break
    return last.end_byte if last is not root else root.start_byte, apart


def _is_of_file(children: Sequence[Node], number: int) -> bool:
    """Tell whether a comment speaks of the file: another or a blank line follows, or the file's own head."""
    after = children[number + 1 : number + 2]
    if not after:
        return True
    apart = after[0].start_point.row > children[number].end_point.row + 1
    return apart or after[0].type in ("comment", *_LEADING)
