"""No value stands in any file of the store, in whatever spelling."""

from __future__ import annotations

import base64
import secrets
import urllib.parse
from pathlib import Path

from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import Authorization, HttpRequest, Scope
from tests.testing.vault_bench import Bench
from vault.api.response import Response
from vault.domain.secret import secret_content
from vault.initialise import AccessKey
from vault.services.keyring import Keyring
from vault.services.secrets import NewSecret
from vault.storage.identities import Identity


def _spellings(value: bytes) -> list[bytes]:
    shifted = (base64.b64encode(b"x" * shift + value)[4:-4] for shift in range(3))
    return [
        value,
        value.hex().encode(),
        value.hex().upper().encode(),
        *shifted,
        urllib.parse.quote_from_bytes(value, safe="").encode(),
        value[::-1],
        value.decode().encode("utf-16-le"),
    ]


def _assert_absent(folder: Path, values: list[bytes]) -> None:
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        for value in values:
            assert not any(spelling in content for spelling in _spellings(value)), file.name


def test_no_value_is_found_in_database_or_write_ahead_log(tmp_path: Path, bench: Bench) -> None:
    values = [f"canary/{secrets.token_hex(16)}?&".encode() for _ in range(6)]
    bench.call("CreateSecret", Name="text", SecretString=values[0].decode())
    bench.call("PutSecretValue", SecretId="text", SecretString=values[1].decode())
    bench.call("UpdateSecret", SecretId="text", SecretString=values[2].decode())
    bench.call("CreateSecret", Name="binary", SecretBinary=values[3])
    bench.call("DeleteSecret", SecretId="binary", ForceDeleteWithoutRecovery=True)
    bench.value("text")
    password = bench.call("GetRandomPassword", ExcludePunctuation=True)["RandomPassword"].encode()
    keyring = Keyring(bench.store)
    with bench.store.transaction() as tx:
        sealed = keyring.seal_access_key("AKID", "123456789012", SecretValue(values[4]))
        tx.identities.add(
            Identity(access_key_id="AKID", account_id="123456789012", user_arn="arn:x", sealed_secret=sealed)
        )
    _assert_absent(tmp_path, [*values, password])
    bench.store.close()
    _assert_absent(tmp_path, [*values, password])


def test_no_key_is_found_in_the_database(tmp_path: Path, bench: Bench, root_key: SecretValue) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    content = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert root_key.reveal() not in content
    assert base64.b64encode(root_key.reveal()) not in content


def test_a_purged_secret_leaves_no_data_key_behind(tmp_path: Path, bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n", SecretString="v")["ARN"]
    version = next(iter(bench.stages("n")))
    with bench.store.transaction() as tx:
        wrapped = tx.secrets.find_version(arn, version).wrapped_key
    bench.call("DeleteSecret", SecretId="n", RecoveryWindowInDays=7)
    bench.pass_time(days=7)
    with bench.services() as services:
        services.secrets.purge(bench.now)
    bench.store.close()
    assert wrapped not in b"".join(each.read_bytes() for each in tmp_path.iterdir())


def _sealed(bench: Bench, arn: str) -> list[bytes]:
    """Return wrapped data key and payload of every version of a secret."""
    with bench.store.transaction() as tx:
        found = [tx.secrets.find_version(arn, version) for version in tx.secrets.version_ids(arn)]
    return [part for each in found for part in (each.wrapped_key, each.payload)]


def test_what_was_deleted_for_good_leaves_the_files_of_an_open_store(tmp_path: Path, bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n", SecretString="v" * 20_000)["ARN"]
    bench.call("PutSecretValue", SecretId="n", SecretString="w")
    gone = _sealed(bench, arn)
    bench.store.checkpoint()
    bench.call("DeleteSecret", SecretId="n", ForceDeleteWithoutRecovery=True)
    bench.store.checkpoint()
    files = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert not any(part in files or part[-64:] in files for part in gone)


def test_nothing_that_is_handed_around_shows_a_value_when_it_is_printed() -> None:
    value = secrets.token_hex(16)
    request = HttpRequest(
        method="POST", path="/", query="", headers=(("x-amz-security-token", value),), body=value.encode()
    )
    content = secret_content(value, None)
    shown = [
        request,
        Response(status=200, headers=(), body=value.encode()),
        content,
        NewSecret(name="n", token="t", content=content),
        AccessKey(access_key_id="k", secret=SecretValue(value), account_id="1", region="r", token=SecretValue(value)),
        Authorization(
            access_key_id="k", scope=Scope(date="d", region="r", service="s"), signed_headers=(), signature="s",
            stamp="t", session_token=value,
        ),
    ]  # fmt: skip
    assert value not in repr(shown)
