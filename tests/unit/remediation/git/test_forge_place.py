"""Which forge a remote is on, where its API is, and who may see the token."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from remediation.git.forge import Place
from remediation.git.forge_place import Said, find_place, login_for
from remediation.git.remote import parse
from strongroom.kernel.errors import UsageError

TOKEN = secrets.token_hex(20)
TOKENS = {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN}


def place(url: str, said: Said | None = None, **environment: str) -> Place:
    return find_place(parse("origin", url, Path("/")), said or Said(), {**TOKENS, **environment})


@pytest.mark.parametrize(
    ("url", "forge", "api", "project"),
    [
        ("https://github.com/acme/shop.git", "github", "https://api.github.com", "acme/shop"),
        ("git@github.com:acme/shop.git", "github", "https://api.github.com", "acme/shop"),
        ("https://acme.ghe.com/acme/shop", "github", "https://api.acme.ghe.com", "acme/shop"),
        ("https://github.acme.example/a/shop", "github", "https://github.acme.example/api/v3", "a/shop"),
        ("https://gitlab.com/acme/team/shop.git", "gitlab", "https://gitlab.com/api/v4", "acme/team/shop"),
        ("https://gitlab.acme.example:8443/a/shop", "gitlab", "https://gitlab.acme.example:8443/api/v4", "a/shop"),
        ("ssh://git@gitlab.acme.example:2222/a/shop", "gitlab", "https://gitlab.acme.example/api/v4", "a/shop"),
    ],
)
def test_a_host_tells_its_forge_and_api(url: str, forge: str, api: str, project: str) -> None:
    found = place(url)
    assert (found.forge, found.api, found.project) == (forge, api, project)


@pytest.mark.parametrize(
    ("forge", "named", "api"),
    [
        ("github", "https://git.example", "https://git.example/api/v3"),
        ("github", "https://git.example/api/v3/", "https://git.example/api/v3"),
        ("github", "https://api.git.example", "https://api.git.example"),
        ("github", "https://github.com", "https://api.github.com"),
        ("github", "http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("gitlab", "https://git.example/gitlab", "https://git.example/gitlab/api/v4"),
        ("gitlab", "https://git.example/api/v4", "https://git.example/api/v4"),
    ],
)
def test_an_address_that_is_named_may_be_the_servers_or_the_apis(forge: str, named: str, api: str) -> None:
    assert place("https://git.example/a/shop", Said(forge=forge, url=named)).api == api


def test_the_variables_of_the_forges_own_jobs_name_the_api() -> None:
    hub = place("https://git.example/a/b", Said(forge="github"), GITHUB_API_URL="https://git.example/api/v3")
    lab = place("https://git.example/a/b", Said(forge="gitlab"), CI_API_V4_URL="https://git.example/api/v4")
    assert (hub.api, lab.api) == ("https://git.example/api/v3", "https://git.example/api/v4")


def test_a_path_that_the_server_is_below_is_no_part_of_the_project() -> None:
    said = Said(forge="gitlab", url="https://git.example/gitlab")
    assert place("https://git.example/gitlab/a/b/shop.git", said).project == "a/b/shop"


def test_gh_token_serves_where_github_token_is_not_set() -> None:
    found = place("https://github.com/a/b", GITHUB_TOKEN="", GH_TOKEN=(other := secrets.token_hex(9)))
    assert found.token.reveal_text() == other
    assert other not in repr(found)


@pytest.mark.parametrize(
    ("url", "said", "message"),
    [
        ("https://code.example/a/b", Said(), "does not say what forge it is"),
        ("file:///srv/a/b.git", Said(forge="github"), "nothing says where github's API is"),
        ("https://github.com/shop", Said(), "does not say which project"),
        ("https://github.com/a/b", Said(url="ftp://x"), "is not the address of a forge"),
        ("https://github.com/a/b", Said(url=f"https://me:{TOKEN}@git.example"), "holds a login"),
    ],
)
def test_what_does_not_say_enough_is_refused_with_what_to_name(url: str, said: Said, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        place(url, said)
    assert refused.value.hint
    assert TOKEN not in refused.value.message + refused.value.hint


def test_a_token_with_a_line_break_is_no_header_and_refused() -> None:
    with pytest.raises(UsageError, match="is no token"):
        place("https://github.com/a/b", GITHUB_TOKEN=f"{TOKEN}\n")


@pytest.mark.parametrize(
    ("url", "said", "gets"),
    [
        ("https://github.com/a/b", Said(), True),
        ("https://git.example/a/b", Said(forge="github", url="https://git.example/api/v3"), True),
        ("https://git.example/a/b", Said(forge="github", url="https://other.example/api/v3"), False),
        ("http://git.example/a/b", Said(forge="gitlab", url="http://git.example"), True),
        ("git@github.com:a/b", Said(), False),
        ("http://127.0.0.1:8080/a/b", Said(forge="gitlab", url="http://127.0.0.1:9000"), True),
    ],
)
def test_the_remote_gets_the_token_where_it_is_on_the_forges_host(url: str, said: Said, gets: bool) -> None:
    remote = parse("origin", url, Path("/"))
    login = login_for(remote, find_place(remote, said, TOKENS))
    assert (login is not None) == gets
    assert login is None or login.origin == remote.origin


def test_no_token_crosses_a_network_in_the_clear() -> None:
    remote = parse("origin", "http://github.com/a/b", Path("/"))
    with pytest.raises(UsageError, match="plain HTTP"):
        login_for(remote, find_place(remote, Said(), TOKENS))
