"""An operation of the API as the gateway sees it: what it needs permission for, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from vault.domain.context import CallContext
from vault.domain.names import SecretLocator
from vault.domain.policy import Policy


def _none() -> None:
    return None


def _no() -> bool:
    return False


@hot_record
class AccessCheck:
    """One permission a request needs: an action on a resource."""

    action: str
    """For instance `secretsmanager:GetSecretValue`."""
    resource: str
    """An ARN, or `*` for operations without a resource."""
    named: str = ""
    """What the caller called the resource; used in the refusal, so that it tells nothing the caller did not know."""
    untold: str = ""
    """What a refusal says instead of naming the resource, where the caller did not name it."""
    describe: Callable[[], Mapping[str, str | Sequence[str]]] = dict
    """Returns the condition keys; asked only where a policy has conditions."""
    account_id: str = ""
    """The account that the resource belongs to; empty for the caller's own."""
    guarded: bool = False
    """Whether the resource's own policy must let in even callers of its account, as that of a KMS key must."""
    resource_policy: Callable[[], Policy | None] = _none
    """Returns the resource's own policy."""
    granted: Callable[[], bool] = _no
    """Tells whether a grant lets the caller in."""

    @property
    def condition_keys(self) -> Mapping[str, str | Sequence[str]]:
        """The condition keys that describe the call."""
        return self.describe()


@hot_record
class Wanted:
    """A secret that a call is about; with `value`, the version of it that the call reads."""

    locator: SecretLocator
    value: bool = False
    version_id: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What an operation has still to do once its transaction has committed: it takes its time, and others go on.

    `work` returns the response members and raises `VaultError`; it is done on a thread of its own.
    """

    work: Callable[[], dict[str, Any]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A wire operation. `checks` and `run` take (transaction-bound services, context, decoded request)."""

    service: str
    """Endpoint prefix: `secretsmanager`, `sts`."""
    name: str
    read_only: bool
    checks: Callable[[Any, CallContext, Mapping[str, Any]], Sequence[AccessCheck]]
    run: Callable[[Any, CallContext, Mapping[str, Any]], dict[str, Any] | Later]
    recorded_response: tuple[str, ...] = ()
    """Response members that may enter the trail (`ARN`, `Name`, `VersionId`); never a value."""
    wanted: Callable[[CallContext, Mapping[str, Any]], Wanted | None] = lambda _context, _request: None
    """Returns what the call will read, as far as its request tells."""
