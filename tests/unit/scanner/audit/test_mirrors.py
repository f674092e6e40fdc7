"""Clones of what is audited, from a real web server that wants a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scanner.audit.locations import Login, asked
from scanner.audit.mirrors import MirrorError, Mirrors
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.credentials import made_up_credential
from tests.testing.git_http import serving_git
from tests.testing.gitrepo import git, make_repository


class Forge:
    """A bare repository, served to whoever has the password."""

    def __init__(self, folder: Path, url: str, password: str) -> None:
        self.work = make_repository(folder / "work", {"app.py": "x = 1\n"})
        git(folder, "clone", "--quiet", "--bare", "work", "served/shop.git")
        git(self.work, "remote", "add", "origin", str(folder / "served" / "shop.git"))
        self.password = password
        self.address = f"{url}/shop.git"

    @property
    def login(self) -> Login:
        return Login(user=SecretValue("robot"), password=SecretValue(self.password))


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    (tmp_path / "served").mkdir()
    password = made_up_credential()
    with serving_git(tmp_path / "served", password) as stub:
        yield Forge(tmp_path, stub.place, password)


def test_a_mirror_is_made_with_the_login_and_keeps_nothing_of_it(forge: Forge, tmp_path: Path) -> None:
    place = Mirrors(tmp_path / "mirrors").brought_up_to_date(forge.address, forge.login, "one")
    assert git(place, "rev-list", "--count", "main").strip() == "1"
    for file in place.rglob("*"):
        assert not file.is_file() or forge.password.encode() not in file.read_bytes()


def test_what_a_url_says_of_logging_in_is_used(forge: Forge, tmp_path: Path) -> None:
    parts = urlsplit(forge.address)
    given = asked(f"{parts.scheme}://robot:{forge.password}@{parts.netloc}{parts.path}")
    assert given.location == forge.address
    assert Mirrors(tmp_path / "mirrors").brought_up_to_date(given.location, given.login, "one").is_dir()


def test_a_mirror_follows_what_is_pushed_once_an_audit(forge: Forge, tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "mirrors")
    mirrors.brought_up_to_date(forge.address, forge.login, "one")
    git(forge.work, "commit", "--quiet", "--allow-empty", "--message=second")
    git(forge.work, "push", "--quiet", "origin", "main")
    counts = []
    for audit in ("one", "two"):
        place = mirrors.brought_up_to_date(forge.address, forge.login, audit)
        counts.append(git(place, "rev-list", "--count", "main").strip())
    assert counts == ["1", "2"]


def test_a_wrong_password_is_told_without_it_and_leaves_no_mirror(forge: Forge, tmp_path: Path) -> None:
    wrong = made_up_credential()
    login = Login(user=SecretValue("robot"), password=SecretValue(wrong))
    with pytest.raises(MirrorError) as refused:
        Mirrors(tmp_path / "mirrors").brought_up_to_date(forge.address, login, "one")
    assert wrong not in str(refused.value)
    assert not list((tmp_path / "mirrors").glob("*.git"))


def test_a_branch_that_becomes_the_default_is_looked_at(forge: Forge, tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "mirrors")
    mirrors.brought_up_to_date(forge.address, forge.login, "one")
    git(forge.work, "switch", "--quiet", "-c", "trunk")
    git(forge.work, "push", "--quiet", "origin", "trunk")
    git(tmp_path / "served" / "shop.git", "symbolic-ref", "HEAD", "refs/heads/trunk")
    place = mirrors.brought_up_to_date(forge.address, forge.login, "two")
    assert (place / "HEAD").read_text().strip() == "ref: refs/heads/trunk"
