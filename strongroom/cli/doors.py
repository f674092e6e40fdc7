"""The doors of a running server below `/_strongroom/`: where it is, and what is sent to one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from strongroom.kernel.errors import UsageError, VaultUnavailable

OK, REFUSED, WANTED, DENIED, TOO_MANY = 200, 400, 401, 403, 429


def server_url(given: str | None) -> str:
    """Return the server that is named, or the one of the environment, or the usual one. Raises `UsageError`."""
    from vault.config import DEFAULT_LISTEN

    url = given or configured_url() or f"http://{DEFAULT_LISTEN}"
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UsageError(f"--vault {url} is not the URL of a server", hint=f"for instance http://{DEFAULT_LISTEN}")
    return url.rstrip("/")


def configured_url() -> str:
    """Return the endpoint that the environment names, nothing where it names none."""
    return os.environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or os.environ.get("AWS_ENDPOINT_URL") or ""


def require_private(url: str) -> None:
    """Raise `UsageError` where what is sent could be read on its way."""
    from strongroom.wire.loopback import is_loopback

    if urlsplit(url).scheme != "https" and not is_loopback(urlsplit(url).hostname or ""):
        raise UsageError(f"{url} would carry it over the network as it is", hint="use https, or do it on its machine")


def post(url: str, name: str, content: Mapping[str, Any], signers: Sequence[Any] = ()) -> tuple[int, dict[str, Any]]:
    """Send `content` to a door of the server, signed by `signers`, of which there is one at most; return what it says.

    Raises `VaultUnavailable` where it cannot be reached.
    """
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import URLLib3Session

    request = AWSRequest("POST", f"{url}/_strongroom/{name}", data=json.dumps(content).encode())
    for signer in signers:
        signer.add_auth(request)
    verify: Any = os.environ.get("AWS_CA_BUNDLE") or True
    try:
        answer = URLLib3Session(verify=verify, timeout=60).send(request.prepare())
    except BotoCoreError:
        raise VaultUnavailable(
            f"{url} cannot be reached", hint="check that it is served, and for https AWS_CA_BUNDLE"
        ) from None
    return answer.status_code, _object(answer.content, url)


def _object(body: bytes, url: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise VaultUnavailable(f"{url} is no server of a vault")
    return found
