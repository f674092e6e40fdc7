"""A real RabbitMQ for one test session: own folder, own ports, own node, stopped and removed at the end."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.testing.ports import free_port, until_it_listens

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitMQServer:
    """Where the broker and its management API listen; `admin` is an administrator."""

    host: str
    port: int
    management_port: int
    admin: str
    password: str

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Ask the management API as the administrator; return what it answers."""
        request = urllib.request.Request(
            f"http://{self.host}:{self.management_port}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        pair = b64encode(f"{self.admin}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return json.loads(answer.read() or b"null")

    def create_user(self, name: str, password: str) -> None:
        """Create a user without tags who may read and write what begins with `shop`."""
        self.api("PUT", f"users/{quote(name, safe='')}", {"password": password, "tags": ""})
        rights = {"configure": "", "write": "^shop", "read": "^shop"}
        self.api("PUT", f"permissions/%2F/{quote(name, safe='')}", rights)


@contextmanager
def running_rabbitmq() -> Iterator[RabbitMQServer]:
    """Start a broker on free ports of this machine, with one administrator of a random password."""
    folder = Path(tempfile.mkdtemp(prefix="rabbit", dir="/tmp"))
    port, management_port, password = free_port(), free_port(), secrets.token_hex(12)
    environment = _environment(folder, port, management_port, password)
    try:
        with subprocess.Popen(
            [_script()], env=environment, cwd="/",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                until_it_listens(process, ("127.0.0.1", management_port), within=_PATIENCE)
                until_it_listens(process, ("127.0.0.1", port), within=_PATIENCE)
                yield RabbitMQServer(
                    host="127.0.0.1", port=port, management_port=management_port, admin="admin", password=password
                )
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=_PATIENCE)
                # The daemon that knows the nodes outlives them.
                subprocess.run(["epmd", "-kill"], env=environment, check=False, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _script() -> str:
    """Return the broker's own script; the one in PATH would change to its system user."""
    found = next(iter(sorted(Path("/usr/lib/rabbitmq").glob("**/sbin/rabbitmq-server"))), None)
    assert found, "rabbitmq-server is missing: run `sh tests/servers.sh`"
    return str(found)


def _environment(folder: Path, port: int, management_port: int, password: str) -> dict[str, str]:
    settings = folder / "rabbitmq.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"listeners.tcp.default = 127.0.0.1:{port}\n"
        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management_port}\n"
        f"default_user = admin\ndefault_pass = {password}\n"
        "default_user_tags.administrator = true\n"
    )
    plugins = folder / "plugins"
    plugins.write_text("[rabbitmq_management].\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(settings),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # So that the daemon may be stopped right after the node.
        "ERL_EPMD_RELAXED_COMMAND_CHECK": "true",
    }
