"""Which hosts may be asked: those of our rules, and those that people named; and which addresses never."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record

_PLACE = re.compile(
    r"(?:(?P<provider>[a-z0-9]+(?:-[a-z0-9]+)*)=)?(?:(?P<scheme>https?)://)?"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,251}[A-Za-z0-9_])?)(?::(?P<port>[0-9]{1,5}))?/?"
)
_LOOPBACK_NAME = "localhost"
_MOST_PORT = 65535
_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
_BESIDE = ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
_METADATA = tuple(ipaddress.ip_network(network) for network in (*_LINK_LOCAL, *_BESIDE))
"""Where machines in clouds get their own credentials: link-local networks (RFC 3927, RFC 4291), and addresses beside
them of EC2 and Google in IPv6, of Alibaba, Oracle and Azure.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
"""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that a translator turns into those of IPv4 (RFC 6052, section 2.1)."""


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
        meant = _meant(address)
        if not any(one in network for one in meant for network in _METADATA):
            return True
        return any(one.host in (address, *map(str, meant)) for one in self._named())

    def _named(self) -> Iterable[Place]:
        return (*self.allowed, *(place for _, place in self.instead))


def _meant(address: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return an address, and the one of IPv4 that stands in it if any."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return [found]
    translated = ipaddress.IPv4Address(found.packed[-4:]) if found in _NAT64 else None
    return [found, *(one for one in (found.ipv4_mapped, found.sixtofour, translated) if one is not None)]


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
    if match["scheme"] == "http" and not _is_loopback(host):
        raise UsageError(
            f"--verify-host {text}: a value is sent without TLS to this machine only",
            hint="leave http:// away",
        )
    return Place(host=host, port=int(match["port"]) if match["port"] else None, scheme=match["scheme"] or "https")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == _LOOPBACK_NAME
