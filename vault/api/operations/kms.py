"""KMS on the wire: the table of its operations. Decoded request to service call, and back; no rules here."""

from __future__ import annotations

from collections.abc import Mapping

from vault.api.operations import kms_attached, kms_ciphers, kms_grants, kms_import, kms_keys, kms_pairs, kms_regions
from vault.domain.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        *kms_keys.OPERATIONS,
        *kms_attached.OPERATIONS,
        *kms_ciphers.OPERATIONS,
        *kms_pairs.OPERATIONS,
        *kms_import.OPERATIONS,
        *kms_regions.OPERATIONS,
        *kms_grants.OPERATIONS,
    )
}
