"""Which repositories are meant, what they are called, and where a line of them is to be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.audit.locations import Names, asked, link_to, read_list
from strongroom.kernel.errors import UsageError
from tests.testing.credentials import made_up_credential


def test_a_folder_is_known_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert asked(".").location == str(tmp_path)


def test_what_a_url_says_of_logging_in_is_kept_apart_and_refuses_to_be_shown() -> None:
    token = made_up_credential()
    found = asked(f"https://robot:{token}@forge.example:8443/team/shop.git")
    assert found.location == "https://forge.example:8443/team/shop.git"
    assert found.login is not None
    assert found.login.password.reveal_text() == token
    assert token not in repr(found)


def test_the_user_of_an_ssh_address_is_no_secret() -> None:
    assert asked("git@forge.example:team/shop.git").location == "git@forge.example:team/shop.git"
    assert asked("ssh://git@forge.example/team/shop.git").location == "ssh://git@forge.example/team/shop.git"


@pytest.mark.parametrize(
    "given", ["ext::sh -c whoami", "ext://x", "--upload-pack=x", "https://", "no-such-folder", "a\nb", "ftp://h/x"]
)
def test_what_is_no_repository_is_refused_with_a_way_out(given: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked(given)
    assert refused.value.hint


def test_a_list_names_the_line_that_is_wrong() -> None:
    with pytest.raises(UsageError, match=r"^repos\.txt:3: "):
        read_list(["# ours", "https://forge.example/a.git", "nowhere"], "repos.txt")


def test_two_folders_of_one_name_are_told_apart_by_those_above() -> None:
    assert Names(()).name_for("/srv/one/shop.git") == "shop"
    assert Names(["shop"]).name_for("/srv/two/shop.git") == "two/shop"


def test_folders_that_are_audited_together_are_told_apart_whatever_their_order() -> None:
    together = ["/srv/one/repo", "/srv/two/repo", "/srv/three"]
    assert [Names((), together).name_for(each) for each in together] == ["one/repo", "two/repo", "three"]


def test_a_clone_url_is_called_by_its_host_and_path() -> None:
    assert Names(()).name_for("https://forge.example/team/shop.git") == "forge.example/team/shop"
    assert Names(()).name_for("git@forge.example:team/shop.git") == "forge.example/team/shop"
    assert Names(["forge.example/a"]).name_for("https://forge.example/a") == "forge.example/a (2)"


def test_lines_of_the_two_forges_have_addresses() -> None:
    assert link_to("git@github.com:o/r.git", "c0", "a b.py", 3) == "https://github.com/o/r/blob/c0/a%20b.py#L3"
    assert link_to("https://gitlab.example/g/p.git", "c0", "x", 1) == "https://gitlab.example/g/p/-/blob/c0/x#L1"
    assert link_to("/srv/shop", "c0", "x", 1) is None
