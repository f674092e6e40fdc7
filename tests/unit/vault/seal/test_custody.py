"""Moving a root key from keeper to keeper, cut off anywhere."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.seal.keepers import QUICK, fed
from vault.domain.errors import Sealed
from vault.seal.custody import ENVELOPE_FILE, Custody
from vault.seal.file import ROOT_KEY_FILE
from vault.seal.passphrase import Passphrase
from vault.seal.plain import PlainFile
from vault.seal.setting import Setting

KILLED = 9
_MOVE = """
import os, sys
from pathlib import Path
from tests.contract.seal.keepers import QUICK
from vault.seal.custody import Custody
from vault.seal.passphrase import Passphrase
from vault.seal.plain import PlainFile
from vault.seal.setting import Setting

folder, last, new = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
old = "passphrase" if new == "file" else "file"
custody = Custody(folder=folder, setting=Setting(keeper=old, argument="0" if old == "passphrase" else ""))
root_key = custody.load()
seen = 0

def step(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.remove", "fcntl.flock") and str(folder) in str(arguments[0]):
        seen += 1
        if seen > last:
            os._exit(9)

sys.addaudithook(step)
custody.move(root_key, "a store", PlainFile(folder, "root.key") if new == "file" else Passphrase(0, QUICK))
"""


def _opens(folder: Path, passphrase: bytes) -> dict[str, SecretValue]:
    opened = {}
    for keeper, argument in (("file", ""), ("passphrase", str(fed(passphrase)))):
        try:
            opened[keeper] = Custody(folder=folder, setting=Setting(keeper=keeper, argument=argument)).load()
        except Sealed:
            continue
    return opened


@pytest.mark.parametrize("new", ["file", "passphrase"])
def test_killed_before_any_step_either_the_old_or_the_new_opens(tmp_path: Path, new: str) -> None:
    passphrase = secrets.token_hex(12).encode()
    ended, steps = KILLED, 0
    while ended == KILLED:
        folder = tmp_path / str(steps)
        folder.mkdir()
        keeper = Passphrase(fed(passphrase), QUICK) if new == "file" else None
        root_key = Custody(folder=folder).create("a store", keeper)
        moving = [sys.executable, "-c", _MOVE, str(folder), str(steps), new]
        ended = subprocess.run(moving, input=passphrase + b"\n", check=False, cwd=Path(__file__).parents[4]).returncode
        assert list(_opens(folder, passphrase).values()) == [root_key], steps
        steps += 1
    assert ended == 0
    assert steps > 3
    assert list(_opens(folder, passphrase)) == [new]


def test_a_file_that_held_the_key_as_it_is_goes_away(tmp_path: Path) -> None:
    passphrase = secrets.token_hex(12).encode()
    custody = Custody(folder=tmp_path)
    root_key = custody.create("a store", None)
    custody.move(root_key, "a store", Passphrase(fed(passphrase), QUICK))
    assert [path.name for path in tmp_path.iterdir()] == [ENVELOPE_FILE]


def test_a_move_that_was_cut_off_is_completed_by_the_next(tmp_path: Path) -> None:
    passphrase = secrets.token_hex(12).encode()
    custody = Custody(folder=tmp_path)
    root_key = custody.create("a store", None)
    Passphrase(fed(passphrase), QUICK).wrap(root_key, "a store").write(tmp_path / ENVELOPE_FILE)
    assert (tmp_path / ROOT_KEY_FILE).exists()
    custody.move(root_key, "a store", Passphrase(fed(passphrase), QUICK))
    assert not (tmp_path / ROOT_KEY_FILE).exists()


def test_a_file_that_is_moved_onto_itself_stays(tmp_path: Path) -> None:
    custody = Custody(folder=tmp_path)
    root_key = custody.create("a store", None)
    (tmp_path / "link").symlink_to(tmp_path)
    custody.move(root_key, "a store", PlainFile(tmp_path, str(tmp_path / "link" / ROOT_KEY_FILE)))
    assert custody.load() == root_key


def test_a_file_with_another_key_is_not_overwritten(tmp_path: Path) -> None:
    custody = Custody(folder=tmp_path)
    root_key = custody.create("a store", Passphrase(fed(secrets.token_hex(12).encode()), QUICK))
    other = tmp_path / "other"
    other.mkdir()
    Custody(folder=other).create("another", None)
    with pytest.raises(Sealed, match="never overwritten"):
        custody.move(root_key, "a store", PlainFile(other, ROOT_KEY_FILE))


def test_a_keeper_that_is_not_known_is_named(tmp_path: Path) -> None:
    custody = Custody(folder=tmp_path)
    custody.create("a store", None)
    envelope = PlainFile(tmp_path, ROOT_KEY_FILE)
    envelope.name = "tpm"
    envelope.wrap(custody.load(), "a store").write(tmp_path / ENVELOPE_FILE)
    with pytest.raises(Sealed, match="kept by 'tpm', which this version does not know"):
        custody.load()
