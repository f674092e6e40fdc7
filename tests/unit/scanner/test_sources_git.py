"""git on repositories we do not trust, commits and the index as sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.model import Blob, ScanError
from scanner.sources import around_of, open_source
from scanner.sources.staged import mark_added_lines
from strongroom.kernel.errors import UsageError
from tests.unit.scanner.making import Repository


def _blobs(source: object) -> dict[str, bytes]:
    return {item.path: item.data for item in source if isinstance(item, Blob)}  # type: ignore[attr-defined]


def _snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_a_commit_is_read_from_objects_and_not_from_the_working_tree(repository: Repository) -> None:
    repository.commit([("a.py", "committed"), ("sub/b.py", "too")])
    repository.write("a.py", "changed")
    assert _blobs(open_source([repository.top], revision="HEAD")) == {"a.py": b"committed", "sub/b.py": b"too"}


def test_a_commit_is_read_below_a_folder_only_where_one_is_named(repository: Repository) -> None:
    sha = repository.commit([("a.py", "1"), ("sub/b.py", "2")])
    assert _blobs(open_source([repository.top / "sub"], revision=sha)) == {"sub/b.py": b"2"}


def test_blobs_of_a_commit_carry_their_object_names(repository: Repository) -> None:
    repository.commit([("a.py", "1")])
    (blob,) = open_source([repository.top], revision="HEAD")
    assert isinstance(blob, Blob)
    assert blob.blob_id == repository.git("rev-parse", "HEAD:a.py").strip()


def test_head_is_found_among_packed_refs(repository: Repository) -> None:
    repository.commit([("a.py", "1")])
    repository.git("pack-refs", "--all")
    repository.git("gc", "-q")
    assert _blobs(open_source([repository.top], revision="HEAD")) == {"a.py": b"1"}


def test_many_objects_are_read_without_a_standstill(repository: Repository) -> None:
    repository.commit([(f"f{n}.txt", f"{n}" * 500) for n in range(600)])
    assert len(_blobs(open_source([repository.top], revision="HEAD"))) == 600


def test_a_sha256_repository_is_read(tmp_path: Path) -> None:
    top = tmp_path / "new"
    top.mkdir()
    repository = Repository(top)
    (top / ".git").rename(tmp_path / "old.git")
    repository.git("init", "-q", "-b", "main", "--object-format=sha256")
    repository.commit([("a.py", "1")])
    assert _blobs(open_source([top], revision="HEAD")) == {"a.py": b"1"}
    assert _blobs(open_source([top])) == {"a.py": b"1"}


def test_staged_content_is_that_of_the_index_with_only_new_lines(repository: Repository) -> None:
    repository.commit([("a.py", "one\ntwo\n"), ("same.py", "x")])
    repository.write("a.py", "two\none\nthree\n")
    repository.write("new.py", "all\n")
    repository.git("add", "-A")
    repository.write("a.py", "later\n")
    items = {item.path: item for item in open_source([repository.top], staged=True) if isinstance(item, Blob)}
    assert set(items) == {"a.py", "new.py"}
    assert items["a.py"].data == b"two\none\nthree\n"
    mark_added_lines(items.values())
    assert items["a.py"].added_lines == frozenset({3})
    assert items["new.py"].added_lines is None


def test_everything_is_staged_before_the_first_commit(repository: Repository) -> None:
    repository.write("a.py", "1")
    repository.git("add", "-A")
    assert _blobs(open_source([repository.top], staged=True)) == {"a.py": b"1"}


def test_a_folder_that_is_no_repository_has_no_index(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git repository"):
        open_source([tmp_path], staged=True)


def test_a_repository_without_a_commit_has_no_revision(repository: Repository) -> None:
    with pytest.raises(UsageError, match="no commit"):
        list(open_source([repository.top], revision="HEAD"))


def test_a_revision_that_looks_like_an_option_is_refused(repository: Repository) -> None:
    with pytest.raises(UsageError, match="no commit"):
        open_source([repository.top], revision="--output=x")


@pytest.mark.parametrize("mode", [{}, {"staged": True}, {"revision": "HEAD"}])
def test_nothing_of_a_hostile_configuration_runs_and_nothing_is_written(
    repository: Repository, tmp_path: Path, mode: dict[str, object]
) -> None:
    repository.commit([("a.py", "1"), (".gitattributes", "*.py filter=evil diff=evil\n")])
    repository.write("b.py", "2")
    repository.git("add", "b.py")
    marker = tmp_path / "marker"
    payload = tmp_path / "payload"
    payload.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    payload.chmod(0o755)
    config = repository.top / ".git" / "config"
    settings = ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "diff.evil.textconv")
    settings += (
        "filter.evil.clean",
        "filter.evil.smudge",
        "core.editor",
        "credential.helper",
        "uploadpack.packObjectsHook",
    )
    for setting in settings:
        repository.git("config", "--file", str(config), setting, str(payload))
    repository.git("config", "--file", str(config), "include.path", str(payload))
    for hook in ("post-index-change", "pre-commit", "fsmonitor-watchman"):
        (repository.top / ".git" / "hooks" / hook).symlink_to(payload)
    before = _snapshot(repository.top)
    assert _blobs(open_source([repository.top], **mode))  # type: ignore[arg-type]
    assert not marker.exists()
    assert _snapshot(repository.top) == before


def test_objects_of_another_repository_are_not_read_and_are_named(repository: Repository, tmp_path: Path) -> None:
    repository.commit([("a.py", "1")])
    borrower = tmp_path / "borrower"
    repository.git("clone", "-q", "--shared", str(repository.top), str(borrower))
    items = list(open_source([borrower]))
    assert any(isinstance(item, ScanError) and "alternates" in item.message for item in items)
    assert _blobs(items) == {"a.py": b"1"}


def test_a_gitfile_that_leads_elsewhere_is_refused_and_the_folder_walked(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit([("a.py", "1")])
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {repository.top / '.git'}\n")
    (other / "b.py").write_text("2")
    items = list(open_source([other]))
    assert any(isinstance(item, ScanError) and "name it back" in item.message for item in items)
    assert _blobs(items)["b.py"] == b"2"


def test_a_link_for_objects_is_refused(repository: Repository, tmp_path: Path) -> None:
    repository.commit([("a.py", "1")])
    (repository.top / ".git" / "objects").rename(tmp_path / "objects")
    (repository.top / ".git" / "objects").symlink_to(tmp_path / "objects")
    items = list(open_source([repository.top]))
    assert any(isinstance(item, ScanError) for item in items)
    assert _blobs(items)["a.py"] == b"1"


def test_around_a_commit_stand_all_its_files_as_it_has_them(repository: Repository) -> None:
    repository.commit([("a.py", "committed"), ("sub/b.py", "too")])
    repository.write("a.py", "changed")
    around = around_of(open_source([repository.top / "sub"], revision="HEAD"))
    assert around is not None
    assert {path: around.text(path) for path in around.paths()} == {"a.py": b"committed", "sub/b.py": b"too"}
    assert around.text("missing.py") is None
