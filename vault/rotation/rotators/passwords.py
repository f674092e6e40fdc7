"""Draws new passwords by the service's rules and by the settings that AWS's rotation templates know.

Source of the names: the variables that the published templates read (`PASSWORD_LENGTH`, `EXCLUDE_CHARACTERS`, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import Errand, RotationFailed

EXCLUDED_CHARACTERS = "/@\"'\\:%{}$` "
"""Characters that hurt in URLs, shells and templates; a new value has none of them."""

PASSWORD_LENGTH = 32
LONGEST = 4096
_SWITCHES = {
    "EXCLUDE_NUMBERS": ("ExcludeNumbers", False),
    "EXCLUDE_PUNCTUATION": ("ExcludePunctuation", False),
    "EXCLUDE_UPPERCASE": ("ExcludeUppercase", False),
    "EXCLUDE_LOWERCASE": ("ExcludeLowercase", False),
    "REQUIRE_EACH_INCLUDED_TYPE": ("RequireEachIncludedType", True),
}


def new_password(errand: Errand, *, length: int = PASSWORD_LENGTH, excluded: str = EXCLUDED_CHARACTERS) -> SecretValue:
    """Return a random password; the errand's settings win over `length` and `excluded`. Raises `RotationFailed`."""
    settings = errand.settings
    answer = errand.client.get_random_password(
        PasswordLength=_length(settings, length),
        ExcludeCharacters=settings.get("EXCLUDE_CHARACTERS", excluded),
        **_switches(settings),
    )
    return SecretValue(answer["RandomPassword"])


def _length(settings: Mapping[str, str], usual: int) -> int:
    text = settings.get("PASSWORD_LENGTH")
    if text is None:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST:
        raise RotationFailed(f"PASSWORD_LENGTH is {text}; it is a whole number from 1 to {LONGEST}")
    return int(text)


def _switches(settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        parameter: settings[name].strip().lower() in ("true", "1", "y", "yes") if name in settings else usual
        for name, (parameter, usual) in _SWITCHES.items()
    }
