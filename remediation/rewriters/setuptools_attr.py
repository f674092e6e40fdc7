"""Has setuptools read a version where it is set, not through a module that it would have to import.

`attr: shop.__version__` is read from the module's text where that sets the name to a literal; otherwise setuptools
imports the module. Source: setuptools' documentation, "Configuring setuptools using setup.cfg files", `attr:`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from remediation.errors import NotRewritable
from remediation.rewriters import setup_py

_NAMED = re.compile(rb"\battr[ \t]*[:=][ \t]*[\"']?([\w.]+)\.(\w+)")


def imported(tree: Mapping[str, bytes], path: str) -> str:
    """Return the module that setuptools imports for an `attr` of a manifest, empty where it need not import one."""
    found = _NAMED.search(tree[path])
    folder = path.rpartition("/")[0]
    if found is None:
        return ""
    module, name = found[1].decode(), found[2].decode()
    files = setup_py.files(tree, folder, module)
    return "" if not files or _is_literal(tree[files[-1]], name) else module


def without_import(tree: Mapping[str, bytes], path: str) -> bytes:
    """Return the manifest with the module that sets the name in place of the one that hands it on.

    Raises `NotRewritable` where no module of the project sets it to a literal.
    """
    found, folder = _NAMED.search(tree[path]), path.rpartition("/")[0]
    if found is None:
        return tree[path]
    constant = setup_py.constant(tree, folder, found[1].decode(), found[2].decode())
    if not _is_literal(tree[constant.path], constant.name):
        raise NotRewritable("the version is computed: have it stand as a text in a module of its own")
    stem = constant.path[len(folder) :].lstrip("/").removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
    return tree[path][: found.start(1)] + stem.replace("/", ".").encode() + tree[path][found.end(1) :]


def _is_literal(data: bytes, name: str) -> bool:
    try:
        ast.literal_eval(setup_py.value(data, name))
    except (NotRewritable, ValueError):
        return False
    return True
