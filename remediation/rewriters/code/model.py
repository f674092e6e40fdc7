"""What every rewriter of a programming language is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from remediation.model import Connection, Disposition, Edit, Entry, Step
from remediation.rewriters.configuration.model import File, Place
from strongroom.kernel.secretvalue import SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What stands at a place: the credential to store, when the program reads it, and how sure a rewrite is."""

    strategy: str
    secret: SecretValue
    eager: bool
    """Read when the program (or what holds it) starts, and kept from then on."""
    binding: str = ""
    connection: Connection | None = None
    disposition: Disposition = Disposition.SAFE
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A place to replace, and the secret (and field of it) that is read instead."""

    place: Place
    name: str
    field: str | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the accessor of some files lies, and what the language calls the unit that holds it.

    `unit` is what goes into the generated file: Go's package, Java's, C#'s namespace. `address` is what other files
    import: Go's path, the full name of Java's class. `folder` is where the manifest is looked for, upwards.
    """

    path: str
    unit: str
    address: str
    folder: str
    ambient: frozenset[str] = frozenset()
    """What every file around sees without importing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessor:
    """How a language's accessor is written and read again."""

    template: str
    listed: str
    """A regular expression for a line that names a secret which rotates, with the name as its group."""
    features: Mapping[str, str]
    """Parts that an accessor has only where code calls them: a name for the template, and the function's own name."""


class Language(Protocol):
    """A module that rewrites one language (or a family of them, by the path's ending)."""

    ACCESSOR: Accessor

    def judge(self, file: File, place: Place) -> Use:
        """Return what stands at a place. Raises `NotRewritable` with the reason where it cannot be rewritten."""

    def home(self, tree: Mapping[str, bytes], paths: Sequence[str]) -> Mapping[str, Home]:
        """Return for each file the accessor that it is to use. Raises `NotRewritableFile`."""

    def rewrite(self, file: File, fetches: Sequence[Fetch], home: Home) -> bytes:
        """Return the file without the values. Raises `NotRewritable` where the edits do not prove themselves."""

    def depend(self, entries: Mapping[str, Entry], home: Home) -> tuple[Sequence[Edit], Sequence[Step]]:
        """Return the edits that list the SDK in the project's manifest, and what a person has to do about it."""
