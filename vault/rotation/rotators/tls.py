"""Whom to trust when a server is spoken to over TLS: the system's authorities, or those that `SSL_CERT_FILE` names."""

from __future__ import annotations

import socket
import ssl
from functools import lru_cache


def authorities() -> str:
    """Return the file of trusted authorities; botocore's own where the system has none."""
    found = ssl.get_default_verify_paths().cafile
    if found is not None:
        return found
    from botocore.httpsession import get_cert_path

    return str(get_cert_path(True))


@lru_cache(maxsize=2)
def context(*, verified: bool) -> ssl.SSLContext:
    """Return how to speak TLS; without verification it only keeps listeners out, where nobody vouches for a server."""
    if verified:
        return ssl.create_default_context(cafile=authorities())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def listens(host: str, port: int, seconds: float) -> bool:
    """Tell whether anything takes connections there; nothing is sent."""
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except OSError:
        return False
    return True


def speaks_tls(host: str, port: int, seconds: float) -> bool:
    """Tell whether a server answers a greeting in TLS; nothing else is sent. One that cannot be reached does not."""
    try:
        with (
            socket.create_connection((host, port), timeout=seconds) as plain,
            context(verified=False).wrap_socket(plain, server_hostname=host),
        ):
            return True
    except OSError:
        return False
