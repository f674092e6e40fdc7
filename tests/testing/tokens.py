"""Small HTTP services for tests: one that makes, tries and revokes tokens, one that changes a password when told."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return its body as JSON."""
        return json.loads(self.body or b"null")


@contextmanager
def answering(reply: Callable[[Asked], Reply]) -> Iterator[str]:
    """Serve what `reply` says on a free port of this machine, and give the URL."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(method=self.command, path=self.path, headers=headers, body=self.rfile.read(length))
            status, content = reply(asked)
            data = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the names that the library looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True)
class TokenService:
    """Tokens that are good; GitLab's way of rotating ends the one that asks."""

    good: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)

    def made(self) -> str:
        """Return a new good token."""
        token = f"tok-{secrets.token_hex(12)}"
        self.good.add(token)
        return token

    def reply(self, asked: Asked) -> Reply:
        """Answer as the described API and as GitLab's."""
        self.asked.append(asked)
        token = asked.headers.get("private-token") or asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.good:
            return 401, {"message": "401 Unauthorized"}
        path = asked.path.partition("?")[0]
        if asked.method == "POST" and path.endswith("/self/rotate"):
            self.good.discard(token)
            return 200, {"id": 7, "token": self.made(), "revoked": False}
        if asked.method == "POST":
            return 201, {"data": [{"secret": self.made()}], "id": 8, "token": self.made()}
        if asked.method == "DELETE":
            self.good.discard(token)
            return 204, None
        return 200, {"id": 7}


OVERLAPPING = {
    "create": {
        "method": "POST",
        "url": "{base_url}/tokens/{owner}",
        "headers": {"Authorization": "Bearer {token}"},
        "json": {"name": "{name}", "until": "{expires_on}"},
        "accept": [201],
        "token": "/data/0/secret",
        "keep": {"token_id": "/id"},
    },
    "test": {
        "method": "GET",
        "url": "{base_url}/me",
        "headers": {"Authorization": "Bearer {token}"},
        "accept": [200],
        "refuse": [401],
    },
    "revoke": {
        "method": "DELETE",
        "url": "{base_url}/tokens/self",
        "headers": {"Authorization": "Bearer {token}"},
        "accept": [204],
        "refuse": [401],
    },
}
"""An API where tokens overlap, as a secret describes it."""
