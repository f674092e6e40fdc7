"""Generated keys with an overlap: what an old key signed is verified until it is gone from the previous ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.rotators import Subject, subject
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed


def keys(vault: Vault, **content: Any) -> Subject:
    return subject(vault, "generated-single", {"current": "first-key", "previous": [], **content})


def test_the_old_key_becomes_the_first_of_the_previous_ones(vault: Vault) -> None:
    key = keys(vault, kid="a")
    key.rotate()
    assert key.content()["previous"] == ["first-key"]
    assert key.content()["kid"] == "a"
    second = key.content()["current"]
    key.rotate()
    assert key.content()["previous"] == [second]


def test_as_many_are_kept_as_the_secret_says(vault: Vault) -> None:
    key = keys(vault, keep=2, previous=["older", "oldest"])
    key.rotate()
    assert key.content()["previous"] == ["first-key", "older"]


@pytest.mark.parametrize("keep", [-1, 17, "2", True, 1.5])
def test_a_number_to_keep_that_is_none_is_told(vault: Vault, keep: object) -> None:
    with pytest.raises(RotationFailed, match="no whole number from 0 to 16"):
        keys(vault, keep=keep).rotate()


def test_previous_keys_that_are_no_texts_are_told(vault: Vault) -> None:
    with pytest.raises(RotationFailed, match="is no list of texts"):
        keys(vault, previous="older").rotate()


def test_what_is_still_verified_is_accepted(vault: Vault) -> None:
    key = keys(vault)
    first = key.value() or ""
    key.rotate()
    assert key.accepts(first)
    key.rotate()
    assert not key.accepts(first)


def test_a_revoked_key_leaves_the_previous_ones_at_once(vault: Vault) -> None:
    key = keys(vault, keep=3)
    first = key.value() or ""
    key.rotate()
    second = key.content()["current"]
    key.revoke(first)
    key.revoke(first)
    assert key.content() == {"current": second, "previous": [], "keep": 3}
    assert not key.accepts(first)


def test_the_current_key_is_not_revoked(vault: Vault) -> None:
    key = keys(vault)
    with pytest.raises(RotationFailed, match="is the current one"):
        key.revoke(key.value() or "")


def test_a_plain_value_that_was_replaced_is_accepted_no_more(vault: Vault) -> None:
    value = subject(vault, "generated-single", "first")
    value.rotate()
    assert not value.accepts("first")
    value.revoke("first")
    assert value.accepts(value.value() or "")


def test_a_plain_key_that_readers_keep_after_it_is_accepted_until_the_next_rotation(vault: Vault) -> None:
    key = subject(vault, "generated-single", "first", KEEPS_PREVIOUS="true")
    key.rotate()
    assert key.accepts("first")
    key.rotate()
    assert not key.accepts("first")


def test_a_revoked_plain_key_is_previous_no_more_and_the_current_one_stays(vault: Vault) -> None:
    key = subject(vault, "generated-single", "first", KEEPS_PREVIOUS="true")
    key.rotate()
    current = key.value()
    key.revoke("first")
    key.revoke("first")
    assert not key.accepts("first")
    assert (key.value(), key.value("AWSPREVIOUS")) == (current, None)
    with pytest.raises(RotationFailed, match="is the current one"):
        key.revoke(current or "")


def test_settings_of_the_templates_shape_new_keys(vault: Vault) -> None:
    value = subject(vault, "generated-single", "first", PASSWORD_LENGTH="50", EXCLUDE_CHARACTERS="abc")
    value.rotate()
    assert len(value.value() or "") == 50
    assert set(value.value() or "").isdisjoint("abc")


@pytest.mark.parametrize("length", ["0", "-1", "5000", "many"])
def test_a_length_that_is_none_is_told(vault: Vault, length: str) -> None:
    with pytest.raises(RotationFailed, match="is a whole number from 1 to 4096"):
        subject(vault, "generated-single", "first", PASSWORD_LENGTH=length).rotate()


def test_objects_are_told_apart_by_their_fields(vault: Vault) -> None:
    for content in ({"current": "a"}, {"previous": []}, ["list"]):
        value = subject(vault, "generated-single", json.dumps(content))
        value.rotate()
        assert not (value.value() or "").startswith(("{", "["))
