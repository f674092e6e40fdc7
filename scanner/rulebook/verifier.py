"""What a rule says about asking whether its credential is live: a request, or the name of a verifier. Pure data."""

from __future__ import annotations

from strongroom.kernel.record import Record

NAMED = ("aws", "postgresql", "mysql", "redis", "private-key", "jwt")
"""Verifiers that are code, for what no single HTTP request can tell."""
ANYTHING = "*"
"""Stands for every value but null where a condition names what an answer must hold."""


class Condition(Record):
    """What an answer must be: all that is given here must hold."""

    statuses: tuple[int, ...] = ()
    pointers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """JSON pointers (RFC 6901) into the body, each with the values, as JSON, one of which must stand there."""
    body: str = ""
    """A pattern that is searched for in the body."""


class Verifier(Record):
    """How to ask. Texts hold `{value}`, parts of it, and what stands near it, by name."""

    use: str = ""
    """One of `NAMED`; else the rest describes a request."""
    method: str = "GET"
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    basic: str = ""
    """User and password of HTTP's basic authentication, joined by a colon."""
    form: tuple[tuple[str, str], ...] = ()
    json: str = ""
    """A body, as JSON, in whose texts the names are replaced."""
    active: tuple[Condition, ...] = (Condition(statuses=(200,)),)
    inactive: tuple[Condition, ...] = (Condition(statuses=(401,)),)
    parts: str = ""
    """A pattern that is searched for in the value; its groups are names."""
    near: tuple[tuple[str, str], ...] = ()
    """Names of what stands near the value: each with the id of its rule, or a pattern with the group `value`."""
    self_hosted: str = ""
    """The URL on a host that people name, where it differs from `url` by more than the host."""
    elsewhere: bool = False
    """Whether values of the same form are known to other hosts only (regions, servers of one's own), so that a refusal
    counts only at a host that people named."""
    rate: float = 2.0
    """Most requests a second to one host."""

    @property
    def host(self) -> str:
        """Return the host of the URL, names and all."""
        return host_of(self.url)


def host_of(url: str) -> str:
    """Return the authority of an `https` URL, which may hold names."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0]
