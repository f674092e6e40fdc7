"""What happened to findings between two audits."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanner.audit.changes import Known, compared, state_of
from scanner.audit.model import Change, State


def seen(fingerprint: str, *, value: str = "v", path: str = "a.py", in_head: bool = True) -> dict[str, Any]:
    return {"fingerprint": fingerprint, "secret_id": value, "rule_id": "r", "path": path, "in_head": in_head}


def known(fingerprint: str, *, number: int = 0, value: str = "v", path: str = "a.py", in_head: bool = True) -> Known:
    return Known(
        number=number,
        fingerprint=fingerprint,
        secret_id=value,
        rule_id="r",
        path=path,
        in_head=in_head,
        state="open",
        in_history=True,
    )


def changes_of(before: list[Known] | None, now: list[dict[str, Any]]) -> list[Change | None]:
    return [one.change for one in compared(before, now).seen]


def test_a_first_look_changes_nothing() -> None:
    assert changes_of(None, [seen("f")]) == [None]


def test_what_was_not_there_is_new() -> None:
    assert changes_of([], [seen("f")]) == [Change.NEW]


def test_what_left_head_is_fixed() -> None:
    assert changes_of([known("f")], [seen("f", in_head=False)]) == [Change.FIXED]


def test_what_came_back_is_reopened() -> None:
    assert changes_of([known("f", in_head=False)], [seen("f")]) == [Change.REOPENED]


def test_the_same_value_at_another_place_has_moved_and_its_old_place_is_not_called_fixed() -> None:
    change = compared([known("f")], [seen("f", in_head=False), seen("g", path="b.py")])
    assert [one.change for one in change.seen] == [Change.UNCHANGED, Change.MOVED]
    assert change.seen[1].moved_from == "a.py"


def test_a_copy_of_what_stays_is_new() -> None:
    assert changes_of([known("f")], [seen("f"), seen("g", path="b.py")]) == [Change.UNCHANGED, Change.NEW]


def test_another_value_in_a_known_place_is_new_and_the_old_one_fixed() -> None:
    now = [seen("f", value="v", in_head=False), seen("f", value="w")]
    assert changes_of([known("f")], now) == [Change.FIXED, Change.NEW]


def test_a_place_that_is_called_otherwise_now_is_known_by_path_and_value() -> None:
    change = compared([known("f")], [seen("g", in_head=False)])
    assert change.seen[0].change is Change.FIXED
    assert change.left == ()


def test_what_even_the_history_is_without_is_left_over() -> None:
    assert [one.fingerprint for one in compared([known("f")], []).left] == ["f"]


def test_a_moved_file_is_paired_by_its_name() -> None:
    before = [known("f", number=1, path="x/a.py"), known("g", number=2, path="x/b.py")]
    now = [seen("h", path="y/b.py"), seen("i", path="y/a.py")]
    assert [one.moved_from for one in compared(before, now).seen] == ["x/b.py", "x/a.py"]


_PLACES = st.tuples(st.sampled_from("fgh"), st.sampled_from("vw"), st.sampled_from(["a", "b"]), st.booleans())


@given(
    st.lists(_PLACES, max_size=6, unique_by=lambda one: one[:2]),
    st.lists(_PLACES, max_size=6, unique_by=lambda one: one[:2]),
)
def test_every_known_finding_is_met_once_or_left_over(
    old: list[tuple[str, str, str, bool]], new: list[tuple[str, str, str, bool]]
) -> None:
    before = [
        known(print_, number=place, value=value, path=path, in_head=there)
        for place, (print_, value, path, there) in enumerate(old)
    ]
    now = [seen(print_, value=value, path=path, in_head=there) for print_, value, path, there in new]
    change = compared(before, now)
    met = [one.known.number for one in change.seen if one.known is not None]
    assert sorted([*met, *(one.number for one in change.left)]) == list(range(len(before)))
    assert len(change.seen) == len(now)
    arrived = sum(one.change in (Change.NEW, Change.MOVED, Change.REOPENED) for one in change.seen)
    stayed = [one for one in change.seen if one.known is not None and one.known.in_head and one.finding["in_head"]]
    assert sum(one["in_head"] for one in now) <= arrived + len(stayed)


def judged(**told: Any) -> State:
    return state_of({"label": None, "suppressed_by": None, "verified": None, "in_head": True, **told})


def test_states_are_told_by_what_counts_most() -> None:
    assert judged() is State.OPEN
    assert judged(in_head=False) is State.FIXED
    assert judged(verified="inactive") is State.ROTATED
    assert judged(suppressed_by="baseline", verified="inactive") is State.ACCEPTED
    assert judged(suppressed_by="baseline", label=False) is State.FALSE_POSITIVE
