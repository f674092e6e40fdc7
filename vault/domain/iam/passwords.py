"""An account's password policy: what a password must be, how long it is good, and which earlier ones it must not be.

Source: IAM User Guide, "Set an account password policy for IAM users"; IAM API Reference,
"UpdateAccountPasswordPolicy".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from vault.domain.iam.errors import PasswordPolicyViolation

SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
MOST_CHARACTERS = 128
_USUAL_KINDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What was set for an account. The defaults are those of an update that says nothing."""

    minimum_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    allow_change: bool = False
    max_age_days: int = 0
    """0: passwords do not expire."""
    reuse_prevention: int = 0
    """How many earlier passwords must not be taken again."""
    hard_expiry: bool | None = None

    def document(self) -> dict[str, Any]:
        """Return the policy as JSON values."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> PasswordPolicy:
        """Read what `document` gave."""
        return cls(**content)

    def expired(self, changed: datetime, now: datetime) -> bool:
        """Tell whether a password that was set at `changed` has had its time."""
        return bool(self.max_age_days) and now - changed >= timedelta(days=self.max_age_days)


_KINDS: Mapping[str, Callable[[str], bool]] = {
    "uppercase letter": lambda text: any("A" <= each <= "Z" for each in text),
    "lowercase letter": lambda text: any("a" <= each <= "z" for each in text),
    "number": lambda text: any("0" <= each <= "9" for each in text),
    "symbol": lambda text: any(each in SYMBOLS for each in text),
}


def check_password(password: str, policy: PasswordPolicy | None, *, names: tuple[str, ...] = ()) -> None:
    """Raise `PasswordPolicyViolation` for a password that the policy, or without one AWS's default, does not let be.

    The default: eight characters, three of the four kinds, and none of `names`.
    """
    minimum = 8 if policy is None else policy.minimum_length
    if len(password) < minimum:
        raise PasswordPolicyViolation(f"Password should have a minimum length of {minimum}")
    if len(password) > MOST_CHARACTERS:
        raise PasswordPolicyViolation(f"Password should have a maximum length of {MOST_CHARACTERS}")
    missing = [kind for kind, has in _KINDS.items() if not has(password)]
    if policy is None:
        if len(_KINDS) - len(missing) < _USUAL_KINDS or password.lower() in {name.lower() for name in names}:
            raise PasswordPolicyViolation(
                "Password should have at least three of: uppercase letter, lowercase letter, number, symbol, and "
                "should not be the name of the user or account"
            )
        return
    for kind in _required(policy):
        if kind in missing:
            raise PasswordPolicyViolation(f"Password should have at least one {kind}")


def _required(policy: PasswordPolicy) -> Iterator[str]:
    wanted = (policy.require_uppercase, policy.require_lowercase, policy.require_numbers, policy.require_symbols)
    return (kind for kind, required in zip(_KINDS, wanted, strict=True) if required)
