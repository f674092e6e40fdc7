"""The socket that requests come in on."""

from __future__ import annotations

import socket

import pytest

from strongroom.kernel.errors import UsageError, VaultUnavailable
from vault.api.server import bind


def test_small_answers_do_not_wait_for_an_acknowledgement() -> None:
    with bind("127.0.0.1:0") as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("listen", ["8470", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:65536", ":1"])
def test_what_is_no_host_and_port_is_refused(listen: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        bind(listen)


def test_a_port_that_is_taken_is_named() -> None:
    with bind("127.0.0.1:0") as listener:
        taken = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(VaultUnavailable, match=taken):
            bind(taken)
