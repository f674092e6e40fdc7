"""The text of a `SecretProviderClass`, by which the Secrets Store CSI driver fetches what a pod mounts.

Of what it fetches the driver makes a Secret, while a pod mounts it. Source: Secrets Store CSI Driver, "Concepts" and
"Sync as Kubernetes Secret"; its AWS provider, "SecretProviderClass options".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from remediation.errors import NotRewritable
from remediation.rewriters.configuration.external_secret import Key
from remediation.rewriters.configuration.model import Fetch

API_VERSION = "secrets-store.csi.x-k8s.io/v1"
KIND = "SecretProviderClass"
PROVIDER = "aws"
# What says where the store is and who asks it; other parameters belong to the objects that they stand beside.
KEPT = ("region", "usePodIdentity", "preferredAddressType")
_AROUND = "the Secrets Store CSI driver puts no value into a text: make it a key of its own, which $(NAME) can fill in"
_KNOWN = "the Secrets Store CSI driver makes Secrets of what it fetches alone: put the other keys into a ConfigMap"


def spec(name: str, kind: str, keys: Sequence[Key], parameters: Mapping[str, str]) -> str:
    """Return the `spec` of a class that makes the Secret `name` of type `kind`. Raises `NotRewritable`."""
    if any(key.fetch is None for key in keys):
        raise NotRewritable(_KNOWN)
    if not all(key.whole for key in keys):
        raise NotRewritable(_AROUND)
    lines = ["spec:", f"  provider: {PROVIDER}", "  parameters:"]
    lines += [f"    {parameter}: {json.dumps(text)}" for parameter, text in parameters.items()]
    lines += ["    objects: |", *(f"      {line}" for line in _objects([key.fetch for key in keys if key.fetch]))]
    lines += ["  secretObjects:", f"    - secretName: {name}", f"      type: {kind}", "      data:"]
    for key in keys:
        lines += [*(f"        {comment}" for comment in key.comments), *_data(key)]
    return "\n".join(lines) + "\n"


def _data(key: Key) -> Iterator[str]:
    if key.fetch is not None:
        yield f"        - key: {key.name}{f'  {key.trailing}' if key.trailing else ''}"
        yield f"          objectName: {_alias(key.fetch)}"


def _objects(fetches: Sequence[Fetch]) -> Iterator[str]:
    """Yield the lines of the objects: each secret once, whole or by the fields that are read of it."""
    fields: dict[str, dict[str | None, Fetch]] = {}
    for fetch in fetches:
        fields.setdefault(fetch.name, {})[fetch.field] = fetch
    for name, by_field in fields.items():
        yield f'- objectName: "{name}"'
        yield '  objectType: "secretsmanager"'
        if None in by_field:
            yield f'  objectAlias: "{_alias(by_field[None])}"'
        paths = [(field, fetch) for field, fetch in by_field.items() if field is not None]
        if paths:
            yield "  jmesPath:"
        for field, fetch in paths:
            yield f'    - path: "{field}"'
            yield f'      objectAlias: "{_alias(fetch)}"'


def _alias(fetch: Fetch) -> str:
    """Return the name of the file that the driver makes of a value: without slashes and hyphens, which it reads."""
    return fetch.variable.lower()
