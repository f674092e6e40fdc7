"""KMS keys of several regions on the wire; no rules here."""

from __future__ import annotations

from collections.abc import Sequence

from vault.api.operations.kms_access import Request, key_checks, unbound_checks
from vault.api.operations.kms_answers import Answer, metadata, tag_entries
from vault.api.operations.kms_keys import tag_pairs
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.domain.key_policy import policy_text
from vault.domain.operation import AccessCheck
from vault.services.binding import Services
from vault.services.multi_region import NewReplica


def _replicate_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of ReplicateKey: on the primary, and to make and tag a key."""
    making = unbound_checks("CreateKey")(services, context, {})
    tagging = unbound_checks("TagResource")(services, context, request) if request.get("Tags") else ()
    return (*key_checks("ReplicateKey")(services, context, request), *making, *tagging)


def _replicate(services: Services, context: CallContext, request: Request) -> Answer:
    new = NewReplica(
        region=request["ReplicaRegion"],
        description=request.get("Description", ""),
        policy=request.get("Policy"),
        bypass_lockout_check=request.get("BypassPolicyLockoutSafetyCheck", False),
        tags=tag_pairs(request),
    )
    made = services.multi_region_keys.replicate(context, request["KeyId"], new)
    answer = {"ReplicaKeyMetadata": metadata(made, context), "ReplicaPolicy": policy_text(made, context.partition)}
    return {**answer, "ReplicaTags": tag_entries(made.tags)} if made.tags else answer


def _update_primary(services: Services, context: CallContext, request: Request) -> Answer:
    services.multi_region_keys.update_primary(context, request["KeyId"], request["PrimaryRegion"])
    return {}


OPERATIONS = (
    operation("ReplicateKey", _replicate, checks=_replicate_checks, recorded=("ReplicaKeyMetadata",)),
    operation("UpdatePrimaryRegion", _update_primary),
)
