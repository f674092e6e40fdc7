"""Calls answered in one transaction find what they would have found alone, though it was read for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import REGION, Bench, memory_bench
from vault.api.operations.secretsmanager import OPERATIONS
from vault.domain.errors import IntegrityFailure, VaultError
from vault.services.read_ahead import read_ahead

Asked = tuple[str, dict[str, Any]]

_names = st.sampled_from(["a", "b", "c"])
_tokens = st.sampled_from(["1" * 32, "2" * 32, "3" * 32])
_values = st.sampled_from(["x", "y"])
_asked = st.one_of(
    st.tuples(st.just("GetSecretValue"), st.fixed_dictionaries({"SecretId": _names})),
    st.tuples(
        st.just("GetSecretValue"),
        st.fixed_dictionaries({"SecretId": _names, "VersionStage": st.sampled_from(["AWSPREVIOUS", "AWSPENDING"])}),
    ),
    st.tuples(st.just("GetSecretValue"), st.fixed_dictionaries({"SecretId": _names, "VersionId": _tokens})),
    st.tuples(
        st.just("PutSecretValue"),
        st.fixed_dictionaries({"SecretId": _names, "ClientRequestToken": _tokens, "SecretString": _values}),
    ),
    st.tuples(
        st.just("CreateSecret"),
        st.fixed_dictionaries({"Name": _names, "ClientRequestToken": _tokens, "SecretString": _values}),
    ),
    st.tuples(
        st.just("DeleteSecret"),
        st.fixed_dictionaries({"SecretId": _names, "ForceDeleteWithoutRecovery": st.just(True)}),
    ),
    st.tuples(st.just("DescribeSecret"), st.fixed_dictionaries({"SecretId": _names})),
)


def together(bench: Bench, asked: Sequence[Asked]) -> list[Any]:
    """Return the answers of calls in one transaction, whose reads are made at once."""
    with bench.services() as services:
        wanted = [OPERATIONS[name].wanted(bench.context, request) for name, request in asked]
        read_ahead(services.tx, [each for each in wanted if each is not None])
        answers: list[Any] = []
        for name, request in asked:
            try:
                with services.tx.savepoint():
                    answers.append(told(OPERATIONS[name].run(services, bench.context, request)))
            except VaultError as error:
                answers.append(type(error))
        return answers


def alone(bench: Bench, asked: Asked) -> Any:
    """Return the answer of a call in a transaction of its own."""
    try:
        return told(bench.call(asked[0], **asked[1]))
    except VaultError as error:
        return type(error)


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without the ARN, whose end is drawn."""
    return {name: value for name, value in answer.items() if name != "ARN"}


@given(before=st.lists(_asked, max_size=6), batch=st.lists(_asked, min_size=2, max_size=8))
def test_a_batch_is_answered_as_its_calls_are_one_by_one(before: list[Asked], batch: list[Asked]) -> None:
    one, other = memory_bench(), memory_bench()
    for each in before:
        assert alone(one, each) == alone(other, each)
    assert together(one, batch) == [alone(other, each) for each in batch]
    one.store.close()
    other.store.close()


@pytest.fixture
def many(bench: Bench) -> Bench:
    """A bench with more secrets than one statement reads."""
    for number in range(70):
        bench.call("CreateSecret", Name=f"s{number}", SecretString=f"value {number}")
    return bench


def test_more_than_one_statement_takes_are_read_by_name_and_by_arn(many: Bench) -> None:
    arns = [many.call("DescribeSecret", SecretId=f"s{number}")["ARN"] for number in range(70)]
    partial = [arn[:-7] for arn in arns]
    for named in ([f"s{number}" for number in range(70)], arns, partial):
        answers = together(many, [("GetSecretValue", {"SecretId": each}) for each in named])
        assert [each["SecretString"] for each in answers] == [f"value {number}" for number in range(70)]


def test_a_secret_of_another_region_is_not_read_ahead(many: Bench) -> None:
    arn = many.call("DescribeSecret", SecretId="s1")["ARN"].replace(REGION, "eu-west-1")
    answers = together(many, [("GetSecretValue", {"SecretId": "s2"}), ("DescribeSecret", {"SecretId": arn})])
    assert answers[0]["SecretString"] == "value 2"
    assert issubclass(answers[1], VaultError)


def test_a_damaged_secret_is_told_to_its_reader_alone(many: Bench, sql: Sql) -> None:
    sql("UPDATE secrets SET changed = changed + 1 WHERE name = ?", "s3")
    sql("UPDATE versions SET payload = x'0102' WHERE arn = (SELECT arn FROM secrets WHERE name = ?)", "s4")
    many.call("GetSecretValue", SecretId="s5")
    answers = together(many, [("GetSecretValue", {"SecretId": f"s{number}"}) for number in (2, 3, 4, 5)])
    assert (answers[0]["SecretString"], answers[3]["SecretString"]) == ("value 2", "value 5")
    assert answers[1] is IntegrityFailure
    assert issubclass(answers[2], VaultError)


def test_what_a_call_of_the_batch_changed_is_read_anew(many: Bench) -> None:
    read = ("GetSecretValue", {"SecretId": "s1"})
    put = ("PutSecretValue", {"SecretId": "s1", "ClientRequestToken": "t" * 32, "SecretString": "new"})
    answers = together(many, [read, put, read, ("GetSecretValue", {"SecretId": "s2"})])
    assert [each.get("SecretString") for each in answers] == ["value 1", None, "new", "value 2"]
