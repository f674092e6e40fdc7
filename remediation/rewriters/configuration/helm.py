"""Values of a Helm chart: the password goes where the chart takes the name of an existing Secret beside it.

Source: the convention of charts by which `existingSecret` wins over a password in the same mapping.
"""

from __future__ import annotations

from collections.abc import Sequence

from remediation import naming
from remediation.errors import NotRewritable
from remediation.model import Step
from remediation.rewriters.configuration import yaml_text
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, manual
from remediation.rewriters.configuration.scalars import Scalar, Site, locate, spliced, use_of
from remediation.rewriters.splice import Splice

parses = yaml_text.parses
_EXISTING = "existingSecret"


def _existing(scalars: Sequence[Scalar], site: Site) -> Scalar:
    """Return the text that names a Secret beside the value; it has to be there, or the chart would not know it."""
    lead = site.scalar.keys[:-1]
    found = next((one for one in scalars if one.keys == (*lead, _EXISTING)), None)
    if found is None:
        raise NotRewritable(
            f"the chart takes no {_EXISTING} here; leave the value empty and install with"
            f' --set {".".join(site.scalar.keys[1:])}="$VALUE"'
        )
    return found


def judge(file: File, place: Place) -> Use:
    """Return what a value of the chart holds."""
    scalars = yaml_text.scalars(file.data)
    site = locate(scalars, file.data, place)
    if not site.whole:
        raise NotRewritable("the value is part of a text; put the whole text into a Secret")
    _existing(scalars, site)
    return use_of(
        site, "existing-secret", reason="a Secret of that name has to be in the release's namespace", review=True
    )


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the values with the password empty and the Secret named."""
    scalars = yaml_text.scalars(file.data)
    splices: set[Splice] = set()
    expected: dict[tuple[str, ...], str] = {}
    steps: list[Step] = []
    for fetch in fetches:
        site = locate(scalars, file.data, fetch.place)
        existing = _existing(scalars, site)
        secret = (
            existing.text or naming.slug("_".join(site.scalar.keys[1:-1]) or "chart").replace("_", "-") + "-secrets"
        )
        for scalar, text in ((site.scalar, ""), (existing, secret)):
            splices.add(Splice(start=scalar.start, end=scalar.end, text=_written(scalar, text).encode()))
            expected[scalar.keys] = text
        steps.append(_secret(file, fetch, secret, site.scalar.keys[-1]))
    data = spliced(file.data, sorted(splices), yaml_text.scalars, expected)
    return Written(files={file.path: data}, steps=tuple(steps))


def _written(scalar: Scalar, text: str) -> str:
    if scalar.text == text and scalar.end > scalar.start:
        return f"{scalar.quote}{text}{scalar.quote}"
    quote = scalar.quote if scalar.quote in ("'", '"') else '"'
    return f"{quote}{text}{quote}"


def _secret(file: File, fetch: Fetch, secret: str, key: str) -> Step:
    property_ = f", property {fetch.field}" if fetch.field else ""
    return manual(
        file.path,
        yaml_text.line_of(file.data, fetch.place.start),
        f"make the Secret {secret} with the chart's key for {key} from {fetch.name}{property_}",
        "an ExternalSecret does it: docs/remediation-formats.md",
        fetch.name,
    )
