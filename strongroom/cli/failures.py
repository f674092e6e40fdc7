"""What a failure looks like to the user: one message, the way out, and the documented exit status."""

from __future__ import annotations

import sys

import click

from strongroom.kernel.errors import ExitCode, StrongroomError, raised_at

_DENIED = {"AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "InvalidSignatureException"}
_DENIED |= {"ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch"}

_CUT_OFF = ("the vault cannot be reached", "check the endpoint URL and that it is served", 4)
_UNKNOWN = ("no AWS credentials were found for the vault", "set AWS_ACCESS_KEY_ID or AWS_PROFILE", 5)
_BEFORE_AN_ANSWER = {
    "SSLError": ("the vault's certificate is not trusted", "name its authority with AWS_CA_BUNDLE", 4),
    "EndpointConnectionError": _CUT_OFF,
    "ConnectionClosedError": _CUT_OFF,
    "ConnectTimeoutError": _CUT_OFF,
    "ReadTimeoutError": _CUT_OFF,
    "NoCredentialsError": _UNKNOWN,
    "PartialCredentialsError": _UNKNOWN,
    "CredentialRetrievalError": _UNKNOWN,
    "NoRegionError": ("no region is set for the vault", "give --region, or set AWS_DEFAULT_REGION", 2),
}
"""What botocore raises where no answer came, by its name: to import it costs every command a quarter of a second."""

_UNREACHABLE = {"Sealed", "StoreUnavailable", "UnsupportedSchema"}


def explain(failure: BaseException) -> int:
    """Print what `failure` means on standard error, without values or tracebacks; return the exit status."""
    if isinstance(failure, StrongroomError):
        return _say(failure.message, failure.hint, failure.exit_code)
    if isinstance(failure, click.ClickException):
        failure.show(sys.stderr)
        return ExitCode.USAGE
    if isinstance(failure, click.Abort | KeyboardInterrupt):
        return _say("interrupted", "", ExitCode.INTERRUPTED)
    if isinstance(failure, SystemExit):
        return failure.code if isinstance(failure.code, int) else ExitCode.FOUND
    if isinstance(failure, BrokenPipeError):
        sys.stderr.close()
        return ExitCode.OK
    return _explain_foreign(failure)


def _explain_foreign(failure: BaseException) -> int:
    """Explain an error of a library; its own text is shown only where it cannot hold a value."""
    if type(failure).__module__ == "vault.domain.errors":
        return _refused_by_the_store(failure)
    response = getattr(failure, "response", None)
    if isinstance(response, dict) and "Error" in response:
        code = response["Error"].get("Code", "")
        status = ExitCode.DENIED if code in _DENIED else ExitCode.FOUND
        return _say(f"{code}: {response['Error'].get('Message', '')}", "", status)
    if type(failure).__module__.startswith("botocore") and type(failure).__name__ in _BEFORE_AN_ANSWER:
        return _say(*_BEFORE_AN_ANSWER[type(failure).__name__])
    if isinstance(failure, OSError) and failure.strerror:
        return _say(f"{failure.strerror}: {failure.filename or ''}".rstrip(": "), "", ExitCode.USAGE)
    return _say(f"internal error: {raised_at(failure)}", "please report it", 1)


def _refused_by_the_store(failure: BaseException) -> int:
    """Tell what the store refuses to a command that works on it directly; its messages hold no value."""
    name = type(failure).__name__
    hint = "strongroom vault verify names what was changed" if name == "IntegrityFailure" else ""
    status = ExitCode.VAULT_UNAVAILABLE if name in _UNREACHABLE else ExitCode.FOUND
    return _say(str(failure), hint, status)


def _say(message: str, hint: str, status: int) -> int:
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    return int(status)
