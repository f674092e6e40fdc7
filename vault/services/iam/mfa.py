"""Virtual MFA devices: made, enabled for a user by two codes in a row, and asked for a code that is good once.

Source: IAM API Reference, pages of the operations.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.totp import SEED_BYTES, is_code
from vault.domain.context import CallContext
from vault.domain.iam import tagging
from vault.domain.iam.codes import step_of, synchronised, taken
from vault.domain.iam.entities import MfaDevice, User
from vault.domain.iam.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    InvalidAuthenticationCode,
    NoSuchEntity,
    QuotaExceeded,
)
from vault.domain.iam.names import check_path
from vault.domain.iam.tries import may_try
from vault.domain.tags import Tags
from vault.services.iam.directory import Directory
from vault.services.keyring import Keyring

DEVICES_PER_USER = 8
_BAD_CODE = "Authentication code for device is not valid."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A fresh device with what an authenticator needs, which is told once."""

    device: MfaDevice
    seed: SecretValue
    """Base32, as it is typed."""
    address: SecretValue
    """`otpauth://` URI, as it is photographed."""


class Mfa:
    """The operations on the devices of one account."""

    def __init__(self, directory: Directory, keyring: Keyring) -> None:
        self._directory = directory
        self._iam = directory.tx.iam
        self._keyring = keyring

    def create(self, context: CallContext, name: str, *, path: str | None, tags: Tags) -> NewDevice:
        """Make a device that is nobody's. Raises `EntityAlreadyExists`, `ValidationFailed` for a path."""
        place = f"{check_path(path)}{name}"
        self._directory.require_free(MfaDevice, place, "MFADevice entity at the same path and name already exists.")
        seed = secrets.token_bytes(SEED_BYTES)
        device = MfaDevice(
            account_id=context.account_id,
            name=place,
            path=check_path(path),
            entity_id=place,
            created=context.now,
            seed="",
            tags=tagging.checked(tags, folded=False),
        )
        sealed = self._keyring.seal_mfa_seed(device.arn, SecretValue(seed))
        device = replace(device, seed=base64.b64encode(sealed).decode("ascii"))
        self._iam.save(device)
        typed = base64.b32encode(seed).decode("ascii")
        label = f"strongroom:{name}@{context.account_id}"
        address = f"otpauth://totp/{label}?secret={typed}&issuer=strongroom"
        return NewDevice(device=device, seed=SecretValue(typed), address=SecretValue(address))

    def delete(self, serial: str) -> None:
        """Delete a device that is nobody's. Raises `NoSuchEntity`, `DeleteConflict`."""
        device = self._directory.device(serial)
        if device.user:
            raise DeleteConflict("MFA device is in use. Must deactivate first.")
        self._iam.remove(device)

    def enable(self, context: CallContext, user: str, serial: str, codes: tuple[str, str]) -> None:
        """Enable a device for a user by two of its codes in a row.

        Raises `NoSuchEntity`, `EntityAlreadyExists`, `InvalidAuthenticationCode`, `QuotaExceeded`.
        """
        known = self._devices(user)
        device = self._directory.device(serial)
        if device.user:
            raise EntityAlreadyExists("MFA Device is already in use.")
        if len(known) == DEVICES_PER_USER:
            raise QuotaExceeded(f"Cannot exceed quota for MFADevicesPerUser: {DEVICES_PER_USER}")
        synced = self._synced(device, context.now, codes)
        self._iam.save(replace(synced, user=user, enabled=context.now.replace(microsecond=0)))
        self._keep(user, (*known, serial))

    def deactivate(self, user: str, serial: str) -> None:
        """Take a device off its user. Raises `NoSuchEntity`."""
        known = self._devices(user)
        device = self._owned(user, serial)
        self._iam.save(replace(device, user="", enabled=None))
        self._keep(user, tuple(each for each in known if each != serial))

    def resync(self, context: CallContext, user: str, serial: str, codes: tuple[str, str]) -> None:
        """Set a device's clock by two of its codes in a row. Raises `NoSuchEntity`, `InvalidAuthenticationCode`."""
        self._devices(user)
        self._iam.save(self._synced(self._owned(user, serial), context.now, codes))

    def of(self, user: str) -> Sequence[MfaDevice]:
        """Return the devices of a user. Raises `NoSuchEntity`."""
        return [self._directory.device(serial) for serial in self._devices(user)]

    def list(self, assigned: bool | None) -> Sequence[MfaDevice]:
        """Return the devices of the account: those that are somebody's, that are nobody's, or all."""
        found = self._iam.all(MfaDevice, self._directory.account_id)
        return [each for each in found if assigned is None or bool(each.user) is assigned]

    def owns(self, user: str, serial: str) -> bool:
        """Tell whether a device is a user's."""
        device = self._directory.find_device(serial)
        return device is not None and device.user == user

    def use(self, user: str, serial: str, code: str, now: datetime) -> bool:
        """Use a code of a user's device up; False where device or code is not good, or it must not be tried now."""
        device = self._directory.find_device(serial)
        if device is None or device.user != user or not may_try(device.failures, device.last_failure, now):
            return False
        used = taken(device, step_of(now.timestamp()), code, self._is_code(device))
        if used is not None:
            self._iam.save(replace(used, failures=0, last_failure=None))
        return used is not None

    def count_failure(self, serial: str, now: datetime) -> None:
        """Count a code that was not good."""
        device = self._directory.find_device(serial)
        if device is not None:
            self._iam.save(replace(device, failures=device.failures + 1, last_failure=now))

    def _devices(self, user: str) -> tuple[str, ...]:
        return self._directory.user(user).devices

    def _keep(self, user: str, devices: tuple[str, ...]) -> None:
        self._directory.change(User, user, lambda found: replace(found, devices=devices))

    def _owned(self, user: str, serial: str) -> MfaDevice:
        device = self._directory.device(serial)
        if device.user != user:
            raise NoSuchEntity(f"MFA Device with serial number {serial} does not exist.")
        return device

    def _synced(self, device: MfaDevice, now: datetime, codes: tuple[str, str]) -> MfaDevice:
        synced = synchronised(device, step_of(now.timestamp()), codes, self._is_code(device))
        if synced is None:
            raise InvalidAuthenticationCode(_BAD_CODE)
        return synced

    def _is_code(self, device: MfaDevice) -> Callable[[int, str], bool]:
        seed = self._keyring.open_mfa_seed(device.arn, base64.b64decode(device.seed))
        return lambda step, code: is_code(seed.reveal(), step, code)
