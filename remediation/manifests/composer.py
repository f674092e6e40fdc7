"""Adds AWS's SDK to a `composer.json` in its own style; `composer.lock` is made by Composer alone.

Source: Composer documentation, "The composer.json schema" (`require`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remediation.errors import NotRewritable
from remediation.manifests.dependencies import edit, needed
from remediation.manifests.json_lists import listed
from remediation.model import Disposition, Edit, Entry, Step

_LISTS = ("require", "require-dev")


def add_sdk(entries: Mapping[str, Entry], folder: str) -> tuple[Sequence[Edit], Sequence[Step]]:
    """Return the edit that lists the SDK in the project at `folder`, and what is left to a person."""
    (sdk,) = needed("php")
    path = f"{folder}/composer.json".lstrip("/")
    by_hand = f"composer require {sdk['package']}"
    if path not in entries:
        return (), (_step(path, by_hand, "no composer.json lists what this needs"),)
    try:
        after = listed(entries[path].data, "require", _LISTS, sdk)
    except NotRewritable as refusal:
        return (), (_step(path, by_hand, refusal.reason),)
    if after == entries[path].data:
        return (), ()
    reason = "composer.lock is made by Composer; without it the package is not there"
    return edit(path, entries[path], after), (_step(path, f"composer update {sdk['package']}", reason),)


def _step(path: str, command: str, reason: str) -> Step:
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=f"run {command}", reason=reason)
