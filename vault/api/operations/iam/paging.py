"""Pages of IAM's lists: `Marker`, `MaxItems` and `IsTruncated`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from vault.api.operations.iam.table import Answer, Request
from vault.domain.errors import InvalidNextToken, ValidationFailed
from vault.services.binding import Services
from vault.services.paging import Pages

Item = TypeVar("Item")
USUAL = 100


def page(
    services: Services, request: Request, member: str, items: Sequence[Item], shown: Callable[[Item], Any]
) -> Answer:
    """Return the page of `items` that a request asks for. Raises `ValidationFailed` for a marker that is none."""
    described = {key: value for key, value in request.items() if key not in ("Marker", "MaxItems")}
    pages = Pages(services.keyring, ["iam", member, services.iam.principal.account_id, described])
    try:
        start = int(pages.position(request["Marker"])[0]) if "Marker" in request else 0
    except InvalidNextToken:
        raise ValidationFailed("Invalid Marker.") from None
    end = start + request.get("MaxItems", USUAL)
    answer: Answer = {member: [shown(each) for each in items[start:end]], "IsTruncated": end < len(items)}
    return answer | ({"Marker": pages.token([end])} if end < len(items) else {})
