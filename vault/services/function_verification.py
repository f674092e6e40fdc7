"""Checks what a store holds of rotation functions: each document's MAC, each sealed part, and the list of them all."""

from __future__ import annotations

from collections.abc import Iterator

from vault.domain.errors import DecryptionFailed, IntegrityFailure
from vault.domain.fault import Fault
from vault.domain.function_names import FunctionPlace
from vault.domain.functions import Function, Part
from vault.services.keyring import Keyring
from vault.storage.store import Store, UnitOfWork


def function_faults(store: Store, keyring: Keyring) -> Iterator[Fault]:
    """Yield every function that is not as the store left it."""
    with store.transaction() as tx:
        places = tx.functions.places()
        found = [*_list_faults(tx, set(places)), *(fault for place in places for fault in _faults(tx, keyring, place))]
    yield from found


def _list_faults(tx: UnitOfWork, places: set[FunctionPlace]) -> Iterator[Fault]:
    try:
        listed = tx.functions.listed()
    except IntegrityFailure as error:
        yield Fault(row="list of functions", problem=error.message)
        return
    for place in sorted(listed.keys() - places, key=lambda each: each.arn):
        yield Fault(row=f"function {place.arn}", problem="it was removed outside the store")
    for place in tx.functions.strays():
        yield Fault(row=f"sealed parts of {place.arn}", problem="no function has them")


def _faults(tx: UnitOfWork, keyring: Keyring, place: FunctionPlace) -> Iterator[Fault]:
    row = f"function {place.arn}"
    try:
        function = tx.functions.find(place)
    except IntegrityFailure:
        yield Fault(row=row, problem="it was changed outside the store")
        return
    if function is not None:
        yield from (
            Fault(row=f"{row}, {part.value}", problem="it does not open at its place")
            for part in Part
            if not _opens(tx, keyring, function, part)
        )


def _opens(tx: UnitOfWork, keyring: Keyring, function: Function, part: Part) -> bool:
    try:
        keyring.open_function_part(function, part, tx.functions.part(function.place, part))
    except (DecryptionFailed, IntegrityFailure):
        return False
    return True
