"""Several connections on one store: every change is whole, and one after another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.vault_bench import Bench, again, memory_bench, token
from vault.domain.errors import InvalidParameter, ResourceExists, StoreConflict, StoreUnavailable
from vault.storage.store import Store


@pytest.fixture
def benches(database: str, bench: Bench, root_key: SecretValue) -> Iterator[list[Bench]]:
    """Four benches, each with a store of its own on the same database."""
    others = [Bench(store=Store.open(database, root_key)) for _ in range(3)]
    yield [bench, *others]
    for other in others:
        other.store.close()


def _together(workers: list[Callable[[], None]]) -> None:
    """Run all workers at once; the first failure of any is raised."""
    start = threading.Barrier(len(workers))

    def run(worker: Callable[[], None]) -> None:
        start.wait()
        worker()

    with ThreadPoolExecutor(len(workers)) as pool:
        for future in [pool.submit(run, worker) for worker in workers]:
            future.result()


def _putter(bench: Bench, prefix: str, count: int) -> Callable[[], None]:
    def put() -> None:
        for number in range(count):
            bench.call("PutSecretValue", SecretId="n", SecretString=f"{prefix}{number}")

    return put


def test_puts_from_many_connections_lose_nothing(benches: list[Bench]) -> None:
    benches[0].call("CreateSecret", Name="n", SecretString="start")
    _together([_putter(bench, f"{index}-", 8) for index, bench in enumerate(benches)])
    versions = benches[0].call("ListSecretVersionIds", SecretId="n", IncludeDeprecated=True)["Versions"]
    values = {benches[0].value("n", VersionId=each["VersionId"]) for each in versions}
    assert values == {"start", *(f"{index}-{number}" for index in range(4) for number in range(8))}
    held = [label for labels in benches[0].stages("n").values() for label in labels]
    assert sorted(held) == ["AWSCURRENT", "AWSPREVIOUS"]


def test_of_movers_that_name_the_same_holder_one_wins(benches: list[Bench]) -> None:
    first = benches[0].call("CreateSecret", Name="n", SecretString="start")["VersionId"]
    put = [
        bench.call("PutSecretValue", SecretId="n", SecretString=f"{index}", VersionStages=[f"label-{index}"])
        for index, bench in enumerate(benches)
    ]
    won: list[str] = []

    def mover(bench: Bench, target: str) -> Callable[[], None]:
        def move() -> None:
            request = {"VersionStage": "AWSCURRENT", "MoveToVersionId": target, "RemoveFromVersionId": first}
            try:
                bench.call("UpdateSecretVersionStage", SecretId="n", **request)
            except InvalidParameter:
                return
            won.append(target)

        return move

    _together([mover(bench, answer["VersionId"]) for bench, answer in zip(benches, put, strict=True)])
    assert len(won) == 1
    assert "AWSCURRENT" in benches[0].stages("n")[won[0]]
    assert benches[0].stages("n")[first] == ["AWSPREVIOUS"]


def test_one_token_put_by_many_makes_one_version(benches: list[Bench]) -> None:
    benches[0].call("CreateSecret", Name="n", SecretString="start")
    shared = token()

    def putter(bench: Bench) -> Callable[[], None]:
        def put() -> None:
            bench.call("PutSecretValue", SecretId="n", SecretString="same", ClientRequestToken=shared)

        return put

    _together([putter(bench) for bench in benches])
    assert len(benches[0].call("ListSecretVersionIds", SecretId="n", IncludeDeprecated=True)["Versions"]) == 2


def test_one_name_created_by_many_exists_once(benches: list[Bench]) -> None:
    made: list[str] = []

    def creator(bench: Bench) -> Callable[[], None]:
        def create() -> None:
            try:
                made.append(bench.call("CreateSecret", Name="n", SecretString="v")["ARN"])
            except ResourceExists:
                return

        return create

    _together([creator(bench) for bench in benches])
    assert len(made) == 1


def test_one_rotation_is_claimed_by_one_worker(benches: list[Bench]) -> None:
    arn = benches[0].call("CreateSecret", Name="n", SecretString="v")["ARN"]
    function = next(iter(benches[0].known_functions))
    benches[0].call("RotateSecret", SecretId="n", RotationLambdaARN=function)
    claims: list[str] = []

    def claimer(bench: Bench, owner: str) -> Callable[[], None]:
        def claim() -> None:
            with suppress(StoreConflict), bench.services() as services:
                if services.rotation_work.claim(arn, owner, bench.now) is not None:
                    claims.append(owner)

        return claim

    _together([claimer(bench, f"worker-{index}") for index, bench in enumerate(benches)])
    assert len(claims) == 1


def test_the_trail_of_many_writers_is_one_whole_chain(benches: list[Bench]) -> None:
    def writer(bench: Bench) -> Callable[[], None]:
        def append() -> None:
            with bench.store.transaction() as tx:
                tx.trail.append({"eventName": "call"}, bench.now)

        def write() -> None:
            for _ in range(10):
                again(append)

        return write

    _together([writer(bench) for bench in benches])
    with benches[0].store.transaction() as tx:
        assert tx.trail.first_bad() is None
        assert [head.seq for head in tx.trail.heads()] == [40]


def test_threads_share_a_store_in_memory() -> None:
    bench = memory_bench()
    bench.call("CreateSecret", Name="n", SecretString="start")
    _together([_putter(bench, f"{index}-", 10) for index in range(4)])
    versions = bench.call("ListSecretVersionIds", SecretId="n", IncludeDeprecated=True)["Versions"]
    assert len(versions) == 41


def test_a_connection_that_is_gone_is_a_store_that_is_unavailable(bench: Bench) -> None:
    with pytest.raises(StoreUnavailable), bench.store.transaction() as tx:
        tx.secrets.find_arn("arn")
        tx._driver._raw.close()
        tx.secrets.find_arn("arn")
