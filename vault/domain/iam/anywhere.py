"""What IAM Roles Anywhere keeps: trust anchors, profiles, revocation lists, and the subjects that came.

Source: IAM Roles Anywhere API Reference, "Data Types"; the rules for attribute mappings are those of the User Guide's
"Trust model".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from vault.domain.iam.entities import Document, Entity
from vault.domain.tags import Tags

SERVICE = "rolesanywhere.amazonaws.com"
"""Who assumes the role, as its trust policy names it."""
DEFAULT_SECONDS = 3600
MAPPINGS: Mapping[str, tuple[str, ...]] = {"x509Subject": ("*",), "x509Issuer": ("*",), "x509SAN": ("*",)}
"""Which parts of a certificate become session tags where nothing else is set."""
_MOST_TAG_VALUE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Regional(Entity):
    """An entity of one region, whose `name` is its id and whose `title` is what its owner calls it."""

    region: str
    title: str
    updated: datetime
    enabled: bool = True
    tags: Tags = ()

    @property
    def arn(self) -> str:
        """The ARN."""
        return f"arn:aws:rolesanywhere:{self.region}:{self.account_id}:{self.kind}/{self.name}"

    def document(self) -> Document:
        """Return the entity as JSON values."""
        return {
            **Entity.document(self),
            "region": self.region,
            "title": self.title,
            "updated": self.updated.isoformat(),
            "enabled": self.enabled,
            "tags": [list(pair) for pair in self.tags],
        }


def _common(content: Mapping[str, Any]) -> Document:
    names = ("account_id", "name", "path", "entity_id", "region", "title", "enabled")
    return {
        **{name: content[name] for name in names},
        "created": datetime.fromisoformat(content["created"]),
        "updated": datetime.fromisoformat(content["updated"]),
        "tags": tuple((key, value) for key, value in content["tags"]),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnchor(Regional):
    """CA certificates whose word is taken."""

    kind: ClassVar[str] = "trust-anchor"
    certificates: str
    """PEM."""
    notifications: tuple[Mapping[str, Any], ...] = ()

    def document(self) -> Document:
        """Return the anchor as JSON values."""
        own = {"certificates": self.certificates, "notifications": [dict(each) for each in self.notifications]}
        return {**Regional.document(self), **own}

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        notifications = tuple(content["notifications"])
        return cls(**_common(content), certificates=content["certificates"], notifications=notifications)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Regional):
    """Which roles may be assumed, and what narrows their sessions."""

    kind: ClassVar[str] = "profile"
    role_arns: tuple[str, ...] = ()
    session_policy: str = ""
    policy_arns: tuple[str, ...] = ()
    seconds: int = DEFAULT_SECONDS
    accepts_session_name: bool = False
    needs_properties: bool = False
    created_by: str = ""
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(MAPPINGS))

    def document(self) -> Document:
        """Return the profile as JSON values."""
        return {
            **Regional.document(self),
            "role_arns": list(self.role_arns),
            "session_policy": self.session_policy,
            "policy_arns": list(self.policy_arns),
            "seconds": self.seconds,
            "accepts_session_name": self.accepts_session_name,
            "needs_properties": self.needs_properties,
            "created_by": self.created_by,
            "mappings": {name: list(specifiers) for name, specifiers in self.mappings.items()},
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        names = ("session_policy", "seconds", "accepts_session_name", "needs_properties", "created_by")
        return cls(
            **_common(content),
            **{name: content[name] for name in names},
            role_arns=tuple(content["role_arns"]),
            policy_arns=tuple(content["policy_arns"]),
            mappings={name: tuple(specifiers) for name, specifiers in content["mappings"].items()},
        )

    def tags_of(self, names: Iterable[tuple[str, str, str]]) -> Tags:
        """Return the session tags of what a certificate says: field, specifier and value of each part.

        Parts of the same name stand in one tag, in their order, with `/` between.
        """
        found: dict[str, str] = {}
        for part, specifier, value in names:
            if any(_covers(rule, specifier) for rule in self.mappings.get(part, ())):
                key = f"{part}/{specifier}"
                found[key] = f"{found[key]}/{value}" if key in found else value
        return tuple((key, value[:_MOST_TAG_VALUE]) for key, value in found.items())


def _covers(rule: str, specifier: str) -> bool:
    """Tell whether a mapping rule is about a part: `*` is about all, `Name/*` about those of a directory name."""
    return rule in ("*", specifier) or (rule.endswith("/*") and specifier.startswith(rule[:-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl(Regional):
    """A certificate revocation list."""

    kind: ClassVar[str] = "crl"
    data: str
    """As it was imported, in base64."""
    anchor_arn: str

    def document(self) -> Document:
        """Return the list as JSON values."""
        return {**Regional.document(self), "data": self.data, "anchor_arn": self.anchor_arn}

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        return cls(**_common(content), data=content["data"], anchor_arn=content["anchor_arn"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCertificate:
    """A certificate that came for a subject."""

    serial: str
    issuer: str
    pem: str
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Regional):
    """Who came with a certificate; `title` is the certificate's subject."""

    kind: ClassVar[str] = "subject"
    seen: datetime
    certificates: tuple[SeenCertificate, ...] = ()

    def document(self) -> Document:
        """Return the subject as JSON values."""
        return {
            **Regional.document(self),
            "seen": self.seen.isoformat(),
            "certificates": [[each.serial, each.issuer, each.pem, each.seen.isoformat()] for each in self.certificates],
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        return cls(
            **_common(content),
            seen=datetime.fromisoformat(content["seen"]),
            certificates=tuple(
                SeenCertificate(serial=serial, issuer=issuer, pem=pem, seen=datetime.fromisoformat(seen))
                for serial, issuer, pem, seen in content["certificates"]
            ),
        )
