"""A store that fails is complained of at once and then seldom."""

from __future__ import annotations

import logging

import pytest

from vault.api.complaints import SECONDS, Complaints


def test_a_complaint_is_written_once_until_time_has_passed(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    complaints = Complaints(lambda: now[0])
    with caplog.at_level(logging.ERROR, "strongroom.store"):
        for _ in range(5):
            complaints.hear("the disk is full")
        complaints.hear("the store is locked")
        now[0] += SECONDS
        complaints.hear("the disk is full")
    assert [record.getMessage() for record in caplog.records] == [
        "the disk is full",
        "the store is locked",
        "the disk is full (4 more requests met this)",
    ]


def test_any_number_of_texts_takes_little_memory() -> None:
    complaints = Complaints(lambda: 0.0)
    for number in range(10_000):
        complaints.hear(f"text {number}")
    assert len(complaints._heard) <= 64
