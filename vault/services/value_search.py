"""Tells which of the texts that a caller holds are values of secrets: it is asked by keyed digests and answers matches.

The caller draws the key, so digests of other values are worth nothing to whoever sees the answer: none is in it. A page
is bounded by work, since all others wait for it. Each secret is asked for permission by itself, a customer's KMS key
too; what a caller may not ask about is passed over in silence, and who may ask about nothing at all is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from strongroom.kernel.likeness import DIGEST_SIZE, digester
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, DecryptionFailed, IntegrityFailure, InvalidParameter, InvalidRequest
from vault.domain.evaluate import evaluate, refusal
from vault.domain.findable import findable
from vault.domain.operation import AccessCheck
from vault.domain.principals import Principal
from vault.domain.secret import Secret
from vault.domain.versions import SecretVersion
from vault.services.key_use import KeyUse
from vault.services.keyring import Keyring
from vault.services.paging import Pages
from vault.services.value_digests import Digests, KnownDigests, ValueDigests
from vault.storage.secrets import Position
from vault.storage.store import UnitOfWork

MOST_VERSIONS = 2000
"""Versions that one page goes through: some hundredths of a second for others to wait. A secret is one at least."""
MOST_OPENED = 250
"""Versions that one page opens, as many as take that long; one counts once more for each kibibyte of it."""
_KIBIBYTE = 1024

Permission = Callable[[Secret | None], AccessCheck]
"""Returns the permission to ask about a secret; about any, for None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which texts are looked for: by their digests under a key, one behind the other.

    Raises `InvalidParameter` where the digests are not whole ones.
    """

    key: bytes = field(repr=False)
    digests: bytes = field(repr=False)
    next_token: str = ""

    def __post_init__(self) -> None:
        if len(self.digests) % DIGEST_SIZE:
            raise InvalidParameter(f"Digests must hold whole digests of {DIGEST_SIZE} bytes.")

    def wanted(self) -> frozenset[bytes]:
        """Return the digests."""
        data, size = self.digests, DIGEST_SIZE
        return frozenset([data[start : start + size] for start in range(0, len(data), size)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A value that is one of the texts; `member` says which of a JSON secret, empty for the whole value."""

    secret: Secret
    version: SecretVersion
    member: str
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was found in some of the secrets, and the token of the next page, empty on the last."""

    matches: tuple[Match, ...]
    unopened: tuple[tuple[Secret, SecretVersion], ...]
    """Versions that could not be compared: their KMS key is off or not the caller's to use, or they are damaged."""
    customer_keys: tuple[str, ...]
    """The ARNs of customers' KMS keys that versions were compared by."""
    secrets: int
    versions: int
    next_token: str = ""


class ValueSearch:
    """FindValues in one transaction, for one caller. `known` remembers the digests of versions between calls."""

    def __init__(
        self, tx: UnitOfWork, keyring: Keyring, kms: KeyUse, principal: Principal, known: ValueDigests
    ) -> None:
        self._tx = tx
        self._keyring = keyring
        self._kms = kms
        self._principal = principal
        self._known = known

    def find(self, context: CallContext, question: Question, permission: Permission) -> SearchPage:
        """Return a page of matches in the caller's account and region.

        Raises `AccessDenied` at the end for who may ask about no secret, `InvalidNextToken` for a token that belongs
        to another question, `InvalidRequest` in a region that is not enabled.
        """
        if context.region not in self._tx.meta.regions(context.account_id):
            raise InvalidRequest(f"The region {context.region} is not enabled.")
        pages = Pages(self._keyring, _described(context, question))
        after, allowed = _behind(pages.position(question.next_token)) if question.next_token else (None, False)
        page = _Page(self._kms, context, question, self._known.of(question.key))
        for here, secret in self._from(context, after):
            if page.full:
                return page.made(pages.token([*page.position, allowed or page.secrets > 0]))
            page.pass_by(here, secret)
            if self._may_ask(context, secret, permission):
                page.compare(secret)
        if not (allowed or page.secrets):
            self._check_any(context, permission(None))
        return page.made("")

    def _from(self, context: CallContext, after: Position | None) -> Iterator[tuple[Position, Secret]]:
        return self._tx.secrets.scan(
            context.account_id, context.region, order="name", descending=False, after=after, most=MOST_VERSIONS + 1
        )

    def _may_ask(self, context: CallContext, secret: Secret, permission: Permission) -> bool:
        gone = secret.deletion is not None and secret.deletion.due(context.now)
        return not gone and evaluate(self._principal, permission(secret), context).allowed

    def _check_any(self, context: CallContext, check: AccessCheck) -> None:
        decision = evaluate(self._principal, check, context)
        if not decision.allowed:
            raise AccessDenied(refusal(self._principal, check, decision))


class _Page:
    """A page while it is made."""

    def __init__(self, kms: KeyUse, context: CallContext, question: Question, known: KnownDigests) -> None:
        self._kms = kms
        self._context = context
        self._wanted = question.wanted()
        self._digest = digester(question.key)
        self._known = known
        self._passed = self._opened = 0
        self._matches: list[Match] = []
        self._unopened: list[tuple[Secret, SecretVersion]] = []
        self._keys: set[str] = set()
        self.position: list[Any] = []
        self.secrets = self.versions = 0

    @property
    def full(self) -> bool:
        """Whether the next secret belongs to the next page."""
        return self._passed >= MOST_VERSIONS or self._opened >= MOST_OPENED

    def pass_by(self, position: Position, secret: Secret) -> None:
        """Go on to the secret at a position."""
        self.position = list(position)
        self._passed += max(1, len(secret.versions.items))

    def compare(self, secret: Secret) -> None:
        """Look for the texts among all values that are stored of a secret."""
        self.secrets += 1
        for version in secret.versions.items:
            if version.has_value:
                try:
                    found = self._digests(secret, version)
                except (AccessDenied, DecryptionFailed, IntegrityFailure, InvalidRequest):
                    self._unopened.append((secret, version))
                    continue
                self.versions += 1
                self._matches += [
                    Match(secret=secret, version=version, member=member, digest=digest)
                    for digest, member in found
                    if digest in self._wanted
                ]

    def _digests(self, secret: Secret, version: SecretVersion) -> Digests:
        # Whether its key may be used is asked each time, also where the digests are remembered.
        key = self._kms.usable(self._context, secret, version)
        if not key.managed:
            self._keys.add(key.arn())
        place = (secret.arn, version.version_id)
        found = self._known.find(place)
        if found is None:
            self._opened += 1
            content = self._kms.look_into(secret, version, key)
            self._opened += len(content.value) // _KIBIBYTE
            found = tuple({self._digest(text): member for member, text in findable(content)}.items())
            self._known.keep(place, found)
        return found

    def made(self, next_token: str) -> SearchPage:
        """Return the page as it is now."""
        return SearchPage(
            matches=tuple(self._matches),
            unopened=tuple(self._unopened),
            customer_keys=tuple(sorted(self._keys)),
            secrets=self.secrets,
            versions=self.versions,
            next_token=next_token,
        )


def _described(context: CallContext, question: Question) -> list[Any]:
    """Return what a page token is bound to: this question of this account and region, by a digest of its own."""
    return ["values", context.account_id, context.region, digester(question.key)(question.digests).hex()]


def _behind(position: Sequence[Any]) -> tuple[Position, bool]:
    """Return where a page goes on, and whether the caller was let ask about a secret before."""
    name, arn, allowed = position
    return (name, arn), allowed
