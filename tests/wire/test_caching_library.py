"""AWS's own caching library for Python, as it is, against the server."""

from __future__ import annotations

from typing import Any

import pytest
from aws_secretsmanager_caching import InjectSecretString, SecretCache


@pytest.fixture
def cache(client: Any) -> SecretCache:
    """A cache that keeps a value for an hour, which is what the library does unless told."""
    return SecretCache(client=client)


def test_text_and_binary_values_are_cached(client: Any, cache: SecretCache, stored: str, name: str) -> None:
    client.create_secret(Name=f"{name}/binary", SecretBinary=b"\xff\x00")
    assert cache.get_secret_string(stored) == "one"
    assert cache.get_secret_binary(f"{name}/binary") == b"\xff\x00"
    client.put_secret_value(SecretId=stored, SecretString="two")
    assert cache.get_secret_string(stored) == "one"


def test_a_changed_value_is_seen_after_a_refresh(client: Any, cache: SecretCache, stored: str) -> None:
    assert cache.get_secret_string(stored) == "one"
    client.put_secret_value(SecretId=stored, SecretString="two")
    assert cache.refresh_secret_now(stored)
    assert cache.get_secret_string(stored) == "two"


def test_another_version_is_read_by_its_label(client: Any, cache: SecretCache, stored: str) -> None:
    client.put_secret_value(SecretId=stored, SecretString="two")
    assert cache.get_secret_string(stored, "AWSPREVIOUS") == "one"


def test_an_absent_secret_is_the_librarys_own_error(client: Any, cache: SecretCache, name: str) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        cache.get_secret_string(name)


def test_a_value_is_handed_to_a_decorated_function(cache: SecretCache, stored: str) -> None:
    @InjectSecretString(stored, cache)
    def function(value: str) -> str:
        return f"got {value}"

    assert function() == "got one"
