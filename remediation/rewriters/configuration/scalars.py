"""Scalars of a parsed file with their byte ranges: finding a value in one, replacing it, proving nothing else changed.

Every format of trees parses into these, so that one comparison serves all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_to_bytes

from remediation import connection as logins
from remediation.errors import NotRewritable
from remediation.model import Disposition
from remediation.rewriters import splice
from remediation.rewriters.configuration.model import Place, Use
from remediation.rewriters.splice import Splice
from strongroom.kernel.secretvalue import SecretValue

_URL_HEAD = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/\s@]*:\Z")
_VAGUE = re.compile(r"(?i)(auth|credentials?|default|dsn|key|pass|passwd|password|pw|pwd|secret|token|uri|url|value)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A leaf of a tree: the keys that lead to it, its text, its byte range with quotes, and the quotes."""

    keys: tuple[str, ...]
    text: str = field(repr=False)
    start: int
    end: int
    quote: str = ""
    tag: str = ""
    flow: bool = False
    """It stands between brackets, where more characters end a text."""

    @property
    def inner(self) -> tuple[int, int]:
        """Return the byte range between the quotes."""
        return self.start + len(self.quote), self.end - len(self.quote)


Parse = Callable[[bytes], Sequence[Scalar]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A value in a scalar: what stands before and behind it there, and whether the file spells it as it is."""

    scalar: Scalar
    place: Place
    before: str = field(repr=False)
    after: str = field(repr=False)
    literal: bool
    """The bytes at the place are the value itself: no escape stands in it."""

    @property
    def whole(self) -> bool:
        """Tell whether the value is all of the scalar."""
        return not self.before and not self.after

    def replaced_by(self, text: str) -> str:
        """Return the scalar's text with `text` in the value's place."""
        return self.before + text + self.after


def locate(scalars: Sequence[Scalar], data: bytes, place: Place) -> Site:
    """Return where the value stands. Raises `NotRewritable` for a comment, a key, or a value in pieces."""
    holding = [one for one in scalars if one.start <= place.start and place.end <= one.end]
    if not holding:
        raise NotRewritable("the value stands in a comment or a key, which no reader takes for a value")
    scalar = min(holding, key=lambda one: one.end - one.start)
    value = _text(place.value)
    spelled = data[place.start : place.end] == place.value.reveal()
    start, end = scalar.inner
    before, after = (
        data[start : place.start].decode("utf-8", "replace"),
        data[place.end : end].decode("utf-8", "replace"),
    )
    if spelled and before + value + after == scalar.text:
        return Site(scalar=scalar, place=place, before=before, after=after, literal=True)
    if scalar.text.count(value) != 1:
        raise NotRewritable("the value does not stand in one piece there")
    before, _, after = scalar.text.partition(value)
    return Site(scalar=scalar, place=place, before=before, after=after, literal=spelled)


def _text(value: SecretValue) -> str:
    if not value.is_text or "\0" in value.reveal_text():
        raise NotRewritable("the value is not text")
    return value.reveal_text()


def use_of(site: Site, strategy: str, *, reason: str = "", review: bool = False) -> Use:
    """Return what a site is used for: the password of a URL's login, or a value under a name."""
    binding = named_by(site.scalar.keys)
    use = in_text(site.before, site.place.value, site.after, strategy, binding=binding, reason=reason, review=review)
    return replace(use, whole=site.whole)


def in_text(
    before: str, value: SecretValue, after: str, strategy: str, *, binding: str, reason: str = "", review: bool = False
) -> Use:
    """Return what a value is used for by the text around it.

    A password that a URL spells percent-encoded is stored as it is spelled: nothing in the file can encode it.
    """
    disposition = Disposition.REVIEW if review else Disposition.SAFE
    if not _URL_HEAD.search(before) or not after.startswith("@"):
        return Use(strategy=strategy, secret=value, binding=binding, disposition=disposition, reason=reason)
    if unquote_to_bytes(value.reveal()) != value.reveal():
        told = "; ".join(filter(None, (reason, "stored percent-encoded, as the URL spells it; not rotated by us")))
        return Use(strategy=strategy, secret=value, binding=binding, disposition=Disposition.REVIEW, reason=told)
    login = logins.in_url(before, after)
    if login is not None and logins.rotation_of(login) is not None:
        told = "a password made by rotation has to be one that a URL takes as it is; restart what reads it afterwards"
        reason, disposition = "; ".join(filter(None, (reason, told))), Disposition.REVIEW
    return Use(
        strategy=strategy, secret=value, binding=binding, connection=login, disposition=disposition, reason=reason
    )


def named_by(keys: Sequence[str]) -> str:
    """Return what a value is called by the keys that lead to it: the last, and one more where that says nothing."""
    names = [key for key in keys if not key.isdigit()]
    if not names:
        return ""
    if len(names) > 1 and _VAGUE.match(names[-1]):
        return f"{names[-2]}_{names[-1]}"
    return names[-1]


def spliced(data: bytes, splices: Sequence[Splice], parse: Parse, expected: Mapping[tuple[str, ...], str]) -> bytes:
    """Return `data` edited, proven to parse to the same scalars but for the `expected` texts by their keys."""
    after = splice.apply(data, splices)
    old = [(one.keys, expected.get(one.keys, one.text)) for one in parse(data)]
    if [(one.keys, one.text) for one in parse(after)] != old:
        raise NotRewritable("the rewritten file would not read as before")
    return after
