"""What is written at one time leaves in one piece."""

from __future__ import annotations

import asyncio

from vault.api.server import WholeWrites


class Transport:
    """What a socket would be given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        """Take a piece."""
        self.sent.append(data)

    def close(self) -> None:
        """Hang up."""
        self.closed = True

    def is_closing(self) -> bool:
        """Tell whether it was hung up."""
        return self.closed

    def get_write_buffer_size(self) -> int:
        """Tell what was not taken."""
        return 7


async def _written(*pieces: bytes) -> tuple[Transport, WholeWrites]:
    transport = Transport()
    whole = WholeWrites(transport, asyncio.get_running_loop())  # type: ignore[arg-type]
    for piece in pieces:
        whole.write(piece)
    return transport, whole


def test_head_and_body_are_one_piece() -> None:
    async def run() -> list[bytes]:
        transport, _ = await _written(b"head", b"body")
        assert transport.sent == []
        await asyncio.sleep(0)
        return transport.sent

    assert asyncio.run(run()) == [b"headbody"]


def test_what_is_written_later_is_another_piece() -> None:
    async def run() -> list[bytes]:
        transport, whole = await _written(b"one")
        await asyncio.sleep(0)
        whole.write(b"two")
        await asyncio.sleep(0)
        return transport.sent

    assert asyncio.run(run()) == [b"one", b"two"]


def test_nothing_is_lost_when_the_connection_is_closed_at_once() -> None:
    async def run() -> Transport:
        transport, whole = await _written(b"last words")
        whole.close()
        await asyncio.sleep(0)
        return transport

    transport = asyncio.run(run())
    assert (transport.sent, transport.closed) == ([b"last words"], True)


def test_what_is_kept_counts_as_not_taken_yet() -> None:
    async def run() -> tuple[int, list[bytes]]:
        transport, whole = await _written(b"answer")
        return whole.get_write_buffer_size(), transport.sent

    assert asyncio.run(run()) == (7, [b"answer"])
