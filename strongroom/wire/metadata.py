"""Where machines in clouds get their own credentials: addresses that nothing of ours is to be led to.

Link-local networks (RFC 3927, RFC 4291), and addresses beside them of EC2 and Google in IPv6, of Alibaba, Oracle and
Azure:

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
_BESIDE = ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
_METADATA = tuple(ip_network(network) for network in (*_LINK_LOCAL, *_BESIDE))
_NAT64 = ip_network("64:ff9b::/96")
"""Addresses that a translator turns into those of IPv4 (RFC 6052, section 2.1)."""


def meant(address: str) -> list[IPv4Address | IPv6Address]:
    """Return an IP address, and the one of IPv4 that stands in it if any. Raises `ValueError` for what is none."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv4Address):
        return [found]
    translated = IPv4Address(found.packed[-4:]) if found in _NAT64 else None
    return [found, *(one for one in (found.ipv4_mapped, found.sixtofour, translated) if one is not None)]


def gives_credentials(address: str) -> bool:
    """Tell whether a cloud's machine gets credentials of its own at an IP address. Raises `ValueError` as `meant`."""
    return any(one in network for one in meant(address) for network in _METADATA)
