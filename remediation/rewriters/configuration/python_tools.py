"""`.pypirc` and `pip.conf`: the line goes, and twine or pip takes it from the variable that they document.

Source: twine documentation, "Environment Variables"; pip documentation, "Configuration" (`PIP_` and an option's name).
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import line_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import Scalar, Site, in_text, locate

parses = line_text.parses_always
_PIP_SECTIONS = ("global", "install", "download", "wheel")


def _variable(file: File, scalar: Scalar) -> str:
    section, name = scalar.keys[:2]
    if file.name == ".pypirc":
        passwords = [one for one in line_text.ini(file.data) if one.keys[1] == "password"]
        if name != "password" or len(passwords) > 1:
            raise NotRewritable("twine takes one password from its environment; use keyring for several indexes")
        return "TWINE_PASSWORD"
    if section not in _PIP_SECTIONS or len([one for one in line_text.ini(file.data) if one.keys[1] == name]) > 1:
        raise NotRewritable("pip takes one value of an option from its environment")
    return f"PIP_{name.upper().replace('-', '_')}"


def _site(file: File, place: Place) -> Site:
    site = locate(line_text.ini(file.data), file.data, place)
    if not site.literal:
        raise NotRewritable("the value stands encoded")
    return site


def judge(file: File, place: Place) -> Use:
    """Return what a setting of twine or pip holds."""
    site = _site(file, place)
    tool = _variable(file, site.scalar).partition("_")[0].lower()
    binding = f"{tool}_{site.scalar.keys[1]}"
    return in_text(site.before, place.value, site.after, "tool-variable", binding=binding)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file without the lines, whose values the tool finds in its environment."""
    variables: dict[str, str] = {}
    scalars: list[Scalar] = []
    for fetch in fetches:
        site = _site(file, fetch.place)
        name = _variable(file, site.scalar)
        if name in variables:
            raise NotRewritable("two values stand in one line")
        variables[name] = site.replaced_by(fetch.reference)
        scalars.append(site.scalar)
    return Written(files={file.path: line_text.without(file.data, scalars, line_text.ini)}, variables=variables)
