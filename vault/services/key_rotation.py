"""Rotation of key materials as callers ask for it: by itself every so many days, or at once."""

from __future__ import annotations

from dataclasses import replace

from vault.domain.context import CallContext
from vault.domain.key_material import Material, Origin, RotationKind
from vault.domain.keys import Key
from vault.services.keyring import Keyring
from vault.services.keys import Keys
from vault.services.markers import MarkedPage, Markers
from vault.storage.store import UnitOfWork


class KeyRotation:
    """The operations on rotation in one transaction; all raise `KeyNotFound`, `InvalidArn`.

    Those that change something raise `KeyDisabled`, `InvalidKeyState`, and `AccessDenied` for keys that AWS manages.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, keys: Keys) -> None:
        self._tx = tx
        self._keyring = keyring
        self._keys = keys

    def enable(self, context: CallContext, key_id: str, period_days: int | None) -> None:
        """Have a key rotate every so many days, 365 unless said."""
        key = self._keys.own(context, "EnableKeyRotation", key_id)
        self._tx.keys.save(key.rotating(context.now, period_days))

    def disable(self, context: CallContext, key_id: str) -> None:
        """Have a key rotate no more by itself."""
        self._tx.keys.save(self._keys.own(context, "DisableKeyRotation", key_id).not_rotating())

    def status(self, context: CallContext, key_id: str) -> Key:
        """Return the key, whose rotation tells the status. Raises `UnsupportedKeyOperation` for kinds without."""
        key = self._keys.lookup.anyones(context, key_id, aliases=False)
        key.check_can_rotate()
        return key

    def rotate(self, context: CallContext, key_id: str) -> Key:
        """Give a key a fresh material at once. Raises `KeyLimitExceeded` after ten times."""
        key = self._keys.own(context, "RotateKeyOnDemand", key_id)
        if key.origin is Origin.EXTERNAL:
            taken = None if key.pending is None else replace(key.pending, created=context.now)
            return self._tx.keys.save(key.rotated_on_demand(taken))
        material, wrapped = self._keyring.materials.fresh(
            key_id=key.key_id,
            account_id=key.account_id,
            region=key.region,
            now=context.now,
            kind=RotationKind.ON_DEMAND,
        )
        rotated = key.rotated_on_demand(material)
        self._tx.keys.add_material(key.key_id, material.material_id, wrapped)
        return self._tx.keys.save(rotated)

    def page(
        self, context: CallContext, key_id: str, *, all_material: bool, limit: int, marker: str = ""
    ) -> tuple[Key, MarkedPage[Material]]:
        """Return a key and a page of its rotations, oldest first, or of all its materials. Raises `InvalidMarker`."""
        key = self._keys.lookup.named(context, key_id, aliases=False)
        key.check_can_rotate()
        rotations = [each for each in key.materials if each.kind is not RotationKind.FIRST]
        shown = key.all_materials if all_material else rotations
        markers = Markers(self._keyring, ["rotations", key.key_id, all_material])
        return key, markers.page_of_all(shown, limit, marker, lambda each: each.material_id)
