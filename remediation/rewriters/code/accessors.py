"""The generated file that fetches secrets: written once, brought up to date by later fixes, left alone where edited.

What was generated is known by generating it again: a file that says the same, with the names it lists, is ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from remediation.rewriters.code.model import Accessor, Home
from remediation.templating import render

MARK = b"Written by `strongroom fix`"


def homes(
    paths: Iterable[str], root_of: Callable[[str], str | None], home_of: Callable[[str | None, Sequence[str]], Home]
) -> Mapping[str, Home]:
    """Return for each file the accessor of its project; `home_of` is given a project's root and those of its files."""
    groups: dict[str | None, list[str]] = defaultdict(list)
    for path in paths:
        groups[root_of(path)].append(path)
    return {path: home for root, users in groups.items() for home in [home_of(root, users)] for path in users}


def source(accessor: Accessor, home: Home, rotating: Iterable[str], features: Iterable[str] = ()) -> bytes:
    """Return the accessor; `rotating` are the secrets that are replaced while the application runs."""
    names = sorted(set(rotating))
    text = render(
        accessor.template,
        unit=home.unit,
        name=home.path.rsplit("/", 1)[-1].rpartition(".")[0],
        rotating=names,
        width=max(map(len, names), default=0),
        features=frozenset(features),
    )
    return text.encode()


def updated(
    accessor: Accessor, home: Home, present: bytes, rotating: Iterable[str], features: Iterable[str] = ()
) -> bytes | None:
    """Return the accessor of an earlier fix with what this one adds, None where a person has changed it since."""
    plain = present.replace(b"\r\n", b"\n")
    known = {name.decode() for name in re.findall(accessor.listed.encode(), plain, re.MULTILINE)}
    had = called(accessor, present)
    if plain != source(accessor, home, known, had):
        return None
    wanted = source(accessor, home, {*known, *rotating}, had.union(features))
    return present if plain == wanted else wanted


def called(accessor: Accessor, code: bytes) -> frozenset[str]:
    """Return the features that code calls, or that an accessor has."""
    return frozenset(name for name, function in accessor.features.items() if f"{function}(".encode() in code)
