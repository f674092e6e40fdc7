"""The tags of a secret: what they may be, how new ones join those that are there, how some are taken off.

Source: AWS API pages of TagResource and UntagResource; "Service quotas for tagging" in the AWS General Reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vault.domain.errors import InvalidParameter

MAX_TAGS = 50

Tags = tuple[tuple[str, str], ...]


def check_tags(tags: Sequence[tuple[str, str]]) -> Tags:
    """Return the tags as they were given.

    Raises `InvalidParameter` for more than 50, a key given twice or not at all, or one of AWS's own `aws:` prefix.
    """
    keys = [key for key, _ in tags]
    if len(keys) > MAX_TAGS:
        raise InvalidParameter(f"A secret can have at most {MAX_TAGS} tags.")
    if not all(keys):
        raise InvalidParameter("A tag must have a key.")
    if len(set(keys)) != len(keys):
        raise InvalidParameter("Tags can't contain the same key more than once.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise InvalidParameter("Tag keys can't start with aws:, which is reserved for system use.")
    return tuple(tags)


def joined(present: Tags, added: Sequence[tuple[str, str]]) -> Tags:
    """Return `present` with the tags `added`: a key that is there gets the new value, keys differ by case.

    Raises `InvalidParameter` as `check_tags` does, and where together they are more than 50.
    """
    return check_tags(tuple((dict(present) | dict(check_tags(added))).items()))


def without(present: Tags, keys: Iterable[str]) -> Tags:
    """Return `present` without the tags of `keys`; a key that is not there changes nothing."""
    gone = set(keys)
    return tuple((key, value) for key, value in present if key not in gone)
