"""TypeScript: a literal becomes a call of the package's own module of secrets, which waits or is waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remediation.manifests import npm
from remediation.model import Edit, Entry, Step
from remediation.rewriters.code import ecmascript, ecmascript_packages
from remediation.rewriters.code.model import Accessor, Fetch, Home, Use
from remediation.rewriters.code.syntax import syntax
from remediation.rewriters.configuration.model import File, Place

ACCESSOR = Accessor(template="accessor.ts.j2", listed=ecmascript.LISTED, features={})


def judge(file: File, place: Place) -> Use:
    """Return what a literal holds. Raises `NotRewritable` where no call may stand in its place."""
    return ecmascript.judge("typescript", file, place)


def home(tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
    """Return for each file the module of its package that reads secrets."""
    return ecmascript_packages.homes(tree, paths, "ts")


def rewrite(file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
    """Return the file with every fetch in place."""
    return ecmascript.rewrite("typescript", file, fetches, home)


def depend(entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit of `package.json`, and what a person has to do about it."""
    return npm.add_sdk(entries, home.folder, typed=True)


def parses(path: str, data: bytes) -> bool:
    """Tell whether the grammar reads all of a file."""
    del path
    return not syntax("typescript").parse(data).has_error
