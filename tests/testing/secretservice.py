"""A real Secret Service: gnome-keyring on a D-Bus session of its own, unlocked, with files of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import keyring
import keyring.core
import pytest


@contextmanager
def secret_service(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run a keyring while the block runs; yields the variables with which a child process reaches it, too."""
    for program in ("dbus-daemon", "gnome-keyring-daemon"):
        assert shutil.which(program), f"{program} is missing: run `sh tests/servers.sh`"
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    variables = {"XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(folder / "share"), "HOME": str(folder)}
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert bus.stdout is not None
    variables["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
    service = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert service.stdin is not None
        service.stdin.write(secrets.token_hex(8).encode())
        service.stdin.close()
        with pytest.MonkeyPatch.context() as patch:
            for name, text in variables.items():
                patch.setenv(name, text)
            _until_there(service, variables)
            keyring.core.init_backend()
            yield variables
    finally:
        for process in (service, bus):
            process.terminate()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()


def _until_there(service: subprocess.Popen[bytes], variables: Mapping[str, str]) -> None:
    """Wait until the service has its name on the bus: it says so by what it prints, or is asked."""
    for _ in range(200):
        asked = subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
             "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"],
            env={**os.environ, **variables}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "boolean true" in asked.stdout:
            return
        assert service.poll() is None, "gnome-keyring-daemon ended"
    raise AssertionError("gnome-keyring-daemon did not come")
