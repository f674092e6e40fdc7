"""Ordinary botocore clients whose requests never leave the process: `before-send` hands them to the store.

Traps (each met): header values are bytes; `Host` is signed but absent and must be derived from the URL; the body is
bytes, text or None; an exception in the handler would escape raw, so what answers never raises; botocore's debug log
prints request bodies, so its loggers are capped.
"""

from __future__ import annotations

import functools
import io
import logging
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from strongroom.wire.sigv4 import HttpRequest
from vault.api.response import Response
from vault.api.spec import OWN_MODELS
from vault.initialise import AccessKey

ENDPOINT = "https://vault.strongroom.invalid"


Answer = Callable[[HttpRequest, str], Response]


def client(answer: Answer, service: str, key: AccessKey, region: str) -> Any:
    """Return a client of `service` that signs with `key` (long-lived or temporary) and is answered by `answer`."""
    for name in ("botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.INFO)
    session = _session()
    made = session.create_client(
        service,
        region_name=region,
        endpoint_url=ENDPOINT,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret.reveal_text(),
        aws_session_token=None if key.token is None else key.token.reveal_text(),
        config=Config(retries={"total_max_attempts": 1}),
    )
    made.meta.events.register("before-send", _answering(answer))
    return made


@functools.lru_cache(maxsize=1)
def _session() -> Any:
    """Return a session that looks at nothing of the user's AWS configuration: no profile, no files."""
    nowhere = (None, None, os.devnull, None)
    ours = {"profile": (None, None, None, None), "config_file": nowhere, "credentials_file": nowhere}
    session = botocore.session.Session(session_vars=ours)
    session.get_component("data_loader").search_paths.append(OWN_MODELS)
    return session


def _answering(answer: Answer) -> Callable[..., AWSResponse]:
    def answered(request: Any, **_: Any) -> AWSResponse:
        return _aws_response(request.url, answer(http_request(request), "127.0.0.1"))

    return answered


def http_request(prepared: Any) -> HttpRequest:
    """Return botocore's prepared request as it would have come over the wire."""
    url = urlsplit(prepared.url)
    headers = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", url.netloc))
    return HttpRequest(
        method=prepared.method,
        path=url.path or "/",
        query=url.query,
        headers=tuple(headers),
        body=_bytes(prepared.body),
        secure=True,
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode("utf-8") if isinstance(body, str) else bytes(body)


class _Raw(io.BytesIO):
    """What botocore reads a body from."""

    def stream(self, **_: Any) -> Any:
        """Yield the body in one piece."""
        yield self.read()


def _aws_response(url: str, response: Response) -> AWSResponse:
    return AWSResponse(url, response.status, HTTPHeaders.from_dict(dict(response.headers)), _Raw(response.body))
