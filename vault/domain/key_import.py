"""Importing a KMS key's material, and deleting it again, as changes of the key.

Rules (AWS KMS Developer Guide, "Importing key material for AWS KMS keys"; API pages of "ImportKeyMaterial",
"DeleteImportedKeyMaterial"):

1.  Material belongs to a key for good: what was deleted or has expired can be imported again, and nothing else in its
    place. A key lacks material until all of it is there.
2.  A symmetric key takes further material, which seals from the next rotation on; one at a time may wait for that.
3.  Material expires within a year, or never, as its last import said.
4.  New material goes to the primary of several regions, and then the same to each replica.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vault.domain.errors import ValidationFailed
from vault.domain.key_material import Imported, Material, RotationKind
from vault.domain.keys import Key, KeyState
from vault.domain.kms_errors import IncorrectKeyMaterial, InvalidKeyState, KeyNotFound, UnsupportedKeyOperation

TOKEN_LIFE = timedelta(hours=24)
_MOST_LIFE = timedelta(days=365)
_EXPIRES = "KEY_MATERIAL_EXPIRES"
_NEW = "NEW_KEY_MATERIAL"
_NOT_THAT = "The key material in the request is not the key material that was imported into this KMS key before."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What ImportKeyMaterial says of the material beside itself."""

    model: str = _EXPIRES
    valid_to: datetime | None = None
    kind: str | None = None
    """`NEW_KEY_MATERIAL` or `EXISTING_KEY_MATERIAL`; None for what fits the key."""
    description: str | None = None
    material_id: str | None = None

    def check(self, key: Key, now: datetime) -> None:
        """Raise `ValidationFailed` for parts that do not fit together, or not the key."""
        if self.model == _EXPIRES and self.valid_to is None:
            raise ValidationFailed(f"A validTo date must be set if the ExpirationModel is {_EXPIRES}")
        if self.model != _EXPIRES and self.valid_to is not None:
            raise ValidationFailed(f"A validTo date must not be set if the ExpirationModel is {self.model}")
        if self.valid_to is not None and not now < self.valid_to <= now + _MOST_LIFE:
            raise ValidationFailed("The validTo date must be in the future, and at most 365 days away")
        told = {"ImportType": self.kind, "KeyMaterialDescription": self.description, "KeyMaterialId": self.material_id}
        given = [member for member, value in told.items() if value is not None]
        if given and not key.symmetric:
            raise ValidationFailed(f"{given[0]} is valid only with a symmetric encryption KMS key.")
        if self.kind == _NEW and self.material_id is not None:
            raise ValidationFailed(f"KeyMaterialId must not be set if the ImportType is {_NEW}")


def with_material(key: Key, material_id: str, request: ImportRequest, now: datetime) -> Key:
    """Return the key with a material that is here from now on.

    Raises `IncorrectKeyMaterial` for another than the one that is wanted, `InvalidKeyState` where one waits for a
    rotation already, `UnsupportedKeyOperation` where new material cannot be imported.
    """
    if request.material_id not in (None, material_id):
        raise IncorrectKeyMaterial(_NOT_THAT)
    known = next((each for each in key.all_materials if each.material_id == material_id), None)
    new = (request.kind == _NEW) if request.kind is not None else not key.all_materials
    if new != (known is None):
        raise IncorrectKeyMaterial(_NOT_THAT)
    taken = key if known is None else _again(key, known, request)
    taken = _further(key, material_id, request, now) if known is None else taken
    return replace(taken, state=KeyState.ENABLED) if key.lacks_material and not taken.lacks_material else taken


def without_material(key: Key, material_id: str | None) -> tuple[Key, Material | None]:
    """Return the key without a material, its current one unless named, and that; None where none was here.

    Raises `KeyNotFound` for one that the key does not have.
    """
    if material_id is None and not key.materials:
        return key, None
    wanted = material_id or key.newest.material_id
    found = next((each for each in key.all_materials if each.material_id == wanted), None)
    if found is None:
        raise KeyNotFound(f"Key material {wanted} not found")
    if not found.held:
        return key, None
    if found == key.pending:
        return replace(key, pending=None), found
    return _replaced(key, found, found.given_up()), found


def _further(key: Key, material_id: str, request: ImportRequest, now: datetime) -> Key:
    key.check_primary()
    made = Material(material_id=material_id, created=now, imported=_imported(request, ""))
    if not key.materials:
        return replace(key, materials=(made,))
    if not key.symmetric:
        raise IncorrectKeyMaterial(_NOT_THAT)
    if key.multi is not None:
        raise UnsupportedKeyOperation("New key material for a multi-Region key is not supported.")
    if key.pending is not None:
        raise InvalidKeyState(
            f"New key material (id: {material_id}) cannot be imported into KMS key {key.arn()}, because another key "
            f"material (id: {key.pending.material_id}) is pending rotation."
        )
    return replace(key, pending=replace(made, kind=RotationKind.ON_DEMAND))


def _again(key: Key, known: Material, request: ImportRequest) -> Key:
    before = known.imported.description if known.imported is not None else ""
    return _replaced(key, known, replace(known, imported=_imported(request, before)))


def _imported(request: ImportRequest, description: str) -> Imported:
    told = description if request.description is None else request.description
    return Imported(held=True, valid_to=request.valid_to, description=told)


def _replaced(key: Key, old: Material, new: Material) -> Key:
    if old == key.pending:
        return replace(key, pending=new)
    return replace(key, materials=tuple(new if each == old else each for each in key.materials))
