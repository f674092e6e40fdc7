"""The trail is a chain: what is changed, moved, taken out or cut off is found."""

from __future__ import annotations

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import Bench
from vault.domain.errors import IntegrityFailure
from vault.storage.store import Store


@pytest.fixture
def written(bench: Bench) -> Bench:
    """A bench with four recorded events."""
    with bench.store.transaction() as tx:
        for number in range(1, 5):
            tx.trail.append({"eventName": f"call {number}", "text": "grüße"}, bench.now)
    return bench


def _first_bad(bench: Bench) -> int | None:
    with bench.store.transaction() as tx:
        fault = tx.trail.first_bad()
    return None if fault is None else fault.seq


def _writer(bench: Bench) -> str:
    with bench.store.transaction() as tx:
        (head,) = tx.trail.heads()
    return head.writer


def test_events_are_read_in_the_order_they_were_written(written: Bench) -> None:
    writer = _writer(written)
    with written.store.transaction() as tx:
        rows = tx.trail.read(writer, after=1, limit=2)
    assert [(row.seq, row.event["eventName"], row.time) for row in rows] == [
        (2, "call 2", written.now),
        (3, "call 3", written.now),
    ]


def test_a_whole_chain_is_found_whole(written: Bench) -> None:
    assert _first_bad(written) is None


def test_an_empty_chain_is_whole(bench: Bench) -> None:
    assert _first_bad(bench) is None


def test_an_event_that_was_rolled_back_leaves_no_gap(written: Bench) -> None:
    with written.store.transaction() as tx:
        with pytest.raises(KeyError), tx.savepoint():
            tx.trail.append({}, written.now)
            raise KeyError
        tx.trail.append({"eventName": "after"}, written.now)
    with written.store.transaction() as tx:
        (last,) = tx.trail.read(tx.trail.heads()[0].writer, after=4)
    assert (last.seq, last.event) == (5, {"eventName": "after"})
    assert _first_bad(written) is None


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE trail SET event = replace(event, 'call', 'cull') WHERE seq = 2", 2),
        ("UPDATE trail SET time = time + 1 WHERE seq = 3", 3),
        ("UPDATE trail SET account_id = '210987654321' WHERE seq = 2", 2),
        ("UPDATE trail SET region = 'eu-west-1' WHERE seq = 2", 2),
        ("UPDATE trail SET mac = zeroblob(32) WHERE seq = 4", 4),
        ("UPDATE trail SET seq = 9 WHERE seq = 4", 4),
        ("DELETE FROM trail WHERE seq = 1", 1),
        ("DELETE FROM trail WHERE seq = 3", 3),
        ("DELETE FROM trail WHERE seq = 4", 4),
        ("DELETE FROM trail", 1),
        ("INSERT INTO trail SELECT writer, 5, time, account_id, region, event, mac FROM trail WHERE seq = 4", 5),
        ("UPDATE trail_chains SET seq = 3", 0),
        ("UPDATE trail_chains SET proof = zeroblob(32)", 0),
        ("DELETE FROM trail_chains", 0),
        ("UPDATE trail SET writer = 'another' WHERE seq = 4", 0),
        ("UPDATE meta SET value = zeroblob(72) WHERE name = 'trail_writers'", 0),
        ("DELETE FROM meta WHERE name = 'trail_writers'", 0),
    ],
)
def test_an_edited_chain_names_its_first_bad_row(written: Bench, sql: Sql, statement: str, first_bad: int) -> None:
    sql(statement)
    assert _first_bad(written) == first_bad


def test_two_rows_that_changed_places_are_found(written: Bench, sql: Sql) -> None:
    sql("UPDATE trail SET seq = 99 WHERE seq = 2")
    sql("UPDATE trail SET seq = 2 WHERE seq = 3")
    sql("UPDATE trail SET seq = 3 WHERE seq = 99")
    assert _first_bad(written) == 2


def test_nothing_is_appended_to_a_chain_whose_end_is_lost(written: Bench, sql: Sql) -> None:
    sql("DELETE FROM trail_chains")
    with pytest.raises(IntegrityFailure), written.store.transaction() as tx:
        tx.trail.append({}, written.now)


def test_a_whole_chain_that_was_taken_out_is_missed(
    bench: Bench, database: str, sql: Sql, root_key: SecretValue
) -> None:
    other = Store.open(database, root_key, writer="other")
    for store in (bench.store, other):
        with store.transaction() as tx:
            tx.trail.append({"eventName": "call"}, bench.now)
    other.close()
    assert _first_bad(bench) is None
    sql("DELETE FROM trail WHERE writer = 'other'")
    sql("DELETE FROM trail_chains WHERE writer = 'other'")
    assert _first_bad(bench) == 0


def test_each_writer_has_a_chain_of_its_own(bench: Bench, database: str, sql: Sql, root_key: SecretValue) -> None:
    other = Store.open(database, root_key, writer="other")
    for store in (bench.store, other, bench.store):
        with store.transaction() as tx:
            tx.trail.append({"eventName": "call"}, bench.now)
    other.close()
    with bench.store.transaction() as tx:
        assert sorted(head.seq for head in tx.trail.heads()) == [1, 2]
        assert tx.trail.first_bad() is None
