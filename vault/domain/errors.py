"""What the store can refuse, in the store's own words; `vault/api/errors.py` alone knows how AWS spells each.

Each class stands for one AWS error code; the message is AWS's wording where it is known and never holds a value.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, runtime_checkable


class VaultError(Exception):
    """Base of every refusal of the store. `message` is safe to print and to record."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class InvalidParameter(VaultError):
    """A parameter's value cannot be used."""


class InvalidRequest(VaultError):
    """The request does not fit the resource's present state."""


class ValidationFailed(VaultError):
    """A parameter breaks a constraint of the published model."""


class ResourceNotFound(VaultError):
    """No such secret, version or label."""


class ResourceExists(VaultError):
    """A secret or version of that name exists with other content."""


class LimitExceeded(VaultError):
    """A quota would be passed."""


class InvalidNextToken(VaultError):
    """A paging token that is not ours or belongs to another query."""


class InvalidLookupAttributes(VaultError):
    """Events cannot be looked up by that attribute."""


class InvalidTimeRange(VaultError):
    """A time range whose end is before its start."""


class MalformedPolicyDocument(VaultError):
    """A policy that does not parse, or uses what we do not know."""


class PublicPolicy(VaultError):
    """A policy that lets everybody in, where such are to be blocked."""


class DecryptionFailed(VaultError):
    """A sealed value does not open under its key at its place."""


class EncryptionFailed(VaultError):
    """A value cannot be sealed under the key asked for."""


class AccessDenied(VaultError):
    """The policy decision was no."""


class Stranger(AccessDenied):
    """Nobody here vouches for who asks, so nothing of it is kept: anybody could fill the trail with it."""


class SessionBarred(VaultError):
    """Sessions of that kind cannot do this, whatever policies say."""

    def __init__(self) -> None:
        super().__init__("The security token included in the request is invalid")


@runtime_checkable
class Consequential(Protocol):
    """A refusal that leaves something behind, though what the call did is undone."""

    def settle(self, services: Any, now: datetime) -> None:
        """Leave it, by the services of the caller's transaction."""


class MfaRefused(AccessDenied):
    """A code of an MFA device was not good; the try is counted for the device of the serial number."""

    def __init__(self, message: str, *, serial: str) -> None:
        super().__init__(message)
        self._serial = serial

    def settle(self, services: Any, now: datetime) -> None:
        """Count the try."""
        services.iam.mfa.count_failure(self._serial, now)


class PasswordRefused(AccessDenied):
    """The password of a user was not the right one; the try is counted."""

    def __init__(self, message: str, *, user: str) -> None:
        super().__init__(message)
        self._user = user

    def settle(self, services: Any, now: datetime) -> None:
        """Count the try."""
        services.iam.logins.count_failure(self._user, now)


class Sealed(VaultError):
    """The root key is not available."""


class IntegrityFailure(VaultError):
    """Stored state does not carry the MAC it must: it was edited or damaged."""


class InternalFailure(VaultError):
    """Something failed inside that is no refusal; what it was stays in the server's log."""

    def __init__(self) -> None:
        super().__init__("An error occurred on the server side.")


class StoreUnavailable(VaultError):
    """The store cannot be reached or written: absent, busy for too long, disk full."""


class StoreConflict(StoreUnavailable):
    """Another server changed the same rows first; the transaction did nothing and may be tried again."""


class UnsupportedSchema(VaultError):
    """The store was written by a newer version of the program."""


class RegionConflict(VaultError):
    """A region is being enabled or disabled at the moment."""


class RotationUnfinished(InvalidRequest):
    """A rotation was asked for while an earlier one is pending; that one, of the secret `arn`, is to be reattempted."""

    def __init__(self, message: str, *, arn: str) -> None:
        super().__init__(message)
        self.arn = arn

    def settle(self, services: Any, now: datetime) -> None:
        """Have the pending one reattempted."""
        services.rotation.reattempt(self.arn, now)
