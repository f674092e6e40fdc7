"""Which hosts may be asked: what people named, and nothing that a repository says."""

from __future__ import annotations

import socket

import pytest

from scanner.model import Verified
from scanner.rulebook.verifying import read_verifier
from scanner.verify.base import Unreachable
from scanner.verify.hosts import Place, read_hosts
from scanner.verify.http import ask
from scanner.verify.messages import Origin, Request
from scanner.verify.reach import Reach
from scanner.verify.wire import Transport
from strongroom.kernel.errors import UsageError
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import near, question, reach_to

BESIDE = read_verifier(
    {
        "near": {"server": "(?P<value>x)"},
        "http": {"url": "https://{server}/me", "headers": {"Authorization": "Bearer {value}"}},
    }
)
"""Asks a host that stands near the value."""


def test_a_host_alone_allows_each_of_its_ports() -> None:
    hosts = read_hosts(["db.internal"])
    assert hosts.allows("db.internal", 5432)
    assert hosts.allows("DB.internal", 1)
    assert not hosts.allows("db.internal.evil.example", 5432)
    assert not hosts.allows("internal", 5432)


def test_a_host_with_a_port_allows_that_one_only() -> None:
    hosts = read_hosts(["db.internal:5432", "[::1]:6379"])
    assert hosts.allows("db.internal", 5432)
    assert not hosts.allows("db.internal", 5433)
    assert hosts.allows("::1", 6379)


def test_a_host_for_a_provider_takes_the_place_of_the_providers_own() -> None:
    hosts = read_hosts(["github=git.internal:8443"])
    assert hosts.of_rule("github-app-token") == [Place(host="git.internal", port=8443)]
    assert hosts.of_rule("githubby-key") == []
    assert not hosts.allows("git.internal", 8443)


def test_a_host_may_stand_for_one_rule() -> None:
    hosts = read_hosts(["github-app-token=git.internal"])
    assert hosts.of_rule("github-app-token")
    assert hosts.of_rule("github-oauth-token") == []


@pytest.mark.parametrize(
    "text",
    ["", "a b", "https://db.internal", "db.internal/path", "x=", "=x", "db:0", "db:65536", "user@host", "A=b", "-x"],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_hosts([text])
    assert refused.value.hint


def test_a_value_goes_without_tls_to_this_machine_only() -> None:
    assert read_hosts(["acme=http://127.0.0.1:8080", "acme=http://localhost", "acme=http://[::1]:1"])
    with pytest.raises(UsageError, match="without TLS"):
        read_hosts(["acme=http://10.0.0.1:8080"])


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("fd00:ec2::254", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
    ],
)
def test_where_machines_of_a_cloud_get_credentials_is_never_asked_unless_named_itself(address: str) -> None:
    assert not read_hosts(["meta.internal"]).permits(address)
    named = f"[{address}]" if ":" in address else address
    if "%" not in address:
        assert read_hosts([named]).permits(address)


def test_other_addresses_of_a_network_are_asked() -> None:
    assert all(read_hosts([]).permits(address) for address in ("10.0.0.1", "127.0.0.1", "140.82.112.3", "::1"))


def test_a_name_that_leads_to_such_an_address_is_refused_without_a_connection() -> None:
    hosts = read_hosts(["db.internal"])
    transport = Transport(hosts, resolve=lambda _host, port: [("169.254.169.254", port)])
    with pytest.raises(Unreachable, match="a cloud's machines"):
        transport.connected("db.internal", 5432)
    request = Request(method="GET", host="db.internal", target="/", origin=Origin.PEOPLE)
    with pytest.raises(Unreachable, match="a cloud's machines"):
        transport.send(request)


def test_a_host_outside_the_list_is_refused_without_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        said = ask(question(token("x"), BESIDE, near(server=f"127.0.0.1:{port}")), reach_to())
        assert said.state is Verified.UNKNOWN
        assert "--verify-host 127.0.0.1" in said.why
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_the_host_that_a_finding_names_is_asked_once_it_is_allowed() -> None:
    hosts = read_hosts(["shop.acme.example"])
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[str, int]]:
        asked.append(f"{host}:{port}")
        return []

    reach = Reach(hosts, Transport(hosts, resolve=resolve))
    assert "no such host" in ask(question(token("x"), BESIDE, near(server="shop.acme.example")), reach).why
    assert "allow it" in ask(question(token("x"), BESIDE, near(server="shop.evil.example")), reach).why
    assert asked == ["shop.acme.example:443"]
