"""What formats in YAML share: one text for each value, written where it stands, and proven."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from remediation.rewriters.configuration import yaml_text
from remediation.rewriters.configuration.model import Fetch, File, Written
from remediation.rewriters.configuration.scalars import locate, spliced
from remediation.rewriters.splice import Splice


def rewritten(
    file: File, fetches: Sequence[Fetch], text: Callable[[Fetch], str], *, by_environment: bool = False
) -> Written:
    """Return the file with `text` of each fetch in its place; `by_environment` lists its variable."""
    after = in_place(file.data, fetches, text)
    variables = {fetch.variable: fetch.reference for fetch in fetches} if by_environment else {}
    return Written(files={file.path: after}, variables=variables)


def in_place(data: bytes, fetches: Sequence[Fetch], text: Callable[[Fetch], str]) -> bytes:
    """Return the document with the texts in place. Raises `NotRewritable` where it would not read as before."""
    scalars = yaml_text.scalars(data)
    splices: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    for fetch in fetches:
        site = locate(scalars, data, fetch.place)
        splices.append(yaml_text.replaced(data, site, text(fetch)))
        known = expected.get(site.scalar.keys, site.scalar.text)
        expected[site.scalar.keys] = known.replace(fetch.place.value.reveal_text(), text(fetch), 1)
    return spliced(data, splices, yaml_text.scalars, expected)
