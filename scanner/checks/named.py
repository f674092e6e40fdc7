"""The checks by the names that rules call them by. A check's module is imported when a value first needs it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from scanner.checks.outcome import Outcome

Check = Callable[[bytes], Outcome | None]
"""Takes a value, answers what its format shows; None where it shows nothing either way."""

_MODULES = {
    "github-crc32": "checksums",
    "gitlab-crc32": "checksums",
    "grafana-crc32": "checksums",
    "bech32": "checksums",
    "base58check": "checksums",
    "pypi-macaroon": "macaroon",
    "aws-account": "aws",
    "jwt": "structure",
    "base64-json": "structure",
    "discord-user": "structure",
    "private-key": "keyfile",
}
NAMES = tuple(_MODULES)


def check(name: str, value: bytes) -> Outcome | None:
    """Return what the check `name` says of `value`. Raises `KeyError` for a name that is none."""
    module = import_module(f"scanner.checks.{_MODULES[name]}")
    run: Check = module.CHECKS[name]
    return run(value)
