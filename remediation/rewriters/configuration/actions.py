"""GitHub Actions: the value becomes `${{ secrets.NAME }}` wherever a workflow may read secrets.

Source: GitHub Docs, "Contexts reference", the table of where each context is available.
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation.errors import NotRewritable
from remediation.model import Step
from remediation.rewriters.configuration import yaml_text
from remediation.rewriters.configuration.in_yaml import rewritten
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, manual
from remediation.rewriters.configuration.scalars import locate, use_of

parses = yaml_text.parses
_READ_SECRETS = (
    ("env", "*"),
    ("jobs", "*", "env", "*"),
    ("jobs", "*", "secrets", "*"),
    ("jobs", "*", "container", "credentials", "*"),
    ("jobs", "*", "container", "env", "*"),
    ("jobs", "*", "services", "*", "credentials", "*"),
    ("jobs", "*", "services", "*", "env", "*"),
    ("jobs", "*", "environment", "url"),
    ("jobs", "*", "steps", "*", "env", "*"),
    ("jobs", "*", "steps", "*", "with", "*"),
    ("jobs", "*", "steps", "*", "run"),
    ("jobs", "*", "steps", "*", "name"),
    ("jobs", "*", "steps", "*", "working-directory"),
)


def judge(file: File, place: Place) -> Use:
    """Return what a workflow is given. Raises `NotRewritable` where secrets cannot be read."""
    if file.name in ("action.yml", "action.yaml"):
        raise NotRewritable("an action reads no secrets: make it an input, which the workflow fills from its secrets")
    site = locate(yaml_text.scalars(file.data), file.data, place)
    keys = site.scalar.keys
    if not any(len(keys) == len(pattern) + 1 and yaml_text.under(keys, *pattern) for pattern in _READ_SECRETS):
        raise NotRewritable("a workflow cannot read secrets here; hand the value over in `env` or `with`")
    if site.before.rfind("${{") > site.before.rfind("}}"):
        raise NotRewritable("the value stands inside an expression; use `secrets.NAME` there")
    return use_of(site, "workflow-secret")


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the workflow, and how each secret of the repository is set."""
    written = rewritten(file, fetches, lambda fetch: f"${{{{ secrets.{fetch.variable} }}}}")
    first = {fetch.variable: fetch for fetch in reversed(fetches)}
    return Written(files=written.files, steps=tuple(_setting(file, fetch) for _, fetch in sorted(first.items())))


def _setting(file: File, fetch: Fetch) -> Step:
    field = f" | jq -er .{fetch.field}" if fetch.field else ""
    return manual(
        file.path,
        yaml_text.line_of(file.data, fetch.place.start),
        f"strongroom vault get {fetch.name}{field} | gh secret set {fetch.variable}",
        "a workflow reads the secrets of its repository on the forge; set it again after each rotation",
        fetch.name,
    )
