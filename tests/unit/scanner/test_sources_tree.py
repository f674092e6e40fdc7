"""The working tree as a source: what is read, what is left out, what is never followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.model import Blob, ScanError, Skipped
from scanner.sources import open_source, open_stdin
from scanner.sources.content import MAX_BYTES
from strongroom.kernel.errors import UsageError
from tests.unit.scanner.making import Repository


def _paths(*paths: Path) -> list[str]:
    return [item.path for item in open_source(paths) if isinstance(item, Blob)]


def test_a_repository_yields_tracked_and_untracked_files_but_not_ignored_ones(repository: Repository) -> None:
    repository.commit([("a.py", "1"), (".gitignore", "ignored/\n")])
    repository.write("sub/new.py", "2")
    repository.write("ignored/x.py", "3")
    assert _paths(repository.top) == [".gitignore", "a.py", "sub/new.py"]


def test_files_ignored_one_by_one_are_read_when_asked_for_and_ignored_folders_are_not(repository: Repository) -> None:
    repository.commit([("a.py", "1"), (".gitignore", "ignored/\n.env\n")])
    for name in (".env", "sub/.env", "ignored/x.py"):
        repository.write(name, "2")
    found = [item.path for item in open_source([repository.top], ignored=True) if isinstance(item, Blob)]
    assert found == [".env", ".gitignore", "a.py", "sub/.env"]


def test_a_subfolder_is_read_alone_with_paths_from_the_top_level(repository: Repository) -> None:
    repository.commit([("a.py", "1"), ("sub/b.py", "2")])
    assert _paths(repository.top / "sub") == ["sub/b.py"]


def test_a_single_file_is_read_even_where_git_ignores_it(repository: Repository) -> None:
    repository.commit([(".gitignore", "*.env\n")])
    repository.write("x.env", "A=1")
    assert _paths(repository.top / "x.env") == ["x.env"]


def test_an_ignored_folder_named_on_purpose_is_read(repository: Repository) -> None:
    repository.commit([(".gitignore", "build/\n")])
    repository.write("build/x.py", "1")
    assert _paths(repository.top / "build") == ["build/x.py"]


def test_a_folder_without_git_is_walked(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.txt").write_text("x")
    assert _paths(tmp_path) == ["a/b/c.txt"]
    assert _paths(tmp_path / "a" / "b" / "c.txt") == ["c.txt"]


def test_a_file_deleted_but_still_in_the_index_is_no_error(repository: Repository) -> None:
    repository.commit([("a.py", "1"), ("b.py", "2")])
    (repository.top / "a.py").unlink()
    assert [item.path for item in open_source([repository.top])] == ["b.py"]


def test_a_nested_repository_is_read_with_its_own_ignore_rules(repository: Repository) -> None:
    repository.commit([("a.py", "1")])
    (repository.top / "inner").mkdir()
    inner = Repository(repository.top / "inner")
    inner.commit([("b.py", "2"), (".gitignore", "c.py\n")])
    inner.write("c.py", "3")
    assert _paths(repository.top) == ["a.py", "inner/.gitignore", "inner/b.py"]


def test_a_submodule_is_read_only_when_asked_for(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    library = Repository(tmp_path / "lib")
    library.commit([("lib.py", "1")])
    repository.commit([("a.py", "1")])
    repository.git("submodule", "add", "-q", str(library.top), "vendor")
    assert _paths(repository.top) == [".gitmodules", "a.py"]
    read = open_source([repository.top], submodules=True)
    assert "vendor/lib.py" in [item.path for item in read if isinstance(item, Blob)]


def test_a_linked_worktree_is_read(repository: Repository, tmp_path: Path) -> None:
    repository.commit([("a.py", "1")])
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert _paths(tmp_path / "linked") == ["a.py"]


def test_a_link_is_data_and_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.txt").write_text("outside")
    (root / "link").symlink_to(tmp_path / "outside.txt")
    (root / "folder").symlink_to(tmp_path)
    blobs = [item for item in open_source([root]) if isinstance(item, Blob)]
    assert {blob.path: blob.data for blob in blobs} == {
        "link": os.fsencode(tmp_path / "outside.txt"),
        "folder": os.fsencode(tmp_path),
    }


def test_a_tracked_folder_replaced_by_a_link_is_not_entered(repository: Repository, tmp_path: Path) -> None:
    repository.commit([("sub/a.py", "1")])
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.py").write_text("outside")
    (repository.top / "sub" / "a.py").unlink()
    (repository.top / "sub").rmdir()
    (repository.top / "sub").symlink_to(tmp_path / "outside")
    items = list(open_source([repository.top]))
    assert not any(isinstance(item, Blob) and item.data == b"outside" for item in items)
    assert any(isinstance(item, ScanError) and item.path == "sub/a.py" for item in items)


def test_pipes_binaries_and_large_files_are_left_out_and_counted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "image").write_bytes(b"\x89PNG\0\0")
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    reasons = {item.path: item.reason for item in open_source([tmp_path]) if isinstance(item, Skipped)}
    assert reasons == {"pipe": "not a regular file", "image": "binary", "large": "larger than 5 MB"}


def test_utf_16_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("password é".encode("utf-16"))
    (blob,) = open_source([tmp_path])
    assert isinstance(blob, Blob)
    assert blob.data.decode() == "password é"


def test_a_name_that_is_no_utf_8_is_shown_escaped(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.txt"))).write_text("x")
    assert _paths(tmp_path) == ["a\\xff.txt"]


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        open_source([tmp_path / "none"])


def test_standard_input_is_one_blob(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a")
    with (tmp_path / "x").open("rb") as stream:
        assert list(open_stdin(stream)) == [Blob(path="<stdin>", data=b"a")]
