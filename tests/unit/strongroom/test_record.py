"""Records: what a frozen dataclass promises, held without one."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest

from strongroom.kernel.record import Record, replace


class Place(Record):
    """Where something is."""

    path: str
    line: int = 1


class Flat(Place):
    """A place on a floor."""

    floor: int


def test_fields_are_given_by_name_and_have_defaults() -> None:
    place = Place(path="a.py")
    assert (place.path, place.line) == ("a.py", 1)


def test_records_of_one_class_with_equal_fields_are_equal_and_hash_alike() -> None:
    assert Place(path="a") == Place(path="a", line=1)
    assert hash(Place(path="a")) == hash(Place(path="a", line=1))
    assert Place(path="a") != Place(path="b")


def test_a_record_is_not_equal_to_one_of_another_class() -> None:
    assert Flat(path="a", floor=1) != Place(path="a")


def test_fields_of_a_base_come_first() -> None:
    assert repr(Flat(path="a", floor=2)) == "Flat(path='a', line=1, floor=2)"


def test_a_missing_field_is_named() -> None:
    with pytest.raises(TypeError, match="Place needs 'path'"):
        Place(line=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("fields", [{"path": "a", "line": 2, "colour": 1}, {"path": "a", "colour": 1}])
def test_an_unknown_field_is_named(fields: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="no field colour"):
        Place(**fields)  # type: ignore[arg-type]


def test_a_record_is_never_changed() -> None:
    place = Place(path="a")
    with pytest.raises(AttributeError, match="never changed"):
        place.path = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="never changed"):
        del place.path
    with pytest.raises(AttributeError):
        place.__dict__  # noqa: B018 - there is none


def test_replace_makes_another_and_leaves_the_first() -> None:
    place = Place(path="a", line=3)
    assert replace(place, line=4) == Place(path="a", line=4)
    assert place.line == 3


def test_a_copy_is_equal() -> None:
    assert copy.copy(Place(path="a")) == Place(path="a")


def test_importing_it_imports_no_dataclasses() -> None:
    program = "import sys, strongroom.kernel.record; sys.exit('dataclasses' in sys.modules or 'inspect' in sys.modules)"
    assert subprocess.run([sys.executable, "-I", "-c", program], check=False).returncode == 0
