"""What all languages say alike of a place: what is stored, the login it belongs to, when it is read, how sure it is."""

from __future__ import annotations

from collections.abc import Callable

from remediation.model import Disposition
from remediation.rewriters.code import logins, neighbours, places
from remediation.rewriters.code.model import Use
from remediation.rewriters.code.syntax import Syntax
from remediation.rewriters.code.texts import Site

_AS_IT_IS = "a password made by rotation has to be one that this text takes as it is"
_SPELLED = "the URL's password is written in another percent-encoding; equal once decoded"


def use_of(syntax: Syntax, site: Site, language: str, spelled: Callable[[bytes], str]) -> Use:
    """Return what a site is used for; `spelled` is how the language's own function writes bytes into a URL."""
    login = logins.in_text(site.before, site.after)
    if login is None and site.whole and not site.octets:
        login = neighbours.login(syntax, site.literal)
    disposition, reason = Disposition.SAFE, ""
    if site.encoded and spelled(site.raw_value().reveal()) != site.value.reveal_text():
        disposition, reason = Disposition.REVIEW, _SPELLED
    elif login is not None and not site.whole and not site.encoded:
        disposition, reason = Disposition.REVIEW, _AS_IT_IS
    # A list of bytes is no element of itself.
    holder = site.literal.parent if site.octets and site.literal.parent is not None else site.literal
    return Use(
        strategy=places.strategy(syntax, holder, language),
        secret=site.raw_value(),
        eager=places.is_eager(syntax, site.literal),
        binding=places.bound_to(syntax, site.literal),
        connection=login,
        disposition=disposition,
        reason=reason,
    )
