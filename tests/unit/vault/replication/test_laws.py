"""Whatever is done to a primary, its replica is the same once it is in sync, and holds no wrong value at any time."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.testing.regions import EAST, WEST
from tests.unit.vault.replication.conftest import Deployment
from vault.domain.reply import Outcome

_STAGES = st.lists(st.sampled_from(["AWSCURRENT", "AWSPENDING", "one", "two"]), min_size=1, max_size=2, unique=True)
_NUMBERS = st.integers(0, 99)
_SAME = ("Name", "Description", "Tags", "VersionIdsToStages", "CreatedDate", "LastChangedDate")


class Replicating(RuleBasedStateMachine):
    """Changes of a secret in the east, some shipped at once, some lost on the way, with a replica in the west."""

    def __init__(self) -> None:
        super().__init__()
        self.deployment = Deployment()
        self.values: dict[str, str] = {}
        client = self.deployment.client()
        token = self._token("first")
        wanted = [{"Region": WEST}]
        client.create_secret(Name="s", ClientRequestToken=token, SecretString="first", AddReplicaRegions=wanted)
        self.deployment.replicate()

    @rule(stages=_STAGES)
    def put(self, stages: list[str]) -> None:
        token = self._token(f"value {len(self.values)}")
        self.deployment.client().put_secret_value(
            SecretId="s", ClientRequestToken=token, SecretString=self.values[token], VersionStages=stages
        )

    @rule(number=_NUMBERS)
    def move(self, number: int) -> None:
        stages = self._described(EAST)["VersionIdsToStages"]
        version = sorted(stages)[number % len(stages)]
        holder = next(each for each, held in stages.items() if "AWSCURRENT" in held)
        if holder != version:
            self.deployment.client().update_secret_version_stage(
                SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=holder
            )

    @rule(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20))
    def describe(self, text: str) -> None:
        self.deployment.client().update_secret(SecretId="s", Description=text)

    @rule(key=st.sampled_from("abc"), number=_NUMBERS)
    def tag(self, key: str, number: int) -> None:
        self.deployment.client().tag_resource(SecretId="s", Tags=[{"Key": key, "Value": str(number)}])

    @rule(key=st.sampled_from("abc"))
    def untag(self, key: str) -> None:
        self.deployment.client().untag_resource(SecretId="s", TagKeys=[key])

    @rule()
    def go_away(self) -> None:
        self.deployment.cut.add(WEST)

    @rule()
    def come_back(self) -> None:
        self.deployment.cut.clear()

    @rule(number=_NUMBERS)
    def repeat(self, number: int) -> None:
        shipment = self.deployment.sent[number % len(self.deployment.sent)]
        reply = self.deployment.vault.regions[EAST].links.send(shipment)
        assert reply.outcome in (Outcome.APPLIED, Outcome.AHEAD, Outcome.MISSING)

    @rule()
    def ship(self) -> None:
        self.deployment.pass_time(seconds=1)
        self.deployment.replicate()

    @invariant()
    def each_value_is_the_one_of_its_version(self) -> None:
        got = self.deployment.client(WEST).get_secret_value(SecretId="s")
        assert got["SecretString"] == self.values[got["VersionId"]]

    @invariant()
    def what_is_in_sync_is_the_same(self) -> None:
        if self.deployment.statuses("s")[WEST][0] == "InSync":
            here, there = self._described(EAST), self._described(WEST)
            assert {name: there.get(name) for name in _SAME} == {name: here.get(name) for name in _SAME}

    def teardown(self) -> None:
        self.deployment.cut.clear()
        self.deployment.pass_time(seconds=31)
        self.deployment.replicate()
        assert self.deployment.statuses("s")[WEST][0] == "InSync"
        self.what_is_in_sync_is_the_same()
        assert self.deployment.faults() == []
        self.deployment.vault.close()

    def _token(self, value: str) -> str:
        """Return a request token that was not used yet, for a value."""
        token = f"{len(self.values):032}"
        self.values[token] = value
        return token

    def _described(self, region: str) -> dict[str, Any]:
        described: dict[str, Any] = self.deployment.client(region).describe_secret(SecretId="s")
        return described


TestReplicating = Replicating.TestCase
TestReplicating.settings = settings(max_examples=15, stateful_step_count=15)
