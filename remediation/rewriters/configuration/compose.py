"""Compose files: the value becomes a variable that has to be set, which compose itself takes from its environment.

Source: Docker's reference of compose files, "Interpolation": `${NAME:?message}`, and `$$` for a plain dollar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import yaml_text
from remediation.rewriters.configuration.in_yaml import rewritten
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import in_text, locate, named_by
from strongroom.kernel.secretvalue import SecretValue

parses = yaml_text.parses


def judge(file: File, place: Place) -> Use:
    """Return what a service, or something shared by services, is given."""
    site = locate(yaml_text.scalars(file.data), file.data, place)
    text = place.value.reveal_text()
    if "$" in text.replace("$$", ""):
        raise NotRewritable("compose puts variables into the value itself")
    name, equals, _ = site.before.partition("=")
    binding = name if equals and name.replace("_", "").isalnum() else named_by(site.scalar.keys)
    lead = site.before.partition("=")[2] if equals else site.before
    value = SecretValue(text.replace("$$", "$"))
    return replace(in_text(lead, value, site.after, "compose-variable", binding=binding), whole=not lead)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with `${NAME:?…}` in each place."""
    return rewritten(file, fetches, lambda fetch: f"${{{fetch.variable}:?set it from the vault}}", by_environment=True)
