"""Where machines in clouds get their own credentials, however an address is written."""

from __future__ import annotations

import pytest

from strongroom.wire.metadata import gives_credentials


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_such_an_address_is_known_in_each_of_its_forms(address: str) -> None:
    assert gives_credentials(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "100.100.100.201", "2001:db8::1"])
def test_others_are_not_taken_for_one(address: str) -> None:
    assert not gives_credentials(address)
