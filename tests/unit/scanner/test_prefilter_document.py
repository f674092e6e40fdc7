"""The prefilter's document on disk: its automata are read when they are used, from the file that was opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.prefilter import engine
from scanner.prefilter.automaton import AutomatonSieve, UnfitError, compiled, version

STAMPS = ("a.yaml", 1, 2)


def document(text: bytes, program: bytes) -> engine.Document:
    automata = {"version": version(), "text": text, "program": program}
    words = {"keywords": {"ab": [0]}, "leads": [], "program_keywords": ["cd"]}
    return {"form": engine.FORM, "stamps": (STAMPS,), "owners": [0], "automata": automata, **words}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A document beside its rules, of an automaton for `ab` in texts and one for `cd` in programs."""
    monkeypatch.setattr("scanner.kept.stamps_of", lambda _: (STAMPS,))
    place = tmp_path / engine.BESIDE
    place.write_bytes(engine.packed(document(compiled(["ab"]), compiled(["cd"]))))
    return place


def loaded(place: Path) -> engine.Document:
    found = engine.load([str(place.parent)])
    assert found is not None
    return found


def test_both_automata_are_those_that_were_packed(kept: Path) -> None:
    sieve = AutomatonSieve(loaded(kept))
    assert sieve.hits(b"ab cd") == [[0, 2, 2]]
    assert sieve.program_places(b"ab cd") == [5]


def test_a_document_that_takes_its_place_does_not_matter(kept: Path, tmp_path: Path) -> None:
    sieve = AutomatonSieve(loaded(kept))
    other = tmp_path / "other"
    other.write_bytes(engine.packed(document(compiled(["ab"]), compiled(["xyz"]))))
    other.replace(kept)
    assert sieve.program_places(b"ab cd") == [5]


def test_a_damaged_automaton_is_unfit(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes().replace(compiled(["ab"]), b"\0" * len(compiled(["ab"]))))
    with pytest.raises(UnfitError):
        AutomatonSieve(loaded(kept))


def test_where_the_automaton_for_programs_is_damaged_its_words_are_looked_for_one_by_one(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes().replace(compiled(["cd"]), b"\0" * len(compiled(["cd"]))))
    sieve = AutomatonSieve(loaded(kept))
    assert sieve.hits(b"ab cd") == [[0, 2, 2]]
    assert sieve.program_places(b"ab cd") == [5]
