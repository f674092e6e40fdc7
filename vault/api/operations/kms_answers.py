"""How KMS shows keys, aliases, rotations and grants. Members that do not apply are absent, as AWS has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.grants import Grant
from vault.domain.key_material import Material, Origin, RotationKind
from vault.domain.key_specs import algorithms_member, spec_named
from vault.domain.keys import Key, KeyState, alias_arn, key_arn
from vault.domain.tags import Tags
from vault.services.key_aliases import ListedAlias
from vault.services.markers import MarkedPage

Answer = dict[str, Any]


def metadata(key: Key, context: CallContext) -> Answer:
    """Return a key as DescribeKey shows it."""
    shown = {
        "AWSAccountId": key.account_id,
        "KeyId": key.key_id,
        "Arn": key.arn(context.partition),
        "CreationDate": key.created,
        "Enabled": key.shown_state is KeyState.ENABLED,
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.shown_state.value,
        "Origin": key.origin.value,
        "KeyManager": key.manager.value,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": key.multi is not None,
        **algorithms(key),
        **_regions(key, context),
        **_import(key),
    }
    if key.symmetric and key.materials:
        shown["CurrentKeyMaterialId"] = key.newest.material_id
    if key.state is KeyState.PENDING_REPLICA_DELETION:
        shown["PendingDeletionWindowInDays"] = key.window_days
    return shown if key.purge_at is None else {**shown, "DeletionDate": key.purge_at}


def algorithms(key: Key) -> Answer:
    """Return by which algorithms a key is used, in the member that its use has."""
    return {algorithms_member(key.usage): list(spec_named(key.spec).usages[key.usage])}


def _regions(key: Key, context: CallContext) -> Answer:
    if key.multi is None:
        return {}

    def one(region: str) -> Answer:
        return {"Arn": key_arn(context.partition, region, key.account_id, key.key_id), "Region": region}

    return {
        "MultiRegionConfiguration": {
            "MultiRegionKeyType": "REPLICA" if key.is_replica else "PRIMARY",
            "PrimaryKey": one(key.multi.primary),
            "ReplicaKeys": [one(region) for region in key.multi.replicas],
        }
    }


def _import(key: Key) -> Answer:
    """Return when imported material expires, for a key that has all of it."""
    if key.origin is not Origin.EXTERNAL or key.lacks_material:
        return {}
    return _expiry(min((each.expires for each in key.materials if each.expires is not None), default=None))


def _expiry(valid_to: datetime | None) -> Answer:
    if valid_to is None:
        return {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": valid_to}


def alias_entry(listed: ListedAlias, context: CallContext) -> Answer:
    """Return an alias as ListAliases shows it."""
    key, alias = listed.key, listed.alias
    return {
        "AliasName": alias.name,
        "AliasArn": alias_arn(context.partition, key.region, key.account_id, alias.name),
        "TargetKeyId": key.key_id,
        "CreationDate": alias.created,
        "LastUpdatedDate": alias.updated,
    }


def rotation_entry(key: Key, material: Material) -> Answer:
    """Return a key material as ListKeyRotations shows it; one that came by no rotation has neither date nor kind."""
    shown: Answer = {
        "KeyId": key.key_id,
        "KeyMaterialId": material.material_id,
        "KeyMaterialState": _use(key, material),
        **_imported(material),
    }
    if material.kind is RotationKind.FIRST or material == key.pending:
        return shown
    return {**shown, "RotationDate": material.created, "RotationType": material.kind.value}


def _use(key: Key, material: Material) -> str:
    if material == key.pending:
        return "PENDING_ROTATION"
    return "CURRENT" if material == key.newest else "NON_CURRENT"


def _imported(material: Material) -> Answer:
    if material.imported is None:
        return {}
    shown: Answer = {"ImportState": "IMPORTED" if material.held else "PENDING_IMPORT"}
    if material.imported.description:
        shown["KeyMaterialDescription"] = material.imported.description
    return {**shown, **_expiry(material.expires)} if material.held else shown


def grant_entry(grant: Grant, context: CallContext) -> Answer:
    """Return a grant as ListGrants shows it."""
    shown: Answer = {
        "KeyId": f"arn:{context.partition}:kms:{grant.region}:{grant.account_id}:key/{grant.key_id}",
        "GrantId": grant.grant_id,
        "Name": grant.name,
        "CreationDate": grant.created,
        "GranteePrincipal": grant.grantee,
        "IssuingAccount": f"arn:{context.partition}:iam::{grant.account_id}:root",
        "Operations": list(grant.operations),
    }
    if grant.retiring:
        shown["RetiringPrincipal"] = grant.retiring
    return {**shown, "Constraints": dict(grant.constraints)} if grant.constraints else shown


def tag_entries(tags: Tags) -> list[Answer]:
    """Return tags as KMS shows them."""
    return [{"TagKey": key, "TagValue": value} for key, value in tags]


def page_end(page: MarkedPage[Any]) -> Answer:
    """Return how a list ends: with the marker of its next page, or as the last one."""
    return {"NextMarker": page.marker, "Truncated": True} if page.marker else {"Truncated": False}
