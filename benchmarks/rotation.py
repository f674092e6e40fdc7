"""What the scheduler costs with many secrets: looking when nothing is due, and rotating all that become due at once.

python -m benchmarks.rotation --secrets 10000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strongroom.kernel.secretvalue import SecretValue
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.domain.context import CallContext
from vault.domain.rotation_rules import RotationRules
from vault.domain.secret import SecretContent, ValueKind
from vault.initialise import NewStore, initialise
from vault.rotation import worker as working
from vault.rotation.functions import function_arn
from vault.services.secrets import NewSecret

ACCOUNT, REGION = "123456789012", "us-east-1"
STRATEGY = "generated-single"
GROUPS = 10
"""The secrets become due in so many groups, an hour from one to the next."""
LOOKS = 200


class Clock:
    """The worker's time, which can be turned on."""

    def __init__(self) -> None:
        self.late = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.late


@contextmanager
def _vault(folder: Path) -> Iterator[Vault]:
    initialise(DataDir(path=folder), NewStore(account_id=ACCOUNT, regions=(REGION,)), datetime.now(UTC))
    vault = open_vault(DataDir(path=folder))
    try:
        yield vault
    finally:
        vault.close()


def _fill(vault: Vault, number: int) -> None:
    """Make secrets whose windows open at the hours of the day after tomorrow."""
    region = vault.regions[REGION]
    now = datetime.now(UTC)
    context = CallContext(account_id=ACCOUNT, region=REGION, principal_arn="", access_key_id="", request_id="", now=now)
    content = SecretContent(kind=ValueKind.STRING, value=SecretValue("first"))
    day = now + timedelta(days=2)
    for start in range(0, number, 100):
        with vault.store.transaction() as tx:
            services = region.own_services(tx)
            for each in range(start, min(start + 100, number)):
                hour = each % GROUPS
                rules = RotationRules(schedule=f"cron(0 {hour} {day.day} * ? *)", duration="24h" if hour == 0 else None)
                services.secrets.create(context, NewSecret(name=f"app/{each}", token=f"{each:032d}", content=content))
                services.rotation.rotate(
                    context,
                    f"app/{each}",
                    token=f"r{each:032d}",
                    function_arn=function_arn(STRATEGY, REGION, ACCOUNT),
                    rules=rules,
                    immediately=False,
                )
        with vault.store.transaction() as tx:
            for arn in tx.rotation_jobs.arns():
                tx.rotation_jobs.remove(arn)


def _looks(vault: Vault) -> float:
    """Return the CPU milliseconds of looking for work where there is none."""
    begun = time.process_time()
    for _ in range(LOOKS):
        assert vault.worker.run_due() == []
    return (time.process_time() - begun) / LOOKS * 1000


def _order(vault: Vault) -> list[str]:
    """Return the names of the secrets in the order their rotations started."""
    with vault.store.reading() as tx:
        rows = [row.event for head in tx.trail.heads() for row in tx.trail.read(head.writer, limit=head.seq)]
    started = [row for row in rows if row["eventName"] == "RotationStarted"]
    return [row["serviceEventDetails"]["secretId"].rpartition("/")[2][:-7] for row in started]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--secrets", type=int, default=10_000)
    number = parser.parse_args().secrets
    with tempfile.TemporaryDirectory() as folder, _vault(Path(folder) / "vault") as vault:
        _fill(vault, number)
        print(f"{number} secrets with schedules; nothing due: {_looks(vault):.2f} ms of CPU a look, one a second")
        clock = Clock()
        vault.worker._clock = clock
        opens = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
        done: list[bool] = []
        vault.worker.concluded = done.append
        working.POLL_SECONDS = 0.05
        latest, cpu, wall = 0.0, time.process_time(), time.monotonic()
        with vault.worker.running():
            for group in range(GROUPS):
                clock.late = opens + timedelta(hours=group, seconds=1) - datetime.now(UTC)
                begun = time.monotonic()
                while len(done) < (group + 1) * number // GROUPS:
                    time.sleep(0.02)
                latest = max(latest, time.monotonic() - begun)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        order = _order(vault)
        groups = [int(name) % GROUPS for name in order]
        print(f"{len(order)} rotations, each once: {len(set(order)) == len(order) == number}")
        print(f"in the order of their windows: {groups == sorted(groups)}; all well: {all(done)}")
        print(f"{cpu / number * 1000:.1f} ms of CPU a rotation, {number / wall:.0f} a second")
        print(f"longest from a window's opening to the last of {number // GROUPS} rotations: {latest:.1f} s")


if __name__ == "__main__":
    main()
