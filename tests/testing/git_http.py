"""Git over HTTP on this machine: git's own `http-backend` behind a web server that wants a password."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.testing.stub import Answer, Asked, Stub, serving


@contextmanager
def serving_git(folder: Path, password: str) -> Iterator[Stub]:
    """Serve the bare repositories below `folder` to whoever has `password`, under any name."""

    def answer(asked: Asked) -> Answer:
        if _password(asked.headers.get("Authorization", "")) != password:
            return Answer(status=401, body=b"who is it?\n", headers={"WWW-Authenticate": 'Basic realm="git"'})
        return _backend(folder, asked)

    with serving(answer) as stub:
        yield stub


def _password(header: str) -> str:
    scheme, _, coded = header.partition(" ")
    return base64.b64decode(coded).decode().partition(":")[2] if scheme == "Basic" else ""


def _backend(folder: Path, asked: Asked) -> Answer:
    """Run the CGI program (git-http-backend(1)) on one request."""
    parts = urlsplit(asked.target)
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "REMOTE_USER": "whoever",
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": asked.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"], env=environment, input=asked.body, stdout=subprocess.PIPE, check=True
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return Answer(status=int(headers.pop("Status", "200").split()[0]), body=body, headers=headers)
