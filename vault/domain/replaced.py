"""Since when another value of a secret is current in place of one, as near as the secret itself tells."""

from __future__ import annotations

from datetime import datetime

from vault.domain.secret import Secret
from vault.domain.versions import CURRENT, PENDING, PREVIOUS, SecretVersion


def replaced_since(secret: Secret, version: SecretVersion) -> datetime | None:
    """Return since when another value is current in place of a version's, as near as the secret tells.

    That is the end of the rotation that replaced it, else when the version after it was made. None for the current
    version, for one that waits to become it or is in use under a label of its own, and where an older one took over.
    """
    if version.stages - {PREVIOUS}:
        return None
    items = secret.versions.items
    after = items[items.index(version) + 1 :]
    followed = next((each for each in after if each.has_value and not _waits(each)), None)
    if followed is None:
        return None
    rotation = secret.shown_rotation
    rotated = rotation.last_rotated if rotation is not None else None
    if CURRENT in followed.stages and rotated is not None and rotated >= followed.created:
        return rotated
    return followed.created


def _waits(version: SecretVersion) -> bool:
    return PENDING in version.stages and CURRENT not in version.stages
