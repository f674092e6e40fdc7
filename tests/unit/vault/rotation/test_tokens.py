"""Tokens that services make over HTTP: GitLab's, a GitHub App's, and those of an API that a secret describes."""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncssh
import jwt
import pytest
from botocore.exceptions import ClientError

from tests.testing.rotators import Subject, stored, subject
from tests.testing.tokens import OVERLAPPING, Asked, Reply, TokenService, answering
from vault.bootstrap import Vault
from vault.rotation.rotators import http_token
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.token_api import at_pointer


@pytest.fixture
def service() -> TokenService:
    return TokenService()


@pytest.fixture
def url(service: TokenService) -> Iterator[str]:
    with answering(service.reply) as where:
        yield where


def token_of(vault: Vault, service: TokenService, url: str, api: object, **more: Any) -> Subject:
    return subject(vault, "http-token-single", {"api": api, "base_url": url, "token": service.made(), **more})


def test_a_token_of_gitlab_rotates_itself_and_ends(vault: Vault, service: TokenService, url: str) -> None:
    token = token_of(vault, service, url, "gitlab", lifetime_days=30)
    before = token.content()["token"]
    token.rotate()
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    (made,) = [asked for asked in service.asked if asked.method == "POST"]
    assert made.path == f"/api/v4/personal_access_tokens/self/rotate?expires_at={until}"
    assert made.headers["private-token"] == before
    assert service.good == {token.content()["token"]}


def test_a_project_token_of_gitlab_is_made_by_another_ones_and_overlaps(
    vault: Vault, service: TokenService, url: str
) -> None:
    manager = stored(vault, {"token": service.made(), "base_url": f"{url}/"})
    token = token_of(vault, service, url, "gitlab-project", project_id=7, masterarn=manager, scopes=["read_api", "api"])
    before = token.content()["token"]
    token.rotate()
    (made,) = [asked for asked in service.asked if asked.method == "POST"]
    assert made.path == "/api/v4/projects/7/access_tokens"
    assert made.json()["scopes"] == ["read_api", "api"]
    assert made.json()["access_level"] == 30
    assert token.content()["token_id"] == 8
    assert before in service.good
    token.rotate()
    assert before not in service.good


def test_an_app_of_github_signs_who_it_is(vault: Vault, url: str, service: TokenService) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    told: list[Asked] = []

    def reply(asked: Asked) -> Reply:
        told.append(asked)
        return (
            (201, {"token": "ghs-" + secrets.token_hex(8), "expires_at": "soon"})
            if asked.method == "POST"
            else (200, {})
        )

    pem = key.export_private_key("pkcs1-pem").decode()
    with answering(reply) as github:
        arn = stored(vault, {"private_key": pem, "base_url": github})
        token = token_of(vault, service, github, "github-app", app_id=42, installation_id=9, app_key_arn=arn)
        token.rotate()
    posted = next(asked for asked in told if asked.method == "POST")
    assert posted.path == "/app/installations/9/access_tokens"
    signed = posted.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(signed, key.pyca_key.public_key(), algorithms=["RS256"])
    assert claims["iss"] == "42"
    assert claims["exp"] - claims["iat"] <= 600
    assert token.content()["expires_at"] == "soon"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"token": "t", "base_url": "https://elsewhere.example"}, "is for another base_url than"),
        ({"token": "t"}, "is not a JSON object with token and base_url"),
        ({"password": "p", "host": "db"}, "is not a JSON object with token and base_url"),
    ],
)
def test_no_secret_is_sent_to_a_place_that_it_does_not_name(
    vault: Vault, service: TokenService, url: str, other: dict[str, str], reason: str
) -> None:
    token = token_of(vault, service, url, "gitlab-project", project_id=7, masterarn=stored(vault, other))
    with pytest.raises(RotationFailed, match=reason):
        token.rotate()
    assert service.asked == []


@pytest.mark.parametrize(
    "template", ["https://elsewhere.example/{manager}", "{base_url}@elsewhere.example/", "{base_url}"]
)
def test_a_description_cannot_turn_another_secret_aside(
    vault: Vault, service: TokenService, url: str, template: str
) -> None:
    manager = stored(vault, {"token": service.made(), "base_url": url})
    api = broken(create__url=template, create__headers={"Authorization": "Bearer {manager}"})
    token = token_of(vault, service, url, api, masterarn=manager)
    with pytest.raises(RotationFailed, match=r"that needs manager does not begin with \{base_url\}/"):
        token.rotate()
    assert service.asked == []


def test_a_token_that_is_no_more_good_is_told(vault: Vault, service: TokenService, url: str) -> None:
    token = token_of(vault, service, url, "gitlab")
    service.good.clear()
    with pytest.raises(RotationFailed, match=r"the current token of .* is not accepted"):
        token.rotate()


def test_an_answer_that_is_neither_yes_nor_no_is_told(vault: Vault, service: TokenService) -> None:
    with answering(lambda _: (503, None)) as url:
        token = token_of(vault, service, url, "gitlab")
        with pytest.raises(RotationFailed, match="answered with 503, which is neither yes nor no"):
            token.accepts(token.value() or "")


def test_a_token_that_cannot_be_stored_is_taken_back(
    vault: Vault, service: TokenService, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_token, "_PAUSE", 0.0)
    token = token_of(vault, service, url, OVERLAPPING, owner="a")
    before = set(service.good)
    function = token.function(token.start())

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(token.client, name)

        def put_secret_value(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "InternalServiceError"}}, "PutSecretValue")

    function._client = Refusing()
    with pytest.raises(ClientError):
        function.create_secret()
    assert before <= service.good
    assert len([asked for asked in service.asked if asked.method == "DELETE"]) == 1


def broken(**changes: Any) -> dict[str, Any]:
    api: dict[str, Any] = copy.deepcopy(OVERLAPPING)
    for path, value in changes.items():
        part, _, name = path.partition("__")
        if value is None:
            del api[part][name]
        else:
            api[part][name] = value
    return api


@pytest.mark.parametrize(
    ("api", "reason"),
    [
        ("bitbucket", "is none of gitlab, gitlab-project, github-app"),
        (["list"], "cannot be read: its shape"),
        ({"create": {}}, "cannot be read: method"),
        (broken(create__token=None), "cannot be read: token"),
        (broken(create__token="no-slash"), "a JSON pointer begins with a slash"),
        (broken(test__method="TRACE"), "method is none of GET"),
        (broken(revoke__accept=["many"]), "cannot be read: accept holds what is no whole number; see"),
        (broken(test__refuse=[True]), "cannot be read: refuse holds what is no whole number; see"),
        ({**broken(), "jwt": {"key": "k", "issuer": "i", "seconds": "s"}}, "seconds holds what is no whole number"),
        (broken(create__url="{base_url}/{missing}"), "the request needs missing, which the secret does not have"),
        (broken(create__token="/data/5/secret"), "has none at /data/5/secret"),
        (broken(create__accept=[299]), "was answered with 201"),
    ],
)
def test_a_description_that_does_not_do_is_told(
    vault: Vault, service: TokenService, url: str, api: object, reason: str
) -> None:
    token = token_of(vault, service, url, api, owner="a")
    with pytest.raises(RotationFailed, match=reason):
        token.rotate()


def test_what_stands_in_the_place_of_a_number_is_not_quoted(vault: Vault, service: TokenService, url: str) -> None:
    misplaced = secrets.token_hex(8)
    token = token_of(vault, service, url, broken(revoke__accept=[misplaced]), owner="a")
    with pytest.raises(RotationFailed) as told:
        token.rotate()
    assert misplaced not in f"{told.value!r}"


def test_fields_are_encoded_in_urls_and_add_no_header(vault: Vault, service: TokenService, url: str) -> None:
    token = token_of(vault, service, url, OVERLAPPING, owner="../admin?x=1")
    token.rotate()
    assert any(asked.path == "/tokens/..%2Fadmin%3Fx%3D1" for asked in service.asked)
    split = broken(create__headers={"Authorization": "Bearer {token}", "X-Owner": "{owner}"})
    token.put({**token.content(), "api": split, "owner": "a\r\nX-Admin: 1"})
    with pytest.raises(RotationFailed, match="would hold a line break"):
        token.rotate()


@pytest.mark.parametrize(
    ("pointer", "found"), [("/a/1", 2), ("/b~1c", 3), ("/d~0e", 4), ("/a/9", None), ("/x/y", None), ("/b~1c/z", None)]
)
def test_pointers_are_followed_as_the_rfc_says(pointer: str, found: object) -> None:
    assert at_pointer(json.loads('{"a": [1, 2], "b/c": 3, "d~e": 4}'), pointer) == found
