"""What a function cannot do, on a kernel with Landlock."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import pytest

from tests.unit.vault.rotation.lambdas.conftest import Run
from vault.rotation.lambdas.child import confinement

ATTEMPTS = """
import os

def tried(work):
    try:
        return str(work())
    except Exception as error:
        return type(error).__name__

def handler(event, context):
    return [tried(lambda: ATTEMPT) for each in event]
"""


def _attempt(run: Run, work: str, *places: object) -> list[str]:
    found: list[str] = run(ATTEMPTS.replace("ATTEMPT", work), [str(each) for each in places])
    return found


def test_this_kernel_confines() -> None:
    assert confinement.version() >= 1


def test_it_reads_no_file_of_others(run: Run, tmp_path: Path, base: Path) -> None:
    own = tmp_path / "root.key"
    own.write_text("key")
    places = (
        own,
        tmp_path,
        base,
        base.parent,
        Path.home(),
        "/etc/shadow",
        "/root",
        "/var",
        f"/proc/{os.getpid()}/environ",
    )
    assert _attempt(run, "os.listdir(each) if os.path.isdir(each) else open(each).read()", *places) == [
        "PermissionError"
    ] * len(places)


def test_it_reads_programs_and_its_own_code(run: Run) -> None:
    places = ("/usr/bin", sys.prefix, "/proc/self/status", "function.py", "/dev/urandom")
    found = _attempt(run, "len(os.listdir(each) if os.path.isdir(each) else open(each, 'rb').read(9))", *places)
    assert all(int(each) > 0 for each in found)


def test_it_writes_in_its_own_folder_alone(run: Run, tmp_path: Path) -> None:
    places = (tmp_path / "new", "/tmp/new", "/var/tmp/new", "function.py", f"{sys.prefix}/new")
    assert _attempt(run, "open(each, 'w').write('x')", *places) == ["PermissionError"] * len(places)
    assert _attempt(run, "open(os.environ['TMPDIR'] + '/' + each, 'w').write('xy')", "new") == ["2"]
    assert _attempt(
        run, "os.symlink('/etc/shadow', os.environ['TMPDIR'] + '/s') or open(os.environ['TMPDIR'] + '/s').read()", "x"
    ) == ["PermissionError"]


def test_it_reaches_no_process_of_others(run: Run) -> None:
    assert _attempt(run, "os.kill(int(each), 0)", os.getpid(), 1) == ["PermissionError"] * 2
    assert _attempt(run, "os.open(f'/proc/{each}/mem', os.O_RDWR)", os.getpid()) == ["PermissionError"]


def test_it_has_no_privilege_and_gets_none(run: Run) -> None:
    status = _attempt(run, "open(each).read()", "/proc/self/status")[0]
    facts = dict(line.split(":", 1) for line in status.splitlines())
    assert {facts[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert facts["NoNewPrivs"].strip() == "1"


def test_what_it_starts_is_confined_as_well(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "root.key"
    own.write_text("key")
    work = "__import__('subprocess').run(['cat', each], capture_output=True).returncode"
    assert _attempt(run, work, own, "function.py") == ["1", "0"]


def test_its_bounds_are_hard(run: Run) -> None:
    limits = "__import__('resource').getrlimit(int(each))"
    bounds = (resource.RLIMIT_DATA, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE)
    megabyte = 1024 * 1024
    assert _attempt(run, limits, *bounds) == [
        str((128 * megabyte,) * 2), str((0, 0)), str((1024, 1024)), str((512 * megabyte,) * 2),
    ]  # fmt: skip
    raised = "__import__('resource').setrlimit(int(each), (2**40, 2**40))"
    assert _attempt(run, raised, resource.RLIMIT_DATA) == ["ValueError"]


def test_it_inherits_no_descriptor_but_for_its_outcome(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        found = _attempt(
            run,
            "[os.readlink(f'/proc/self/fd/{n}') for n in range(4096) if os.path.exists(each + str(n))]",
            "/proc/self/fd/",
        )
    assert str(tmp_path) not in found[0]
    # The log is there twice.
    assert (found[0].count("pipe:"), found[0].count("/dev/null"), found[0].count(",")) == (3, 1, 3)


@pytest.mark.parametrize("memory", [128, 256])
def test_it_gets_the_memory_that_it_has_and_not_more(run: Run, memory: int) -> None:
    code = ATTEMPTS.replace("ATTEMPT", "len(bytearray(int(each) * 1024 * 1024))")
    assert run(code, [str(memory // 2), str(memory)], memory=memory) == [str(memory // 2 * 1024 * 1024), "MemoryError"]
