"""The types that flow through an audit: what is asked for, a task, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from strongroom.kernel.record import Record

Finding = Mapping[str, Any]
"""A finding as plain data, without its value: the fields of a scan's `json`, and those that `examined.py` adds."""


class State(StrEnum):
    """What has become of a finding."""

    OPEN = "open"
    FIXED = "fixed"
    """No longer in HEAD; whoever has the history has it still."""
    ROTATED = "rotated"
    """Its provider, or the vault that holds it, says that the value is dead."""
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"


class Change(StrEnum):
    """What happened to a finding since the audit of its repository before."""

    NEW = "new"
    MOVED = "moved"
    FIXED = "fixed"
    REOPENED = "reopened"
    UNCHANGED = "unchanged"


class Options(Record):
    """How an audit looks at each repository; the same for all its tasks."""

    min_confidence: str = "medium"
    analysis: str = "auto"
    history: bool = True
    verify: bool = False
    verify_hosts: tuple[str, ...] = ()
    rule_paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the options as plain data, equal for equal options."""
        return {
            "min_confidence": self.min_confidence,
            "analysis": self.analysis,
            "history": self.history,
            "verify": self.verify,
            "verify_hosts": list(self.verify_hosts),
            "rule_paths": list(self.rule_paths),
            "exclude": list(self.exclude),
        }


def options_of(data: Mapping[str, Any]) -> Options:
    """Return the options that `as_data` wrote."""
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Options(**given)


class Repository(Record):
    """One repository of an audit."""

    number: int
    """Its row in the audit's database."""
    name: str
    """What reports call it: unique among the repositories of a database."""
    location: str
    """An absolute path or a clone URL, free of user information."""


class Part(Record):
    """What of a repository a task looks at: `whole`, its `tree`, or one of several parts of its `history`.

    A further look, `held`, is for the places of values that a vault holds.
    """

    kind: str
    number: int = 0
    of: int = 1

    def as_text(self) -> str:
        """Return the part in one word, for a database and for people."""
        return self.kind if self.of == 1 else f"{self.kind} {self.number + 1}/{self.of}"


WHOLE = Part(kind="whole")


def part_of(text: str) -> Part:
    """Return the part that `as_text` wrote."""
    kind, _, share = text.partition(" ")
    number, _, of = share.partition("/")
    return Part(kind=kind, number=int(number) - 1, of=int(of)) if share else Part(kind=kind)


class Task(Record):
    """A piece of an audit that one worker does: it is leased, done again where a worker dies, and has no effects."""

    number: int
    audit: int
    repository: Repository
    part: Part
    deaths: int
    """How many workers died while they did it."""
    may_split: bool
    """Whether the worker may answer that the repository is better looked at in parts."""
    wanted: tuple[str, ...] = ()
    """Digests (hex) of values that a vault holds, for a look at where they stand."""


def task_data(task: Task) -> dict[str, Any]:
    """Return a task as plain data, for a worker in another process."""
    return {
        "number": task.number,
        "audit": task.audit,
        "repository": [task.repository.number, task.repository.name, task.repository.location],
        "part": task.part.as_text(),
        "deaths": task.deaths,
        "may_split": task.may_split,
        "wanted": list(task.wanted),
    }


def task_of(data: Mapping[str, Any]) -> Task:
    """Return the task that `task_data` wrote."""
    number, name, location = data["repository"]
    return Task(
        number=data["number"],
        audit=data["audit"],
        repository=Repository(number=number, name=name, location=location),
        part=part_of(data["part"]),
        deaths=data["deaths"],
        may_split=data["may_split"],
        wanted=tuple(data["wanted"]),
    )


Outcome = dict[str, Any]
"""What came of a task, as plain data that JSON holds: `findings`, `errors`, `suppressions`, `coverage`; or `split`,
in how many parts the history is to be looked at; or `failed`, why the repository could not be read. `digests` are those
of all its texts, in a file or as bytes, where a vault is to be asked about them; `held` is what the vault answered."""
