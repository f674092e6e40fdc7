"""Renders the texts that a fix leaves behind: the accessor module and the commit message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("templates")


def render(template: str, **values: Any) -> str:
    """Return the rendered template of that file name. A name that is not given is an error, never an empty text."""
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 (the texts are code and plain text, not HTML)
        loader=jinja2.FileSystemLoader(_FOLDER),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=False,
    )
    return environment.get_template(template).render(values)
