"""`appsettings.json`: the text goes, and .NET's configuration takes it from the variable that stands for its keys.

Source: Microsoft Learn, "Configuration in ASP.NET Core": the environment comes after the files, keys joined by `__`.
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import json_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import locate, spliced, use_of
from remediation.rewriters.splice import Splice

parses = json_text.parses


def judge(file: File, place: Place) -> Use:
    """Return what a setting holds."""
    site = locate(json_text.scalars(file.data), file.data, place)
    if site.scalar.tag != "string":
        raise NotRewritable("the value is no text")
    variable = _variable(site.scalar.keys)
    reason = f"the host's configuration has to read the environment, as it does by default: {variable}"
    return use_of(site, "environment-of-the-host", reason=reason, review=True)


def _variable(keys: Sequence[str]) -> str:
    return "__".join(key.replace(".", "_") for key in keys)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the settings with empty texts."""
    splices: set[Splice] = set()
    expected: dict[tuple[str, ...], str] = {}
    variables: dict[str, str] = {}
    for fetch in fetches:
        site = locate(json_text.scalars(file.data), file.data, fetch.place)
        name = _variable(site.scalar.keys)
        known = variables.get(name, site.scalar.text)
        variables[name] = known.replace(fetch.place.value.reveal_text(), fetch.reference, 1)
        splices.add(json_text.whole(site, ""))
        expected[site.scalar.keys] = ""
    data = spliced(file.data, sorted(splices), json_text.scalars, expected)
    return Written(files={file.path: data}, variables=variables)
