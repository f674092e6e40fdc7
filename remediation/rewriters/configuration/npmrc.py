"""`.npmrc` and pip's requirement files: the value becomes `${NAME}`, which npm and pip expand from the environment.

Source: npm Docs, "npmrc"; pip documentation, "Requirements file format", using environment variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import line_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import Scalar, in_text, locate

parses = line_text.parses_always


def _values(data: bytes) -> tuple[Scalar, ...]:
    return tuple(_scalars(data))


def _scalars(data: bytes) -> list[Scalar]:
    # What stands behind a `#` or `;` at the start is a comment; everything else of a line is expanded.
    return [
        Scalar(
            keys=(str(number),),
            text=line.data.decode("utf-8", "replace"),
            start=line.start,
            end=line.start + len(line.data),
        )
        for number, line in enumerate(line_text.lines(data))
        if line.data.strip()[:1] not in (b"#", b";", b"")
    ]


def judge(file: File, place: Place) -> Use:
    """Return what a setting holds."""
    site = locate(_values(file.data), file.data, place)
    if not site.literal:
        raise NotRewritable("the value stands encoded")
    name, _, before = site.before.partition("=") if "=" in site.before else ("", "", site.before)
    binding = name.rsplit(":", 1)[-1].strip().lstrip("_")
    return in_text(
        before.strip(), place.value, site.after, "expanded-variable", binding=f"npm_{binding}" * bool(binding)
    )


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with variables."""
    data = line_text.in_place(file.data, fetches, _values, lambda fetch: f"${{{fetch.variable}}}")
    return Written(files={file.path: data}, variables={fetch.variable: fetch.reference for fetch in fetches})
