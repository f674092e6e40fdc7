"""Pages of HTML in one file: written piece by piece, without script, and nothing but their own style is allowed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from strongroom import __version__
from strongroom.kernel.inert import inert

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def write_page(template: Path, stream: TextIO, content: Mapping[str, Any], *, styles: tuple[Path, ...] = ()) -> None:
    """Write `template` filled with `content` to `stream`, styled by `report.css` and by `styles` after it.

    The template includes `head.html.j2`, which says what the page may load, and may import what is beside this module.
    It knows our `version`. All text that it shows is escaped and inert.
    """
    style = "".join(file.read_text(encoding="utf-8") for file in (_HERE / "report.css", *styles))
    pieces = (
        _environment(template.parent)
        .get_template(template.name)
        .generate(
            **content,
            style=style,
            style_hash=base64.b64encode(sha256(style.encode()).digest()).decode(),
            version=__version__,
        )
    )
    stream.writelines(pieces)


def _environment(folder: Path) -> Environment:
    # Jinja2 takes as long to import as a scan of a small repository.
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _HERE]),
        autoescape=True,
        finalize=_harmless,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _harmless(value: object) -> object:
    # Markup is a kind of text that was escaped already.
    return inert(value) if type(value) is str else value
