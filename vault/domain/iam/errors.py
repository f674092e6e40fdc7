"""What IAM refuses, each class standing for one error code of its published model; messages are AWS's sentences."""

from __future__ import annotations

from vault.domain.errors import VaultError


class IamRefusal(VaultError):
    """Base of IAM's own refusals."""


class NoSuchEntity(IamRefusal):
    """There is no such user, group, role, policy, key or device."""


class EntityAlreadyExists(IamRefusal):
    """The name is taken."""


class DeleteConflict(IamRefusal):
    """Something still hangs on what is to be deleted."""


class QuotaExceeded(IamRefusal):
    """A quota of IAM would be passed."""


class InvalidInput(IamRefusal):
    """A parameter's value cannot be used."""


class InvalidAuthenticationCode(IamRefusal):
    """A code is not the one that the MFA device shows now."""


class InvalidUserType(IamRefusal):
    """Only a user with a password can do this."""


class PasswordPolicyViolation(IamRefusal):
    """A password is not as the account's password policy asks."""


class ReportExpired(IamRefusal):
    """The credential report is too old to be had."""


class ReportNotPresent(IamRefusal):
    """No credential report was made yet."""


class InvalidParameterValue(IamRefusal):
    """STS: the parameters do not fit each other."""


class PackedPolicyTooLarge(IamRefusal):
    """STS: session policies and tags together are too large."""
