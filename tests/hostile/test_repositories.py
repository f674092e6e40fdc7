"""Damaged and malformed repositories: what can be read is read, the rest is named, and nothing outside is opened."""

from __future__ import annotations

import os
import socket
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest

from tests.hostile.conftest import FOUND, KEY
from tests.hostile.scanning import Scanned, all_modes
from tests.unit.scanner.making import Repository

Run = Callable[..., Scanned]


def loose(repository: Repository, name: str) -> Path:
    """Return where a loose object lies."""
    return repository.top / ".git" / "objects" / name[:2] / name[2:]


def overwrite(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def write_object(repository: Repository, kind: str, body: bytes, *, size: int | None = None) -> str:
    """Store an object as it is, with no check that it is one; `size` is what its header claims."""
    raw = f"{kind} {len(body) if size is None else size}".encode() + b"\0" + body
    name = sha1(raw, usedforsecurity=False).hexdigest()
    overwrite(loose(repository, name), zlib.compress(raw))
    return name


def commit_tree(repository: Repository, entries: list[tuple[bytes, bytes, str]]) -> str:
    """Commit a tree of (mode, name, object) and let `main` lead there."""
    body = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(held) for mode, name, held in entries)
    tree = write_object(repository, "tree", body)
    parent = repository.git("rev-parse", "HEAD").strip()
    who = b"A <a@example.org> 1700000000 +0000"
    text = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n" % (tree.encode(), parent.encode(), who, who)
    commit = write_object(repository, "commit", text)
    overwrite(repository.top / ".git" / "refs" / "heads" / "main", commit.encode() + b"\n")
    return commit


@pytest.mark.parametrize("mode", ["staged", "history"])
def test_a_damaged_blob_is_named_and_its_neighbours_are_read(repository: Repository, run: Run, mode: str) -> None:
    path = "broken.conf"
    repository.write(path, f"# {KEY[::-1]}\n")
    repository.git("add", path)
    if mode == "history":
        repository.git("commit", "-q", "-m", "broken", "--only", path)
    name = repository.git("rev-parse", f":{path}").strip()
    overwrite(loose(repository, name), b"not zlib at all")
    scanned = run(repository.top, mode)
    assert scanned.found >= FOUND[mode]
    assert scanned.errors


@pytest.mark.parametrize("mode", ["staged", "history"])
def test_a_missing_blob_is_named_and_its_neighbours_are_read(repository: Repository, run: Run, mode: str) -> None:
    repository.write("gone.conf", "# soon gone\n")
    repository.git("add", "gone.conf")
    if mode == "history":
        repository.git("commit", "-q", "-m", "gone", "--only", "gone.conf")
    loose(repository, repository.git("rev-parse", ":gone.conf").strip()).unlink()
    scanned = run(repository.top, mode)
    assert scanned.found >= FOUND[mode]
    assert scanned.errors


def test_a_blob_that_inflates_to_hundreds_of_megabytes_is_left_out(repository: Repository, run: Run) -> None:
    size = 300_000_000
    stream = zlib.compressobj(1)
    packed = [stream.compress(f"blob {size}".encode() + b"\0")]
    packed += [stream.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    packed.append(stream.flush())
    name = "5" * 40
    overwrite(loose(repository, name), b"".join(packed))
    commit_tree(repository, [(b"100644", b"bomb.conf", name)])
    scanned = run(repository.top, "history")
    assert scanned.found >= FOUND["history"]


def test_an_object_that_claims_another_size_is_survived(repository: Repository, run: Run) -> None:
    name = write_object(repository, "blob", b"short", size=4_000_000)
    commit_tree(repository, [(b"100644", b"liar.conf", name)])
    scanned = run(repository.top, "history")
    assert scanned.found >= FOUND["history"]
    assert scanned.errors


@pytest.mark.parametrize("entry", [b"..", b".", b".git", b"../../escape", b"/etc/passwd", b"a\nb", b"\x1b[2J", b"-rf"])
def test_a_tree_with_names_that_no_tree_may_have_is_only_ever_shown(
    repository: Repository, run: Run, tmp_path: Path, entry: bytes
) -> None:
    blob = write_object(repository, "blob", f"token={KEY}\n".encode())
    commit_tree(repository, [(b"100644", entry, blob)])
    before = sorted(tmp_path.iterdir())
    scanned = run(repository.top, "history")
    assert scanned.found >= FOUND["history"]
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_pack_is_named(repository: Repository, run: Run) -> None:
    repository.git("gc", "-q")
    (pack,) = (repository.top / ".git" / "objects" / "pack").glob("*.pack")
    data = pack.read_bytes()
    overwrite(pack, data[: len(data) // 2])
    scanned = run(repository.top, "history")
    assert scanned.status == 3
    assert scanned.errors


def test_a_damaged_index_of_a_pack_is_named(repository: Repository, run: Run) -> None:
    repository.git("gc", "-q")
    (index,) = (repository.top / ".git" / "objects" / "pack").glob("*.idx")
    overwrite(index, os.urandom(4096))
    assert run(repository.top, "history").errors


@pytest.mark.parametrize("mode", all_modes())
def test_a_hundred_thousand_malformed_refs_cost_nothing_but_themselves(
    repository: Repository, run: Run, mode: str
) -> None:
    repository.git("pack-refs", "--all")
    packed = repository.top / ".git" / "packed-refs"
    good = packed.read_text()
    bad = "".join(f"{number:040x} refs/heads/../{number}\nrubbish {number}\n" for number in range(50_000))
    packed.write_text(good + bad)
    assert run(repository.top, mode).found == FOUND[mode]


@pytest.mark.parametrize("head", ["ref: refs/heads/loop\n", "ref: ../../../etc/passwd\n", "\0" * 4000, "x" * 100_000])
def test_a_head_that_leads_nowhere_leaves_the_tree_readable(repository: Repository, run: Run, head: str) -> None:
    (repository.top / ".git" / "refs" / "heads" / "loop").write_text("ref: refs/heads/loop\n")
    (repository.top / ".git" / "HEAD").write_text(head)
    assert run(repository.top).found >= {"written.conf"}


def test_a_ref_that_names_a_blob_or_nothing_is_passed_over(repository: Repository, run: Run) -> None:
    heads = repository.top / ".git" / "refs" / "heads"
    (heads / "blob").write_text(repository.git("rev-parse", "HEAD:committed.conf"))
    (heads / "nothing").write_text("f" * 40 + "\n")
    (heads / "short").write_text("abc\n")
    assert run(repository.top, "history").found == FOUND["history"]


@pytest.mark.parametrize("mode", ["tree", "staged", "since"])
@pytest.mark.parametrize("data", [b"", b"DIRC" + bytes(60), b"DIRC\0\0\0\2\xff\xff\xff\xff" + bytes(4000)])
def test_a_damaged_index_is_named(repository: Repository, run: Run, mode: str, data: bytes) -> None:
    (repository.top / ".git" / "index").write_bytes(data)
    scanned = run(repository.top, mode)
    assert scanned.errors or scanned.found
    if mode == "tree":
        assert scanned.found >= {"written.conf"}


def special_file(kind: str, path: Path) -> None:
    path.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        holder = socket.socket(socket.AF_UNIX)
        here = Path.cwd()
        os.chdir(path.parent)
        try:
            holder.bind(path.name)
        finally:
            os.chdir(here)
            holder.close()
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["fifo", "socket", "link to a device"])
@pytest.mark.parametrize(
    "place", ["HEAD", "config", "packed-refs", "shallow", "index", "info/exclude", "objects/info/alternates"]
)
def test_a_special_file_in_the_place_of_gits_own_is_not_waited_for(
    repository: Repository, run: Run, place: str, kind: str
) -> None:
    path = repository.top / ".git" / place
    path.parent.mkdir(exist_ok=True)
    special_file(kind, path)
    scanned = run(repository.top)
    assert scanned.found >= {"written.conf"}


@pytest.mark.parametrize("mode", ["staged", "since", "history"])
def test_an_index_that_is_a_fifo_is_not_waited_for(repository: Repository, run: Run, mode: str) -> None:
    special_file("fifo", repository.top / ".git" / "index")
    run(repository.top, mode)


@pytest.mark.parametrize("mode", all_modes())
def test_packs_that_are_links_out_of_the_repository_are_not_read(
    repository: Repository, run: Run, tmp_path: Path, mode: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    foreign = Repository(other)
    secret = foreign.commit([("foreign.conf", f"token={KEY}\n")])
    foreign.git("gc", "-q")
    packs = repository.top / ".git" / "objects" / "pack"
    for file in (other / ".git" / "objects" / "pack").iterdir():
        (packs / file.name).symlink_to(file)
    (repository.top / ".git" / "refs" / "heads" / "foreign").write_text(secret + "\n")
    assert "foreign.conf" not in run(repository.top, mode).found


def test_alternates_are_named_and_not_followed(repository: Repository, run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    foreign = Repository(other)
    secret = foreign.commit([("foreign.conf", f"token={KEY}\n")])
    info = repository.top / ".git" / "objects" / "info"
    info.mkdir(exist_ok=True)
    (info / "alternates").write_text(f"{other}/.git/objects\n")
    (repository.top / ".git" / "refs" / "heads" / "foreign").write_text(secret + "\n")
    scanned = run(repository.top, "history")
    assert "foreign.conf" not in scanned.found
    assert "alternates" in scanned.errors


def test_a_git_file_that_leads_out_is_not_followed(repository: Repository, run: Run, tmp_path: Path) -> None:
    lure = tmp_path / "lure"
    lure.mkdir()
    (lure / ".git").write_text(f"gitdir: {repository.top}/.git\n")
    (lure / "a.conf").write_text(f"token={KEY}\n")
    scanned = run(lure)
    assert scanned.found == {"a.conf"}
    assert scanned.errors
