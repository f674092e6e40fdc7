"""Signed requests over HTTP from so many clients at once: how many a second, how long they took, what the server spent.

    python -m benchmarks.store_load URL PROCESS CLIENTS SECONDS OPERATION SECRETS

Run by `benchmarks/store.py`, in a process of its own so that the server has a core to itself. OPERATION is
`GetSecretValue`, `PutSecretValue` or `echo`; the secrets are `bench/0` to `bench/SECRETS-1`. The secret access key
comes from the environment. Requests are signed before the clock runs, a read many times sent (the server checks each
one) and a write once: what the load costs would be taken from the server, for the cores of most machines share one
another's caches and execution units. Prints JSON.
"""

from __future__ import annotations

import json
import os
import random
import selectors
import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from strongroom.wire.sigv4 import HttpRequest, Scope, sign

REGION = "us-east-1"
KEY_ID = "benchmark"
KEY_VARIABLE = "BENCHMARK_KEY"
_AGENT = "Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux lang/python#3.11"
_WARM_UP = 0.5
_MOST_SECRETS = 10_000
"""So many secrets are drawn to be read where there are more."""
_WRITES_A_SECOND = 4_000
"""So many writes are signed beforehand for each second; where more are needed, they are signed as they go."""
_AT_ONCE = 65_536
_LENGTH = b"content-length:"


@dataclass(frozen=True, kw_only=True)
class Requests:
    """Requests about secrets that are drawn, each signed for the host."""

    host: str
    operation: str
    secrets: int
    key: bytes

    def reads(self) -> Callable[[], bytes]:
        """Return what gives a request, the same one for the same secret."""
        known = range(self.secrets)
        drawn = known if self.secrets <= _MOST_SECRETS else random.sample(known, _MOST_SECRETS)
        signed = [self._signed({"SecretId": f"bench/{number}"}) for number in drawn]
        return lambda: random.choice(signed)

    def writes(self, count: int) -> Callable[[], bytes]:
        """Return what gives a request that was given to nobody before; `count` are made at once."""
        signed = [self._write() for _ in range(count)]
        return lambda: signed.pop() if signed else self._write()

    def _write(self) -> bytes:
        name = f"bench/{random.randrange(self.secrets)}"
        token = str(uuid.uuid4())
        return self._signed({"SecretId": name, "SecretString": uuid.uuid4().hex * 2, "ClientRequestToken": token})

    def _signed(self, asked: dict[str, str]) -> bytes:
        stamp, body = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}", json.dumps(asked).encode()
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


@dataclass(kw_only=True)
class Client:
    """One that sends a request, waits for its answer and sends the next, on one connection while that is kept."""

    host: str
    failed: int = 0
    started: float = 0.0
    _stream: socket.socket | None = field(default=None, init=False)
    _come: bytearray = field(default_factory=bytearray, init=False)

    def send(self, request: bytes) -> socket.socket | None:
        """Send a request; returns the connection where it is a new one."""
        fresh = None
        self.started = time.perf_counter()
        if self._stream is None:
            name, port = self.host.split(":")
            fresh = self._stream = socket.create_connection((name, int(port)))
            fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream.sendall(request)
        return fresh

    def take(self, until: selectors.BaseSelector) -> float | None:
        """Take what has come; returns how long the answer took once it is whole."""
        stream = self._stream
        if stream is None:
            raise SystemExit("something came on a connection that was closed")
        piece = stream.recv(_AT_ONCE)
        if not piece:
            raise SystemExit("the server hung up in the middle of an answer")
        self._come += piece
        end = self._come.find(b"\r\n\r\n")
        if end < 0 or len(self._come) < end + 4 + _length(head := bytes(self._come[:end]).lower()):
            return None
        took = time.perf_counter() - self.started
        self.failed += b" 200 " not in head[:16]
        self._come.clear()
        if b"connection: close" in head:
            until.unregister(stream)
            self.close()
        return took

    def close(self) -> None:
        """Hang up."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _length(head: bytes) -> int:
    place = head.index(_LENGTH) + len(_LENGTH)
    return int(head[place:].split(b"\r\n", 1)[0])


def answered(clients: list[Client], following: Callable[[], bytes], seconds: float) -> Iterator[float]:
    """Yield how long each answer took (seconds) until the time is up; all that were asked for are awaited."""
    until = time.perf_counter() + seconds
    waiting = len(clients)
    with selectors.DefaultSelector() as ready:

        def send(client: Client) -> None:
            if (fresh := client.send(following())) is not None:
                ready.register(fresh, selectors.EVENT_READ, client)

        for client in clients:
            send(client)
        while waiting:
            for key, _ in ready.select():
                client = key.data
                if (took := client.take(ready)) is None:
                    continue
                yield took
                if time.perf_counter() < until:
                    send(client)
                else:
                    waiting -= 1
    for client in clients:
        client.close()


def spent(process: int) -> float:
    """Return the seconds of CPU that a process and its children have spent (proc(5))."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    fields = [Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split() for each in (process, *children)]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def measure(host: str, following: Callable[[], bytes], process: int, count: int, seconds: float) -> dict[str, float]:
    """Return rate, CPU of the server for a request, and quantiles of the time it took (milliseconds)."""
    for _ in answered([Client(host=host) for _ in range(count)], following, _WARM_UP):
        pass
    clients = [Client(host=host) for _ in range(count)]
    before, started = spent(process), time.perf_counter()
    took = sorted(answered(clients, following, seconds))
    lasted, cpu = time.perf_counter() - started, spent(process) - before
    return {
        "rate": len(took) / lasted,
        "cpu_ms": cpu / len(took) * 1000,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "failed": sum(client.failed for client in clients),
    }


def main() -> None:
    """Run one load and print what it showed."""
    url, process, clients, seconds, operation, secrets = sys.argv[1:7]
    host = url.removeprefix("http://")
    requests = Requests(host=host, operation=operation, secrets=int(secrets), key=os.environ[KEY_VARIABLE].encode())
    lasting = float(seconds)
    ahead = int(_WRITES_A_SECOND * (lasting + _WARM_UP))
    following = requests.writes(ahead) if operation == "PutSecretValue" else requests.reads()
    print(json.dumps(measure(host, following, int(process), int(clients), lasting)))


if __name__ == "__main__":
    main()
