"""Go's modules: which one a file belongs to, and where in it the accessor lies.

Source: Go Modules Reference, "Modules, packages, and versions"; a folder `internal` is seen by its module alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from remediation.errors import NotRewritable, Refused
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Home

_MODULE = re.compile(rb'^[ \t]*module[ \t]+"?([^\s"]+)"?', re.MULTILINE)
_NAMES = ("appsecrets", "applicationsecrets", "secretaccess")


def module_of(tree: Mapping[str, bytes], path: str) -> tuple[str, str]:
    """Return folder and path of a file's module. Raises `NotRewritable` where no `go.mod` names one."""
    folder = path.rpartition("/")[0]
    while True:
        manifest = tree.get(f"{folder}/go.mod".lstrip("/"))
        found = _MODULE.search(manifest) if manifest is not None else None
        if found is not None:
            return folder, found[1].decode()
        if not folder:
            raise NotRewritable("no go.mod says which module this is, so nothing can be imported: run go mod init")
        folder = folder.rpartition("/")[0]


def home_in(tree: Mapping[str, bytes], folder: str, module: str) -> Home:
    """Return where a module's accessor lies. Raises `Refused` where every name for it is taken."""
    for name in _NAMES:
        package = f"{folder}/internal/{name}".lstrip("/")
        path = f"{package}/{name}.go"
        there = [each for each in tree if each.startswith(f"{package}/")]
        if not there or MARK in tree.get(path, b""):
            return Home(path=path, unit=name, address=f"{module}/internal/{name}", folder=folder)
    raise Refused(f"no free name for the package of secrets in {folder or 'the top folder'}/internal")
