"""The staging-label machine, rule by rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vault.domain.errors import InvalidParameter, InvalidRequest, LimitExceeded, ResourceExists, ResourceNotFound
from vault.domain.versions import CURRENT, MAX_VERSIONS, PENDING, PREVIOUS, Claim, SecretVersion, Versions

START = datetime(2026, 1, 1, tzinfo=UTC)


def _version(version_id: str, *, days: float = 0, has_value: bool = True) -> SecretVersion:
    return SecretVersion(version_id=version_id, created=START + timedelta(days=days), has_value=has_value)


def _put(*version_ids: str) -> Versions:
    versions = Versions()
    for day, version_id in enumerate(version_ids):
        versions = versions.added(_version(version_id, days=day), (CURRENT,))
    return versions


def test_a_put_moves_current_and_leaves_previous_behind() -> None:
    assert _put("a", "b").ids_to_stages == {"a": [PREVIOUS], "b": [CURRENT]}


def test_a_second_put_bares_the_earlier_previous() -> None:
    assert _put("a", "b", "c").ids_to_stages == {"b": [PREVIOUS], "c": [CURRENT]}


def test_explicit_labels_leave_current_where_it_is() -> None:
    versions = _put("a").added(_version("b"), ("blue",))
    assert versions.ids_to_stages == {"a": [CURRENT], "b": ["blue"]}


def test_the_first_version_gets_current_whatever_is_asked() -> None:
    assert Versions().added(_version("a"), ("blue",)).ids_to_stages == {"a": [CURRENT, "blue"]}


def test_a_custom_label_moves_off_its_holder() -> None:
    versions = _put("a").added(_version("b"), ("blue",)).added(_version("c"), ("blue",))
    assert versions.ids_to_stages == {"a": [CURRENT], "c": ["blue"]}


def test_a_put_that_lists_previous_with_current_still_leaves_previous_behind() -> None:
    versions = _put("a").added(_version("b"), (PREVIOUS, CURRENT))
    assert versions.ids_to_stages == {"a": [PREVIOUS], "b": [CURRENT]}


def test_moving_current_keeps_the_other_labels_of_the_target() -> None:
    versions = _put("a").added(_version("b"), (PENDING,)).moved(CURRENT, move_to="b", remove_from="a")
    assert versions.ids_to_stages == {"a": [PREVIOUS], "b": [CURRENT, PENDING]}


def test_a_put_takes_pending_off_the_version_that_was_current() -> None:
    versions = _put("a").added(_version("b"), (PENDING,)).moved(CURRENT, move_to="b", remove_from="a")
    assert versions.added(_version("c"), (CURRENT,)).ids_to_stages == {"b": [PREVIOUS], "c": [CURRENT]}


def test_a_put_leaves_a_pending_version_that_was_not_current() -> None:
    versions = _put("a").added(_version("b"), (PENDING,)).added(_version("c"), (CURRENT,))
    assert versions.ids_to_stages == {"a": [PREVIOUS], "b": [PENDING], "c": [CURRENT]}


def test_a_put_beside_current_leaves_its_pending_label() -> None:
    versions = _put("a").added(_version("b"), (PENDING,)).moved(CURRENT, move_to="b", remove_from="a")
    assert versions.added(_version("c"), ("blue",)).ids_to_stages["b"] == [CURRENT, PENDING]


def test_moving_current_back_swaps_previous() -> None:
    versions = _put("a", "b").moved(CURRENT, move_to="a", remove_from="b")
    assert versions.ids_to_stages == {"a": [CURRENT], "b": [PREVIOUS]}


def test_moving_a_held_label_needs_its_holder_named() -> None:
    with pytest.raises(InvalidParameter) as refused:
        _put("a", "b").moved(CURRENT, move_to="a", remove_from=None)
    assert refused.value.message == (
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "
        "b, so you must explicitly reference that version in RemoveFromVersionId."
    )


def test_moving_with_the_wrong_holder_names_the_right_one() -> None:
    with pytest.raises(InvalidParameter, match="currently attached to version b"):
        _put("a", "b").moved(CURRENT, move_to="a", remove_from="a")


def test_moving_a_label_to_where_it_is_changes_nothing() -> None:
    versions = _put("a", "b")
    assert versions.moved(CURRENT, move_to="b", remove_from=None) == versions


def test_a_label_nobody_holds_is_attached_without_a_holder_named() -> None:
    assert _put("a").moved("blue", move_to="a", remove_from=None).ids_to_stages == {"a": [CURRENT, "blue"]}


def test_a_label_can_be_taken_off() -> None:
    versions = _put("a").added(_version("b"), ("blue",)).moved("blue", move_to=None, remove_from="b")
    assert versions.ids_to_stages == {"a": [CURRENT]}


def test_a_label_that_is_not_there_cannot_be_taken_off() -> None:
    with pytest.raises(InvalidParameter, match="Version stage blue not found in version a"):
        _put("a").moved("blue", move_to=None, remove_from="a")


def test_current_cannot_be_taken_off() -> None:
    with pytest.raises(InvalidParameter, match="It can't be completely removed"):
        _put("a").moved(CURRENT, move_to=None, remove_from="a")


@pytest.mark.parametrize(("move_to", "remove_from"), [("zzz", "a"), ("a", "zzz")])
def test_an_unknown_version_is_named(move_to: str, remove_from: str) -> None:
    with pytest.raises(InvalidParameter, match="Not a valid version: zzz"):
        _put("a").moved(CURRENT, move_to=move_to, remove_from=remove_from)


def test_current_never_goes_onto_a_version_without_a_value() -> None:
    versions = _put("a").added(_version("b", has_value=False), (PENDING,))
    with pytest.raises(InvalidRequest, match="no value"):
        versions.moved(CURRENT, move_to="b", remove_from="a")


def test_a_pending_version_of_a_valueless_secret_gets_no_current() -> None:
    versions = Versions().added(_version("a", has_value=False), (PENDING,))
    assert versions.filled("a", (PENDING,), key_id="k").ids_to_stages == {"a": [PENDING]}


def test_current_that_nobody_holds_moves_without_a_holder_named() -> None:
    pending = Versions().added(_version("a", has_value=False), (PENDING,)).filled("a", (PENDING,), key_id="k")
    assert pending.moved(CURRENT, move_to="a", remove_from=None).ids_to_stages == {"a": [CURRENT, PENDING]}


def test_filling_keeps_the_pending_label() -> None:
    versions = _put("a").added(_version("b", has_value=False), (PENDING,)).filled("b", ("blue",), key_id="k")
    assert versions.ids_to_stages == {"a": [CURRENT], "b": [PENDING, "blue"]}
    assert versions.select("b", None).key_id == "k"


def test_a_rotation_is_unfinished_while_pending_sits_apart_from_current() -> None:
    versions = _put("a").added(_version("b", has_value=False), (PENDING,))
    assert versions.unfinished is not None
    finished = versions.filled("b", (), key_id="k").moved(CURRENT, move_to="b", remove_from="a")
    assert finished.unfinished is None


def test_more_than_twenty_labels_are_refused() -> None:
    versions = _put("a").added(_version("b"), [f"label-{number}" for number in range(19)])
    with pytest.raises(LimitExceeded):
        versions.added(_version("c"), ("one-more",))


def test_over_a_hundred_versions_the_oldest_bare_ones_go() -> None:
    versions = _put(*(f"v{number}" for number in range(MAX_VERSIONS + 3)))
    kept = [version.version_id for version in versions.items]
    assert kept == [f"v{number}" for number in range(3, MAX_VERSIONS + 3)]


def test_a_labelled_version_is_never_pruned() -> None:
    versions = Versions().added(_version("first"), ("keep",))
    for day in range(MAX_VERSIONS + 3):
        versions = versions.added(_version(f"v{day}", days=day), (CURRENT,))
    assert versions.holder("keep") is not None


def test_a_young_version_is_never_pruned() -> None:
    versions = Versions()
    for number in range(MAX_VERSIONS):
        versions = versions.added(_version(f"v{number}"), (CURRENT,))
    with pytest.raises(LimitExceeded):
        versions.added(_version("more"), (CURRENT,))


def test_an_unknown_token_is_new() -> None:
    assert _put("a").claim("b", owner="arn", holds_same=lambda: False) is Claim.NEW


def test_a_token_of_the_same_value_is_repeated() -> None:
    assert _put("a").claim("a", owner="arn", holds_same=lambda: True) is Claim.REPEATED


def test_a_token_of_another_value_is_refused() -> None:
    with pytest.raises(ResourceExists, match="ClientRequestToken a "):
        _put("a").claim("a", owner="arn", holds_same=lambda: False)


def test_a_pending_token_is_filled() -> None:
    versions = _put("a").added(_version("b", has_value=False), (PENDING,))
    assert versions.claim("b", owner="arn", holds_same=lambda: False) is Claim.FILL


def test_a_read_without_stage_is_the_current_version_at_that_moment() -> None:
    versions = _put("a", "b").moved(CURRENT, move_to="a", remove_from="b")
    assert versions.select(None, None).version_id == "a"


@pytest.mark.parametrize(
    ("version_id", "stage", "named"),
    [("zzz", None, "VersionId: zzz"), (None, "blue", "staging label: blue"), ("b", PENDING, "VersionId: b")],
)
def test_what_cannot_be_read_is_named(version_id: str | None, stage: str | None, named: str) -> None:
    versions = _put("a").added(_version("b", has_value=False), (PENDING,))
    with pytest.raises(ResourceNotFound) as refused:
        versions.select(version_id, stage)
    assert refused.value.message == f"Secrets Manager can't find the specified secret value for {named}"


def test_an_id_and_a_label_that_disagree_are_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        _put("a", "b").select("a", CURRENT)
    assert refused.value.message == ("You provided a VersionStage that is not associated to the provided VersionId.")


def test_a_deprecated_version_is_read_by_its_id() -> None:
    versions = _put("a", "b", "c")
    assert versions.select("a", None).deprecated


def test_versions_survive_their_document() -> None:
    versions = _put("a", "b").touched("b", START.date())
    assert Versions.from_state(versions.state()) == versions
