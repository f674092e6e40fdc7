"""Recovery windows, and random passwords."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.deletion import Deletion, plan_deletion
from vault.domain.errors import InvalidParameter
from vault.domain.passwords import PasswordRules, generate_password

NOW = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)
TYPES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation)


def test_a_deletion_waits_thirty_days_by_default() -> None:
    assert plan_deletion(now=NOW, window_days=None, force=False).purge_at == NOW + timedelta(days=30)


@pytest.mark.parametrize("days", [7, 30])
def test_a_window_lasts_as_asked(days: int) -> None:
    assert plan_deletion(now=NOW, window_days=days, force=False).purge_at == NOW + timedelta(days=days)


@pytest.mark.parametrize("days", [-1, 0, 6, 31])
def test_a_window_out_of_bounds_is_refused(days: int) -> None:
    with pytest.raises(InvalidParameter):
        plan_deletion(now=NOW, window_days=days, force=False)


def test_force_and_a_window_exclude_each_other() -> None:
    with pytest.raises(InvalidParameter):
        plan_deletion(now=NOW, window_days=7, force=True)


def test_a_forced_deletion_is_due_at_once() -> None:
    assert plan_deletion(now=NOW, window_days=None, force=True).due(NOW)


def test_a_deletion_is_due_when_its_window_ends() -> None:
    deletion = plan_deletion(now=NOW, window_days=7, force=False)
    assert not deletion.due(deletion.purge_at - timedelta(microseconds=1))
    assert deletion.due(deletion.purge_at)


def test_a_deletion_survives_its_document() -> None:
    deletion = plan_deletion(now=NOW, window_days=7, force=False)
    assert Deletion.from_state(deletion.state()) == deletion


@st.composite
def _rules(draw: st.DrawFn) -> PasswordRules:
    return PasswordRules(
        length=draw(st.integers(5, 80)),
        exclude_characters=draw(st.text(string.printable, max_size=120)),
        exclude_lowercase=draw(st.booleans()),
        exclude_uppercase=draw(st.booleans()),
        exclude_numbers=draw(st.booleans()),
        exclude_punctuation=draw(st.booleans()),
        include_space=draw(st.booleans()),
        require_each_included_type=draw(st.booleans()),
    )


@given(rules=_rules(), seed=st.integers())
def test_a_password_keeps_its_rules(rules: PasswordRules, seed: int) -> None:
    if not rules.alphabets:
        with pytest.raises(InvalidParameter):
            generate_password(rules, random.Random(seed))
        return
    password = generate_password(rules, random.Random(seed)).reveal_text()
    assert len(password) == rules.length
    assert set(password) <= set("".join(rules.alphabets))
    if rules.require_each_included_type:
        assert all(set(kind) & set(password) for kind in rules.alphabets)


def test_a_password_has_32_characters_of_all_types_by_default() -> None:
    password = generate_password(PasswordRules(), random.SystemRandom()).reveal_text()
    assert len(password) == 32
    assert all(set(kind) & set(password) for kind in TYPES)
    assert " " not in password


def test_four_characters_hold_all_types_with_no_room_for_a_space() -> None:
    rules = PasswordRules(length=4, include_space=True)
    password = generate_password(rules, random.SystemRandom()).reveal_text()
    assert all(set(kind) & set(password) for kind in TYPES)


@pytest.mark.parametrize("length", [0, 3, 4097])
def test_a_length_that_cannot_be_met_is_refused(length: int) -> None:
    with pytest.raises(InvalidParameter):
        generate_password(PasswordRules(length=length), random.SystemRandom())


def test_a_short_password_is_fine_where_no_type_is_required() -> None:
    rules = PasswordRules(length=1, require_each_included_type=False)
    assert len(generate_password(rules, random.SystemRandom())) == 1


def test_two_passwords_differ() -> None:
    source = random.SystemRandom()
    assert generate_password(PasswordRules(), source) != generate_password(PasswordRules(), source)
