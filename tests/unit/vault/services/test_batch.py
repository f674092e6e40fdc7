"""Reading many secrets at once: what each one needs, and what is recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.testing.vault_bench import Bench
from vault.api.errors import trail_code
from vault.api.operations.secretsmanager_access import reading_checks
from vault.domain.errors import DecryptionFailed, InvalidNextToken, InvalidParameter
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.secret import Secret
from vault.services.batch import Batch, BatchQuery
from vault.services.listing import Filter


def test_a_list_and_filters_exclude_one_another() -> None:
    wanted = (Filter(key="name", values=("a",)),)
    for query in ({}, {"secret_ids": ("a",), "filters": wanted}):
        with pytest.raises(InvalidParameter, match="You must include Filters or SecretIdList, but not both"):
            BatchQuery(**query)


def test_pages_are_of_filters() -> None:
    with pytest.raises(InvalidParameter, match="MaxResults"):
        BatchQuery(secret_ids=("a",), limit=1)
    with pytest.raises(InvalidNextToken):
        BatchQuery(secret_ids=("a",), next_token="t")


@pytest.mark.shows("GetSecretValue", errors=("DecryptionFailure",))
def test_a_value_put_in_anothers_place_is_not_read(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.call("CreateSecret", Name=name, SecretString="v")
    _exchange_values(bench, "a", "b")
    with pytest.raises(DecryptionFailed):
        bench.value("a")


@pytest.mark.shows("BatchGetSecretValue", errors=("DecryptionFailure",))
def test_a_damaged_value_is_an_entry_among_the_errors(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.call("CreateSecret", Name=name, SecretString="v")
    _exchange_values(bench, "a", "b")
    bench.call("CreateSecret", Name="c", SecretString="whole")
    answer = bench.call("BatchGetSecretValue", SecretIdList=["a", "c"])
    assert [entry["SecretString"] for entry in answer["SecretValues"]] == ["whole"]
    assert [entry["ErrorCode"] for entry in answer["Errors"]] == ["DecryptionFailure"]


def test_each_secret_read_or_refused_is_recorded_as_a_read(bench: Bench) -> None:
    bench.call("CreateSecret", Name="a", SecretString="v")
    bench.call("BatchGetSecretValue", SecretIdList=["a", "absent"])
    with bench.store.transaction() as tx:
        rows = tx.trail.read(tx.trail.heads()[0].writer)
    events = [row.event for row in rows if row.event["eventName"] == "GetSecretValue"]
    assert [event["requestParameters"] for event in events] == [{"secretId": "a"}, {"secretId": "absent"}]
    assert [event.get("errorCode") for event in events] == [None, "ResourceNotFoundException"]
    assert len({event["eventID"] for event in events}) == 2
    assert all(event["responseElements"] is None for event in events)


def test_a_secret_that_may_not_be_read_is_refused_alone_and_alike_whether_it_exists(bench: Bench) -> None:
    mine = bench.call("CreateSecret", Name="mine", SecretString="v")["ARN"]
    bench.call("CreateSecret", Name="other", SecretString="v")
    reading = _read_as_one_allowed(bench, mine, "mine", "other", "absent")
    assert [each.secret.name for each in reading.readings] == ["mine"]
    refused = [each.error.message for each in reading.refusals]
    assert refused[0].replace("other", "X") == refused[1].replace("absent", "X")
    assert "is not authorized to perform: secretsmanager:GetSecretValue on resource: other because no" in refused[0]


def _read_as_one_allowed(bench: Bench, arn: str, *names: str) -> Any:
    """Read `names` as a session that may read the secret of `arn` only."""
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
    policy = parse_identity_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    with bench.services() as services:
        owner = services.batch._principal
        reader = replace(owner, is_root=False, identity_policies=(policy,))
        batch = Batch(services.tx, services.secrets, services.listing, reader, trail_code)
        checks = {name: reading_checks(services, bench.context, {"SecretId": name})[0] for name in names}
        return batch.read(bench.context, BatchQuery(secret_ids=names), checks.__getitem__)


def _exchange_values(bench: Bench, name: str, other: str) -> None:
    """Put another secret's sealed value in the place of one, as somebody who can write the database might."""
    with bench.services() as services:
        one, two = (services.secrets.describe(bench.context, each) for each in (name, other))
        stolen = services.tx.secrets.find_version(two.arn, _only(two))
        services.tx.secrets.remove_versions(one.arn, [_only(one)])
        services.tx.secrets.add_version(one.arn, replace(stolen, version_id=_only(one)), now=bench.now)


def _only(secret: Secret) -> str:
    return secret.versions.items[0].version_id
