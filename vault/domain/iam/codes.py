"""Which code of an MFA device is taken: near the present time by the device's own clock, and never twice.

Source: RFC 6238, sections 5.2 (a code is accepted once) and 6 (resynchronisation); IAM API Reference, "EnableMFADevice"
and "ResyncMFADevice" (two codes in a row).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vault.domain.iam.entities import MfaDevice

SECONDS = 30
_NEAR = 1
_FAR = 20
"""How many steps a clock may be off when two codes in a row are given: ten minutes."""

IsCode = Callable[[int, str], bool]
"""Tells whether a text is the code of a step."""


def step_of(epoch: float) -> int:
    """Return the number of the step that a time lies in."""
    return int(epoch) // SECONDS


def taken(device: MfaDevice, now: int, code: str, is_code: IsCode) -> MfaDevice | None:
    """Return the device once `code` is used up, `now` being the present step; None where it is not good."""
    here = now + device.drift
    good = [step for step in range(here - _NEAR, here + _NEAR + 1) if step > device.last_step and is_code(step, code)]
    return replace(device, last_step=good[0], drift=good[0] - now) if good else None


def synchronised(device: MfaDevice, now: int, codes: tuple[str, str], is_code: IsCode) -> MfaDevice | None:
    """Return the device with its clock set by two codes in a row; None where they are none, or were used."""
    first, second = codes
    for distance in sorted(range(-_FAR, _FAR + 1), key=abs):
        step = now + distance
        if step > device.last_step and is_code(step, first) and is_code(step + 1, second):
            return replace(device, last_step=step + 1, drift=step + 1 - now)
    return None
