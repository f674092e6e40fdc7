"""Members that several Secrets Manager requests have in common, as the services take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vault.domain.tags import Tags
from vault.services.listing import Filter

Request = Mapping[str, Any]


def tag_pairs(request: Request) -> Tags:
    """Return the `Tags` of a request, none where it has none."""
    return tuple((tag.get("Key", ""), tag.get("Value", "")) for tag in request.get("Tags", ()))


def search_filters(request: Request) -> tuple[Filter, ...]:
    """Return the `Filters` of a request, none where it has none."""
    return tuple(
        Filter(key=each.get("Key", ""), values=tuple(each.get("Values", ()))) for each in request.get("Filters", ())
    )
