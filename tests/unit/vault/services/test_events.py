"""Looking events up never looks through everything at once, and yet finds everything."""

from __future__ import annotations

import pytest

from tests.testing.vault_bench import Bench
from vault.services import events
from vault.services.events import EventQuery

RARE = EventQuery(attribute=("EventName", "Rare"))


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A bench with a rare event behind ten of another name."""
    for name in ("Rare", *["Common"] * 10):
        event = {
            "eventName": name,
            "eventID": name,
            "eventSource": "secretsmanager.amazonaws.com",
            "userIdentity": {},
            "recipientAccountId": bench.account_id,
            "awsRegion": bench.region,
        }
        with bench.store.transaction() as tx:
            tx.trail.append(event, bench.now)
        bench.pass_time(seconds=1)
    return bench


def test_a_request_looks_at_so_many_events_and_says_where_to_go_on(
    filled: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_LOOKED_AT", 4)
    found, token, asked = [], "", 0
    while asked == 0 or token:
        with filled.services() as services:
            page = services.events.look_up(filled.context, RARE, next_token=token)
        found += [row.event["eventName"] for row in page.items]
        token, asked = page.next_token, asked + 1
    assert (found, asked) == (["Rare"], 3)


def test_the_last_page_has_no_next_one(filled: Bench) -> None:
    with filled.services() as services:
        page = services.events.look_up(filled.context, EventQuery(), limit=11)
    assert (len(page.items), page.next_token) == (11, "")
