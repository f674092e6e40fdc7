"""TLS of the endpoint: the server's certificate, looked at before it is used, and read anew when that is asked for."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from strongroom.kernel.errors import UsageError

_OTHERS = 0o007
_log = logging.getLogger("strongroom.serve")


class ServerTls:
    """A certificate with its chain, and its private key, both in PEM. TLS 1.2 is the least that is spoken."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raise `UsageError` for files that cannot be used together, or a key that everybody can read."""
        self._certificate = certificate
        self._key = key
        self.context = self._loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])

    def reload(self) -> None:
        """Read the files anew: connections from now on get them. Where they cannot be used, the old ones stay."""
        try:
            # Tried aside first: half of it loaded, the context would have a key that is not its certificate's.
            self._loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            self._loaded(self.context)
        except UsageError as error:
            _log.error("the certificate was not read anew: %s", error.message)
        else:
            _log.warning("the certificate was read anew")

    def _loaded(self, context: ssl.SSLContext) -> ssl.SSLContext:
        try:
            if self._key.stat().st_mode & _OTHERS:
                raise UsageError(f"{self._key} is open to other users", hint=f"chmod 600 {self._key}")
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except ssl.SSLError as error:
            reason = (error.reason or "no PEM").replace("_", " ").lower()
            raise UsageError(f"{self._certificate} and {self._key} are no certificate and its key: {reason}") from None
        except OSError as error:
            place = error.filename or self._certificate
            raise UsageError(f"{place} cannot be read: {error.strerror}") from None
        return context


def _no_password() -> str:
    raise UsageError("the TLS key is encrypted", hint="give a key without a passphrase, readable by the server alone")
