"""Whatever is done to a key of three regions, and whatever message is lost, late or sent twice: nothing sealed is lost.

At any time a region opens what it sealed itself; once all have heard of everything, there is one primary, all agree on
it, and each opens what any of them sealed.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.testing.regions import EAST, WEST
from tests.unit.vault.replication.conftest import SOUTH, Deployment

REGIONS = (EAST, WEST, SOUTH)
_REFUSALS = ("KMSInvalidStateException", "UnsupportedOperationException", "LimitExceededException", "NotFoundException")
_SOMEWHERE = st.sampled_from(REGIONS)
_NUMBERS = st.integers(0, 99)


class KeyReplicating(RuleBasedStateMachine):
    """A key made in the east with replicas in the west and south."""

    def __init__(self) -> None:
        super().__init__()
        self.deployment = Deployment()
        self.sealed: list[tuple[str, bytes, bytes]] = []
        """Where, what, and as which ciphertext."""
        kms = self._kms(EAST)
        self.key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        for region in (WEST, SOUTH):
            kms.replicate_key(KeyId=self.key, ReplicaRegion=region)

    @rule(region=_SOMEWHERE)
    def seal(self, region: str) -> None:
        plaintext = str(len(self.sealed)).encode()
        blob = self._kms(region).encrypt(KeyId=self.key, Plaintext=plaintext)["CiphertextBlob"]
        self.sealed.append((region, plaintext, blob))

    @rule(region=_SOMEWHERE)
    def rotate(self, region: str) -> None:
        self._tried(self._kms(region).rotate_key_on_demand)

    @rule(region=_SOMEWHERE, days=st.sampled_from([90, 365]))
    def rotate_by_itself(self, region: str, days: int) -> None:
        self._tried(self._kms(region).enable_key_rotation, RotationPeriodInDays=days)

    @rule(here=_SOMEWHERE, there=_SOMEWHERE)
    def move_the_primary(self, here: str, there: str) -> None:
        self._tried(self._kms(here).update_primary_region, PrimaryRegion=there)

    @rule(region=_SOMEWHERE)
    def go_away(self, region: str) -> None:
        self.deployment.cut.add(region)

    @rule(region=_SOMEWHERE)
    def hear_no_answers(self, region: str) -> None:
        self.deployment.deaf.add(region)

    @rule()
    def come_back(self) -> None:
        self.deployment.cut.clear()
        self.deployment.deaf.clear()

    @rule(number=_NUMBERS)
    def repeat(self, number: int) -> None:
        shipment = self.deployment.sent[number % len(self.deployment.sent)]
        self.deployment.vault.regions[shipment.source].links.send(shipment)

    @rule()
    def ship(self) -> None:
        self.deployment.pass_time(seconds=2)
        self.deployment.replicate()

    @invariant()
    def each_region_opens_what_it_sealed(self) -> None:
        for region, plaintext, blob in self.sealed:
            assert self._kms(region).decrypt(CiphertextBlob=blob)["Plaintext"] == plaintext

    def teardown(self) -> None:
        self.come_back()
        for _ in range(4):
            self.deployment.pass_time(seconds=31)
            self.deployment.replicate()
        told = [self._kms(region).describe_key(KeyId=self.key)["KeyMetadata"] for region in REGIONS]
        sets = [each["MultiRegionConfiguration"] for each in told]
        assert [each["KeyState"] for each in told] == ["Enabled"] * len(REGIONS)
        assert len({each["PrimaryKey"]["Region"] for each in sets}) == 1
        assert [each["MultiRegionKeyType"] for each in sets].count("PRIMARY") == 1
        assert len({tuple(sorted(key["Region"] for key in each["ReplicaKeys"])) for each in sets}) == 1
        assert len({each["CurrentKeyMaterialId"] for each in told}) == 1
        for _, plaintext, blob in self.sealed:
            opened = [self._kms(region).decrypt(CiphertextBlob=blob)["Plaintext"] for region in REGIONS]
            assert opened == [plaintext] * len(REGIONS)
        assert self.deployment.faults() == []
        self.deployment.vault.close()

    def _kms(self, region: str) -> Any:
        return self.deployment.client(region, "kms")

    def _tried(self, call: Any, **more: Any) -> None:
        """Call for something that the region's part in the set, or its moment, may forbid."""
        try:
            call(KeyId=self.key, **more)
        except ClientError as error:
            assert error.response["Error"]["Code"] in _REFUSALS, error


TestKeyReplicating = KeyReplicating.TestCase
TestKeyReplicating.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
