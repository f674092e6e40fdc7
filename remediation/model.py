"""The types of a fix: what is planned, what is edited. All frozen; nothing here has an effect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.model import Finding, Span
from strongroom.kernel.secretvalue import SecretValue


class Disposition(StrEnum):
    """How far a step may be trusted: done, done but to be looked at, or left to a person."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


class Layout(StrEnum):
    """The form of a secret in the store: one string, the JSON fields of a connection, or bytes."""

    PLAIN = "plain"
    FIELDS = "fields"
    BINARY = "binary"


class Style(StrEnum):
    """What the accessor module reads with: a cache of its own, AWS's caching library, or boto3 each time."""

    ACCESSOR = "accessor"
    CACHING_LIBRARY = "caching-library"
    BOTO3 = "boto3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """How the one who runs a fix wants code to be written."""

    style: Style = Style.ACCESSOR
    lazy: bool = False
    """Constants that only functions read are fetched there, not when their module is imported."""


USUAL = Taste()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a commit: its git mode (`100644`, `100755`), blob id and bytes."""

    mode: str
    blob_id: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The commit a fix starts from; `app` is the slug of the repository's name, links and submodules are left out."""

    app: str
    commit: str
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The parts of one login that stand beside the password in code; None where the code does not say."""

    engine: str
    host: str | None = None
    port: int | None = None
    username: str | None = None
    dbname: str | None = None

    def same_login(self, other: Connection) -> bool:
        """Tell whether both can be one account on one server: no part that both know differs."""
        pairs = (
            (self.engine, other.engine),
            (self.host, other.host),
            (self.port, other.port),
            (self.username, other.username),
        )
        return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)

    def completed_by(self, other: Connection) -> Connection:
        """Return this connection with the parts it lacks taken from `other`."""
        return Connection(
            engine=self.engine,
            host=self.host if self.host is not None else other.host,
            port=self.port if self.port is not None else other.port,
            username=self.username if self.username is not None else other.username,
            dbname=self.dbname if self.dbname is not None else other.dbname,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A place in another file that changes for the sake of a reference, though no value stands there."""

    path: str
    line: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One place in code that will fetch the secret; `span` belongs to the blob named by `blob_id`."""

    path: str
    blob_id: str
    span: Span
    line: int
    value: SecretValue
    """The value as this place spells it: percent-encoded inside a URL."""
    strategy: str
    eager: bool
    """Evaluated when its module is imported, so that a process keeps the value until it is restarted."""
    kept: bool = False
    """What reads it keeps the value as long, whenever it is evaluated."""
    disposition: Disposition
    reason: str
    fingerprint: str
    field: str | None = None
    """The field that is read here, where it is not the secret's own."""
    parts: tuple[Span, ...] = ()
    """Where the rest of the value stands, if several literals make it up."""
    engines: tuple[Elsewhere, ...] = ()
    """Where other modules make engines of the URL that the value stands in."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the files that change for it."""
        return self.path, *(engine.path for engine in self.engines)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlan:
    """A secret to create or reuse, and the places that will read it."""

    name: str
    value: SecretValue
    references: tuple[Reference, ...]
    connection: Connection | None = None
    rotation: str | None = None
    """The rotation strategy, such as `postgres-single`; None where the value is not rotated by us."""
    superuser: str | None = None
    """The secret of who makes and changes users, where two take turns: its name, then the ARN that the store gives."""

    @property
    def layout(self) -> Layout:
        """Return the form the secret has in the store."""
        if self.connection is not None:
            return Layout.FIELDS
        return Layout.PLAIN if self.value.is_text else Layout.BINARY

    @property
    def field(self) -> str | None:
        """Return the JSON field that the code reads, None for a secret that is one value."""
        return "password" if self.connection is not None else None

    @property
    def kept_by_processes(self) -> bool:
        """Tell whether some process keeps the value until it is restarted."""
        return any(reference.eager or reference.kept for reference in self.references)

    @property
    def keeps_previous(self) -> bool:
        """Tell whether what reads the value goes by the one before a rotation, too."""
        return self.rotation is not None and any(reference.kept for reference in self.references)

    @property
    def fields_read(self) -> tuple[str | None, ...]:
        """Return the fields that the code reads, sorted."""
        return tuple(sorted({reference.field or self.field for reference in self.references}, key=str))

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Return the sorted fingerprints of the findings this secret answers."""
        return tuple(sorted({reference.fingerprint for reference in self.references}))

    def fields(self) -> dict[str, str | int]:
        """Return the JSON document in the order that rotation functions document; empty for other layouts."""
        if self.connection is None:
            return {}
        known: dict[str, str | int | None] = {
            "engine": self.connection.engine,
            "host": self.connection.host,
            "port": self.connection.port,
            "username": self.connection.username,
            "password": self.value.reveal_text(),
            "dbname": self.connection.dbname,
            "masterarn": self.superuser,
        }
        return {name: part for name, part in known.items() if part is not None}

    def payload(self) -> SecretValue:
        """Return what the store has to hold."""
        return SecretValue(json.dumps(self.fields())) if self.connection is not None else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the fix does or leaves to a person, as the plan shows it."""

    path: str
    line: int
    disposition: Disposition
    action: str
    """What happens there: the strategy of a rewrite, or what a person has to do."""
    reason: str = ""
    secret: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A copy of a planned value that no rewrite touches, in the form it was found (`plain`, `base64`, `hex`, …)."""

    path: str
    line: int
    secret: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file's new bytes, tied to the blob they were computed from; `blob_id` is None for a new file."""

    path: str
    mode: str
    blob_id: str | None
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Every file a fix changes, sorted by path, and what could not be written for a person to do."""

    edits: tuple[Edit, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen, without effects. `left` are findings nothing is done about."""

    app: str
    secrets: tuple[SecretPlan, ...]
    left: tuple[Finding, ...]
    mentions: tuple[Mention, ...]
    patch: Patch
    steps: tuple[Step, ...]
    taste: Taste = USUAL

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Return the sorted fingerprints of all findings that the fix answers."""
        return tuple(sorted({print_ for secret in self.secrets for print_ in secret.fingerprints}))
