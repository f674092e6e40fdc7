"""Vaults to back up and places to restore to, on every pair of databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vault.backup.make import Listeners, make_backup
from vault.backup.restore import Permissions, restore_backup
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.domain.fault import Fault
from vault.initialise import NewStore, initialise
from vault.services.verification import Counts

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NewPlace = Callable[[str], DataDir]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A place for a vault, and what a shell would do there."""

    place: DataDir

    @contextmanager
    def opened(self) -> Iterator[Vault]:
        """Open the vault while the block runs."""
        with closing(open_vault(self.place)) as vault:
            yield vault

    def create(self, name: str, value: str) -> None:
        """Create a secret."""
        with self.opened() as vault:
            vault.client("secretsmanager").create_secret(Name=name, SecretString=value)

    def names(self) -> list[str]:
        """Return the names of all secrets."""
        with self.opened() as vault:
            listed = vault.client("secretsmanager").list_secrets()["SecretList"]
        return sorted(each["Name"] for each in listed)

    def value(self, name: str, **more: Any) -> str:
        """Return a value."""
        with self.opened() as vault:
            found: str = vault.client("secretsmanager").get_secret_value(SecretId=name, **more)["SecretString"]
        return found

    def faults(self) -> list[Fault]:
        """Return what `vault verify` would name."""
        with self.opened() as vault:
            return [fault for each in vault.regions.values() for fault in each.verification(lambda _: None).faults()]

    def backup(self, file: Path) -> Counts:
        """Back the vault up."""
        return make_backup(self.place, file, NOW, Listeners())

    def restore(self, file: Path, *, older: bool = False, digests: Path | None = None) -> Counts:
        """Restore a backup here."""
        return restore_backup(self.place, file, NOW, digests=digests, permissions=Permissions(older=older))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for places on every database, one that restores on every pair of them."""
    kinds = ("sqlite", "postgresql")
    if "elsewhere" in metafunc.fixturenames:
        pairs = [(one, other) for one in kinds for other in kinds]
        metafunc.parametrize(("machine", "elsewhere"), pairs, indirect=True)
    elif "machine" in metafunc.fixturenames:
        metafunc.parametrize("machine", kinds, indirect=True)


@pytest.fixture
def new_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], Machine]:
    """Make places without a vault, by folder and kind of database."""

    def make(name: str, kind: str) -> Machine:
        store = request.getfixturevalue("new_postgres_database")() if kind == "postgresql" else ""
        return Machine(place=DataDir(path=tmp_path / name, store=store))

    return make


@pytest.fixture
def machine(request: pytest.FixtureRequest, new_machine: Callable[[str, str], Machine]) -> Machine:
    """A vault with the secret `app/db`, of two versions, and one under a key of its own."""
    made = new_machine("first", request.param)
    initialise(made.place, NewStore(account_id="123456789012", regions=("us-east-1",)), NOW)
    made.create("app/db", "one")
    with made.opened() as vault:
        client = vault.client("secretsmanager")
        client.put_secret_value(SecretId="app/db", SecretString="two")
        key = vault.client("kms").create_key(Description="orders")["KeyMetadata"]["KeyId"]
        client.create_secret(Name="app/other", SecretString="three", KmsKeyId=key, Tags=[{"Key": "a", "Value": "b"}])
    return made


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, new_machine: Callable[[str, str], Machine]) -> Machine:
    """A machine without a vault."""
    return new_machine("second", request.param)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a backup goes."""
    return tmp_path / "today.backup"
