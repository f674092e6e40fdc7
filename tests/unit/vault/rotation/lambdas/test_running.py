"""The folders and processes of calls: private, bounded in number, and gone afterwards whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.testing.held import held
from tests.testing.regions import until
from tests.unit.vault.rotation.lambdas.conftest import Run, invocation
from vault.domain.function_errors import FunctionFailure, TooManyInvocations
from vault.rotation.lambdas.runner import Runner
from vault.rotation.lambdas.slots import MOST, Slots

FOLDERS = """
import os

def handler(event, context):
    return [[os.getcwd(), oct(os.stat(each).st_mode & 0o777)] for each in (os.getcwd(), os.environ["TMPDIR"])]
"""


def _left(base: Path) -> list[str]:
    return [each.name for each in base.iterdir() if not each.name.endswith(".lock")]


def test_a_call_has_folders_of_its_own_that_are_private_and_gone_afterwards(run: Run, base: Path) -> None:
    found = run(FOLDERS)
    assert {mode for _, mode in found} == {"0o700"}
    assert Path(found[0][0]).is_relative_to(base)
    assert _left(base) == []


def test_what_a_function_closes_to_its_own_user_is_removed_too(run: Run, base: Path) -> None:
    code = """
import os

def handler(event, context):
    deep = os.path.join(os.environ["TMPDIR"], "a", "b")
    os.makedirs(deep)
    open(os.path.join(deep, "c"), "w").close()
    os.symlink("/", os.path.join(deep, "root"))
    os.chmod(deep, 0)
    os.chmod(os.path.dirname(deep), 0)
"""
    run(code)
    assert _left(base) == []


def test_calls_at_once_have_folders_apart(runner: Runner) -> None:
    with held() as calls:
        code = calls.code
        threads = [threading.Thread(target=lambda: runner.run(invocation(code, timeout=60), "")) for _ in range(3)]
        for each in threads:
            each.start()
        folders = calls.arrived(3)
        calls.release()
        for each in threads:
            each.join()
    assert len(set(folders)) == 3


def test_more_calls_than_there_are_slots_are_refused(base: Path) -> None:
    slots = Slots(base)
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(slots.taken())
        with pytest.raises(TooManyInvocations, match="Rate Exceeded"), slots.taken():
            pass
    with slots.taken() as slot:
        assert slot.folder.is_dir()


def test_a_folder_that_somebody_else_could_change_is_not_used(base: Path, tmp_path: Path) -> None:
    base.mkdir(mode=0o777)
    base.chmod(0o777)
    with pytest.raises(FunctionFailure, match="open to others"), Slots(base).taken():
        pass
    base.rmdir()
    (tmp_path / "elsewhere").mkdir()
    base.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FunctionFailure, match="belongs to somebody else"), Slots(base).taken():
        pass


def test_no_call_begins_once_the_runner_is_closed(runner: Runner) -> None:
    runner.close()
    with pytest.raises(FunctionFailure, match="closing"):
        runner.run(invocation("def handler(*_): pass"), "")


def test_closing_ends_the_calls_that_run(runner: Runner, base: Path) -> None:
    outcomes = []
    with held() as calls:
        code = calls.code
        thread = threading.Thread(target=lambda: outcomes.append(runner.run(invocation(code, timeout=600), "")))
        thread.start()
        calls.arrived()
        runner.close()
        thread.join(60)
    assert outcomes[0].failed
    assert _left(base) == []


_PARENT = """
import sys
from pathlib import Path
from tests.unit.vault.rotation.lambdas.conftest import invocation
from vault.rotation.lambdas.runner import Runner

Runner(Path(sys.argv[1])).run(invocation(sys.argv[2], timeout=600), "")
"""


def test_a_call_ends_with_the_process_that_has_started_it_and_its_folder_goes_at_the_next_start(base: Path) -> None:
    root = Path(__file__).parents[5]
    with held() as calls:
        parent = subprocess.Popen([sys.executable, "-c", _PARENT, str(base), calls.code], cwd=root)
        calls.arrived()
        children = _descendants(parent.pid)
        assert len(children) == 2
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        assert calls.ended()
    until(lambda: [each for each in children if _runs(each)], lambda running: not running)
    assert _left(base) == ["0"]
    Runner(base).close()
    assert _left(base) == []


def _descendants(process: int) -> list[int]:
    found = [int(place.name) for place in Path("/proc").glob("[0-9]*") if _parent(place) == process]
    return found + [each for child in found for each in _descendants(child)]


def _parent(place: Path) -> int:
    try:
        return int((place / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
