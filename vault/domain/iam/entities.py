"""Users, groups, roles, managed policies, virtual MFA devices and an account's settings, each one document.

An entity knows what hangs on it: a user its groups, keys, devices and password, everybody their policies. Names are
unique within an account whatever their case. Source: IAM API Reference, "Data Types".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from vault.domain.iam.names import ACCOUNT, GROUP, MFA, POLICY, ROLE, USER, arn
from vault.domain.tags import Tags

Document = dict[str, Any]
Trusted = tuple[tuple[str, str], ...]
"""ARNs with the ids that they were given for."""
Inline = tuple[tuple[str, str], ...]
"""Policies by name, as the texts that were put."""


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _pairs(content: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(ABC):
    """What every entity has. `entity_id` is its own for ever, whoever takes its name later."""

    account_id: str
    name: str
    path: str
    entity_id: str
    created: datetime
    kind: ClassVar[str]

    @property
    def arn(self) -> str:
        """The ARN."""
        return arn(self.kind, self.account_id, self.path, self.name)

    def document(self) -> Document:
        """Return the entity as JSON values, which its kind's `from_document` reads."""
        return {
            "account_id": self.account_id,
            "name": self.name,
            "path": self.path,
            "entity_id": self.entity_id,
            "created": self.created.isoformat(),
        }

    @classmethod
    @abstractmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""


def _common(content: Mapping[str, Any]) -> Document:
    names = ("account_id", "name", "path", "entity_id")
    return {**{name: content[name] for name in names}, "created": datetime.fromisoformat(content["created"])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(Entity):
    """An entity that policies hang on."""

    inline: Inline = ()
    attached: tuple[str, ...] = ()
    """ARNs of managed policies, in the order they were attached."""

    def document(self) -> Document:
        """Return the entity as JSON values."""
        held = {"inline": [list(each) for each in self.inline], "attached": list(self.attached)}
        return {**Entity.document(self), **held}


def _held(content: Mapping[str, Any]) -> Document:
    return {**_common(content), "inline": _pairs(content["inline"]), "attached": tuple(content["attached"])}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserKey:
    """An access key of a user; its secret half lies sealed elsewhere."""

    access_key_id: str
    created: datetime
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user's password. `verifiers` are sealed: the present one in front, then earlier ones."""

    created: datetime
    changed: datetime
    verifiers: tuple[str, ...]
    reset_required: bool = False
    failures: int = 0
    """Tries in a row that were wrong."""
    last_failure: datetime | None = None
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Holder):
    """A user."""

    kind: ClassVar[str] = USER
    tags: Tags = ()
    boundary: str = ""
    groups: tuple[str, ...] = ()
    keys: tuple[UserKey, ...] = ()
    login: Login | None = None
    devices: tuple[str, ...] = ()
    """Serial numbers of the MFA devices that are enabled for it."""

    def document(self) -> Document:
        """Return the user as JSON values."""
        return {
            **Holder.document(self),
            "tags": [list(each) for each in self.tags],
            "boundary": self.boundary,
            "groups": list(self.groups),
            "keys": [[key.access_key_id, key.created.isoformat(), key.active] for key in self.keys],
            "login": None if self.login is None else _login_document(self.login),
            "devices": list(self.devices),
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        return cls(
            **_held(content),
            tags=_pairs(content["tags"]),
            boundary=content["boundary"],
            groups=tuple(content["groups"]),
            keys=tuple(
                UserKey(access_key_id=key_id, created=datetime.fromisoformat(made), active=active)
                for key_id, made, active in content["keys"]
            ),
            login=None if content["login"] is None else _login(content["login"]),
            devices=tuple(content["devices"]),
        )


def _login_document(login: Login) -> Document:
    return {
        "created": login.created.isoformat(),
        "changed": login.changed.isoformat(),
        "verifiers": list(login.verifiers),
        "reset_required": login.reset_required,
        "failures": login.failures,
        "last_failure": _text(login.last_failure),
        "last_used": _text(login.last_used),
    }


def _login(content: Mapping[str, Any]) -> Login:
    return Login(
        created=datetime.fromisoformat(content["created"]),
        changed=datetime.fromisoformat(content["changed"]),
        verifiers=tuple(content["verifiers"]),
        reset_required=content["reset_required"],
        failures=content["failures"],
        last_failure=_moment(content["last_failure"]),
        last_used=_moment(content["last_used"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Holder):
    """A group of users, whose policies are those of its members."""

    kind: ClassVar[str] = GROUP

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        return cls(**_held(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Holder):
    """A role. `trust` is the policy that says who may assume it."""

    kind: ClassVar[str] = ROLE
    trust: str
    trusted: Trusted = ()
    """The users and roles that it names, as they were when it was put."""
    description: str = ""
    max_seconds: int = 3600
    tags: Tags = ()
    boundary: str = ""

    def document(self) -> Document:
        """Return the role as JSON values."""
        return {
            **Holder.document(self),
            "trust": self.trust,
            "trusted": [list(each) for each in self.trusted],
            "description": self.description,
            "max_seconds": self.max_seconds,
            "tags": [list(each) for each in self.tags],
            "boundary": self.boundary,
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        names = ("trust", "description", "max_seconds", "boundary")
        own = {name: content[name] for name in names}
        return cls(**_held(content), **own, tags=_pairs(content["tags"]), trusted=_pairs(content["trusted"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of a managed policy."""

    number: int
    document: str
    created: datetime

    @property
    def version_id(self) -> str:
        """The id, `v1` and so on."""
        return f"v{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy(Entity):
    """A managed policy with its versions, the oldest first."""

    kind: ClassVar[str] = POLICY
    updated: datetime
    versions: tuple[PolicyVersion, ...]
    default: int
    newest: int
    """The highest number that a version ever had."""
    description: str = ""
    tags: Tags = ()

    @property
    def text(self) -> str:
        """The policy as it holds now."""
        return next(each.document for each in self.versions if each.number == self.default)

    def version(self, version_id: str) -> PolicyVersion | None:
        """Return the version of an id."""
        return next((each for each in self.versions if each.version_id == version_id), None)

    def document(self) -> Document:
        """Return the policy as JSON values."""
        return {
            **Entity.document(self),
            "updated": self.updated.isoformat(),
            "versions": [[each.number, each.document, each.created.isoformat()] for each in self.versions],
            "default": self.default,
            "newest": self.newest,
            "description": self.description,
            "tags": [list(each) for each in self.tags],
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        return cls(
            **_common(content),
            updated=datetime.fromisoformat(content["updated"]),
            versions=tuple(
                PolicyVersion(number=number, document=text, created=datetime.fromisoformat(made))
                for number, text, made in content["versions"]
            ),
            default=content["default"],
            newest=content["newest"],
            description=content["description"],
            tags=_pairs(content["tags"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaDevice(Entity):
    """A virtual MFA device. Its name here is its path and name, since the serial number is made of both."""

    kind: ClassVar[str] = MFA
    seed: str
    """Sealed, in base64."""
    user: str = ""
    """Whose it is: a user's name, empty while it is nobody's."""
    enabled: datetime | None = None
    last_step: int = 0
    """Number of the last 30 seconds whose code was taken; none of them is good again."""
    drift: int = 0
    """By how many steps the device's clock was seen to be off."""
    failures: int = 0
    """Codes in a row that were wrong."""
    last_failure: datetime | None = None
    tags: Tags = ()

    @property
    def arn(self) -> str:
        """The serial number."""
        return f"arn:aws:iam::{self.account_id}:mfa{self.name}"

    def document(self) -> Document:
        """Return the device as JSON values."""
        return {
            **Entity.document(self),
            "seed": self.seed,
            "user": self.user,
            "enabled": _text(self.enabled),
            "last_step": self.last_step,
            "drift": self.drift,
            "failures": self.failures,
            "last_failure": _text(self.last_failure),
            "tags": [list(each) for each in self.tags],
        }

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        own = {name: content[name] for name in ("seed", "user", "last_step", "drift", "failures")}
        return cls(
            **_common(content),
            **own,
            enabled=_moment(content["enabled"]),
            last_failure=_moment(content["last_failure"]),
            tags=_pairs(content["tags"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings(Entity):
    """What belongs to an account itself: its alias and what its passwords must be."""

    kind: ClassVar[str] = ACCOUNT
    alias: str = ""
    password_policy: Mapping[str, Any] | None = None
    reported: datetime | None = None
    """When the last credential report was asked for."""

    def document(self) -> Document:
        """Return the settings as JSON values."""
        policy = None if self.password_policy is None else dict(self.password_policy)
        own = {"alias": self.alias, "password_policy": policy, "reported": _text(self.reported)}
        return {**Entity.document(self), **own}

    @classmethod
    def from_document(cls, content: Mapping[str, Any]) -> Self:
        """Read what `document` gave."""
        own = {name: content[name] for name in ("alias", "password_policy")}
        return cls(**_common(content), **own, reported=_moment(content["reported"]))
