"""Pages of KMS's lists: a marker is a page token as everywhere, refused in KMS's own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vault.domain.errors import InvalidNextToken
from vault.domain.kms_errors import InvalidMarker
from vault.services.keyring import Keyring
from vault.services.paging import Pages

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPage(Generic[Item]):
    """Some of a list, and the marker of the next page, empty on the last."""

    items: tuple[Item, ...]
    marker: str = ""


class Markers:
    """The markers of one list, which `described` tells from every other in JSON values."""

    def __init__(self, keyring: Keyring, described: Any) -> None:
        self._pages = Pages(keyring, described)

    def after(self, marker: str) -> str:
        """Return what the page of `marker` begins behind, empty for the first. Raises `InvalidMarker`."""
        if not marker:
            return ""
        try:
            return str(self._pages.position(marker)[0])
        except InvalidNextToken:
            raise InvalidMarker from None

    def page(self, found: Sequence[Item], limit: int, name: Callable[[Item], str]) -> MarkedPage[Item]:
        """Return a page of up to `limit` of what was found; `found` has one more where there is a next page."""
        items = tuple(found[:limit])
        return MarkedPage(items=items, marker=self._pages.token([name(items[-1])]) if len(found) > limit else "")

    def page_of_all(
        self, every: Sequence[Item], limit: int, marker: str, name: Callable[[Item], str]
    ) -> MarkedPage[Item]:
        """Return a page of a list that is whole and in the order of its names."""
        after = self.after(marker)
        names = [name(each) for each in every]
        begin = names.index(after) + 1 if after in names else 0
        return self.page(every[begin:], limit, name)
