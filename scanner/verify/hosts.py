"""Which hosts may be asked: those of our rules, and those that people named; and which addresses never."""

from __future__ import annotations

import re
from collections.abc import Iterable

from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record
from strongroom.wire.loopback import is_loopback
from strongroom.wire.metadata import gives_credentials, meant

_PLACE = re.compile(
    r"(?:(?P<provider>[a-z0-9]+(?:-[a-z0-9]+)*)=)?(?:(?P<scheme>https?)://)?"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,251}[A-Za-z0-9_])?)(?::(?P<port>[0-9]{1,5}))?/?"
)
_MOST_PORT = 65535


class Place(Record):
    """A host that people named; without a port, each of its ports."""

    host: str
    port: int | None = None
    scheme: str = "https"


class Hosts(Record):
    """What may be asked beyond the hosts that our rules hold."""

    allowed: tuple[Place, ...] = ()
    """Where findings may point to."""
    instead: tuple[tuple[str, Place], ...] = ()
    """Where credentials of a provider are tried, in place of the provider's own host."""

    def allows(self, host: str, port: int) -> bool:
        """Tell whether a host that a finding names may be asked."""
        return any(one.host == host.lower() and one.port in (None, port) for one in self.allowed)

    def of_rule(self, rule_id: str) -> list[Place]:
        """Return where people want the credentials of a rule to be tried; nothing where they said nothing."""
        return [place for provider, place in self.instead if f"{rule_id}-".startswith(f"{provider}-")]

    def permits(self, address: str) -> bool:
        """Tell whether a name may lead to an IP address: not where a cloud's machine gets credentials of its own."""
        if not gives_credentials(address):
            return True
        return any(one.host in (address, *map(str, meant(address))) for one in self._named())

    def _named(self) -> Iterable[Place]:
        return (*self.allowed, *(place for _, place in self.instead))


def read_hosts(texts: Iterable[str]) -> Hosts:
    """Return what `--verify-host` says: `HOST[:PORT]` or `PROVIDER=HOST[:PORT]`. Raises `UsageError`."""
    allowed: list[Place] = []
    instead: list[tuple[str, Place]] = []
    for text in texts:
        match = _PLACE.fullmatch(text)
        if match is None or int(match["port"] or 1) not in range(1, _MOST_PORT + 1):
            raise UsageError(
                f"--verify-host {text} is no host", hint="write it as HOST, HOST:PORT or PROVIDER=HOST[:PORT]"
            )
        place = _place(match, text)
        if match["provider"]:
            instead.append((match["provider"], place))
        else:
            allowed.append(place)
    return Hosts(allowed=tuple(allowed), instead=tuple(instead))


def _place(match: re.Match[str], text: str) -> Place:
    host = match["host"].strip("[]").lower()
    if match["scheme"] and not match["provider"]:
        raise UsageError(f"--verify-host {text}: a host alone has no scheme", hint="write it as HOST or HOST:PORT")
    if match["scheme"] == "http" and not is_loopback(host):
        raise UsageError(
            f"--verify-host {text}: a value is sent without TLS to this machine only",
            hint="leave http:// away",
        )
    return Place(host=host, port=int(match["port"]) if match["port"] else None, scheme=match["scheme"] or "https")
