"""What every rewriter of configuration is given and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from remediation import naming
from remediation.errors import NotRewritable
from remediation.model import Connection, Disposition, Step
from strongroom.kernel.secretvalue import SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, and the tree it stands in: all paths with their bytes."""

    path: str
    data: bytes = field(repr=False)
    tree: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """Return the folder's path with a slash behind it; empty for the top."""
        return self.path[: -len(self.name)]

    @property
    def text(self) -> str:
        """Return the content. Raises `NotRewritable` where it is no UTF-8."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            raise NotRewritable("the file's encoding cannot be read") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value was found: a byte range of the file, and the value as its reader sees it there."""

    start: int
    end: int
    value: SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What stands at a place: the credential to store, what it is called, the login it belongs to, and how sure."""

    strategy: str
    secret: SecretValue
    binding: str = ""
    connection: Connection | None = None
    disposition: Disposition = Disposition.SAFE
    reason: str = ""
    whole: bool = True
    """`binding` names the value itself, and not a text of which it is a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A place to replace, and the secret (and field of it) that is read instead."""

    place: Place
    name: str
    field: str | None = None

    @property
    def variable(self) -> str:
        """Return the environment variable that hands the value over: the one that overrides the secret."""
        return environment_name(naming.variable(self.name, self.field))

    @property
    def reference(self) -> str:
        """Return the dynamic reference that `strongroom run` and CloudFormation resolve."""
        return reference(self.name, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Every file that changes, the environment that the changed files expect, and what is left to a person."""

    files: Mapping[str, bytes] = field(repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Names and texts with references, for `.strongroom/run.env`."""
    steps: tuple[Step, ...] = ()
    further: Callable[[Mapping[str, bytes]], Mapping[str, bytes]] | None = None
    """What the change needs in other files: given the tree with all files rewritten, those that change once more.
    Raises `NotRewritable`."""


class Format(Protocol):
    """A module that rewrites one format."""

    def judge(self, file: File, place: Place) -> Use:
        """Return what stands at a place. Raises `NotRewritable` with the reason where it cannot be rewritten."""

    def rewrite(self, file: File, fetches: Sequence[Fetch]) -> Written:
        """Return the file without the values. Raises `NotRewritable` where the edits do not prove themselves."""

    def parses(self, data: bytes) -> bool:
        """Tell whether the format's reader can read `data`."""


def reference(name: str, key: str | None) -> str:
    """Return `{{resolve:secretsmanager:…}}` for a secret or one field of it.

    Source: AWS CloudFormation User Guide, "Get a secret or secret value from Secrets Manager".
    """
    return f"{{{{resolve:secretsmanager:{name}{f':SecretString:{key}' if key else ''}}}}}"


def environment_name(name: str) -> str:
    """Return a variable's name that shells and forges take: it begins with a letter, and not with GITHUB or CI."""
    return name if name[0].isalpha() and not name.startswith(("GITHUB_", "CI_")) else f"APP_{name}"


def manual(path: str, line: int, action: str, reason: str, secret: str = "") -> Step:
    """Return a step for a person."""
    return Step(path=path, line=line, disposition=Disposition.MANUAL, action=action, reason=reason, secret=secret)


def look(path: str, line: int, action: str, reason: str, secret: str = "") -> Step:
    """Return a step that was done and that a person should know of."""
    return Step(path=path, line=line, disposition=Disposition.REVIEW, action=action, reason=reason, secret=secret)
