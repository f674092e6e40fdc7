"""Which secrets a repository's code reads, as `.strongroom/secrets.json` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.cli.project import ProjectSecret, project_secrets
from strongroom.kernel.errors import UsageError

RECORD = '{"secrets": [{"name": "a/b", "rotation": "generated"}, {"name": "c"}]}'


def record(folder: Path, text: str = RECORD) -> None:
    (folder / ".strongroom").mkdir(parents=True)
    (folder / ".strongroom" / "secrets.json").write_text(text)


def test_it_is_found_from_any_folder_below(tmp_path: Path) -> None:
    record(tmp_path)
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    expected = (ProjectSecret(name="a/b", rotation="generated"), ProjectSecret(name="c", rotation=None))
    assert project_secrets(tmp_path) == project_secrets(below) == expected


def test_the_nearest_one_counts(tmp_path: Path) -> None:
    record(tmp_path)
    record(tmp_path / "inner", '{"secrets": [{"name": "mine"}]}')
    assert [each.name for each in project_secrets(tmp_path / "inner")] == ["mine"]


def test_without_one_there_are_none(tmp_path: Path) -> None:
    assert project_secrets(tmp_path) == ()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"secrets": [{}]}', '{"secrets": ["a"]}', "\x00"])
def test_a_damaged_one_is_named(tmp_path: Path, text: str) -> None:
    record(tmp_path, text)
    with pytest.raises(UsageError, match=r"secrets\.json is damaged"):
        project_secrets(tmp_path)
