"""Has functions find this machine's certificate authorities at the path where Lambda has them.

AWS's templates for MySQL and MariaDB open that file for TLS, and fail where it is not there.
"""

from __future__ import annotations

import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LAMBDAS = "/etc/pki/tls/cert.pem"
_USUAL = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem")


def provide() -> None:
    """Have TLS contexts that are pointed at Lambda's file read this machine's, where there is no such file."""
    known = _known()
    if known is None or Path(LAMBDAS).exists():
        return
    usual = ssl.SSLContext.load_verify_locations

    def load(context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        usual(context, known if cafile == LAMBDAS else cafile, capath, cadata)

    ssl.SSLContext.load_verify_locations = load  # type: ignore[method-assign,assignment]


def _known() -> str | None:
    own = ssl.get_default_verify_paths().cafile
    botocore = find_spec("botocore")
    shipped = Path(botocore.origin).with_name("cacert.pem") if botocore is not None and botocore.origin else None
    places = (own, *_USUAL, shipped)
    return next((str(place) for place in places if place is not None and Path(place).is_file()), None)
