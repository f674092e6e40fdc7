"""The regions of a deployment and which of them an account has enabled: AWS's Account service, as far as regions go.

The region that the store was made in first answers for the account and is always enabled. What it is told is at once
noted here and told to the region by the worker; until that has answered, it is ENABLING or DISABLING. Source: AWS
Account Management Reference Guide, "EnableRegion", "DisableRegion", "GetRegionOptStatus", "ListRegions".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from vault.domain.context import CallContext
from vault.domain.errors import InvalidNextToken, RegionConflict, ValidationFailed
from vault.domain.replication import Action, Task
from vault.services.keyring import Keyring
from vault.services.paging import Pages
from vault.storage.store import UnitOfWork


class OptStatus(StrEnum):
    """Whether a region is enabled (the published model's `RegionOptStatus`)."""

    ENABLED = "ENABLED"
    ENABLING = "ENABLING"
    DISABLING = "DISABLING"
    DISABLED = "DISABLED"
    BY_DEFAULT = "ENABLED_BY_DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Which regions there are, as one process knows them."""

    home: str
    """The one that answers for accounts."""
    here: frozenset[str]
    """Those whose stores this process has."""
    elsewhere: frozenset[str] = frozenset()

    @property
    def all(self) -> list[str]:
        """Every region, the first one in front."""
        return [self.home, *sorted((self.here | self.elsewhere) - {self.home})]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPage:
    """Some regions with their statuses, and the token of the next page, empty on the last."""

    items: tuple[tuple[str, OptStatus], ...]
    next_token: str = ""


class Regions:
    """The operations on regions in one transaction of the home region's store."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, regions: Map) -> None:
        self._tx = tx
        self._keyring = keyring
        self._map = regions

    def enable(self, context: CallContext, account_id: str | None, region: str) -> None:
        """Enable a region; one that is enabled stays so.

        Raises `ValidationFailed` for a region that there is not, and for another account, `RegionConflict` while it is
        being disabled.
        """
        self._set(context, account_id, region, Action.ENABLE)

    def disable(self, context: CallContext, account_id: str | None, region: str) -> None:
        """Disable a region: requests to it are refused, and nothing is replicated to it. What it holds stays.

        Raises `ValidationFailed` for a region that there is not or that cannot be disabled, and for another account,
        `RegionConflict` while it is being enabled.
        """
        self._check(context, account_id, region)
        if region == self._map.home:
            raise ValidationFailed(f"The Region {region} is enabled by default and can't be disabled.")
        self._set(context, account_id, region, Action.DISABLE)

    def status(self, context: CallContext, account_id: str | None, region: str) -> OptStatus:
        """Return whether a region is enabled. Raises `ValidationFailed` for one that there is not."""
        self._check(context, account_id, region)
        if region == self._map.home:
            return OptStatus.BY_DEFAULT
        pending = self._pending(context, region)
        if pending is not None:
            return OptStatus.ENABLING if pending.action is Action.ENABLE else OptStatus.DISABLING
        enabled = region in self._tx.meta.regions(context.account_id)
        return OptStatus.ENABLED if enabled else OptStatus.DISABLED

    def list(
        self,
        context: CallContext,
        account_id: str | None,
        *,
        statuses: Collection[str] = (),
        limit: int = 50,
        next_token: str = "",
    ) -> RegionPage:
        """Return a page of the regions, those with one of `statuses` where there are any.

        Raises `ValidationFailed` for a token of another query, and for another account.
        """
        self._check(context, account_id, self._map.home)
        pages = Pages(self._keyring, ["regions", context.account_id, sorted(statuses)])
        start = _start(pages, next_token)
        all_of_them = [(name, self.status(context, account_id, name)) for name in self._map.all]
        wanted = [each for each in all_of_them if not statuses or each[1].value in statuses]
        end = start + limit
        more = pages.token([end]) if end < len(wanted) else ""
        return RegionPage(items=tuple(wanted[start:end]), next_token=more)

    def _set(self, context: CallContext, account_id: str | None, region: str, action: Action) -> None:
        before = self.status(context, account_id, region)
        wanted = _WANTED[action]
        if before in wanted:
            return
        if before in (OptStatus.ENABLING, OptStatus.DISABLING):
            raise RegionConflict(f"The Region {region} is {before.value}. Try again once that is done.")
        self._note(context.account_id, region, action)
        told = Task(arn=self._arn(context, region), region=region, action=action, due=context.now)
        self._tx.replication.save(told)

    def _note(self, account_id: str, region: str, action: Action) -> None:
        if action is Action.ENABLE:
            self._tx.meta.enable_region(account_id, region)
        else:
            self._tx.meta.disable_region(account_id, region)

    def _check(self, context: CallContext, account_id: str | None, region: str) -> None:
        if account_id is not None and account_id != context.account_id:
            raise ValidationFailed(f"The account {account_id} is not the caller's.")
        if self._map.home not in self._map.here:
            raise ValidationFailed(f"Regions are enabled and disabled in {self._map.home}.")
        if region not in self._map.all:
            raise ValidationFailed(f"The Region {region} does not exist in this deployment.")

    def _pending(self, context: CallContext, region: str) -> Task | None:
        return self._tx.replication.find(self._arn(context, region), region, Action.ENABLE.kind)

    def _arn(self, context: CallContext, region: str) -> str:
        return f"arn:{context.partition}:account:{self._map.home}:{context.account_id}:region/{region}"


def _start(pages: Pages, next_token: str) -> int:
    try:
        return int(pages.position(next_token)[0]) if next_token else 0
    except InvalidNextToken as error:
        # This service has one error for whatever is wrong with a request.
        raise ValidationFailed(error.message) from None


_WANTED = {
    Action.ENABLE: (OptStatus.ENABLED, OptStatus.ENABLING, OptStatus.BY_DEFAULT),
    Action.DISABLE: (OptStatus.DISABLED, OptStatus.DISABLING),
}
