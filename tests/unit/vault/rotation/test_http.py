"""Which URLs a secret may have asked, and that no value is told where they fail."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.tokens import Asked, Reply, answering
from vault.rotation.rotators import http
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.http import MOST_BODY, Request, ask


def asked(url: str) -> http.Answer:
    return ask(Request(method="GET", url=url, headers={"Authorization": "Bearer of-all-ills"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data",
        "http://169.254.169.254/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://100.100.100.200/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://2852039166/",
        "https://0.0.0.0/",
        "https://[::ffff:0.0.0.0]/",
    ],
)
def test_where_clouds_keep_credentials_is_never_asked(url: str) -> None:
    with pytest.raises(RotationFailed, match="leads to an address that is never asked"):
        asked(url)


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the name `two.example` lead to given addresses."""
    plain = socket.getaddrinfo

    def to(*addresses: str) -> None:
        def found(host: str, port: int, *rest: Any, **named: Any) -> Any:
            chosen = addresses if host == "two.example" else (host,)
            return [one for address in chosen for one in plain(address, port, *rest, **named)]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return to


def test_each_address_of_a_name_is_tried(resolved: Callable[..., None]) -> None:
    resolved("::1", "127.0.0.1")
    with answering(lambda _: (200, None)) as url:
        assert asked(url.replace("127.0.0.1", "two.example")).status == 200


def test_a_name_that_leads_elsewhere_too_is_not_asked_without_tls(resolved: Callable[..., None]) -> None:
    resolved("127.0.0.1", "192.0.2.1")
    with pytest.raises(RotationFailed, match="is asked with TLS only"):
        asked("http://two.example/")


def test_a_name_that_leads_to_such_an_address_too_is_never_asked(resolved: Callable[..., None]) -> None:
    resolved("127.0.0.1", "169.254.169.254")
    with pytest.raises(RotationFailed, match="leads to an address that is never asked"):
        asked("http://two.example/")


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "http://198.51.100.7:8080/x"])
def test_other_machines_are_asked_with_tls_only(url: str) -> None:
    with pytest.raises(RotationFailed, match="is asked with TLS only"):
        asked(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "is not https://"),
        ("file:///etc/passwd", "is not https://"),
        ("https://user:word@example.com/", "without a login in it"),
        ("https:///nothing", "is not https://"),
        ("https://example.com:99999/", "cannot be read"),
        ("https://127.0.0.1/a b", "percent-encoded"),
        ("https://127.0.0.1/a\r\nHost: other", "percent-encoded"),
    ],
)
def test_what_is_no_url_of_a_service_is_refused(url: str, reason: str) -> None:
    with pytest.raises(RotationFailed, match=reason):
        asked(url)


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    seen: list[str] = []

    def reply(request: Asked) -> Reply:
        seen.append(request.path)
        return 302, None

    with answering(reply) as url:
        assert asked(f"{url}/first?a=1").status == 302
    assert seen == ["/first?a=1"]


def test_an_answer_is_read_up_to_a_bound() -> None:
    with (
        answering(lambda _: (200, "x" * MOST_BODY)) as url,
        pytest.raises(RotationFailed, match="answers with too much"),
    ):
        asked(url)


def test_a_server_that_is_down_is_told_without_what_was_sent() -> None:
    with answering(lambda _: (200, None)) as url:
        pass
    with pytest.raises(RotationFailed, match="cannot be reached") as told:
        asked(url)
    assert "of-all-ills" not in f"{told.value!r}"


def test_a_request_shows_neither_headers_nor_body() -> None:
    request = Request(method="POST", url="https://x/", headers={"A": "of-all-ills"}, body=b"of-all-ills")
    assert "of-all-ills" not in repr(request)
