"""The text of a pull request: what moved, how it is read, what to grant, to rotate, to do, and how to undo it.

No value is in it: names of files and reasons, in which one might stand, are masked in every form we know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remediation import hosted_rotation, naming
from remediation.fix import FixResult
from remediation.markdown import code, listed, plain
from remediation.mentions import forms, worth_searching
from remediation.model import Disposition, Layout, Plan, Reference, SecretPlan, Step
from remediation.policy import reading_policy
from remediation.request_facts import Facts
from remediation.templating import render
from strongroom import __version__

MOST_BYTES = 48_000
"""GitHub takes 65,536 characters; the rest is left to what people add."""
_ROWS = (1000, 300, 150, 80, 40, 20, 10, 5, 2)
_MASK = "••••••••"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the text is about: a plan, what came of it, and what the store says of its secrets."""

    plan: Plan
    result: FixResult
    facts: Mapping[str, Facts]
    base: str
    store: str
    """Where the secrets are, in words."""
    at_amazons: bool = False
    """Whether that is Amazon's own, where CloudFormation makes rotation functions."""


def title(plan: Plan) -> str:
    """Return the title, which is the first line of the commit's message."""
    number = len(plan.secrets)
    if number == 1:
        return f"Read the secret {plan.secrets[0].name} from the store instead of from the code"
    return f"Read {number} secrets from the store instead of from the code"


def needs_review(plan: Plan) -> bool:
    """Tell whether a step has to be looked at by a person before it may be merged."""
    return any(step.disposition is Disposition.REVIEW for step in plan.steps)


def body(about: About) -> str:
    """Return the text: the same for the same fix, and within `MOST_BYTES`; long tables are cut, and say so."""
    text = ""
    for most in _ROWS:
        text = render("pr_body.md.j2", **_Words(about, most).values())
        if len(text.encode("utf-8")) <= MOST_BYTES:
            break
    return text


class _Words:
    """The parts of one text, with at most so many rows in each table."""

    def __init__(self, about: About, most: int) -> None:
        self._plan = about.plan
        self._result = about.result
        self._facts = about.facts
        self._base = about.base
        self._store = about.store
        self._at_amazons = about.at_amazons
        self._most = most
        self._spellings = _spellings(about.plan)

    def _policy(self, names: list[str]) -> str:
        policy = reading_policy(names, self._keys(), describing=self._describes())
        return json.dumps(json.loads(policy), indent=2)

    def _describes(self) -> bool:
        """Tell whether the code reads with AWS's caching library."""
        return any(b"aws_secretsmanager_caching" in edit.after for edit in self._plan.patch.edits)

    def values(self) -> dict[str, Any]:
        secrets = self._plan.secrets
        names = [secret.name for secret in secrets]
        review = [step for step in self._plan.steps if step.disposition is Disposition.REVIEW]
        left = list(dict.fromkeys(self._result.manual))
        moved = [self._moved(secret, each) for secret in secrets for each in secret.references]
        variables = [naming.variable(secret.name, field) for secret in secrets for field in secret.fields_read]
        rewritten = {reference.path for secret in secrets for reference in secret.references}
        return {
            "version": __version__,
            "number": len(secrets),
            "moved": moved[: self._most],
            "moved_more": max(len(moved) - self._most, 0),
            "beside": listed([self._masked(each) for each in self._result.files if each not in rewritten], self._most),
            "policy": self._policy(names),
            "aliases": [code(each.key) for each in self._facts.values() if ":alias/" in each.key],
            "variables": listed(variables, self._most),
            "binary": listed([secret.name for secret in secrets if secret.layout is Layout.BINARY], self._most),
            "rotation": [self._rotation(secret) for secret in secrets][: self._most],
            "rotation_more": max(len(secrets) - self._most, 0),
            "rotating": self._result.rotating[: self._most],
            "hosted": self._hosted(),
            "replaced_by_hand": listed([each for each in names if each not in self._result.rotating], self._most),
            "review": self._steps(review),
            "review_more": max(len(review) - self._most, 0),
            "left": self._steps(left),
            "left_more": max(len(left) - self._most, 0),
            "places": self._places(),
            "places_more": max(len(secrets) - self._most, 0),
            "files": len(self._result.files),
            "base": code(self._base),
            "store": plain(self._store),
            "branch": code(self._result.branch),
        }

    def _keys(self) -> list[str]:
        return sorted({each.key for each in self._facts.values() if each.key and ":alias/" not in each.key})

    def _moved(self, secret: SecretPlan, reference: Reference) -> Mapping[str, str]:
        return {
            "secret": code(secret.name),
            "field": code(field) if (field := reference.field or secret.field) else "",
            "place": self._place(reference.path, reference.line),
            "how": plain(reference.strategy.replace("-", " ")),
            "when": _when(reference),
        }

    def _rotation(self, secret: SecretPlan) -> Mapping[str, str]:
        known = self._facts.get(secret.name, Facts())
        return {
            "secret": code(secret.name),
            "strategy": code(secret.rotation) if secret.rotation else "none",
            "state": _state(secret, known, attached=secret.name in self._result.rotating),
            "processes": "restart them after each rotation" if secret.kept_by_processes else "go on by themselves",
        }

    def _hosted(self) -> str:
        """Return the stack that turns on what the store could not, nothing where there is none to turn on."""
        off = [secret for secret in self._plan.secrets if secret.name not in self._result.rotating]
        found = hosted_rotation.hosted(off)[: self._most] if self._at_amazons else ()
        return hosted_rotation.template(found) if found else ""

    def _steps(self, steps: Sequence[Step]) -> list[Mapping[str, str]]:
        return [
            {
                "place": self._place(step.path, step.line) if step.path else "",
                "action": plain(self._masked(step.action)),
                "reason": plain(self._masked(step.reason)),
            }
            for step in steps[: self._most]
        ]

    def _place(self, path: str, line: int) -> str:
        return code(f"{self._masked(path)}:{line}")

    def _masked(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, _MASK)
        return text

    def _places(self) -> str:
        """Return which values the recipe for the history asks the store for, as the rows of a Python list."""
        rows = [
            (secret.name, secret.field, self._facts.get(secret.name, Facts()).version)
            for secret in self._plan.secrets[: self._most]
        ]
        return "\n".join(f"    {row!r}," for row in rows)


def _when(reference: Reference) -> str:
    if not reference.eager:
        return "each time this line runs, from a short cache"
    return "once, when its module is imported" if reference.path.endswith(".py") else "once, when the program starts"


def _spellings(plan: Plan) -> list[str]:
    """Return every form of every value that is known, the longest first."""
    values = [secret.value for secret in plan.secrets]
    values += [reference.value for secret in plan.secrets for reference in secret.references]
    values += [finding.value for finding in plan.left]
    known = {text for value in values if worth_searching(value) for texts in forms(value).values() for text in texts}
    return sorted((text.decode("utf-8", "surrogateescape") for text in known), key=len, reverse=True)


def _state(secret: SecretPlan, known: Facts, *, attached: bool) -> str:
    if secret.rotation is None:
        return "no function can: replace the value where it was given out, then put the new one into the store"
    if not attached:
        return "not on: the store did not attach it"
    start = f"attached; starts after the merge with {code(f'strongroom rotate now {secret.name}')}"
    if "alternating" in secret.rotation:
        start += ", twice, with a restart between: the value from the code is refused only after the second"
    return f"{start}; by itself by {known.due}" if known.due else start
