"""A KMS key as the JSON values that are stored of it, and back; the first kind of keys is written as it always was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from vault.domain.key_material import Material, Origin
from vault.domain.keys import Alias, Key, KeyManager, KeyState, Rotation
from vault.domain.multi_region import MultiRegion


def key_document(key: Key) -> dict[str, Any]:
    """Return the key as JSON values."""
    return {
        "key_id": key.key_id,
        "account_id": key.account_id,
        "region": key.region,
        "created": key.created.isoformat(),
        "manager": key.manager.value,
        "materials": [each.state() for each in key.materials],
        "state": key.state.value,
        "description": key.description,
        "tags": [list(pair) for pair in key.tags],
        "policy": key.policy,
        "aliases": [[each.name, each.created.isoformat(), each.updated.isoformat()] for each in key.aliases],
        "rotation": [key.rotation.period_days, key.rotation.due.isoformat()] if key.rotation else None,
        "purge_at": key.purge_at.isoformat() if key.purge_at else None,
        "window_days": key.window_days,
        "generation": key.generation,
    } | _further(key)


def _further(key: Key) -> dict[str, Any]:
    """Return what keys of before there were several kinds have no word about."""
    return {
        **({} if key.symmetric else {"spec": key.spec, "usage": key.usage}),
        **({} if key.origin is Origin.OURS else {"origin": key.origin.value}),
        **({} if key.pending is None else {"pending": key.pending.state()}),
        **({} if key.multi is None else {"multi": key.multi.state()}),
        **({"swept": True} if key.swept and key.origin is Origin.EXTERNAL else {}),
    }


def key_of(document: Mapping[str, Any]) -> Key:
    """Return the key that `key_document` described."""
    rotation, purge_at = document["rotation"], document["purge_at"]
    return Key(
        key_id=document["key_id"],
        account_id=document["account_id"],
        region=document["region"],
        created=datetime.fromisoformat(document["created"]),
        manager=KeyManager(document["manager"]),
        materials=tuple(Material.from_state(each) for each in document["materials"]),
        spec=document.get("spec", "SYMMETRIC_DEFAULT"),
        usage=document.get("usage", "ENCRYPT_DECRYPT"),
        origin=Origin(document.get("origin", Origin.OURS)),
        pending=Material.from_state(document["pending"]) if "pending" in document else None,
        multi=MultiRegion.from_state(document["multi"]) if "multi" in document else None,
        swept="swept" in document or ("origin" not in document and not document["materials"]),
        state=KeyState(document["state"]),
        description=document["description"],
        tags=tuple((key, value) for key, value in document["tags"]),
        policy=document["policy"],
        aliases=_aliases(document["aliases"]),
        rotation=Rotation(period_days=rotation[0], due=datetime.fromisoformat(rotation[1])) if rotation else None,
        purge_at=datetime.fromisoformat(purge_at) if purge_at else None,
        window_days=document["window_days"],
        generation=document["generation"],
    )


def _aliases(listed: Sequence[Sequence[str]]) -> tuple[Alias, ...]:
    return tuple(
        Alias(name=name, created=datetime.fromisoformat(created), updated=datetime.fromisoformat(updated))
        for name, created, updated in listed
    )
