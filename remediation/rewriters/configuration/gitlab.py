"""GitLab CI: the value becomes a masked variable of the project, which the runner sets.

Source: GitLab Docs, "Where variables can be used": `variables`, `image` and `services` are expanded by GitLab, scripts
by their shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remediation.errors import NotRewritable
from remediation.model import Step
from remediation.rewriters.configuration import shell, yaml_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, manual
from remediation.rewriters.configuration.scalars import Site, locate, spliced, use_of
from remediation.rewriters.splice import Splice
from strongroom.kernel.secretvalue import SecretValue

parses = yaml_text.parses
_SCRIPTS = ("script", "before_script", "after_script")
_EXPANDED = ("variables", "image", "services", "environment")


def judge(file: File, place: Place) -> Use:
    """Return what a job is given, or what its script says."""
    site = locate(yaml_text.scalars(file.data), file.data, place)
    if not _is_script(site) and not any(key in _EXPANDED for key in site.scalar.keys[1:4]):
        raise NotRewritable("GitLab expands no variable here; hand the value over in `variables`")
    if _is_script(site):
        _quotes(site)
    return use_of(site, "pipeline-variable")


def _is_script(site: Site) -> bool:
    return any(key in _SCRIPTS for key in site.scalar.keys[1:4])


def _quotes(site: Site) -> str:
    start = len(site.before.encode())
    return shell.quoting(site.scalar.text.encode(), start, start + len(site.place.value.reveal()))


def _edit(data: bytes, site: Site, fetch: Fetch) -> tuple[Splice, str, str]:
    """Return the edit, and what it makes of what in the scalar's text."""
    value = fetch.place.value.reveal_text()
    if not _is_script(site):
        text = f"${fetch.variable}" if site.whole else f"${{{fetch.variable}}}"
        return yaml_text.replaced(data, site, text), value, text
    quote = _quotes(site)
    single = quote == "'" and site.literal
    opens, closes = single and site.before.endswith("'"), single and site.after.startswith("'")
    text = shell.quoted(f"${{{fetch.variable}}}", quote, opens=opens, closes=closes)
    site = _with_quotes(data, site, opens, closes)
    return yaml_text.replaced(data, site, text), "'" * opens + value + "'" * closes, text


def _with_quotes(data: bytes, site: Site, opens: bool, closes: bool) -> Site:
    """Return the site with the shell's quotes, which YAML doubles inside its own."""
    wide = 2 if site.scalar.quote == "'" else 1
    start, end = site.place.start - wide * opens, site.place.end + wide * closes
    place = Place(start=start, end=end, value=SecretValue(data[start:end]))
    before = site.before[:-1] if opens else site.before
    return replace(site, place=place, before=before, after=site.after[closes:])


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the pipeline, and how each variable of the project is set."""
    scalars = yaml_text.scalars(file.data)
    splices: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    for fetch in fetches:
        site = locate(scalars, file.data, fetch.place)
        edit, old, new = _edit(file.data, site, fetch)
        splices.append(edit)
        known = expected.get(site.scalar.keys, site.scalar.text)
        expected[site.scalar.keys] = known.replace(old, new, 1)
    after = spliced(file.data, splices, yaml_text.scalars, expected)
    first = {fetch.variable: fetch for fetch in reversed(fetches)}
    return Written(files={file.path: after}, steps=tuple(_setting(file, fetch) for _, fetch in sorted(first.items())))


def _setting(file: File, fetch: Fetch) -> Step:
    field = f" | jq -er .{fetch.field}" if fetch.field else ""
    return manual(
        file.path,
        yaml_text.line_of(file.data, fetch.place.start),
        f"strongroom vault get {fetch.name}{field} | glab variable set {fetch.variable} --masked",
        "a pipeline reads the variables of its project; set it again after each rotation",
        fetch.name,
    )
