"""What Lambda refuses and no other service does; `vault/api/errors.py` alone knows how AWS spells each."""

from __future__ import annotations

from vault.domain.errors import VaultError


class LambdaRefusal(VaultError):
    """Base of what Lambda alone refuses."""


class FunctionNotFound(LambdaRefusal):
    """No such function, policy or statement."""


class FunctionConflict(LambdaRefusal):
    """A function or statement of that name is there already."""


class InvalidFunctionParameter(LambdaRefusal):
    """A parameter's value cannot be used."""


class CodeStorageExceeded(LambdaRefusal):
    """The code of all functions together would be more than is kept."""


class PolicyLengthExceeded(LambdaRefusal):
    """A function's policy would be longer than one may be."""


class RevisionMismatch(LambdaRefusal):
    """The function is of another revision than the caller has seen."""


class RequestTooLarge(LambdaRefusal):
    """A request's body is larger than the operation takes."""


class InvalidRequestContent(LambdaRefusal):
    """An event that is no JSON."""


class TooManyInvocations(LambdaRefusal):
    """As many functions run as may at once."""


class FunctionFailure(LambdaRefusal):
    """Lambda itself, and not the function, could not do what was asked."""


class FunctionKeyUnusable(LambdaRefusal):
    """The KMS key of a function's environment does not open it now."""
