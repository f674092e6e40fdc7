"""Ruby's files: where in a project the module of secrets lies, and how another file requires it.

Source: Ruby documentation, `Kernel#require_relative`, "Comments" (magic comments); Bundler, "Gemfile".
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from remediation.errors import Refused
from remediation.rewriters.code import accessors
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Home
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import File
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES = {"AppSecrets": "app_secrets", "ApplicationSecrets": "application_secrets", "SecretAccess": "secret_access"}
_REQUIRES = re.compile(r"require(?:_relative)?\b")
_MAGIC = re.compile(r"#!|#.*(?:frozen_string_literal|coding|warn_indent|typed|rubocop|licen[cs]e|copyright|spdx)", re.I)


def _root_of(tree: Mapping[str, bytes], path: str) -> str | None:
    """Return the project's folder: the nearest upwards with a Gemfile or a gemspec."""
    specs = {posixpath.dirname(each) for each in tree if each.endswith(".gemspec")}
    folder = posixpath.dirname(path)
    while True:
        if f"{folder}/Gemfile".lstrip("/") in tree or folder in specs:
            return folder
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def homes(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the module of its project. Raises `Refused` where every name for it is taken."""
    return accessors.homes(
        paths, lambda path: _root_of(tree, path), lambda root, users: _present(tree, root) or _new(tree, root, users)
    )


def _present(tree: Mapping[str, bytes], root: str | None) -> Home | None:
    for name, stem in _NAMES.items():
        for path in sorted(tree):
            if posixpath.basename(path) == f"{stem}.rb" and MARK in tree[path] and _root_of(tree, path) == root:
                return _home(path, name, root)
    return None


def _home(path: str, name: str, root: str | None) -> Home:
    folder = root if root is not None else posixpath.dirname(path)
    return Home(path=path, unit=name, address=path.removesuffix(".rb"), folder=folder)


def _new(tree: Mapping[str, bytes], root: str | None, users: Sequence[str]) -> Home:
    folder = _folder_for(tree, root, users)
    for name, stem in _NAMES.items():
        path = f"{folder}/{stem}.rb".lstrip("/")
        if path not in tree and not any(_says(tree, each, name) for each in tree):
            return _home(path, name, root)
    raise Refused(f"no free name for the module of secrets in {folder or 'the top folder'}")


def _says(tree: Mapping[str, bytes], path: str, name: str) -> bool:
    return path.endswith((".rb", ".rake", ".ru")) and MARK not in tree[path] and name.encode() in tree[path]


def _folder_for(tree: Mapping[str, bytes], root: str | None, users: Sequence[str]) -> str:
    """Return `lib` of a project that has one (every one of Rails has), else the folder that holds all users."""
    library = f"{root}/lib".lstrip("/") if root is not None else "lib"
    rails = root is not None and f"{root}/config/application.rb".lstrip("/") in tree
    if root is not None and (rails or any(path.startswith(f"{library}/") for path in tree)):
        return library
    return posixpath.commonpath([posixpath.dirname(path) for path in users])


def quote(data: bytes) -> str:
    """Return the quotes that most of a file's plain texts have."""
    singles, doubles = (len(re.findall(rb"%s[^'\"#\n]*%s" % (each, each), data)) for each in (b"'", b'"'))
    return "'" if singles > doubles else '"'


def required(file: File, root: Node, home: Home, quotes: str) -> Splice | None:
    """Return the edit that requires the module of secrets, None where the file does already."""
    relative = posixpath.relpath(home.address, posixpath.dirname(file.path) or ".")
    if re.search(rb"""require_relative\(?\s*['"](?:\./)?%s(?:\.rb)?['"]""" % re.escape(relative.encode()), file.data):
        return None
    newline = "\r\n" if b"\r\n" in file.data else "\n"
    line = f"require_relative {quotes}{relative}{quotes}"
    last = _last_require(root)
    if last is not None:
        return Splice(start=last.end_byte, end=last.end_byte, text=f"{newline}{line}".encode())
    at = _beginning(root)
    return Splice(start=at, end=at, text=f"{line}{newline}{newline}".encode())


def _last_require(root: Node) -> Node | None:
    """Return the last of the first run of requires at the file's top."""
    last: Node | None = None
    for node in root.children:
        if node.type == "call" and _REQUIRES.match(grammar.text(node)):
            last = node
        elif last is not None and node.type != "comment":
            break
    return last


def _beginning(root: Node) -> int:
    """Return where the program begins: behind magic comments, before what is said of its first statement."""
    children = list(root.children)
    for number, node in enumerate(children):
        if node.type == "comment" and _is_of_file(children, number):
            continue
        return node.start_byte
    return root.end_byte


def _is_of_file(children: Sequence[Node], number: int) -> bool:
    """Tell whether a comment is one of those at the top that end with a blank line, or tells the interpreter."""
    if _MAGIC.match(grammar.text(children[number])):
        return True
    following = next(_rows_apart(children[number:]), None)
    return following is not None and following > 1


def _rows_apart(nodes: Sequence[Node]) -> Iterator[int]:
    """Yield how many rows the first statement stands below the last comment of a block."""
    for here, after in itertools.pairwise(nodes):
        apart = after.start_point.row - here.end_point.row
        if after.type != "comment" or apart > 1:
            yield apart
