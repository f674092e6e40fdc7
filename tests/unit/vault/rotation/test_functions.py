"""The built-in rotation functions by their names, new and old, and the engines that they serve."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.functions import ALIASES, ROTATORS, function_arn, is_known_function, rotator_of
from vault.rotation.rotators.base import Errand, RotationFailed
from vault.rotation.rotators.engines import engine_of_layout, engines, no_rotator, without_rotator

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.mark.parametrize("name", sorted(ROTATORS))
def test_each_function_has_an_arn_and_is_made_for_an_errand(name: str) -> None:
    arn = function_arn(name, REGION, ACCOUNT)
    assert arn == f"arn:aws:lambda:us-east-1:123456789012:function:strongroom-{name}"
    found = rotator_of(arn)
    assert found is ROTATORS[name]
    assert found.rotator(Errand(client=None, arn="arn", token="token")) is not None


@pytest.mark.parametrize(("old", "new"), sorted(ALIASES.items()))
def test_older_names_mean_the_same(old: str, new: str) -> None:
    stored = f"arn:aws:lambda:us-east-1:123456789012:function:strongroom-{old}"
    assert rotator_of(stored) is ROTATORS[new]
    assert function_arn(old, REGION, ACCOUNT) == function_arn(new, REGION, ACCOUNT)


@pytest.mark.parametrize("name", ["postgres", "postgres-double", "oracle-single", "", "generated-alternating"])
def test_other_names_are_of_no_function(name: str) -> None:
    assert not is_known_function(f"arn:aws:lambda:us-east-1:123456789012:function:strongroom-{name}")


@pytest.mark.parametrize(
    ("layout", "engine"),
    [
        ("postgres", "postgres"),
        ("aurora-postgresql", "postgres"),
        ("redshift", "postgres"),
        ("mysql", "mysql"),
        ("aurora-mysql", "mysql"),
        ("mariadb", "mariadb"),
        ("mongo", "mongo"),
    ],
)
def test_the_layouts_of_aws_have_their_function(layout: str, engine: str) -> None:
    found = engine_of_layout(layout)
    assert found is not None
    assert found.name == engine
    assert no_rotator(layout) == ""
    assert f"{engine}-single" in ROTATORS


def test_a_layout_without_a_function_is_said_to_have_none() -> None:
    assert set(without_rotator()) == {"oracle", "sqlserver", "db2"}
    assert no_rotator("oracle") == "no rotator for engine oracle"


@pytest.mark.parametrize("layout", ["of-ones-own", "", None, ["oracle"]])
def test_of_what_is_no_engine_of_awss_nothing_is_said(layout: object) -> None:
    assert no_rotator(layout) == ""


def test_a_login_at_an_engine_without_a_function_is_told_as_such() -> None:
    value = SecretValue(json.dumps({**PLAIN, "password": secrets.token_hex(8), "engine": "oracle"}))
    function = ROTATORS["postgres-single"].rotator(Errand(client=None, arn="arn", token="token"))
    with pytest.raises(RotationFailed, match="is not for PostgreSQL: no rotator for engine oracle"):
        function.accepts(value)


def test_each_kind_of_server_has_both_strategies() -> None:
    assert all({f"{name}-single", f"{name}-alternating"} <= ROTATORS.keys() for name in engines())


def test_names_alone_load_no_driver() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, vault.rotation.functions; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"psycopg", "pymysql", "redis", "pymongo", "pika", "asyncssh", "jwt", "yaml"} & set(told)


def test_each_function_has_its_row_in_the_table() -> None:
    page = (Path(__file__).parents[4] / "docs" / "rotators.md").read_text()
    assert [name for name in ROTATORS if f"`{name}`" not in page] == []


PLAIN = {"host": "127.0.0.1", "port": 9, "username": "u", "ssl": False}


@pytest.mark.parametrize(
    ("strategy", "module"),
    [
        ("postgres-single", "psycopg"),
        ("mysql-single", "pymysql"),
        ("redis-single", "redis"),
        ("mongo-single", "pymongo"),
        ("rabbitmq-single", "pika"),
        ("ssh-single", "asyncssh"),
    ],
)
def test_a_missing_driver_is_told_with_the_command_that_brings_it(
    strategy: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    value = {**PLAIN, "password": secrets.token_hex(8), "private_key": "k", "host_key": "h"}
    function = ROTATORS[strategy].rotator(Errand(client=None, arn="arn", token="token"))
    with pytest.raises(RotationFailed, match=r"is missing: pip install 'strongroom\[rotators\]'"):
        function.accepts(SecretValue(json.dumps(value)))
