"""IAM Roles Anywhere's management: trust anchors, profiles, revocation lists, subjects.

Source: IAM Roles Anywhere API Reference, pages of the operations.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from vault.crypto.certificates import NoCertificate, bundle, revocation_list
from vault.domain.context import CallContext
from vault.domain.errors import MalformedPolicyDocument, ResourceNotFound, ValidationFailed
from vault.domain.iam.anywhere import Crl, Profile, Regional, SeenCertificate, Subject, TrustAnchor
from vault.domain.iam.documents import check_identity_policy
from vault.domain.tags import Tags
from vault.storage.store import UnitOfWork

MOST_TAGS = 200
_SUBJECTS = uuid.UUID("0b6f4a52-3c2e-4a0f-9f0b-6f2f3d6f7c11")
_MOST_CERTIFICATES = 10

Kept = TypeVar("Kept", bound=Regional)


class Anywhere:
    """The operations in one account and region.

    What names an entity, by id or ARN, raises `ResourceNotFound` for one that is not there.
    """

    def __init__(self, tx: UnitOfWork, account_id: str, region: str) -> None:
        self._iam = tx.iam
        self._account_id = account_id
        self._region = region

    def get(self, kind: type[Kept], named: str) -> Kept:
        """Return an entity."""
        found = self.find(kind, named)
        if found is None:
            raise ResourceNotFound(f"Resource {named} was not found")
        return found

    def find(self, kind: type[Kept], named: str) -> Kept | None:
        """Return an entity, None where there is none."""
        wanted = named.rpartition("/")[2] if named.startswith("arn:") else named
        found = self._iam.find(kind, self._account_id, wanted)
        fits = found is not None and found.region == self._region and named in (found.name, found.arn)
        return found if fits else None

    def all(self, kind: type[Kept]) -> Sequence[Kept]:
        """Return the entities of a kind, the oldest first."""
        found = [each for each in self._iam.all(kind, self._account_id) if each.region == self._region]
        return sorted(found, key=lambda each: (each.created, each.name))

    def tagged(self, arn: str) -> Regional:
        """Return the entity that tags are asked of."""
        for kind in (TrustAnchor, Profile, Crl, Subject):
            found = self.find(kind, arn) if f":{kind.kind}/" in arn else None
            if found is not None:
                return found
        raise ResourceNotFound(f"Resource {arn} was not found")

    def add_anchor(
        self, context: CallContext, title: str, certificates: str, *, enabled: bool, more: Mapping[str, Any]
    ) -> TrustAnchor:
        """Make a trust anchor. Raises `ValidationFailed` for what are no CA certificates."""
        _checked_bundle(certificates)
        return self._add(TrustAnchor, context, title, enabled=enabled, certificates=certificates, **more)

    def add_profile(
        self, context: CallContext, title: str, *, enabled: bool, by: str, more: Mapping[str, Any]
    ) -> Profile:
        """Make a profile. Raises `ValidationFailed` for a session policy that is none."""
        _check_policy(more.get("session_policy", ""))
        return self._add(Profile, context, title, enabled=enabled, created_by=by, **more)

    def add_crl(
        self, context: CallContext, title: str, data: bytes, anchor_arn: str, *, enabled: bool, tags: Tags
    ) -> Crl:
        """Keep a revocation list, which a certificate of its trust anchor's must have signed, or one below it.

        Raises `ValidationFailed` for data that are none.
        """
        self.get(TrustAnchor, anchor_arn)
        _check_crl(data)
        text = base64.b64encode(data).decode("ascii")
        return self._add(Crl, context, title, enabled=enabled, data=text, anchor_arn=anchor_arn, tags=tags)

    def change(self, context: CallContext, entity: Kept, **changes: Any) -> Kept:
        """Keep an entity with changes, and return it. Raises `ValidationFailed`."""
        if "certificates" in changes:
            _checked_bundle(changes["certificates"])
        _check_policy(changes.get("session_policy", ""))
        if "data" in changes:
            _check_crl(base64.b64decode(changes["data"]))
        changed = replace(entity, updated=context.now.replace(microsecond=0), **changes)
        self._iam.save(changed)
        return changed

    def remove(self, entity: Regional) -> None:
        """Delete an entity."""
        self._iam.remove(entity)

    def set_mapping(self, context: CallContext, profile: Profile, part: str, rules: Sequence[str]) -> Profile:
        """Say which parts of a certificate's field become session tags."""
        return self.change(context, profile, mappings={**profile.mappings, part: tuple(rules)})

    def remove_mapping(self, context: CallContext, profile: Profile, part: str, rules: Sequence[str]) -> Profile:
        """Take rules of a field away, all of them where none is named. Raises `ResourceNotFound`."""
        present = profile.mappings.get(part, ())
        missing = [rule for rule in rules if rule not in present]
        if missing or not present:
            raise ResourceNotFound(f"Attribute mapping {', '.join(missing) or part} was not found")
        left = tuple(rule for rule in present if rules and rule not in rules)
        return self.change(context, profile, mappings={**profile.mappings, part: left})

    def saw(self, title: str, certificate: SeenCertificate, now: datetime) -> Subject:
        """Note that a certificate came, and return its subject."""
        key = uuid.uuid5(_SUBJECTS, f"{self._account_id}/{self._region}/{title}")
        known = self._iam.find(Subject, self._account_id, str(key))
        if known is None:
            known = Subject(
                account_id=self._account_id,
                name=str(key),
                path="",
                entity_id=str(key),
                created=now,
                region=self._region,
                title=title,
                updated=now,
                seen=now,
            )
        others = [each for each in known.certificates if each.serial != certificate.serial]
        seen = replace(known, seen=now, updated=now, certificates=(certificate, *others)[:_MOST_CERTIFICATES])
        self._iam.save(seen)
        return seen

    def _add(self, kind: type[Kept], context: CallContext, title: str, **more: Any) -> Kept:
        key, now = str(uuid.uuid4()), context.now.replace(microsecond=0)
        made = kind(
            account_id=self._account_id,
            name=key,
            path="",
            entity_id=key,
            created=now,
            region=self._region,
            title=title,
            updated=now,
            **more,
        )
        self._iam.save(made)
        return made


def _checked_bundle(pem: str) -> None:
    try:
        bundle(pem)
    except NoCertificate as error:
        raise ValidationFailed(str(error)) from None


def _check_crl(data: bytes) -> None:
    try:
        revocation_list(data)
    except NoCertificate as error:
        raise ValidationFailed(str(error)) from None


def _check_policy(text: str) -> None:
    try:
        if text:
            check_identity_policy(text)
    except MalformedPolicyDocument as error:
        raise ValidationFailed(f"Invalid session policy. {error.message}") from None
