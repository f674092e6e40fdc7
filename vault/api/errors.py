"""The one mapping from what the store refuses to how AWS spells it on the wire.

Codes differ by protocol for authentication only: JSON services say `UnrecognizedClientException` where the query
services (STS) say `InvalidClientTokenId`.
"""

from __future__ import annotations

from dataclasses import dataclass

from strongroom.wire.sigv4 import SignatureError, SignatureFault
from vault.domain import alarm_errors, errors, function_errors, kms_errors
from vault.domain.iam import errors as iam_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class WireError:
    """An error as the client sees it. `modeled` errors carry `Message`, the others lower-case `message`."""

    code: str
    message: str
    status: int = 400
    modeled: bool = False
    whose: str = ""
    """Whose fault it is, where the service tells: `User` or `Service`."""


class UnknownOperation(errors.VaultError):
    """The service has no such operation, or it is not offered here."""


class MalformedInput(errors.VaultError):
    """A body that is not what the protocol says."""


class UnknownAccessKey(errors.VaultError):
    """No such access key, or a session token that does not belong to it."""


class ExpiredToken(errors.VaultError):
    """A session token past its time."""


_MODELED: dict[type[errors.VaultError], str] = {
    errors.InvalidParameter: "InvalidParameterException",
    errors.InvalidRequest: "InvalidRequestException",
    errors.ResourceNotFound: "ResourceNotFoundException",
    errors.ResourceExists: "ResourceExistsException",
    errors.LimitExceeded: "LimitExceededException",
    errors.InvalidNextToken: "InvalidNextTokenException",
    errors.InvalidLookupAttributes: "InvalidLookupAttributesException",
    errors.InvalidTimeRange: "InvalidTimeRangeException",
    errors.MalformedPolicyDocument: "MalformedPolicyDocumentException",
    errors.PublicPolicy: "PublicPolicyException",
    errors.DecryptionFailed: "DecryptionFailure",
    errors.EncryptionFailed: "EncryptionFailure",
}

_KMS: dict[type[errors.VaultError], str] = {
    kms_errors.AlreadyExists: "AlreadyExistsException",
    kms_errors.DryRun: "DryRunOperationException",
    kms_errors.ExpiredImportToken: "ExpiredImportTokenException",
    kms_errors.IncorrectKey: "IncorrectKeyException",
    kms_errors.IncorrectKeyMaterial: "IncorrectKeyMaterialException",
    kms_errors.InvalidAliasName: "InvalidAliasNameException",
    kms_errors.InvalidArn: "InvalidArnException",
    kms_errors.InvalidCiphertext: "InvalidCiphertextException",
    kms_errors.InvalidGrantId: "InvalidGrantIdException",
    kms_errors.InvalidGrantToken: "InvalidGrantTokenException",
    kms_errors.InvalidImportToken: "InvalidImportTokenException",
    kms_errors.InvalidKeyState: "KMSInvalidStateException",
    kms_errors.InvalidKeyTag: "TagException",
    kms_errors.InvalidKeyUsage: "InvalidKeyUsageException",
    kms_errors.InvalidMac: "KMSInvalidMacException",
    kms_errors.InvalidMarker: "InvalidMarkerException",
    kms_errors.InvalidSignature: "KMSInvalidSignatureException",
    kms_errors.KeyDisabled: "DisabledException",
    kms_errors.KeyLimitExceeded: "LimitExceededException",
    kms_errors.KeyNotFound: "NotFoundException",
    kms_errors.KmsRefusal: "KMSInternalException",
    kms_errors.MalformedKeyPolicy: "MalformedPolicyDocumentException",
    kms_errors.ReservedAlias: "NotAuthorizedException",
    kms_errors.UnsupportedKeyOperation: "UnsupportedOperationException",
}
"""Those of KMS, whose model writes `message`."""

_IAM: dict[type[errors.VaultError], tuple[str, int]] = {
    iam_errors.IamRefusal: ("ServiceFailure", 500),
    iam_errors.DeleteConflict: ("DeleteConflict", 409),
    iam_errors.EntityAlreadyExists: ("EntityAlreadyExists", 409),
    iam_errors.InvalidAuthenticationCode: ("InvalidAuthenticationCode", 403),
    iam_errors.InvalidInput: ("InvalidInput", 400),
    iam_errors.InvalidParameterValue: ("InvalidParameterValue", 400),
    iam_errors.InvalidUserType: ("InvalidUserType", 400),
    iam_errors.NoSuchEntity: ("NoSuchEntity", 404),
    iam_errors.PackedPolicyTooLarge: ("PackedPolicyTooLarge", 400),
    iam_errors.PasswordPolicyViolation: ("PasswordPolicyViolation", 400),
    iam_errors.QuotaExceeded: ("LimitExceeded", 409),
    iam_errors.ReportExpired: ("ReportExpired", 410),
    iam_errors.ReportNotPresent: ("ReportNotPresent", 410),
}
"""Those of IAM and STS, with their status; CloudTrail has `Exception` behind the code."""

_LAMBDA: dict[type[errors.VaultError], tuple[str, int]] = {
    function_errors.CodeStorageExceeded: ("CodeStorageExceededException", 400),
    function_errors.FunctionConflict: ("ResourceConflictException", 409),
    function_errors.FunctionFailure: ("ServiceException", 500),
    function_errors.FunctionKeyUnusable: ("KMSInvalidStateException", 502),
    function_errors.FunctionNotFound: ("ResourceNotFoundException", 404),
    function_errors.InvalidFunctionParameter: ("InvalidParameterValueException", 400),
    function_errors.InvalidRequestContent: ("InvalidRequestContentException", 400),
    function_errors.LambdaRefusal: ("ServiceException", 500),
    function_errors.PolicyLengthExceeded: ("PolicyLengthExceededException", 400),
    function_errors.RequestTooLarge: ("RequestEntityTooLargeException", 413),
    function_errors.RevisionMismatch: ("PreconditionFailedException", 412),
    function_errors.TooManyInvocations: ("TooManyRequestsException", 429),
}
"""Those of Lambda, with their status."""

_COMMON: dict[type[errors.VaultError], tuple[str, str, int]] = {
    errors.ValidationFailed: ("ValidationException", "ValidationError", 400),
    errors.RegionConflict: ("ConflictException", "Conflict", 409),
    errors.AccessDenied: ("AccessDeniedException", "AccessDenied", 400),
    errors.Sealed: ("ServiceUnavailableException", "ServiceUnavailable", 503),
    errors.StoreUnavailable: ("ServiceUnavailableException", "ServiceUnavailable", 503),
    errors.UnsupportedSchema: ("ServiceUnavailableException", "ServiceUnavailable", 503),
    errors.InternalFailure: ("InternalServiceError", "InternalFailure", 500),
    errors.IntegrityFailure: ("InternalServiceError", "InternalFailure", 500),
    kms_errors.KeyDamaged: ("KMSInternalException", "KMSInternal", 500),
    alarm_errors.AlarmNotFound: ("ResourceNotFound", "ResourceNotFound", 404),
    alarm_errors.AlarmLimitExceeded: ("LimitExceededFault", "LimitExceeded", 400),
    alarm_errors.InvalidStateData: ("InvalidFormatFault", "InvalidFormat", 400),
    alarm_errors.InvalidAlarmToken: ("InvalidNextToken", "InvalidNextToken", 400),
    UnknownOperation: ("UnknownOperationException", "InvalidAction", 400),
    MalformedInput: ("SerializationException", "MalformedInput", 400),
    UnknownAccessKey: ("UnrecognizedClientException", "InvalidClientTokenId", 400),
    errors.SessionBarred: ("UnrecognizedClientException", "InvalidClientTokenId", 400),
    ExpiredToken: ("ExpiredTokenException", "ExpiredToken", 400),
}
"""JSON code, query code, status; the query services answer refusals of access and authentication with 403."""

_KNOWN = (_MODELED, _KMS, _IAM, _LAMBDA, _COMMON)

_SIGNATURE: dict[SignatureFault, tuple[str, str]] = {
    SignatureFault.MISSING: ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
    SignatureFault.INCOMPLETE: ("IncompleteSignatureException", "IncompleteSignature"),
    SignatureFault.MISMATCH: ("InvalidSignatureException", "SignatureDoesNotMatch"),
}

_FORBIDDEN = {
    "AccessDenied",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "MissingAuthenticationToken",
}

_QUERY_MODELED = {"MalformedPolicyDocumentException": "MalformedPolicyDocument"}


def wire_error(error: Exception, *, query: bool = False) -> WireError:
    """Return the AWS error for `error`; anything that is no refusal of ours is an internal failure without details."""
    if isinstance(error, SignatureError):
        code = _SIGNATURE[error.fault][query]
        return WireError(code=code, message=error.message, status=_status(code, 400))
    if isinstance(error, errors.VaultError):
        return _refusal(error, query=query)
    return _refusal(errors.InternalFailure(), query=query)


def trail_code(error: errors.VaultError) -> str:
    """Return the code of a refusal as CloudTrail records it: that of a JSON service, but `AccessDenied`."""
    code = wire_error(error).code
    return "AccessDenied" if code == "AccessDeniedException" else code


def _refusal(error: errors.VaultError, *, query: bool) -> WireError:
    kind = next(each for each in type(error).__mro__ if any(each in known for known in _KNOWN))
    if kind in _KMS:
        return WireError(code=_KMS[kind], message=error.message)
    if kind in _IAM:
        code, status = _IAM[kind]
        return WireError(code=code if query else f"{code}Exception", message=error.message, status=status)
    if kind in _LAMBDA:
        code, status = _LAMBDA[kind]
        return WireError(code=code, message=error.message, status=status, whose="User" if status < 500 else "Service")
    modeled = _MODELED.get(kind)
    if modeled is not None:
        code = _QUERY_MODELED.get(modeled, modeled) if query else modeled
        return WireError(code=code, message=error.message, modeled=True)
    json_code, query_code, status = _COMMON[kind]
    code = query_code if query else json_code
    return WireError(
        code=code, message=error.message, status=_status(code, status), modeled=json_code == "InternalServiceError"
    )


def _status(code: str, default: int) -> int:
    return 403 if code in _FORBIDDEN else default
