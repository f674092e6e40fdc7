"""The tags of IAM's entities. Keys of users and roles differ by more than case, since policies compare them so.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources"; the sentences are AWS's as recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vault.domain.iam.errors import InvalidInput, QuotaExceeded
from vault.domain.tags import MAX_TAGS, Tags

SAME_KEY = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
"""What is said of all entities, also of policies, whose keys may differ by case."""


def checked(tags: Sequence[tuple[str, str]], *, folded: bool = True) -> Tags:
    """Return tags as they were given; `folded` tells that keys are the same whatever their case.

    Raises `InvalidInput` for a key given twice or one of AWS's own.
    """
    keys = [key.lower() if folded else key for key, _ in tags]
    if len(set(keys)) != len(keys):
        raise InvalidInput(SAME_KEY)
    if any(key.lower().startswith("aws:") for key, _ in tags):
        raise InvalidInput("Tag keys beginning with aws: are reserved for system use.")
    return tuple(tags)


def joined(present: Tags, added: Sequence[tuple[str, str]], *, folded: bool = True) -> Tags:
    """Return `present` with `added`: a key that is there gets the new value. Raises `InvalidInput`, `QuotaExceeded`."""
    new = {(key.lower() if folded else key): (key, value) for key, value in checked(added, folded=folded)}
    known = {(key.lower() if folded else key): (key, value) for key, value in present}
    together = known | new
    if len(together) > MAX_TAGS:
        raise QuotaExceeded(f"Cannot exceed quota for TagsPerResource: {MAX_TAGS}")
    return tuple(together.values())


def without(present: Tags, keys: Iterable[str], *, folded: bool = True) -> Tags:
    """Return `present` without the tags of `keys`."""
    gone = {key.lower() if folded else key for key in keys}
    return tuple((key, value) for key, value in present if (key.lower() if folded else key) not in gone)
