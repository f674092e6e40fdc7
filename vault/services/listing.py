"""Lists of secrets and of versions: filters, order, pages.

How filters match (AWS API page of ListSecrets, "Filters"; recorded answers of AWS):

- name, tag-key, tag-value: prefix, case-sensitive.
- description: both sides split into words at spaces; every word of the filter begins a word, whatever the case.
- all: the filter split into words of letters or digits, at changes of case too; one of them occurs in name,
  description or tags, whatever the case (AWS user guide, "Find secrets in AWS Secrets Manager").
- primary-region: prefix, of secrets that are replicated or replicas. owning-service: no secret here has one.
- The values of one filter are alternatives, the filters of one request all hold; `!` in front negates a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import InvalidParameter
from vault.domain.secret import Secret
from vault.domain.versions import SecretVersion
from vault.services.keyring import Keyring
from vault.services.paging import Pages
from vault.storage.store import UnitOfWork

DEFAULT_PAGE = 100

_ORDERS = {
    "created-date": "created",
    "last-changed-date": "changed",
    "last-accessed-date": "accessed",
    "name": "name",
}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter of ListSecrets."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretQuery:
    """What ListSecrets is asked for. Raises `InvalidParameter` for an unknown order or filter key, or no values."""

    filters: tuple[Filter, ...] = ()
    planned_deletion: bool = False
    sort_by: str = "created-date"
    descending: bool = False

    def __post_init__(self) -> None:
        if self.sort_by not in _ORDERS:
            raise InvalidParameter(f"SortBy {self.sort_by} is not one of {', '.join(sorted(_ORDERS))}.")
        for each in self.filters:
            if not each.key:
                raise InvalidParameter("Invalid filter key")
            if each.key not in _MATCHERS:
                raise InvalidParameter(f"The filter key {each.key} is not one of {', '.join(sorted(_MATCHERS))}.")
            if not each.values:
                raise InvalidParameter(f"Invalid filter values for key: {each.key}")

    def matches(self, secret: Secret, now: datetime) -> bool:
        """Tell whether the query asks for `secret`; one whose recovery window is over is gone."""
        if secret.deletion is not None and (not self.planned_deletion or secret.deletion.due(now)):
            return False
        return all(_filter_matches(each, secret) for each in self.filters)

    def described(self, context: CallContext) -> list[Any]:
        """Return what a page token is bound to, as JSON values: this query of this account and region."""
        return [
            "secrets",
            context.account_id,
            context.region,
            [[each.key, list(each.values)] for each in self.filters],
            [self.planned_deletion, self.sort_by, self.descending],
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPage:
    """Some of a list's secrets, and the token of the next page, empty on the last."""

    items: tuple[Secret, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """Some of a secret's versions, and the token of the next page, empty on the last."""

    items: tuple[SecretVersion, ...]
    next_token: str = ""


class Listing:
    """Lists in one transaction. Raises `InvalidNextToken` for a token that is not of the same query."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def secrets(
        self, context: CallContext, query: SecretQuery, *, limit: int = DEFAULT_PAGE, next_token: str = ""
    ) -> SecretPage:
        """Return a page of the secrets that `query` asks for in the caller's account and region."""
        pages = Pages(self._keyring, query.described(context))
        position = pages.position(next_token) if next_token else None
        scan = self._tx.secrets.scan(
            context.account_id,
            context.region,
            order=_ORDERS[query.sort_by],
            descending=query.descending,
            after=(position[0], position[1]) if position else None,
        )
        items: list[Secret] = []
        last: list[Any] = []
        for here, secret in scan:
            if not query.matches(secret, context.now):
                continue
            if len(items) == limit:
                return SecretPage(items=tuple(items), next_token=pages.token(last))
            items.append(secret)
            last = list(here)
        return SecretPage(items=tuple(items))

    def versions(
        self, secret: Secret, *, deprecated: bool = False, limit: int = DEFAULT_PAGE, next_token: str = ""
    ) -> VersionPage:
        """Return a page of a secret's versions with a value, oldest first, those without labels with `deprecated`."""
        pages = Pages(self._keyring, ["versions", secret.arn, deprecated])
        held = (version for version in secret.versions.items if version.has_value)
        shown = [version for version in held if version.stages or deprecated]
        if next_token:
            (after,) = pages.position(next_token)
            ids = [version.version_id for version in shown]
            shown = shown[ids.index(after) + 1 :] if after in ids else []
        page = tuple(shown[:limit])
        more = len(shown) > limit
        return VersionPage(items=page, next_token=pages.token([page[-1].version_id]) if more else "")


def _filter_matches(wanted: Filter, secret: Secret) -> bool:
    matches = _MATCHERS[wanted.key]
    return any(
        not matches(value[1:], secret) if value.startswith("!") else matches(value, secret) for value in wanted.values
    )


def _by_name(value: str, secret: Secret) -> bool:
    return secret.name.startswith(value)


def _by_tag_key(value: str, secret: Secret) -> bool:
    return any(key.startswith(value) for key, _ in secret.tags)


def _by_tag_value(value: str, secret: Secret) -> bool:
    return any(text.startswith(value) for _, text in secret.tags)


def _by_description(value: str, secret: Secret) -> bool:
    words = secret.description.lower().split()
    return all(any(word.startswith(each) for word in words) for each in value.lower().split())


def _by_anything(value: str, secret: Secret) -> bool:
    texts = [secret.name, secret.description, *(text for pair in secret.tags for text in pair)]
    words = [word.lower() for word in _WORDS.findall(value)]
    return not words or any(word in text.lower() for text in texts for word in words)


def _by_primary_region(value: str, secret: Secret) -> bool:
    return secret.replicated and secret.primary_region.startswith(value)


def _by_nothing(value: str, secret: Secret) -> bool:
    return not value


_MATCHERS: Mapping[str, Callable[[str, Secret], bool]] = {
    "name": _by_name,
    "description": _by_description,
    "tag-key": _by_tag_key,
    "tag-value": _by_tag_value,
    "all": _by_anything,
    "primary-region": _by_primary_region,
    "owning-service": _by_nothing,
}
