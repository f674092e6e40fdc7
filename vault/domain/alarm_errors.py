"""What CloudWatch refuses where its error code is not the other services' own."""

from __future__ import annotations

from vault.domain.errors import VaultError


class AlarmNotFound(VaultError):
    """No alarm of that name."""


class AlarmLimitExceeded(VaultError):
    """An account has as many alarms as it may."""


class InvalidStateData(VaultError):
    """The data of a state's reason is no JSON."""


class InvalidAlarmToken(VaultError):
    """A paging token that is not ours or belongs to another query."""
