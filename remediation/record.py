"""`.strongroom/secrets.json`: which secrets the code of a repository reads, where and how. It holds no value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from remediation import naming
from remediation.model import Entry, SecretPlan, Style
from strongroom.kernel.errors import UsageError

PATH = ".strongroom/secrets.json"
_VERSION = 1


def recorded_names(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return the names of the secrets that earlier fixes recorded. Raises `UsageError` for a damaged file."""
    return tuple(secret["name"] for secret in _recorded(entries))


def record(planned: Iterable[SecretPlan], entries: Mapping[str, Entry], style: Style = Style.ACCESSOR) -> bytes:
    """Return the file with the planned secrets added to what is recorded, in an order that only content decides."""
    secrets = {secret["name"]: secret for secret in _recorded(entries)}
    secrets.update((secret.name, _described(secret, secrets.get(secret.name, {}), style)) for secret in planned)
    document = {"schema_version": _VERSION, "secrets": [secrets[name] for name in sorted(secrets)]}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _described(secret: SecretPlan, known: Mapping[str, Any], style: Style) -> dict[str, Any]:
    """Return a secret's entry; what is `known` of one that code reads already stays."""
    fields = list(secret.fields())
    return {
        "name": secret.name,
        "layout": secret.layout.value,
        "fields": fields,
        "files": sorted({*known.get("files", ()), *(each.path for each in secret.references)}),
        "strategies": sorted({*known.get("strategies", ()), *(each.strategy for each in secret.references)}),
        "rotation": secret.rotation,
        **({} if style is Style.ACCESSOR else {"style": style.value}),
        "variables": list(naming.variables(secret.name, fields)),
    }


def _recorded(entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    if PATH not in entries:
        return []
    try:
        document = json.loads(entries[PATH].data)
        known: list[dict[str, Any]] = [secret for secret in document["secrets"] if isinstance(secret["name"], str)]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{PATH} is damaged", hint="restore it from git, or delete it and fix again") from None
    if document.get("schema_version") != _VERSION:
        raise UsageError(f"{PATH} was written by another version of Strongroom", hint="upgrade Strongroom")
    return known
