"""Functions on every database: sealed at rest, and nothing of them edited, put back or taken out unseen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.testing.alarms import new_place
from tests.testing.functions import TRUSTING_LAMBDA, upload, zipped
from tests.testing.leaks import every_byte_below
from tests.testing.vault_bench import NOON
from vault.backup.make import Listeners, make_backup
from vault.backup.restore import restore_backup
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.seal.file import ROOT_KEY_FILE
from vault.services.keyring import Keyring
from vault.services.verification import Verification

ECHO = "def handler(event, context):\n    return event\n"
MARK = f"mark{secrets.token_hex(12)}"
"""Made at run time: it stands in code and environment, and nowhere else."""


@pytest.fixture
def place(tmp_path: Path, database: str) -> DataDir:
    """A data directory with a vault."""
    return new_place(tmp_path / "vault", database)


@pytest.fixture
def vault(place: DataDir) -> Iterator[Vault]:
    """The open vault, with the functions `one` and `two`."""
    made = open_vault(place)
    role = made.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTING_LAMBDA)["Role"]["Arn"]
    for name in ("one", "two"):
        code = {"function.py": f"# {MARK}\n{ECHO}", "large": secrets.token_hex(400_000)}
        upload(made.client("lambda"), name, role, code, Environment={"Variables": {"PASSWORD": MARK}})
    yield made
    made.close()


def _faults(vault: Vault) -> list[str]:
    return [fault.row for fault in Verification(vault.store, Keyring(vault.store)).faults()]


def _sql(vault: Vault, statement: str, **values: Any) -> None:
    from sqlalchemy import text

    with vault.store._engine.begin() as connection:
        connection.execute(text(statement), values)


def _rows(vault: Vault, statement: str) -> list[Any]:
    with vault.store._engine.begin() as connection:
        return list(connection.exec_driver_sql(statement).all())


def test_what_was_uploaded_comes_back_as_it_was(vault: Vault) -> None:
    functions = vault.client("lambda")
    assert functions.get_function_configuration(FunctionName="one")["Environment"]["Variables"] == {"PASSWORD": MARK}
    assert functions.invoke(FunctionName="two", Payload=b"[1]")["Payload"].read() == b"[1]"
    assert _faults(vault) == []


def test_neither_code_nor_environment_lies_open(vault: Vault) -> None:
    tables = ("functions", "function_parts", "meta", "trail")
    found = [
        bytes(str(row), "utf-8") + b"".join(each for each in row if isinstance(each, bytes))
        for table in tables
        for row in _rows(vault, f"SELECT * FROM {table}")
    ]
    assert not any(MARK.encode() in each for each in found)


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("UPDATE functions SET state = replace(state, '128', '129') WHERE name = 'one'", 1),
        ("DELETE FROM functions WHERE name = 'one'", 1),
        ("DELETE FROM function_parts WHERE name = 'one' AND part = 'code' AND number = 1", 1),
        ("DELETE FROM function_parts WHERE name = 'one'", 2),
        ("UPDATE meta SET value = substr(value, 2) WHERE name = 'function_list'", 3),
        ("DELETE FROM meta WHERE name = 'function_list'", 2),
        ("UPDATE function_parts SET number = number + 10 WHERE name = 'one' AND number = 0 AND part = 'code'", 1),
    ],
)
def test_what_was_changed_past_the_store_is_found(vault: Vault, statement: str, rows: int) -> None:
    _sql(vault, statement)
    assert len(_faults(vault)) == rows


def test_an_edited_function_is_run_no_more(vault: Vault) -> None:
    _sql(vault, "UPDATE functions SET state = replace(state, 'function.handler', 'function.other') WHERE name = 'one'")
    with pytest.raises(Exception, match="InternalServerException"):
        vault.client("lambda").invoke(FunctionName="one")
    assert vault.client("lambda").invoke(FunctionName="two", Payload=b"1")["Payload"].read() == b"1"


def test_an_earlier_policy_that_was_put_back_lets_nobody_in(vault: Vault) -> None:
    functions = vault.client("lambda")
    functions.add_permission(FunctionName="one", StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    (earlier,) = _rows(vault, "SELECT state, mac FROM functions WHERE name = 'one'")
    functions.remove_permission(FunctionName="one", StatementId="s")
    _sql(
        vault,
        "UPDATE functions SET state = :state, mac = :mac WHERE name = 'one'",
        state=earlier[0],
        mac=bytes(earlier[1]),
    )
    with pytest.raises(Exception, match="InternalServerException"):
        functions.get_policy(FunctionName="one")
    assert len(_faults(vault)) == 1


def test_earlier_code_that_was_put_back_is_not_run(vault: Vault) -> None:
    functions = vault.client("lambda")
    earlier = _rows(vault, "SELECT number, sealed FROM function_parts WHERE name = 'one' AND part = 'code'")
    functions.update_function_code(FunctionName="one", ZipFile=zipped("def handler(*_):\n    return 'new'\n"))
    _sql(vault, "DELETE FROM function_parts WHERE name = 'one' AND part = 'code'")
    for number, sealed in earlier:
        _sql(
            vault,
            "INSERT INTO function_parts SELECT account_id, region, name, 'code', :number, :sealed FROM "
            "functions WHERE name = 'one'",
            number=number,
            sealed=bytes(sealed),
        )
    assert len(_faults(vault)) == 1
    with pytest.raises(Exception, match="does not open"):
        functions.invoke(FunctionName="one")


def test_code_of_another_function_is_not_run(vault: Vault) -> None:
    _sql(vault, "DELETE FROM function_parts WHERE name = 'one' AND part = 'code'")
    _sql(vault, "UPDATE function_parts SET name = 'one' WHERE name = 'two' AND part = 'code'")
    assert len(_faults(vault)) == 2
    with pytest.raises(Exception, match="does not open"):
        vault.client("lambda").invoke(FunctionName="one")


def test_a_backup_holds_functions_and_no_open_code(
    vault: Vault, place: DataDir, tmp_path: Path, new_postgres_database: Callable[[], str]
) -> None:
    file = tmp_path / "store.backup"
    make_backup(place, file, NOON, Listeners())
    assert MARK.encode() not in file.read_bytes()
    elsewhere = DataDir(path=tmp_path / "elsewhere", store=new_postgres_database() if place.store else "")
    elsewhere.path.mkdir(mode=0o700)
    (elsewhere.path / ROOT_KEY_FILE).write_bytes((place.path / ROOT_KEY_FILE).read_bytes())
    (elsewhere.path / ROOT_KEY_FILE).chmod(0o600)
    restore_backup(elsewhere, file, NOON)
    with closing(open_vault(elsewhere)) as restored:
        assert restored.client("lambda").invoke(FunctionName="one", Payload=b"[2]")["Payload"].read() == b"[2]"
        assert _faults(restored) == []
    assert MARK.encode() not in every_byte_below(elsewhere.path)
