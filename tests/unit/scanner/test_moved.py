"""What a change moved and what it added: a law over all ways to put values into files."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model import Finding
from scanner.moved import new_in
from scanner.sources.change import Change
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password

VALUES = [password(f"moved {number}") for number in range(3)]
FILES = ("a.conf", "b.conf", "c.conf")
Texts = Mapping[str, bytes]
placed = st.fixed_dictionaries({name: st.lists(st.sampled_from(VALUES), max_size=3) for name in FILES})


class InMemory(Change):
    """A change of every file, of a branch that did not go on."""

    def __init__(self, before: Texts, after: Texts) -> None:
        self._before, self._after = before, after

    def before(self) -> Iterator[bytes]:
        yield from self._before.values()

    def after(self, paths: Container[str] | None = None) -> Iterator[tuple[str, bytes]]:
        yield from ((path, text) for path, text in self._after.items() if paths is None or path in paths)

    def at_start(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        yield from ((path, self._before[path]) for path in paths)

    def at_tip(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        yield from ()

    def renamed(self, paths: Iterable[str]) -> set[str]:
        return set()


def texts(values: Mapping[str, list[str]]) -> dict[str, bytes]:
    return {name: "".join(f'db_password = "{value}"\n' for value in held).encode() for name, held in values.items()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=placed, after=placed)
def test_of_each_value_as_many_are_new_as_there_are_places_more(
    found: Found, before: dict[str, list[str]], after: dict[str, list[str]]
) -> None:
    findings: list[Finding] = [one for name, text in texts(after).items() for one in found(name, text.decode())]
    new = new_in(findings, InMemory(texts(before), texts(after)))
    for value in VALUES:
        held = [sum(values.count(value) for values in side.values()) for side in (before, after)]
        assert sum(one.value.reveal_text() == value for one in new) == max(0, held[1] - held[0])
    assert [one for one in findings if one in new] == new


@pytest.mark.parametrize("around", ["x{}", "{}9", "a{}b"])
def test_a_value_within_something_longer_is_no_place_of_it(found: Found, around: str) -> None:
    after = f'db_password = "{VALUES[0]}"\n'.encode()
    before = f'other = "{around.format(VALUES[0])}"\n'.encode()
    findings = found("a.conf", after.decode())
    new = new_in(findings, InMemory({"a.conf": b"", "b.conf": before}, {"a.conf": after, "b.conf": before}))
    assert new == list(findings)
