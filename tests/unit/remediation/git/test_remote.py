"""Addresses of remotes: what kind they are, which project they mean, and no password left in them."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from remediation.git.remote import parse
from strongroom.kernel.errors import UsageError

TOP = Path("/srv/shop")


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("https://github.com/acme/shop.git", "https", "github.com", None, "acme/shop"),
        ("https://github.com/acme/shop/", "https", "github.com", None, "acme/shop"),
        ("https://GitLab.Example:8443/a/b/c/shop.git", "https", "gitlab.example", 8443, "a/b/c/shop"),
        ("ssh://git@gitlab.example:2222/a/shop.git", "ssh", "gitlab.example", 2222, "a/shop"),
        ("git@github.com:acme/shop.git", "ssh", "github.com", None, "acme/shop"),
        ("github.com:acme/shop", "ssh", "github.com", None, "acme/shop"),
        ("[::1]:acme/shop", "ssh", "::1", None, "acme/shop"),
        ("file:///srv/git/acme/shop.git", "file", "", None, "srv/git/acme/shop"),
        ("/srv/git/acme/shop.git", "file", "", None, "srv/git/acme/shop"),
        ("../acme/shop.git", "file", "", None, "srv/shop/../acme/shop"),
        ("http://[::1]:8080/acme/shop.git", "http", "::1", 8080, "acme/shop"),
    ],
)
def test_an_address_is_read(url: str, scheme: str, host: str, port: int | None, path: str) -> None:
    remote = parse("origin", url, TOP)
    assert (remote.scheme, remote.host, remote.port, remote.path) == (scheme, host, port, path)


def test_a_login_is_taken_out_of_an_address() -> None:
    password = secrets.token_hex(8)
    remote = parse("origin", f"https://me%40home:{password}%21@git.example:8443/acme/shop.git", TOP)
    assert remote.url == "https://git.example:8443/acme/shop.git"
    assert remote.login is not None
    assert (remote.login.user, remote.login.origin) == ("me@home", "https://git.example:8443")
    assert remote.login.password.reveal_text() == f"{password}!"
    assert password not in repr(remote)


@pytest.mark.parametrize(
    "url", ["ext::sh -c id", "git://github.com/acme/shop", "ftp://host/x", "https:///acme/shop", "https://host:port/x"]
)
def test_what_cannot_be_pushed_to_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError, match="the address of the remote origin cannot be pushed to") as refused:
        parse("origin", url, TOP)
    assert url not in str(refused.value)
