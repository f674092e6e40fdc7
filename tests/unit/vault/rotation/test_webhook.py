"""What is a webhook's own about rotation: who signs for whom, and endpoints that do not do their part."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.testing.rotators import Subject, stored, subject
from tests.testing.tokens import Asked, Reply, answering
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed


def hook(vault: Vault, url: str, key: dict[str, Any] | None = None) -> Subject:
    arn = stored(vault, key if key is not None else {"key": secrets.token_hex(16), "webhook": url})
    return subject(vault, "webhook-single", {"webhook": url, "webhook_key_arn": arn, "password": secrets.token_hex(8)})


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({"key": "k", "webhook": "https://elsewhere.example/"}, "is for another webhook than"),
        ({"password": "p", "host": "db"}, "is not a JSON object with key and webhook"),
    ],
)
def test_a_secret_that_names_another_place_signs_nothing(vault: Vault, key: dict[str, Any], reason: str) -> None:
    asked: list[Asked] = []

    def reply(request: Asked) -> Reply:
        asked.append(request)
        return 200, {"accepted": True}

    with answering(reply) as url, pytest.raises(RotationFailed, match=reason):
        hook(vault, url, key).rotate()
    assert asked == []


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (500, {"accepted": True}, "answered 500"),
        (302, {"accepted": True}, "answered 302"),
        (200, {"accepted": "yes"}, "does not answer accepts with accepted, true or false"),
        (200, [], "does not answer accepts"),
        (200, None, "the answer is no JSON"),
    ],
)
def test_an_endpoint_that_does_not_do_its_part_is_told(vault: Vault, status: int, said: Any, reason: str) -> None:
    with answering(lambda _: (status, said)) as url, pytest.raises(RotationFailed, match=reason):
        hook(vault, url).rotate()


def test_an_endpoint_that_says_no_to_the_new_password_stops_it(vault: Vault) -> None:
    with answering(lambda _: (200, {"accepted": False})) as url:
        endpoint = hook(vault, url)
        before = endpoint.value()
        with pytest.raises(RotationFailed, match="says that the new password is not accepted"):
            endpoint.rotate()
        assert endpoint.value() == before


def test_other_machines_are_told_over_tls_only(vault: Vault) -> None:
    with pytest.raises(RotationFailed, match="is asked with TLS only"):
        hook(vault, "http://192.0.2.1/rotate").rotate()
