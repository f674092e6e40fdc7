"""What holds of a stored secret's values and labels after any sequence of puts, updates, moves and deletions."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.testing.vault_bench import memory_bench, token
from vault.domain.errors import VaultError

_LABELS = st.sets(st.sampled_from(["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "blue", "green"]), min_size=1)


class StoredSecret(RuleBasedStateMachine):
    """One secret, and the values that were put under its versions."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = memory_bench()
        self.bench.call("CreateSecret", Name="n")
        self.values: dict[str, str] = {}
        self.before: dict[str, str] = {}

    @rule(labels=st.none() | _LABELS)
    def put(self, labels: set[str] | None) -> None:
        """Put a value, with labels of its own or none."""
        stages = {} if labels is None else {"VersionStages": sorted(labels)}
        self._store("PutSecretValue", **stages)

    @rule()
    def update(self) -> None:
        """Put a value by UpdateSecret."""
        self._store("UpdateSecret")

    @precondition(lambda self: self.values)
    @rule(data=st.data(), label=st.sampled_from(["AWSCURRENT", "AWSPREVIOUS", "blue"]), names_holder=st.booleans())
    def move(self, data: st.DataObject, label: str, names_holder: bool) -> None:
        """Move a label to some version; it is refused where its holder is not named."""
        request = {"VersionStage": label, "MoveToVersionId": data.draw(st.sampled_from(sorted(self.values)))}
        if names_holder and label in self.before:
            request["RemoveFromVersionId"] = self.before[label]
        with contextlib.suppress(VaultError):
            self.bench.call("UpdateSecretVersionStage", SecretId="n", **request)

    @precondition(lambda self: self.values)
    @rule(data=st.data())
    def reuse_a_token(self, data: st.DataObject) -> None:
        """Try to change what a version holds."""
        request = {"ClientRequestToken": data.draw(st.sampled_from(sorted(self.values))), "SecretString": "changed"}
        for operation in ("PutSecretValue", "UpdateSecret"):
            with contextlib.suppress(VaultError):
                self.bench.call(operation, SecretId="n", **request)

    @rule()
    def delete_and_restore(self) -> None:
        """Mark the secret for deletion and take that back."""
        for operation in ("DeleteSecret", "RestoreSecret"):
            self.bench.call(operation, SecretId="n")

    @invariant()
    def each_label_sits_once_and_its_version_holds_what_was_put(self) -> None:
        stages = self.bench.stages("n")
        holders = [(label, version) for version, labels in stages.items() for label in labels]
        assert len({label for label, _ in holders}) == len(holders)
        for label, version in holders:
            assert self.bench.value("n", VersionStage=label) == self.values[version]

    @invariant()
    def previous_follows_current(self) -> None:
        held = {label: version for version, labels in self.bench.stages("n").items() for label in labels}
        was, now = self.before.get("AWSCURRENT"), held.get("AWSCURRENT")
        assert was is None or now is not None
        if was is not None and was != now:
            assert held["AWSPREVIOUS"] == was
        self.before = held

    def teardown(self) -> None:
        """Close the store."""
        self.bench.store.close()

    def _store(self, operation: str, **request: Any) -> None:
        version, value = token(), f"value {len(self.values)}"
        self.bench.call(operation, SecretId="n", ClientRequestToken=version, SecretString=value, **request)
        self.values[version] = value


TestStoredSecret = StoredSecret.TestCase
TestStoredSecret.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
