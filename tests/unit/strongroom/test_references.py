"""References to secrets in environment variables and `.env` files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strongroom.cli.references import env_file, holds_references, resolve
from strongroom.kernel.errors import UsageError
from vault.bootstrap import open_in_memory
from vault.initialise import NewStore


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    vault, _ = open_in_memory(NewStore(account_id="123456789012", regions=("us-east-1",)))
    made = vault.client("secretsmanager")
    made.create_secret(Name="app/plain", SecretString="old")
    made.put_secret_value(SecretId="app/plain", SecretString="plain")
    made.create_secret(Name="app/db", SecretString=json.dumps({"user": "u", "port": 5432}))
    made.create_secret(Name="app/binary", SecretBinary=b"\x00")
    yield made
    vault.close()


def reference(tail: str) -> str:
    return "{{resolve:secretsmanager:" + tail + "}}"


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("app/plain", "plain"),
        ("app/plain:SecretString", "plain"),
        ("app/plain:SecretString:", "plain"),
        ("app/plain:SecretString::AWSPREVIOUS", "old"),
        ("app/plain:SecretString::AWSCURRENT:", "plain"),
        ("app/db:SecretString:user", "u"),
        ("app/db:SecretString:port", "5432"),
    ],
)
def test_a_reference_is_resolved_as_cloudformation_reads_it(client: Any, tail: str, expected: str) -> None:
    assert resolve({"X": f"<{reference(tail)}>", "Y": "untouched"}, client) == {"X": f"<{expected}>"}


def test_an_arn_and_a_version_are_understood(client: Any) -> None:
    described = client.describe_secret(SecretId="app/plain")
    old = next(key for key, labels in described["VersionIdsToStages"].items() if "AWSPREVIOUS" in labels)
    asked = reference(f"{described['ARN']}:SecretString:::{old}")
    assert resolve({"X": asked}, client) == {"X": "old"}


def test_several_references_in_one_variable_are_all_resolved(client: Any) -> None:
    asked = f"{reference('app/db:SecretString:user')}:{reference('app/plain')}@host"
    assert resolve({"URL": asked}, client) == {"URL": "u:plain@host"}


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("app/absent", "X refers to app/absent, which the vault does not hold"),
        ("app/binary", "X refers to app/binary, which is binary"),
        ("app/plain:SecretString:user", "X refers to the field user of app/plain, which has none"),
        ("app/db:SecretBinary", "X holds a reference that is not understood"),
        ("", "X holds a reference that is not understood"),
    ],
)
def test_a_reference_that_leads_nowhere_names_the_variable(client: Any, tail: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        resolve({"X": reference(tail)}, client)
    assert refused.value.message == reason


def test_only_a_reference_counts_as_one() -> None:
    assert holds_references({"X": f"a{reference('b')}"})
    assert not holds_references({"X": "{{resolve:ssm:b}}", "Y": "secretsmanager"})


def test_an_env_file_is_read_without_expanding_anything(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("# why\nA=1\nexport B='two words'\nC=${A}\n")
    assert env_file(tmp_path / "a.env") == {"A": "1", "B": "two words", "C": "${A}"}


def test_an_env_file_that_is_none_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("NAME\n")
    with pytest.raises(UsageError, match="NAME has no value"):
        env_file(tmp_path / "a.env")
