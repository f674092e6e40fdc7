"""What hangs on a KMS key, on the wire: aliases, its policy, tags, rotation; no rules here."""

from __future__ import annotations

from vault.api.operations.kms_access import Request, alias_checks, unbound_checks
from vault.api.operations.kms_answers import Answer, alias_entry, page_end, rotation_entry, tag_entries
from vault.api.operations.kms_keys import tag_pairs
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.domain.key_policy import DEFAULT_NAME
from vault.services.binding import Services

_PAGE = 50
_ROTATIONS = 100


def _create_alias(services: Services, context: CallContext, request: Request) -> Answer:
    services.key_aliases.create(context, request["AliasName"], request["TargetKeyId"])
    return {}


def _update_alias(services: Services, context: CallContext, request: Request) -> Answer:
    services.key_aliases.update(context, request["AliasName"], request["TargetKeyId"])
    return {}


def _delete_alias(services: Services, context: CallContext, request: Request) -> Answer:
    services.key_aliases.delete(context, request["AliasName"])
    return {}


def _list_aliases(services: Services, context: CallContext, request: Request) -> Answer:
    page = services.key_aliases.page(
        context, key_id=request.get("KeyId"), limit=request.get("Limit", _PAGE), marker=request.get("Marker", "")
    )
    return {"Aliases": [alias_entry(each, context) for each in page.items], **page_end(page)}


def _put_policy(services: Services, context: CallContext, request: Request) -> Answer:
    services.keys.put_policy(
        context,
        request["KeyId"],
        request["Policy"],
        name=request.get("PolicyName", DEFAULT_NAME),
        bypass=request.get("BypassPolicyLockoutSafetyCheck", False),
    )
    return {}


def _get_policy(services: Services, context: CallContext, request: Request) -> Answer:
    name = request.get("PolicyName", DEFAULT_NAME)
    return {"Policy": services.keys.policy(context, request["KeyId"], name), "PolicyName": name}


def _list_policies(services: Services, context: CallContext, request: Request) -> Answer:
    page = services.keys.policy_names(context, request["KeyId"], marker=request.get("Marker", ""))
    return {"PolicyNames": list(page.items), **page_end(page)}


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.keys.tag(context, request["KeyId"], tag_pairs(request))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.keys.untag(context, request["KeyId"], request["TagKeys"])
    return {}


def _list_tags(services: Services, context: CallContext, request: Request) -> Answer:
    page = services.keys.tags(
        context, request["KeyId"], limit=request.get("Limit", _PAGE), marker=request.get("Marker", "")
    )
    return {"Tags": tag_entries(page.items), **page_end(page)}


def _enable_rotation(services: Services, context: CallContext, request: Request) -> Answer:
    services.key_rotation.enable(context, request["KeyId"], request.get("RotationPeriodInDays"))
    return {}


def _disable_rotation(services: Services, context: CallContext, request: Request) -> Answer:
    services.key_rotation.disable(context, request["KeyId"])
    return {}


def _rotation_status(services: Services, context: CallContext, request: Request) -> Answer:
    key = services.key_rotation.status(context, request["KeyId"])
    shown: Answer = {"KeyId": key.arn(context.partition), "KeyRotationEnabled": key.rotates}
    if key.rotation is None or not key.rotates:
        return shown
    return {**shown, "RotationPeriodInDays": key.rotation.period_days, "NextRotationDate": key.rotation.due}


def _rotate(services: Services, context: CallContext, request: Request) -> Answer:
    return {"KeyId": services.key_rotation.rotate(context, request["KeyId"]).arn(context.partition)}


def _list_rotations(services: Services, context: CallContext, request: Request) -> Answer:
    key, page = services.key_rotation.page(
        context,
        request["KeyId"],
        all_material=request.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL",
        limit=request.get("Limit", _ROTATIONS),
        marker=request.get("Marker", ""),
    )
    return {"Rotations": [rotation_entry(key, each) for each in page.items], **page_end(page)}


OPERATIONS = (
    operation("CreateAlias", _create_alias, checks=alias_checks("CreateAlias")),
    operation("UpdateAlias", _update_alias, checks=alias_checks("UpdateAlias")),
    operation("DeleteAlias", _delete_alias, checks=alias_checks("DeleteAlias")),
    operation("ListAliases", _list_aliases, checks=unbound_checks("ListAliases"), read_only=True),
    operation("PutKeyPolicy", _put_policy),
    operation("GetKeyPolicy", _get_policy, read_only=True),
    operation("ListKeyPolicies", _list_policies, read_only=True),
    operation("TagResource", _tag),
    operation("UntagResource", _untag),
    operation("ListResourceTags", _list_tags, read_only=True),
    operation("EnableKeyRotation", _enable_rotation),
    operation("DisableKeyRotation", _disable_rotation),
    operation("GetKeyRotationStatus", _rotation_status, read_only=True),
    operation("RotateKeyOnDemand", _rotate, recorded=("KeyId",)),
    operation("ListKeyRotations", _list_rotations, read_only=True),
)
