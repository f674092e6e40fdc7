"""Signed requests over HTTP from so many clients at once: how many a second, how long they took, what the server spent.

    python -m benchmarks.store_load URL PROCESS CLIENTS SECONDS OPERATION SECRETS [KEY]

Run by `benchmarks/store.py`, in a process of its own so that the server has a core to itself. OPERATION is
`GetSecretValue`, `PutSecretValue` or `echo`; the secrets are `bench/0` to `bench/SECRETS-1`. The secret access key
comes from the environment. A request is signed once a second and sent many times; the server checks each one.
Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from strongroom.wire.sigv4 import HttpRequest, Scope, sign

REGION = "us-east-1"
KEY_ID = "benchmark"
KEY_VARIABLE = "BENCHMARK_KEY"
_AGENT = "Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux lang/python#3.11"
_WARM_UP = 0.5
_MOST_SIGNED = 20_000


@dataclass(kw_only=True)
class Load:
    """The requests of one run."""

    host: str
    operation: str
    secrets: int
    key: bytes
    signed: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    failed: int = 0

    def next(self) -> bytes:
        """Return a request about a secret that is drawn."""
        asked = {"SecretId": f"bench/{random.randrange(self.secrets)}"}
        if self.operation == "PutSecretValue":
            asked |= {"SecretString": uuid.uuid4().hex * 2, "ClientRequestToken": str(uuid.uuid4())}
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        place = (stamp, json.dumps(asked).encode())
        if place not in self.signed:
            if len(self.signed) > _MOST_SIGNED:
                self.signed.clear()
            self.signed[place] = self._signed(*place)
        return self.signed[place]

    def _signed(self, stamp: str, body: bytes) -> bytes:
        operation = "GetSecretValue" if self.operation == "echo" else self.operation
        headers = (
            ("content-type", "application/x-amz-json-1.1"),
            ("host", self.host),
            ("user-agent", _AGENT),
            ("x-amz-date", stamp),
            ("x-amz-target", f"secretsmanager.{operation}"),
        )
        request = HttpRequest(method="POST", path="/", query="", headers=headers, body=body)
        scope = Scope(date=stamp[:8], region=REGION, service="secretsmanager")
        proof = sign(request, access_key_id=KEY_ID, secret_key=self.key, scope=scope, stamp=stamp)
        lines = [*headers, ("authorization", proof), ("content-length", str(len(body)))]
        return (
            "".join(["POST / HTTP/1.1\r\n", *(f"{name}: {text}\r\n" for name, text in lines), "\r\n"]).encode() + body
        )


async def client(load: Load, until: float, took: list[float]) -> None:
    """Send one request after another until the time is up, on one connection for as long as the server keeps it."""
    name, port = load.host.split(":")
    stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while time.perf_counter() < until:
        request = load.next()
        started = time.perf_counter()
        reader, writer = stream = stream or await asyncio.open_connection(name, int(port))
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.index(b"content-length:") + len(b"content-length:")
        await reader.readexactly(int(head[length : head.index(b"\r\n", length)]))
        took.append(time.perf_counter() - started)
        load.failed += b" 200 " not in head[:16]
        if b"connection: close" in head:
            writer.close()
            stream = None
    if stream is not None:
        stream[1].close()


def spent(process: int) -> float:
    """Return the seconds of CPU that a process and its children have spent (proc(5))."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    fields = [Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split() for each in (process, *children)]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


async def measure(load: Load, process: int, clients: int, seconds: float) -> dict[str, float]:
    """Return rate, CPU of the server for a request, and quantiles of the time it took (milliseconds)."""

    async def together(lasting: float, took: list[float]) -> None:
        until = time.perf_counter() + lasting
        await asyncio.gather(*(client(load, until, took) for _ in range(clients)))

    await together(_WARM_UP, [])
    took: list[float] = []
    load.failed, before, started = 0, spent(process), time.perf_counter()
    await together(seconds, took)
    lasted, cpu = time.perf_counter() - started, spent(process) - before
    took.sort()
    return {
        "rate": len(took) / lasted,
        "cpu_ms": cpu / len(took) * 1000,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "failed": load.failed,
    }


def main() -> None:
    """Run one load and print what it showed."""
    url, process, clients, seconds, operation, secrets = sys.argv[1:7]
    load = Load(
        host=url.removeprefix("http://"),
        operation=operation,
        secrets=int(secrets),
        key=os.environ[KEY_VARIABLE].encode(),
    )
    try:
        import uvloop

        run = uvloop.run
    except ImportError:
        run = asyncio.run
    print(json.dumps(run(measure(load, int(process), int(clients), float(seconds)))))


if __name__ == "__main__":
    main()
