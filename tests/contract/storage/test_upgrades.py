"""Every store that an earlier version wrote is brought on whole, or not at all: killed anywhere, it is as it was."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.testing.cut import DIE_AT, KILLED
from tests.testing.old_stores import (
    IN_POSTGRESQL,
    REVISIONS,
    backup_of,
    contents,
    old_database,
    old_file,
    root_key_of,
)
from tests.testing.vault_bench import NOON, Bench
from vault.backup.restore import restore_backup
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.seal.file import ROOT_KEY_FILE, create_root_key
from vault.services.keyring import Keyring
from vault.services.verification import Verification
from vault.storage import migrations
from vault.storage.store import Store

ROOT = Path(__file__).parents[3]
STORES = [*(("sqlite", each) for each in REVISIONS), *(("postgresql", each) for each in IN_POSTGRESQL)]
KILLS = 15

_OPENER = f"""{DIE_AT}
from alembic import command, config
from sqlalchemy import Engine, event
from strongroom.kernel.secretvalue import SecretValue
from vault.storage.store import Store

root_key = SecretValue(bytes.fromhex(sys.stdin.readline()))

def die_before(last):
    seen = 0
    def step(*_):
        nonlocal seen
        seen += 1
        if seen > last:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "before_cursor_execute", step)

for line in sys.stdin:
    database, what, number = line.split()
    child = os.fork()
    if child == 0:
        if what == "statement":
            die_before(int(number))
        calls = Calls(int(number) if what == "call" else 0)
        Store.open(database, root_key).close()
        sys.setprofile(None)
        if what == "count":
            print(calls.seen, flush=True)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if what != "count" or ended:
        print(ended, flush=True)
"""
"""Opens a store in children that are killed before the statement of a number, or at a call; or counts the calls."""


class Opener:
    """A process whose children open stores."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def open(self, database: str, what: str, number: int) -> int:
        """Return how a child ended that was to be killed before a `statement` or at a `call` of that number."""
        return self._told(database, what, number)

    def calls(self, database: str) -> int:
        """Return how many calls and returns opening a store takes."""
        return self._told(database, "count", 0)

    def _told(self, database: str, what: str, number: int) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(database, what, number, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@pytest.fixture(params=STORES, ids="-".join)
def store(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The kind of a database and the revision of a store in it."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def revision(store: tuple[str, str]) -> str:
    """The revision of the store under test."""
    return store[1]


@pytest.fixture
def new_copy(store: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Make a copy of the store, by a name of it, and return where it is."""
    kind, revision = store
    if kind == "sqlite":
        return lambda name: old_file(revision, tmp_path / name)
    new_database: Callable[[], str] = request.getfixturevalue("new_postgres_database")
    return lambda _: old_database(revision, new_database())


@pytest.fixture
def opener(revision: str, new_copy: object) -> Iterator[Opener]:
    """What opens stores with the root key of the store under test, where copies of it are made."""
    with subprocess.Popen(
        [sys.executable, "-c", _OPENER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        print(root_key_of(revision).reveal().hex(), file=process.stdin, flush=True)
        yield Opener(process)
        process.stdin.close()


def require_whole(database: str, revision: str) -> None:
    """Check that the store is of today's tables, has no fault, and holds what its maker left."""
    bench = Bench(store=Store.open(database, root_key_of(revision)))
    with closing(bench.store):
        verification = Verification(bench.store, Keyring(bench.store))
        assert list(verification.faults()) == []
        assert (verification.counts.secrets, verification.counts.versions) == (4, 5)
        assert bench.value("app/db") == "second"
        assert bench.value("app/db", VersionStage="AWSPREVIOUS") == "first"
        assert bench.value("app/own-key") == b"\0\1"
        assert bench.stages("app/gone")
        elsewhere = replace(bench, region="eu-west-1")
        assert elsewhere.value("app/elsewhere") == "fourth"
        bench.call("PutSecretValue", SecretId="app/db", SecretString="third")
        assert bench.value("app/db") == "third"


def test_it_is_brought_on_with_all_it_holds(new_copy: Callable[[str], str], revision: str) -> None:
    require_whole(new_copy("old"), revision)


def test_killed_before_any_statement_it_is_as_it_was(
    new_copy: Callable[[str], str], revision: str, opener: Opener
) -> None:
    database = new_copy("old")
    before = contents(database)
    steps = 0
    while opener.open(database, "statement", steps) == KILLED:
        assert contents(database) == before, steps
        steps += 1
    assert steps > (10 if revision != migrations.HEAD else 0)
    require_whole(database, revision)


def test_killed_at_drawn_calls_it_is_as_it_was_or_whole(
    new_copy: Callable[[str], str], revision: str, opener: Opener
) -> None:
    # As many calls as are surely made: a second opening may find some of what the first one looked up.
    most = opener.calls(new_copy("counted")) * 9 // 10
    chance = random.Random(revision)
    database = new_copy("first")
    before = contents(database)
    for number in range(KILLS):
        assert opener.open(database, "call", chance.randint(1, most)) == KILLED
        if contents(database) != before:
            # It came between the commit and the end.
            require_whole(database, revision)
            database = new_copy(f"again-{number}")
    require_whole(database, revision)


@pytest.mark.parametrize("old", REVISIONS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_old_backup_is_restored_into_the_tables_of_today(
    old: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("postgres_database") if kind == "postgresql" else ""
    place = DataDir(path=tmp_path / "vault", store=address)
    place.path.mkdir(mode=0o700)
    create_root_key(place.path / ROOT_KEY_FILE, root_key_of(old))
    restore_backup(place, backup_of(old), NOON)
    require_whole(place.database, old)
    with closing(open_vault(place)) as vault:
        assert vault.client("sts").get_caller_identity()["Arn"].endswith("user/strongroom-operator")


def test_every_revision_has_its_store() -> None:
    scripts = {each.name.split("_")[0] for each in (Path(migrations.__file__).parent / "versions").glob("[0-9]*.py")}
    assert scripts - {migrations.HEAD} <= set(REVISIONS)
