"""Working trees: what is no file is not opened, what lies outside is not followed, and names are only ever shown."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.conftest import KEY
from tests.hostile.scanning import Scanned
from tests.testing.server import command_line, plain_environment
from tests.unit.scanner.making import Repository

Run = Callable[..., Scanned]
LINE = f"token={KEY}\n".encode()


@pytest.fixture(params=["a folder", "a repository"])
def top(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a tree with one find in it, under git and not."""
    made = tmp_path / "top"
    made.mkdir()
    if request.param == "a repository":
        Repository(made)
    (made / "good.conf").write_bytes(LINE)
    return made


def test_fifos_sockets_and_devices_are_not_opened(top: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(top / "fifo.conf")
    os.mkfifo(top / ".gitattributes")
    monkeypatch.chdir(top)
    holder = socket.socket(socket.AF_UNIX)
    holder.bind("socket.conf")
    holder.close()
    assert run(top).found == {"good.conf"}


def test_links_are_not_followed_out_of_the_tree_or_in_circles(top: Path, run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "other.conf").write_bytes(LINE)
    (top / "link.conf").symlink_to(outside / "other.conf")
    (top / "folder").symlink_to(outside)
    (top / "self").symlink_to("self")
    (top / "up").symlink_to("..")
    (top / "a").mkdir()
    (top / "a" / "b").symlink_to("../a")
    (top / "zero").symlink_to("/dev/zero")
    (top / "kernel").symlink_to("/proc/self/environ")
    assert run(top).found == {"good.conf"}


def test_a_sparse_file_of_ten_gigabytes_is_left_out(top: Path, run: Run) -> None:
    with (top / "sparse.conf").open("wb") as file:
        file.truncate(10_000_000_000)
    with (top / "sparse.zip").open("wb") as file:
        file.write(b"PK\3\4")
        file.truncate(10_000_000_000)
    assert run(top).found == {"good.conf"}


def test_a_line_of_a_hundred_megabytes_is_left_out(top: Path, run: Run) -> None:
    with (top / "long.conf").open("wb") as file:
        for _ in range(100):
            file.write(b"token=" * 170_000)
    scanned = run(top)
    assert scanned.found == {"good.conf"}
    assert scanned.report["stats"]["skipped"] == {"larger than 5 MB": 1}


NAMES = [
    b"new\nline.conf", b"\x1b]0;evil\x07.conf", b"-rf", b"--output=x", b"<script>alert(1).conf",
    b"\xff\xfe.conf", b"a" * 250 + b".conf", b"'; touch x; '.conf", b"$(touch x).conf", b"%s%n.conf",
    b"=cmd|'x'!A1.csv", "\u202egnp.conf".encode(),
    b"a!b.conf", b".conf", b" ", b"\\..\\x.conf", b":(top)x.conf", b"{a,b}.conf", b"*.conf",
]  # fmt: skip


@pytest.mark.parametrize("form", ["text", "json", "sarif", "csv", "html", "markdown", "junit", "github", "gitlab"])
def test_names_of_files_are_only_ever_shown(top: Path, cache: Path, tmp_path: Path, form: str) -> None:
    for name in NAMES:
        (top / os.fsdecode(name)).write_bytes(LINE)
    before = sorted(top.iterdir())
    done = subprocess.run(
        command_line("scan", str(top), "-f", form, "--analysis", "off"),
        cwd=tmp_path,
        env=plain_environment(XDG_CACHE_HOME=str(cache)),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-2000:]
    assert b"\x1b" not in done.stdout
    assert b"<script>" not in done.stdout or form != "html"
    assert sorted(top.iterdir()) == before


def test_every_oddly_named_file_is_scanned(top: Path, run: Run) -> None:
    for name in NAMES:
        (top / os.fsdecode(name)).write_bytes(LINE)
    assert len(run(top).found) == len(NAMES) + 1


def test_fifty_thousand_small_files_are_read(top: Path, run: Run) -> None:
    for folder in range(50):
        (top / str(folder)).mkdir()
        for number in range(1_000):
            (top / str(folder) / f"{number}.txt").write_bytes(b"x\n")
    scanned = run(top)
    assert scanned.found == {"good.conf"}
    assert scanned.report["stats"]["files"] == 50_001


def test_folders_four_hundred_deep_are_walked(top: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top)
    for _ in range(400):
        Path("d").mkdir()
        os.chdir("d")
    Path("deep.conf").write_bytes(LINE)
    scanned = run(top)
    assert "good.conf" in scanned.found
    assert any(path.endswith("deep.conf") for path in scanned.found) or scanned.errors
