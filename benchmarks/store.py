"""Measures the store over HTTP with signed requests, side by side with moto's server and with an echo on our own.

    python -m benchmarks.store [--moto PROGRAM] [--secrets 100] [--seconds 3] [--clients 1 16 64] [--slow-flush 2]

PROGRAM is `moto_server` of an environment of its own. Every request of ours is authenticated, authorised, decrypted
and recorded before it is answered; moto's are none of these. Beside durable figures stands how often the disk flushes
4 KiB. With `--postgresql` a store in that database is measured beside the file, with one server and with two. With
`--slow-flush` each flush of our server takes so many milliseconds longer (a C compiler makes the shim). With `--alarms`
it is measured again with all alarms that are built in; every read is by the root, which one of them counts.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.store_load import KEY_ID, KEY_VARIABLE, REGION
from strongroom.kernel.clock import utc_now
from strongroom.kernel.secretvalue import SecretValue
from vault.config import STORE_VARIABLE, DataDir
from vault.domain.context import CallContext
from vault.domain.secret import SecretContent, ValueKind
from vault.initialise import NewStore, initialise
from vault.services.secrets import NewSecret

_ROOT = Path(__file__).parents[1]
_ACCOUNT = "123456789012"
_AT_ONCE = 500
_FLUSHES = 200
_WAIT_SECONDS = 20
_SLOW_FLUSH = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fdatasync(int fd) { usleep(DELAY); return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(fd); }
int fsync(int fd) { usleep(DELAY); return ((int (*)(int)) dlsym(RTLD_NEXT, "fsync"))(fd); }
"""


def main() -> None:
    """Start each server in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moto", type=Path)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database, without a password in its address")
    parser.add_argument("--secrets", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--alarms", action="store_true")
    parser.add_argument("--slow-flush", type=float, default=0, metavar="MILLISECONDS")
    wanted = parser.parse_args()
    key = secrets.token_hex(20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make_store(DataDir(path=folder / "vault"), key, wanted.secrets)
        print(f"{wanted.secrets} secrets; the disk flushes 4 KiB {_flush_rate(folder):.0f} times a second")
        print(f"{'':34}{'a second':>10}{'CPU ms':>10}{'p50 ms':>10}{'p99 ms':>10}")
        with _served(_echo()) as (url, process):
            _rows("echo", url, process, ("echo",), wanted, key)
        with _served(_ours(folder / "vault")) as (url, process):
            _rows("strongroom", url, process, ("GetSecretValue", "PutSecretValue"), wanted, key)
        if wanted.alarms:
            subprocess.run(
                _strongroom("vault", "alarm", "enable", "--all", "--data-dir", str(folder / "vault")), check=True
            )
            with _served(_ours(folder / "vault")) as (url, process):
                _rows("strongroom, alarms", url, process, ("GetSecretValue",), wanted, key)
        if wanted.slow_flush:
            shim = _slow_flush(folder, wanted.slow_flush)
            with _served(_ours(folder / "vault"), LD_PRELOAD=str(shim)) as (url, process):
                label = f"strongroom, flush +{wanted.slow_flush:g} ms"
                _rows(label, url, process, ("GetSecretValue", "PutSecretValue"), wanted, key)
        if wanted.postgresql:
            _on_postgresql(folder / "shared", wanted, key)
        if wanted.moto:
            with _served([str(wanted.moto), "-H", "127.0.0.1", "-p"]) as (url, process):
                _fill_moto(url, wanted.secrets)
                _rows("moto", url, process, ("GetSecretValue", "PutSecretValue"), wanted, key)


def _on_postgresql(folder: Path, wanted: argparse.Namespace, key: str) -> None:
    _make_store(DataDir(path=folder, store=wanted.postgresql), key, wanted.secrets)
    named = {STORE_VARIABLE: wanted.postgresql}
    operations = ("GetSecretValue", "PutSecretValue")
    with _served(_ours(folder), **named) as (url, process):
        _rows("postgresql", url, process, operations, wanted, key)
        with _served(_ours(folder), **named) as (other, _):
            busy = _start_load(other, wanted, key)
            _rows("postgresql, one of two", url, process, operations, wanted, key)
            busy.kill()


def _start_load(url: str, wanted: argparse.Namespace, key: str) -> subprocess.Popen[bytes]:
    """Keep another server busy with reads."""
    words = [url, os.getpid(), max(wanted.clients), 3600, "GetSecretValue", wanted.secrets]
    command = [sys.executable, "-m", "benchmarks.store_load", *map(str, words)]
    return subprocess.Popen(command, cwd=_ROOT, env={**os.environ, KEY_VARIABLE: key}, stdout=subprocess.DEVNULL)


def _rows(label: str, url: str, process: int, operations: Sequence[str], wanted: argparse.Namespace, key: str) -> None:
    for operation in operations:
        for clients in wanted.clients:
            told = _load(url, process, clients, wanted.seconds, operation, wanted.secrets, key)
            kind = {"GetSecretValue": "get", "PutSecretValue": "put"}.get(operation, "")
            named = f"{label} {kind} {clients}"
            failed = f"  {told['failed']:.0f} failed" if told["failed"] else ""
            figures = (f"{told[name]:>10.{places}f}" for name, places in _FIGURES)
            print(f"{named:34}{''.join(figures)}{failed}", flush=True)


_FIGURES = (("rate", 0), ("cpu_ms", 3), ("p50_ms", 1), ("p99_ms", 1))


def _load(
    url: str, process: int, clients: int, seconds: float, operation: str, count: int, key: str
) -> dict[str, float]:
    words = [url, process, clients, seconds, operation, count]
    command = [sys.executable, "-m", "benchmarks.store_load", *map(str, words)]
    environment = {**os.environ, KEY_VARIABLE: key}
    done = subprocess.run(command, cwd=_ROOT, env=environment, check=True, capture_output=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _make_store(place: DataDir, key: str, count: int) -> None:
    from vault.bootstrap import open_vault

    new = NewStore(account_id=_ACCOUNT, regions=(REGION,), root_key_id=KEY_ID, root_secret=SecretValue(key))
    initialise(place, new, utc_now())
    vault = open_vault(place)
    for first in range(0, count, _AT_ONCE):
        with vault.store.transaction() as tx:
            made = vault.regions[REGION].own_services(tx).secrets
            for number in range(first, min(first + _AT_ONCE, count)):
                content = SecretContent(kind=ValueKind.STRING, value=SecretValue(secrets.token_hex(32)))
                asked = NewSecret(name=f"bench/{number}", token=str(uuid.uuid4()), content=content)
                made.create(_context(), asked)
                # The first read of a day is noted in the secret; what is measured are the others.
                made.get_value(_context(), asked.name)
    vault.close()


def _context() -> CallContext:
    return CallContext(
        account_id=_ACCOUNT,
        region=REGION,
        principal_arn=f"arn:aws:iam::{_ACCOUNT}:root",
        access_key_id=KEY_ID,
        request_id=str(uuid.uuid4()),
        now=utc_now(),
    )


def _fill_moto(url: str, count: int) -> None:
    import boto3

    client = boto3.client(
        "secretsmanager", endpoint_url=url, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    for number in range(count):
        client.create_secret(Name=f"bench/{number}", SecretString=secrets.token_hex(32))


def _ours(folder: Path) -> list[str]:
    return _strongroom("serve", "--data-dir", str(folder), "--listen")


def _strongroom(*words: str) -> list[str]:
    return [sys.executable, "-I", "-m", "strongroom", *words]


def _echo() -> list[str]:
    return [sys.executable, "-m", "benchmarks.store_echo"]


@contextmanager
def _served(command: list[str], **variables: str) -> Iterator[tuple[str, int]]:
    """Start a server on a free port, which is the last word of its command; yields its URL and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    last = f"127.0.0.1:{port}" if command[-1] == "--listen" else str(port)
    environment = {**os.environ, **variables}
    server = subprocess.Popen(
        [*command, last], cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(timeout=_WAIT_SECONDS)


def _wait(url: str) -> None:
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        with suppress(OSError):
            try:
                urllib.request.urlopen(url, timeout=1).close()
            except urllib.error.HTTPError:
                return
            return
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def _flush_rate(folder: Path) -> float:
    with (folder / "flush").open("wb") as stream:
        started = time.perf_counter()
        for _ in range(_FLUSHES):
            stream.write(os.urandom(4096))
            stream.flush()
            os.fdatasync(stream.fileno())
        return _FLUSHES / (time.perf_counter() - started)


def _slow_flush(folder: Path, milliseconds: float) -> Path:
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(_SLOW_FLUSH)
    delay = f"-DDELAY={int(milliseconds * 1000)}"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", delay, "-o", str(library), str(source), "-ldl"], check=True)
    return library


if __name__ == "__main__":
    main()
