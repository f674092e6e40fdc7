"""What holds of the label machine after any sequence of operations."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from vault.domain.errors import VaultError
from vault.domain.versions import (
    CURRENT,
    MAX_LABELS,
    MAX_VERSIONS,
    PENDING,
    PREVIOUS,
    PRUNE_AGE,
    SecretVersion,
    Versions,
)

_STAGES = st.sampled_from([CURRENT, PREVIOUS, PENDING, *(f"label-{number}" for number in range(20))])


class LabelMachine(RuleBasedStateMachine):
    """Puts, moves, rotations and time, in any order; refusals change nothing."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.versions = Versions()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.count = 0
        self.had_current = False

    @rule(target=known, stages=st.sets(_STAGES, max_size=4), has_value=st.booleans(), many=st.integers(1, 30))
    def put(self, stages: set[str], has_value: bool, many: int) -> object:
        """Add versions; one without a value is a rotation's pending one."""
        labels = (stages or {CURRENT}) if has_value else {PENDING}
        made = []
        for _ in range(many):
            self.count += 1
            version = SecretVersion(version_id=f"v{self.count}", created=self.now, has_value=has_value)
            with contextlib.suppress(VaultError):
                self._become(self.versions.added(version, labels))
                made.append(version.version_id)
        return multiple(*made)

    @rule(version_id=known, stages=st.sets(_STAGES, max_size=2))
    def fill(self, version_id: str, stages: set[str]) -> None:
        """Give a pending version its value."""
        found = self.versions.find(version_id)
        if found is not None and not found.has_value:
            with contextlib.suppress(VaultError):
                self._become(self.versions.filled(version_id, stages, key_id="k"))

    @rule(stage=_STAGES, move_to=st.none() | known, name_holder=st.booleans(), wrong=st.none() | known)
    def move(self, stage: str, move_to: str | None, name_holder: bool, wrong: str | None) -> None:
        """Move a label, naming its holder rightly or not."""
        holder = self.versions.holder(stage)
        remove_from = holder.version_id if name_holder and holder is not None else wrong
        with contextlib.suppress(VaultError):
            self._become(self.versions.moved(stage, move_to=move_to, remove_from=remove_from))

    @rule()
    def abandon(self) -> None:
        """Take the pending label off."""
        self._become(self.versions.without_pending())

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        """Let time pass, so that old versions may be pruned."""
        self.now += timedelta(hours=hours)

    def _become(self, later: Versions) -> None:
        before = self.versions
        for version in (before.find(gone) for gone in before.gone_from(later)):
            assert version is not None
            assert version.deprecated
            assert self.now - version.created > PRUNE_AGE
        was, current = before.holder(CURRENT), later.holder(CURRENT)
        if was is not None and current is not None and was.version_id != current.version_id:
            previous = later.holder(PREVIOUS)
            assert previous is not None
            assert previous.version_id == was.version_id
        self.versions = later
        self.had_current = self.had_current or current is not None

    @invariant()
    def a_label_sits_on_at_most_one_version(self) -> None:
        labels = [stage for version in self.versions.items for stage in version.stages]
        assert len(labels) == len(set(labels))
        assert len(labels) <= MAX_LABELS

    @invariant()
    def there_are_never_too_many_versions_nor_two_of_one_id(self) -> None:
        ids = [version.version_id for version in self.versions.items]
        assert len(ids) == len(set(ids))
        assert len(ids) <= MAX_VERSIONS

    @invariant()
    def current_once_given_is_never_lost_and_always_has_a_value(self) -> None:
        current = self.versions.holder(CURRENT)
        assert (current is not None) == self.had_current
        assert current is None or current.has_value

    @invariant()
    def the_document_describes_the_versions_wholly(self) -> None:
        assert Versions.from_state(self.versions.state()) == self.versions


TestLabelMachine = LabelMachine.TestCase
TestLabelMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
