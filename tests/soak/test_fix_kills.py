"""A fix that is killed anywhere loses no value and touches nothing of the user's; it is completed, or taken back."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.fix_faults import FixProcess, fix_process
from tests.testing.gitrepo import git, make_repository
from tests.testing.leaks import every_byte_below, leaks
from tests.testing.server import make_vault
from vault.bootstrap import open_vault
from vault.config import DataDir

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "4")))
BRANCH = "fixed"
OPTIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("--group", "secret"),
    ("--group", "file"),
    ("--test-command", f"{sys.executable} -c 'import settings, mail'"),
)
_MEASURED: dict[tuple[str, ...], int] = {}
"""How many effects a fix with these options has."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A repository with four credentials, one of them a database's and one twice, and a vault."""

    folder: Path
    values: Mapping[str, str]
    process: FixProcess

    @property
    def top(self) -> Path:
        return self.folder / "shop"

    def run(self, *arguments: str, fatal: int = 0) -> tuple[int, int]:
        """Run a command; return its status and its number of effects."""
        variables = {"STRONGROOM_HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        return self.process.command(self.top, *arguments, out=self.said, variables=variables, fatal=fatal)

    @property
    def said(self) -> Path:
        return self.folder / "said"

    def users(self) -> tuple[object, ...]:
        """Return what a user would notice of a fix that must not touch it."""
        files = [self.top / ".git" / name for name in ("HEAD", "index", "config")]
        status = git(self.top, "--no-optional-locks", "status", "--porcelain")
        below = {path.name: path.read_bytes() for path in self.top.iterdir() if path.is_file()}
        return (*(file.read_bytes() for file in files), status, below, git(self.top, "rev-parse", "main"))

    def branches(self) -> dict[str, str]:
        lines = git(self.top, "branch", "--format=%(refname:short) %(objectname)").splitlines()
        return dict(line.split() for line in lines)

    def stored(self) -> dict[str, tuple[str, bool]]:
        """Return what each secret of the vault holds, and whether it rotates; not those on their way out."""
        vault = open_vault(DataDir(path=self.folder / "home"))
        try:
            client = vault.client("secretsmanager")
            return {
                each["Name"]: (
                    client.get_secret_value(SecretId=each["ARN"])["SecretString"], each.get("RotationEnabled", False)
                )
                for each in client.list_secrets()["SecretList"]
            }  # fmt: skip
        finally:
            vault.close()

    def journal(self) -> Path:
        return self.top / ".git" / "strongroom" / "journal.jsonl"


@pytest.fixture(scope="session")
def process() -> Iterator[FixProcess]:
    with fix_process() as made:
        yield made


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """Return a folder with repository and vault to copy, and the values in the code."""
    folder = tmp_path_factory.mktemp("template")
    values = {name: made_up_credential() for name in ("key", "mail", "database", "twice")}
    make_repository(
        folder / "shop",
        {
            "settings.py": f'API_KEY = "{values["key"]}"\nWEBHOOK_SECRET = "{values["twice"]}"\n',
            "mail.py": f'SMTP_PASSWORD = "{values["mail"]}"\nHOOK_SECRET = "{values["twice"]}"\n',
            "db.py": "import psycopg\n\n\ndef connect():\n    return psycopg.connect("
            f'host="db.internal", user="shop", password="{values["database"]}", dbname="o")\n',
            "requirements.txt": "requests\n",
        },
    )
    make_vault(folder / "home")
    return folder, values


@pytest.fixture
def shop(tmp_path: Path, template: tuple[Path, Mapping[str, str]], process: FixProcess) -> Shop:
    shutil.copytree(template[0], tmp_path, dirs_exist_ok=True)
    (tmp_path / "tmp").mkdir()
    return Shop(folder=tmp_path, values=template[1], process=process)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fix_that_is_killed_anywhere_is_completed_or_taken_back(seed: int, shop: Shop) -> None:
    chance = random.Random(seed)
    options = ("--branch", BRANCH, *chance.choice(OPTIONS))
    before = shop.users()
    if chance.random() < 0.3:
        # A secret and a branch of an earlier fix are there, and the base has gone on since.
        assert shop.run("fix", "--branch", BRANCH)[0] == 0
        git(shop.top, "commit", "--quiet", "--allow-empty", "--message=on")
        before = shop.users()
    branches, stored = shop.branches(), shop.stored()

    killed = shop.run("fix", *options, fatal=chance.randint(1, _effects(options, shop)))
    assert killed[0] in (-9, 0), shop.said.read_text()
    lost_nothing(shop, before)

    if seed % 2:
        completes(shop, options, chance)
    else:
        is_taken_back(shop, branches, stored, chance)
    lost_nothing(shop, before)
    assert not list((shop.folder / "tmp").glob("strongroom-tree-*"))
    assert not shop.journal().exists()


def _effects(options: tuple[str, ...], shop: Shop) -> int:
    """Return how many effects a fix has, counted once on a copy."""
    if options not in _MEASURED:
        copy = shop.folder / "measured"
        shutil.copytree(shop.top, copy / "shop")
        shutil.copytree(shop.folder / "home", copy / "home")
        (copy / "tmp").mkdir()
        status, seen = Shop(folder=copy, values=shop.values, process=shop.process).run("fix", *options)
        assert status == 0, (copy / "said").read_text()
        _MEASURED[options] = seen
    return _MEASURED[options]


def lost_nothing(shop: Shop, before: tuple[object, ...]) -> None:
    """What is the user's is as it was; each value is in a branch's tree, or the vault gives it back."""
    assert shop.users() == before
    stored = json.dumps(shop.stored())
    for branch in shop.branches():
        tree = git(shop.top, "grep", "-h", "-e", "", branch)
        assert not [name for name, value in shop.values.items() if value not in tree and value not in stored]
    notes = shop.top / ".git" / "strongroom"
    assert not leaks([value.encode() for value in shop.values.values()], every_byte_below(notes))
    git(shop.top, "fsck", "--no-dangling", "--strict")


def completes(shop: Shop, options: tuple[str, ...], chance: random.Random) -> None:
    begun = shop.journal().exists()
    if begun and chance.random() < 0.4:
        shop.run("fix", "resume", fatal=chance.randint(1, _effects(options, shop)))
    assert shop.run("fix", "resume")[0] == 0, shop.said.read_text()
    if not begun:
        assert shop.run("fix", *options)[0] == 0, shop.said.read_text()
    tree = git(shop.top, "grep", "-h", "-e", "", BRANCH)
    assert not leaks([value.encode() for value in shop.values.values()], tree.encode())
    stored = shop.stored()
    assert stored["shop/api_key"] == (shop.values["key"], False)
    assert len(stored) == len(shop.values)
    assert json.loads(stored["shop/db/o"][0])["password"] == shop.values["database"]
    assert stored["shop/db/o"][1], "rotation is not attached"


def is_taken_back(
    shop: Shop, branches: Mapping[str, str], stored: Mapping[str, tuple[str, bool]], chance: random.Random
) -> None:
    if shop.journal().exists() and chance.random() < 0.4:
        shop.run("fix", "undo", fatal=chance.randint(1, 40))
    status = shop.run("fix", "undo")[0]
    assert status == 0 or "there is no fix to undo" in shop.said.read_text(), shop.said.read_text()
    if BRANCH in branches:
        # The fix that was killed went on from an earlier one, which is taken back with it.
        assert shop.branches() == {name: tip for name, tip in branches.items() if name != BRANCH}
        assert shop.stored() == {}
        return
    assert shop.branches() == branches
    assert shop.stored() == stored
