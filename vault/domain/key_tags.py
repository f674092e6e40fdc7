"""The tags of a KMS key, with KMS's own words for what they may not be.

Source: AWS API pages of TagResource and UntagResource of KMS.
"""

from __future__ import annotations

from collections.abc import Sequence

from vault.domain.kms_errors import InvalidKeyTag
from vault.domain.tags import MAX_TAGS, Tags


def check_key_tags(tags: Sequence[tuple[str, str]]) -> Tags:
    """Return the tags as they were given. Raises `InvalidKeyTag`."""
    keys = [key for key, _ in tags]
    if any(key.lower().startswith("aws:") for key in keys):
        raise InvalidKeyTag("Tags beginning with aws: are reserved")
    if len(set(keys)) != len(keys):
        raise InvalidKeyTag("Duplicate tag keys")
    if len(keys) > MAX_TAGS:
        raise InvalidKeyTag("Too many tags")
    return tuple(tags)


def joined_key_tags(present: Tags, added: Sequence[tuple[str, str]]) -> Tags:
    """Return `present` with the tags `added`: a key that is there gets the new value. Raises `InvalidKeyTag`."""
    return check_key_tags(tuple((dict(present) | dict(check_key_tags(added))).items()))
