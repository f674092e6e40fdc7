"""Flip any bit, swap or delete rows: it is named, or reading is refused; never is there another value."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.functions import TRUSTING_LAMBDA, zipped
from tests.testing.vault_bench import FUNCTION, Bench
from vault.domain.alarm import Actions
from vault.domain.alarm_rule import AlarmRule, Comparison, Statistic
from vault.domain.alarms import State
from vault.domain.errors import VaultError
from vault.domain.function_names import FunctionPlace
from vault.domain.iam.entities import Group
from vault.domain.metric_filters import LOG_GROUP, Transformation
from vault.services.functions import NewFunction
from vault.services.grants import NewGrant
from vault.services.iam.roles import NewRole
from vault.services.keyring import Keyring
from vault.services.keys import NewKey
from vault.services.verification import Verification
from vault.storage.identities import Identity
from vault.storage.schema import metadata
from vault.storage.store import Store

VALUES = {"one": "1-new", "two": "2"}

UNSEALED = {
    ("meta", "name"),  # that of the generation
    ("meta", "value"),  # the generation: any mark is as good as another
    ("accounts", "account_id"),
    ("accounts", "created"),
    ("regions", "account_id"),
    ("regions", "region"),
    ("versions", "created"),
    ("access_key_uses", "access_key_id"),
    ("access_key_uses", "used"),
    ("access_key_uses", "service"),
    ("access_key_uses", "region"),
}
"""Columns under no MAC: they decide which requests are taken and which key comes next, never what a value is."""

_KIND_NAMES: dict[type, str] = {str: "TEXT", int: "INTEGER", bytes: "BLOB"}
_KINDS = {
    (table.name, column.name): _KIND_NAMES[column.type.python_type]
    for table in metadata.sorted_tables
    for column in table.columns
}
_COLUMNS = list(_KINDS)


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A bench with two secrets, one under two keys and replicated, a rotation, a grant, a key, functions, events."""
    bench.call("CreateSecret", Name="one", SecretString="1-old")
    bench.call("PutSecretValue", SecretId="one", SecretString=VALUES["one"])
    bench.call("CreateSecret", Name="two", SecretString=VALUES["two"])
    bench.call("RotateSecret", SecretId="two", RotationLambdaARN=FUNCTION)
    with bench.services() as services:
        key = services.keys.create(bench.context, NewKey())
        services.key_aliases.create(bench.context, "alias/mine", key.key_id)
        grant = NewGrant(grantee="arn:x", operations=("Decrypt",), constraints={})
        services.grants.create(bench.context, key.key_id, grant)
    bench.call("UpdateSecret", SecretId="one", KmsKeyId="alias/mine")
    regions = [{"Region": "eu-west-1"}, {"Region": "eu-central-1"}]
    bench.call("ReplicateSecretToRegions", SecretId="one", AddReplicaRegions=regions)
    keyring = Keyring(bench.store)
    _put_alarms(bench)
    _put_functions(bench)
    with bench.store.transaction() as tx:
        tx.meta.add_account(bench.account_id, (bench.region,), now=bench.now)
        sealed = keyring.seal_access_key("AKID", bench.account_id, SecretValue("k"))
        tx.identities.add(
            Identity(access_key_id="AKID", account_id=bench.account_id, user_arn="arn:x", sealed_secret=sealed)
        )
        group = {"name": "g", "path": "/", "entity_id": "AGPA"}
        tx.iam.save(Group(account_id=bench.account_id, created=bench.now, **group))
        tx.iam.note_use("AKID", bench.now, "iam", "us-east-1")
        for number in range(3):
            event = {"eventName": f"call-{number}", "recipientAccountId": bench.account_id, "awsRegion": bench.region}
            tx.trail.append(event, bench.now)
    return bench


def _put_alarms(bench: Bench) -> None:
    """Have two alarms on a filter, one of which has something to tell."""
    once = Transformation(name="m", namespace="n", value="1")
    rule = AlarmRule(
        metric=once.metric,
        statistic=Statistic.SUM,
        period=60,
        evaluation_periods=1,
        threshold=1.0,
        comparison=Comparison.AT_LEAST,
    )
    actions = Actions(alarm=(f"arn:aws:sns:{bench.region}:{bench.account_id}:ops",))
    with bench.services() as services:
        services.metric_filters.put(bench.context, LOG_GROUP, "f", "ERROR", once)
        for name in ("first", "second"):
            services.alarms.put(bench.context, name, rule, actions=actions)
        services.alarms.set_state(bench.context, "first", State.ALARM, "tried", "")


def _put_functions(bench: Bench) -> None:
    """Have two functions whose role trusts Lambda."""
    with bench.services() as services:
        role = services.iam.roles.create(bench.context, NewRole(name="r", path="/", trust=TRUSTING_LAMBDA))
        for name in ("first", "second"):
            new = NewFunction(
                place=FunctionPlace(account_id=bench.account_id, region=bench.region, name=name),
                role=role.arn,
                runtime="python3.12",
                handler="function.handler",
                code=zipped("def handler(*_): pass"),
                environment={"NAME": "value"},
                settings={},
            )
            services.functions.create(bench.context, new)


@pytest.fixture
def past(tmp_path: Path, filled: Bench) -> Iterator[sqlite3.Connection]:
    """A connection past the store, on which foreign keys hold nobody back."""
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as connection:
        connection.text_factory = bytes
        yield connection


def _noticed(root: tuple[Path, SecretValue]) -> bool:
    """Tell whether opening, reading or verifying finds anything; what is read is right or refused."""
    try:
        store = Store.open(root[0] / "store.db", root[1])
    except VaultError:
        return True
    bench, noticed = Bench(store=store), False
    try:
        for name, value in VALUES.items():
            try:
                assert bench.value(name) == value
            except VaultError:
                noticed = True
        try:
            return bool(list(Verification(store, Keyring(store)).faults())) or noticed
        except VaultError:
            return True
    finally:
        store.close()


def _changed(value: Any, kind: str, position: int, bit: int) -> Any:
    if kind == "INTEGER":
        changed = (value or 0) ^ (1 << (position % 64))
        return changed - (1 << 64) if changed >= 1 << 63 else changed
    content = bytearray(value or b"\x00")
    content[position % len(content)] ^= 1 << bit
    return bytes(content)


def _rows(past: sqlite3.Connection, table: str, column: str) -> list[Any]:
    """Return the first rows of a table: the trail goes on with each value that is read."""
    return past.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid LIMIT 6").fetchall()


def _set(past: sqlite3.Connection, place: tuple[str, str], rowid: int, value: Any) -> None:
    table, column = place
    past.execute(f"UPDATE {table} SET {column} = CAST(? AS {_KINDS[place]}) WHERE rowid = ?", (value, rowid))


@pytest.mark.parametrize("place", _COLUMNS, ids="-".join)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_flipped_bit_is_noticed(
    tmp_path: Path, root_key: SecretValue, past: sqlite3.Connection, place: tuple[str, str], data: st.DataObject
) -> None:
    table, column = place
    rowid, before = data.draw(st.sampled_from(_rows(past, table, column)))
    after = _changed(before, _KINDS[place], data.draw(st.integers(0, 5000)), data.draw(st.integers(0, 7)))
    try:
        _set(past, place, rowid, after)
    except sqlite3.IntegrityError:
        return
    try:
        assert _noticed((tmp_path, root_key)) or place in UNSEALED
    finally:
        _set(past, place, rowid, before)


@pytest.mark.parametrize(
    "place", [each for each in _COLUMNS if each[0] in ("secrets", "versions", "trail")], ids="-".join
)
def test_values_that_changed_rows_are_noticed(
    tmp_path: Path, root_key: SecretValue, past: sqlite3.Connection, place: tuple[str, str]
) -> None:
    table, column = place
    (first, one), (second, two) = past.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid LIMIT 2").fetchall()
    _set(past, place, first, b"elsewhere" if isinstance(one, bytes) else -7 if one is not None else None)
    _set(past, place, second, one)
    _set(past, place, first, two)
    assert one == two or _noticed((tmp_path, root_key)) or place in UNSEALED


@pytest.mark.parametrize(
    "table",
    [
        "versions",
        "trail",
        "trail_chains",
        "keys",
        "key_materials",
        "key_aliases",
        "data_keys",
        "replication",
        "alarms",
        "functions",
        "function_parts",
        "metric_filters",
        "meta",
    ],
)
def test_a_row_that_was_taken_out_is_noticed(
    tmp_path: Path, root_key: SecretValue, past: sqlite3.Connection, table: str
) -> None:
    named = " WHERE name != 'generation'" if table == "meta" else ""
    past.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table}{named})")
    assert _noticed((tmp_path, root_key))


@pytest.mark.parametrize("number", [0, -1, -(1 << 63)])
def test_a_row_before_the_first_of_a_chain_is_noticed(
    tmp_path: Path, root_key: SecretValue, past: sqlite3.Connection, number: int
) -> None:
    past.execute(
        "INSERT INTO trail SELECT writer, ?, time, account_id, region, event, mac FROM trail WHERE seq = 1", (number,)
    )
    assert _noticed((tmp_path, root_key))
