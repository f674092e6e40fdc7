"""What a region answers to a message from another, and what becomes of the task that sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from vault.domain.replication import (
    Task,
    is_ahead,
    key_unusable,
    name_exists,
    not_enabled,
    not_reached,
    replicated_otherwise,
)


class Outcome(StrEnum):
    """How a message was taken. The last two are no answers: nobody gave one."""

    APPLIED = "Applied"
    MISSING = "Missing"
    AHEAD = "Ahead"
    NAME_EXISTS = "NameExists"
    REPLICATED_OTHERWISE = "ReplicatedOtherwise"
    KEY_UNUSABLE = "KeyUnusable"
    NOT_ENABLED = "NotEnabled"
    GONE = "Gone"
    REFUSED = "Refused"
    NO_ANSWER = "NoAnswer"


_FOR_A_CALLER = (Outcome.NAME_EXISTS, Outcome.REPLICATED_OTHERWISE, Outcome.AHEAD)
"""Failures that pass only when somebody does something and asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; `detail` says in one word why a request was refused at the door."""

    outcome: Outcome
    version_ids: Sequence[str] = ()
    """With MISSING: the versions whose values must be sent again."""
    accessed: date | None = None
    generation: int = 0
    """With AHEAD: the generation that the replica holds."""
    detail: str = ""

    def members(self) -> dict[str, Any]:
        """Return the answer as the operation's members."""
        shown: dict[str, Any] = {"Outcome": self.outcome.value}
        if self.version_ids:
            shown["VersionIds"] = list(self.version_ids)
        if self.generation:
            shown["Generation"] = self.generation
        return shown | ({"AccessedOn": self.accessed.isoformat()} if self.accessed is not None else {})

    @classmethod
    def from_members(cls, members: Mapping[str, Any]) -> Reply:
        """Return the answer that `members()` described. Raises `ValueError`, `KeyError` for what is none."""
        accessed = members.get("AccessedOn")
        return cls(
            outcome=Outcome(members["Outcome"]),
            version_ids=tuple(str(each) for each in members.get("VersionIds", ())),
            accessed=date.fromisoformat(accessed) if accessed else None,
            generation=int(members.get("Generation", 0)),
        )

    def failed(self, task: Task, name: str, now: datetime) -> Task:
        """Return a task after an answer that is no success; `name` is the secret's."""
        if self.outcome is Outcome.NO_ANSWER:
            return task.unanswered(not_reached(task.region), now=now)
        again = self.outcome not in _FOR_A_CALLER
        return task.failed(self._message(task.region, name), now=now, again=again, generation=self.generation)

    def _message(self, region: str, name: str) -> str:
        messages = {
            Outcome.NAME_EXISTS: name_exists(name, region),
            Outcome.REPLICATED_OTHERWISE: replicated_otherwise(name, region),
            Outcome.KEY_UNUSABLE: key_unusable(region),
            Outcome.NOT_ENABLED: not_enabled(region),
            Outcome.AHEAD: is_ahead(region),
            Outcome.GONE: f"Replication failed: the replica in region {region} was deleted.",
        }
        return messages.get(self.outcome, f"Replication failed: region {region} refused the request ({self.detail}).")
