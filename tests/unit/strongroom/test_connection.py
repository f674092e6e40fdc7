"""Which store a command uses: the flag, else the AWS endpoint variables, else the embedded one."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.cli.connection import connected, ensure_initialised
from strongroom.kernel.errors import UsageError, VaultUnavailable

FLAG, SPECIFIC, GENERAL = "http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STRONGROOM_HOME", str(tmp_path / "vault"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "up")


def endpoint(name: str | None) -> str:
    with connected(name, None) as connection:
        return str(connection.client("secretsmanager").meta.endpoint_url)


@pytest.mark.parametrize(
    ("flag", "specific", "general", "expected"),
    [
        (FLAG, SPECIFIC, GENERAL, FLAG),
        (None, SPECIFIC, GENERAL, SPECIFIC),
        (None, None, GENERAL, GENERAL),
        (None, "", GENERAL, GENERAL),
        ("aws", None, None, "https://secretsmanager.us-east-1.amazonaws.com"),
        ("aws", SPECIFIC, GENERAL, "https://secretsmanager.us-east-1.amazonaws.com"),
    ],
)
def test_the_flag_then_the_specific_variable_then_the_general_one(
    flag: str | None, specific: str | None, general: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("AWS_ENDPOINT_URL_SECRETS_MANAGER", specific), ("AWS_ENDPOINT_URL", general)):
        if text is not None:
            monkeypatch.setenv(name, text)
    assert endpoint(flag) == expected


def test_embedded_is_embedded_whatever_the_variables_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", GENERAL)
    ensure_initialised(tmp_path / "vault")
    with connected("embedded", None) as connection:
        assert connection.vault is not None
        assert connection.client("secretsmanager").list_secrets()["SecretList"] == []


def test_a_named_folder_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", GENERAL)
    ensure_initialised(tmp_path / "other")
    with connected(None, tmp_path / "other") as connection:
        assert connection.vault is not None


def test_an_absent_vault_is_named_with_the_way_out() -> None:
    with pytest.raises(VaultUnavailable, match="there is no vault") as refused, connected(None, None):
        pass
    assert "strongroom vault init" in refused.value.hint


@pytest.mark.parametrize("name", ["amazon", "127.0.0.1:8470", "ftp://x", ""])
def test_anything_else_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="is not embedded, aws or a URL"), connected(name, None):
        pass
