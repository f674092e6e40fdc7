"""Every failure ends in one message without a value and its documented exit status."""

from __future__ import annotations

import click
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
    SSLError,
)

from strongroom.cli.failures import explain
from strongroom.kernel.errors import CheckFailed, Denied, StrongroomError, UsageError, VaultUnavailable

SECRET = "hunter" + "2"


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said the store"}}, "GetSecretValue")


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (StrongroomError("m"), 1),
        (CheckFailed("m"), 1),
        (UsageError("m"), 2),
        (VaultUnavailable("m"), 4),
        (Denied("m"), 5),
        (click.UsageError("m"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (SystemExit(7), 7),
        (SystemExit("m"), 1),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), 4),
        (SSLError(endpoint_url="https://127.0.0.1:1", error="self-signed"), 4),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1:1"), 4),
        (NoCredentialsError(), 5),
        (NoRegionError(), 2),
        (refused("AccessDeniedException"), 5),
        (refused("UnrecognizedClientException"), 5),
        (refused("ResourceNotFoundException"), 1),
        (FileNotFoundError(2, "No such file or directory", "x"), 2),
        (ZeroDivisionError(), 1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_failure_has_its_exit_status(failure: BaseException, status: int) -> None:
    assert explain(failure) == status


def test_our_own_errors_say_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    explain(UsageError("no such thing", hint="try another"))
    assert capsys.readouterr() == ("", "error: no such thing\nhint: try another\n")


def test_an_error_nobody_foresaw_is_named_with_its_place_and_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=SECRET) as unforeseen:
        int(SECRET)
    explain(unforeseen.value)
    said = capsys.readouterr().err
    assert said.startswith(f"error: internal error: ValueError at {__name__}:")
    assert SECRET not in said


def test_a_store_that_refuses_is_quoted_by_code(capsys: pytest.CaptureFixture[str]) -> None:
    explain(refused("ThrottlingException"))
    assert capsys.readouterr().err == "error: ThrottlingException: said the store\n"
