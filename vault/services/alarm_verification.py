"""Checks what a store holds of alarms: each document's MAC, and that none was taken out past the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from vault.domain.errors import IntegrityFailure
from vault.domain.fault import Fault
from vault.storage.store import Store, UnitOfWork


def alarm_faults(store: Store) -> Iterator[Fault]:
    """Yield every row of alarms, filters, history and notifications that is not as the store left it."""
    with store.transaction() as tx:
        found = [*_rows(tx), *_lists(tx)]
    yield from found


def _rows(tx: UnitOfWork) -> Iterator[Fault]:
    for key in tx.alarms.places():
        yield from _checked(f"{key[0]} {key[3]}", partial(tx.alarms.check, key))
    for each in tx.notifications.ids():
        yield from _checked(f"notification {each}", partial(tx.notifications.find, each))
    for each in tx.alarm_history.ids():
        yield from _checked(f"history item {each}", partial(tx.alarm_history.check, each))


def _lists(tx: UnitOfWork) -> Iterator[Fault]:
    yield from _checked("record of how far alarms read the trail", partial(_require_reading, tx))
    try:
        listed = tx.alarms.listed()
    except IntegrityFailure as error:
        yield Fault(row="list of alarms", problem=error.message)
        return
    places = set(tx.alarms.places())
    for kind, _, _, name in sorted(listed - places):
        yield Fault(row=f"{kind} {name}", problem="it was removed outside the store")
    for kind, _, _, name in sorted(places - listed):
        yield Fault(row=f"{kind} {name}", problem="it was added outside the store")


def _require_reading(tx: UnitOfWork) -> None:
    """Raise `IntegrityFailure` where there are alarms, and not how far the trail was read for them."""
    if tx.alarms.reading is None and tx.alarms.places():
        raise IntegrityFailure("it was removed outside the store")


def _checked(row: str, read: Callable[[], object]) -> Iterator[Fault]:
    try:
        read()
    except IntegrityFailure as error:
        yield Fault(row=row, problem=error.message)
