"""A real sshd for one test session: own host key, own port, own file of authorized keys, stopped at the end."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.testing.ports import free_port, until_it_listens

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SSHServer:
    """Where the server listens, and the file of the keys that it lets in; the account is ours."""

    host: str
    port: int
    username: str
    host_key: str
    authorized_keys: Path

    def let_in(self, public: str) -> None:
        """Add a line to the file."""
        with self.authorized_keys.open("a") as stream:
            stream.write(f"{public}\n")

    def accepts(self, private: str) -> bool:
        """Tell whether a login with a key works."""

        async def tried() -> bool:
            key = asyncssh.import_private_key(private)
            try:
                async with asyncssh.connect(
                    self.host, self.port, username=self.username, client_keys=[key], known_hosts=None, config=None,
                    agent_path=None, preferred_auth="publickey",
                ):  # fmt: skip
                    return True
            except asyncssh.PermissionDenied:
                return False

        return asyncio.run(tried())


@contextmanager
def running_sshd() -> Iterator[SSHServer]:
    """Start a server on a free port of this machine."""
    folder = Path(tempfile.mkdtemp(prefix="sshd", dir="/tmp"))
    binary = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    assert binary, "sshd is missing: run `sh tests/servers.sh`"
    try:
        server, config = _configured(folder)
        with subprocess.Popen(
            [binary, "-D", "-e", "-f", str(config)], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                until_it_listens(process, (server.host, server.port), within=_PATIENCE)
                yield server
            finally:
                process.terminate()
                process.wait(timeout=_PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configured(folder: Path) -> tuple[SSHServer, Path]:
    if os.geteuid() == 0:
        # Where sshd of Debian gives up its rights; the package makes it on start-up of the system.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port, key = free_port(), asyncssh.generate_private_key("ssh-ed25519")
    host_key, keys, config = folder / "host_key", folder / "authorized_keys", folder / "sshd_config"
    for path in (host_key, keys):
        path.touch(mode=0o600)
    host_key.write_bytes(key.export_private_key())
    config.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {host_key}\nAuthorizedKeysFile {keys}\nPidFile none\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
    )
    public = key.export_public_key().decode().strip()
    return (
        SSHServer(host="127.0.0.1", port=port, username=getpass.getuser(), host_key=public, authorized_keys=keys),
        config,
    )
