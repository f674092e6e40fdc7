"""How KMS shows keys, aliases, rotations and grants. Members that do not apply are absent, as AWS has it."""

from __future__ import annotations

from typing import Any

from vault.domain.context import CallContext
from vault.domain.grants import Grant
from vault.domain.keys import Key, KeyState, Material, RotationKind, alias_arn
from vault.services.key_aliases import ListedAlias
from vault.services.markers import MarkedPage

Answer = dict[str, Any]

ALGORITHM = "SYMMETRIC_DEFAULT"


def metadata(key: Key, context: CallContext) -> Answer:
    """Return a key as DescribeKey shows it."""
    shown = {
        "AWSAccountId": key.account_id,
        "KeyId": key.key_id,
        "Arn": key.arn(context.partition),
        "CreationDate": key.created,
        "Enabled": key.state is KeyState.ENABLED,
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state.value,
        "Origin": "AWS_KMS",
        "KeyManager": key.manager.value,
        "CustomerMasterKeySpec": ALGORITHM,
        "KeySpec": ALGORITHM,
        "EncryptionAlgorithms": [ALGORITHM],
        "MultiRegion": False,
        "CurrentKeyMaterialId": key.newest.material_id,
    }
    return shown if key.purge_at is None else {**shown, "DeletionDate": key.purge_at}


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
    """Return a key material as ListKeyRotations shows it; the first one has neither date nor kind."""
    shown = {
        "KeyId": key.key_id,
        "KeyMaterialId": material.material_id,
        "KeyMaterialState": "CURRENT" if material == key.newest else "NON_CURRENT",
    }
    if material.kind is RotationKind.FIRST:
        return shown
    return {**shown, "RotationDate": material.created, "RotationType": material.kind.value}


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


def page_end(page: MarkedPage[Any]) -> Answer:
    """Return how a list ends: with the marker of its next page, or as the last one."""
    return {"NextMarker": page.marker, "Truncated": True} if page.marker else {"Truncated": False}
