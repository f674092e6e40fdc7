"""A deployment of three regions in memory, with a clock that the test turns and links that it cuts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.testing.regions import EAST, WEST, Statuses, statuses
from vault.bootstrap import Vault, open_in_memory
from vault.domain.reply import Outcome, Reply
from vault.initialise import NewStore
from vault.services.shipping import Shipment

ACCOUNT = "123456789012"
SOUTH = "ap-south-1"


@dataclass(kw_only=True)
class Deployment:
    """The regions, which links are cut, and what was sent."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    cut: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)
    sent: list[Shipment] = field(default_factory=list)
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        new = NewStore(account_id=ACCOUNT, regions=(EAST, WEST, SOUTH))
        self.vault, _ = open_in_memory(new, lambda: self.now)
        for region in self.vault.regions.values():
            self._watch(region.shipper)

    def client(self, region: str = EAST, service: str = "secretsmanager") -> Any:
        """Return a client of a region."""
        return self.vault.client(service, region=region)

    def replicate(self) -> None:
        """Send what is due."""
        self.vault.replicate()

    def statuses(self, secret_id: str, region: str = EAST) -> Statuses:
        """Return how far the replicas of a secret are."""
        return statuses(self.client(region), secret_id)

    def pass_time(self, **amount: float) -> None:
        """Turn the clock on, by `timedelta` arguments."""
        self.now += timedelta(**amount)

    def value(self, secret_id: str, region: str, **request: Any) -> str:
        """Return a value as a client of a region gets it."""
        return str(self.client(region).get_secret_value(SecretId=secret_id, **request)["SecretString"])

    def faults(self) -> list[Any]:
        """Return what a check of all regions finds wrong."""
        return [
            fault for region in self.vault.regions.values() for fault in region.verification(lambda _: None).faults()
        ]

    def later(self, region: str, **amount: float) -> None:
        """Have a region see to its keys, and every region send what is due, as much later, and come back.

        Clients sign by the clock of the machine, so that none of them can be asked then.
        """
        self.pass_time(**amount)
        self.vault.regions[region].worker.tend_keys()
        self.replicate()
        self.now -= timedelta(**amount)

    def lose_answers(self, region: str) -> None:
        """Deliver what a region sends, and have it hear no answer."""
        self.deaf.add(region)

    def keep_answers(self, region: str) -> None:
        """Have a region hear answers again."""
        self.deaf.discard(region)

    def _watch(self, shipper: Any) -> None:
        send = shipper._send

        def watched(shipment: Shipment) -> Reply:
            self.sent.append(shipment)
            if shipment.task.region in self.cut:
                return Reply(outcome=Outcome.NO_ANSWER)
            reply: Reply = send(shipment)
            return Reply(outcome=Outcome.NO_ANSWER) if shipment.source in self.deaf else reply

        shipper._send = watched


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """A fresh deployment of three regions."""
    made = Deployment()
    yield made
    made.vault.close()
