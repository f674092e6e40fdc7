"""A vault is made once: of those who make it in one folder at once one wins, and loses nothing to the others."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strongroom.kernel.errors import UsageError
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.initialise import NewStore, initialise

NOW = datetime(2026, 3, 10, tzinfo=UTC)
NEW = NewStore(account_id="123456789012", regions=("us-east-1",))


def test_who_comes_second_touches_nothing_of_who_came_first(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    initialise(DataDir(path=folder), NEW, NOW)
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    with pytest.raises(UsageError, match="holds a vault already"):
        initialise(DataDir(path=folder), NEW, NOW)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_of_many_who_make_it_at_once_one_wins(tmp_path: Path) -> None:
    folder = tmp_path / "vault"

    def make(_: int) -> bool:
        try:
            initialise(DataDir(path=folder), NEW, NOW)
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(8))) == [False] * 7 + [True]
    open_vault(DataDir(path=folder)).close()


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    folder.mkdir()
    DataDir(path=folder).file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        initialise(DataDir(path=folder), NEW, NOW)
    assert not (tmp_path / "elsewhere").exists()
    assert DataDir(path=folder).file.is_symlink()


def test_what_is_made_is_private_from_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "vault"
    initialise(DataDir(path=folder), NEW, NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
