"""A proxy that brings connections for known places elsewhere, and none else anywhere (RFC 9110, section 9.3.6)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

Place = tuple[str, int]


@contextmanager
def proxied(places: Mapping[Place, Place]) -> Iterator[str]:
    """Run on a thread while the block does; yields the proxy's URL. What is no place of `places` is refused."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(_Proxy(places).accept, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()


class _Proxy:
    def __init__(self, places: Mapping[Place, Place]) -> None:
        self._places = places

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one CONNECT, and carry bytes until either side ends."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        host, _, port = target.rpartition(":")
        meant = self._places.get((host, int(port))) if method == "CONNECT" else None
        with closing(writer):
            if meant is None:
                writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                return
            far_reader, far_writer = await asyncio.open_connection(*meant)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with closing(far_writer):
                both = (_carry(reader, far_writer), _carry(far_reader, writer))
                _, left = await asyncio.wait(map(asyncio.ensure_future, both), return_when=asyncio.FIRST_COMPLETED)
                for each in left:
                    each.cancel()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
