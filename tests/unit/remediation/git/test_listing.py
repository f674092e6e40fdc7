"""All repositories of an organisation, a group or a user, as GitHub and GitLab list them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from remediation.git.forge import ForgeUnavailable
from remediation.git.listing import Account, Listed, find_account, repositories_of_organisation
from strongroom.kernel.errors import Denied, UsageError
from tests.testing.forge_listing import Lister, listing_github, listing_gitlab
from tests.testing.stub import Answer, Stub, serving

JSON = {"Content-Type": "application/json"}
VARIABLES = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}
KINDS = {"github": "orgs", "gitlab": "groups"}


class Listing:
    """A forge that runs, and what it lists."""

    def __init__(self, forge: str, lister: Lister, stub: Stub) -> None:
        self.forge, self.lister, self.stub = forge, lister, stub
        self.said: list[str] = []
        self.slept: list[float] = []

    def add(self, owner: str, *names: str, **fields: Any) -> None:
        self.lister.add(KINDS[self.forge], owner, *names, **fields)

    def account(self, name: str, token: str | None = None) -> Account:
        environment = {VARIABLES[self.forge]: token if token is not None else self.lister.token}
        return find_account(self.forge, name, self.lister.api, environment)

    def listed(self, name: str, token: str | None = None) -> list[Listed]:
        found = repositories_of_organisation(
            self.account(name, token), say=self.said.append, sleep=self.slept.append
        )  # fmt: skip
        return list(found)


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Listing]]:
    github, gitlab = (Lister(token=secrets.token_hex(20)) for _ in range(2))
    with listing_github(github) as hub, listing_gitlab(gitlab) as lab:
        yield {"github": Listing("github", github, hub), "gitlab": Listing("gitlab", gitlab, lab)}


@pytest.fixture(params=["github", "gitlab"])
def listing(request: pytest.FixtureRequest, running: dict[str, Listing]) -> Listing:
    return fresh(running[request.param])


@pytest.fixture
def github(running: dict[str, Listing]) -> Listing:
    return fresh(running["github"])


@pytest.fixture
def gitlab(running: dict[str, Listing]) -> Listing:
    return fresh(running["gitlab"])


def fresh(listing: Listing) -> Listing:
    lister = listing.lister
    lister.owners, lister.waits, lister.page, lister.login = {}, [], 100, ""
    listing.said, listing.slept = [], []
    listing.stub.asked.clear()
    return listing


def names(found: list[Listed]) -> list[str]:
    return [one.name for one in found]


def limited(status: int, message: str, **headers: str) -> Answer:
    plain = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status=status, body=json.dumps({"message": message}).encode(), headers={**JSON, **plain})


def test_all_pages_are_turned_and_each_repository_comes_once(listing: Listing) -> None:
    listing.lister.page = 2
    listing.add("acme", *"abcde")
    listing.add("acme", "c")
    assert names(listing.listed("acme")) == [f"acme/{name}" for name in "abcde"]
    assert len(listing.stub.asked) == 3


def test_repositories_come_while_later_pages_are_not_asked_for_yet(listing: Listing) -> None:
    listing.lister.page = 1
    listing.add("acme", "a", "b")
    first = next(repositories_of_organisation(listing.account("acme")))
    assert first.name == "acme/a"
    assert len(listing.stub.asked) == 1


def test_an_organisation_without_repositories_lists_none(listing: Listing) -> None:
    listing.add("acme")
    assert listing.listed("acme") == []


def test_what_github_tells_of_a_repository_is_told(github: Listing) -> None:
    github.add("acme", "a", archived=True, fork=True, size=7, pushed_at="2026-02-03T04:05:06Z")
    assert github.listed("acme") == [
        Listed(
            name="acme/a", clone_url="https://github.com/acme/a.git", archived=True, fork=True, size=7 * 1024,
            pushed_at="2026-02-03T04:05:06Z",
        )
    ]  # fmt: skip


def test_what_gitlab_tells_of_a_project_is_told_those_of_subgroups_too(gitlab: Listing) -> None:
    gitlab.add("acme", "team/a", archived=True, forked_from_project={"id": 1})
    assert gitlab.listed("acme") == [
        Listed(
            name="acme/team/a", clone_url="https://gitlab.com/acme/team/a.git", archived=True, fork=True, size=None,
            pushed_at="2026-01-02T03:04:05.000Z",
        )
    ]  # fmt: skip


def test_a_subgroup_is_named_by_its_whole_path(gitlab: Listing) -> None:
    gitlab.add("acme/team", "a")
    assert names(gitlab.listed("acme/team")) == ["acme/team/a"]


def test_a_name_that_is_no_organisation_is_that_of_a_user(listing: Listing) -> None:
    listing.lister.add("users", "jo", "a")
    assert names(listing.listed("jo")) == ["jo/a"]


def test_the_user_whose_token_it_is_sees_what_is_private_too(github: Listing) -> None:
    github.lister.login = "Jo"
    github.lister.add("users", "jo", "public")
    github.lister.add("own", "Jo", "public", "private")
    assert names(github.listed("jo")) == ["Jo/public", "Jo/private"]


def test_without_a_token_what_is_public_is_listed(listing: Listing) -> None:
    listing.add("acme", "a")
    assert names(listing.listed("acme", token="")) == ["acme/a"]
    sent = {name.lower() for name in listing.stub.asked[0].headers}
    assert sent.isdisjoint({"authorization", "private-token"})


def test_a_name_that_nobody_has_is_a_usage_error_that_names_it(listing: Listing) -> None:
    with pytest.raises(UsageError, match="no organisation, group or user nobody"):
        listing.listed("nobody")


@pytest.mark.parametrize("name", ["", " ", "/", "a//b", "..", "a/../b", "a\nb"])
def test_what_can_be_no_name_is_asked_of_nobody(name: str) -> None:
    with pytest.raises(UsageError):
        find_account("github", name, None, {})


def test_a_token_that_is_not_taken_is_denied_without_being_shown(listing: Listing) -> None:
    listing.add("acme", "a")
    wrong = secrets.token_hex(20)
    with pytest.raises(Denied, match="does not take the token") as failure:
        listing.listed("acme", token=wrong)
    assert wrong not in failure.value.message + failure.value.hint


def test_a_token_that_may_not_look_is_denied_with_the_way_out(listing: Listing) -> None:
    listing.lister.waits = [limited(403, "Resource protected by organization SAML enforcement")]
    with pytest.raises(Denied, match="SAML") as failure:
        listing.listed("acme")
    assert "the token needs" in failure.value.hint


RESET = {"github": "x_ratelimit_reset", "gitlab": "RateLimit_Reset"}


def test_a_forge_that_wants_a_pause_gets_it_and_the_user_is_told(listing: Listing) -> None:
    listing.add("acme", "a")
    status = {"github": 403, "gitlab": 429}[listing.forge]
    listing.lister.waits = [limited(status, "slow down", Retry_After="7")]
    assert names(listing.listed("acme")) == ["acme/a"]
    assert listing.slept == [7]
    assert "7 s" in listing.said[0]


def test_the_hour_of_a_spent_allowance_is_waited_for(listing: Listing) -> None:
    listing.add("acme", "a")
    until = {RESET[listing.forge]: str(int(time.time()) + 60), "x_ratelimit_remaining": "0"}
    listing.lister.waits = [limited(429, "API rate limit exceeded", **until)]
    assert names(listing.listed("acme")) == ["acme/a"]
    assert 55 < listing.slept[0] < 65


def test_a_pause_without_a_word_for_how_long_grows(github: Listing) -> None:
    github.add("acme", "a")
    github.lister.waits = [limited(403, "You have exceeded a secondary rate limit")] * 2
    assert names(github.listed("acme")) == ["acme/a"]
    assert github.slept == [60, 120]


def test_a_forge_that_wants_too_long_a_pause_is_told_with_the_hour(listing: Listing) -> None:
    listing.lister.waits = [limited(429, "slow down", Retry_After="3600")]
    with pytest.raises(ForgeUnavailable, match=r"no more questions until about [0-9][0-9]:[0-9][0-9] UTC"):
        listing.listed("acme")
    assert listing.slept == []


BROKEN: dict[str, Callable[[], Answer]] = {
    "a page": lambda: Answer(body=b"<html>sign in</html>", headers={"Content-Type": "text/html"}),
    "another object": lambda: Answer(body=b'{"a": 1}', headers=JSON),
    "a list of something": lambda: Answer(body=b"[1]", headers=JSON),
    "half of one": lambda: Answer(body=b'[{"a"', headers=JSON),
}


@pytest.mark.parametrize("answer", BROKEN)
def test_what_is_no_answer_is_a_forge_that_did_not_answer(answer: str, listing: Listing) -> None:
    listing.lister.waits = [BROKEN[answer]()] * 9
    with pytest.raises(ForgeUnavailable):
        listing.listed("acme")


@pytest.mark.parametrize("url", ["ext::sh", "git@github.com:a/b", "file:///etc", "https://u:p@github.com/a/b", "-x"])
def test_an_address_that_is_none_to_clone_from_is_no_answer(url: str, gitlab: Listing) -> None:
    gitlab.add("acme", "a", http_url_to_repo=url)
    with pytest.raises(ForgeUnavailable):
        gitlab.listed("acme")


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_nothing_is_sent_on_to_another_host(forge: str) -> None:
    with serving() as other:
        there = Answer(status=302, headers={"Location": f"{other.place.replace('127.0.0.1', 'localhost')}/x"})
        with serving(lambda _: there) as stub, pytest.raises(ForgeUnavailable):
            account = find_account(forge, "acme", stub.place, {VARIABLES[forge]: secrets.token_hex(20)})
            list(repositories_of_organisation(account))
        assert other.asked == []


@pytest.mark.parametrize(
    ("forge", "named", "environment", "api"),
    [
        ("github", None, {}, "https://api.github.com"),
        ("gitlab", None, {}, "https://gitlab.com/api/v4"),
        ("github", "https://github.acme.example", {}, "https://github.acme.example/api/v3"),
        ("gitlab", "https://code.acme.example/git", {}, "https://code.acme.example/git/api/v4"),
        ("github", None, {"GITHUB_API_URL": "https://ghe.example/api/v3"}, "https://ghe.example/api/v3"),
        ("gitlab", None, {"CI_API_V4_URL": "https://code.example/api/v4"}, "https://code.example/api/v4"),
    ],
)
def test_the_api_is_the_one_that_is_named_or_that_of_the_job(
    forge: str, named: str | None, environment: dict[str, str], api: str
) -> None:
    assert find_account(forge, "acme", named, environment).api == api


@pytest.mark.parametrize(
    ("forge", "below", "asked"),
    [
        ("github", "/api/v3", "/api/v3/orgs/acme/repos?"),
        ("gitlab", "/git/api/v4", "/git/api/v4/groups/acme/projects?"),
        ("gitlab", "/git", "/git/api/v4/groups/acme/projects?"),
    ],
)
def test_a_forge_below_a_path_is_asked_there(forge: str, below: str, asked: str) -> None:
    with serving(lambda _: Answer(body=b"[]", headers=JSON)) as stub:
        account = find_account(forge, "acme", f"{stub.place}{below}", {})
        assert list(repositories_of_organisation(account)) == []
    assert [each.target.startswith(asked) for each in stub.asked] == [True]


def test_the_token_is_given_to_git_for_the_forge_itself_alone() -> None:
    token = secrets.token_hex(20)
    account = find_account("github", "acme", None, {"GH_TOKEN": token})
    login = account.login("https://github.com/acme/a.git")
    assert login is not None
    assert (login.origin, login.user, login.password.reveal_text()) == ("https://github.com", "x-access-token", token)
    assert account.login("https://elsewhere.example/acme/a.git") is None
    assert token not in repr(account)


def test_the_token_does_not_cross_a_network_in_the_clear() -> None:
    account = find_account("github", "acme", None, {"GH_TOKEN": secrets.token_hex(20)})
    with pytest.raises(UsageError, match="plain HTTP"):
        account.login("http://github.com/acme/a.git")
