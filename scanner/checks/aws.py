"""The account that an AWS access key id names."""

from __future__ import annotations

import base64
import binascii

from scanner.checks.outcome import Outcome

_LENGTH = 20
_PREFIX = 4
_NEWER = frozenset(b"QRSTUVWXYZ234567")
"""The first character after the prefix of ids that hold their account; older ones, below `Q`, do not."""
_MASK = 0x7FFFFFFFFF80
_SHIFT = 7
_MOST = 10**12
"""Account ids have twelve digits."""


def account(value: bytes) -> Outcome | None:
    """Return the account id that stands in the first bytes of an access key id, where it is of the newer kind.

    Base32 after the prefix, then 40 of its bits; `aws sts get-access-key-info` tells the same from the same bits:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html.
    """
    if len(value) != _LENGTH or value[_PREFIX] not in _NEWER:
        return None
    try:
        data = base64.b32decode(value[_PREFIX:])
    except binascii.Error:
        return Outcome(holds=False, detail="no account id can be read from it")
    number = (int.from_bytes(data[:6], "big") & _MASK) >> _SHIFT
    if number >= _MOST:
        return Outcome(holds=False, detail="no account id can be read from it")
    return Outcome(holds=True, detail=f"names the AWS account {number:012}")


CHECKS = {"aws-account": account}
