"""Plans two users that take turns: where a superuser can make the second one, user name and password move together.

Both have to be read in the same moment, else a process could log in as one user with the password of the other. So
the user name must stand beside the password, in the same call or mapping; elsewhere one user keeps its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from remediation.connection import alternating_of, user_place
from remediation.errors import NotRewritable
from remediation.model import Disposition, Reference, SecretPlan, Snapshot
from remediation.rewriters import python_engines
from remediation.rewriters.literals import locate
from remediation.rewriters.source import PythonSource
from strongroom.kernel.secretvalue import SecretValue

FIELD = "username"
STRATEGY = "user-name"
_APART = "one user keeps its name here: for two in turn the user name has to stand beside the password, as a literal"


def with_two_users(planned: Sequence[SecretPlan], snapshot: Snapshot, superuser: str) -> list[SecretPlan]:
    """Return the plan with two users for each login that may have them; `superuser` is the name of a secret."""
    return [_with_two_users(secret, snapshot, superuser) for secret in planned]


def _with_two_users(secret: SecretPlan, snapshot: Snapshot, superuser: str) -> SecretPlan:
    strategy = alternating_of(secret.connection) if secret.connection is not None and secret.rotation else None
    if strategy is None:
        return secret
    users = [_user_of(reference, snapshot) for reference in secret.references]
    if None in users:
        return replace(secret, references=tuple(_explained(secret.references, users)))
    every = {(each.path, each.span.start): each for each in (*secret.references, *users) if each is not None}
    references = [_kept(each) for _, each in sorted(every.items())]
    return replace(secret, rotation=strategy, superuser=superuser, references=tuple(references))


def _kept(reference: Reference) -> Reference:
    """An engine that was to follow the password of one user keeps both where two take turns."""
    if reference.reason not in (python_engines.FOLLOWS, python_engines.ELSEWHERE):
        return reference
    strategy = "engine-url" if reference.strategy == python_engines.STRATEGY else reference.strategy
    return replace(reference, strategy=strategy, reason=python_engines.KEEPS, engines=())


def _explained(references: Sequence[Reference], users: Sequence[Reference | None]) -> Iterator[Reference]:
    for reference, user in zip(references, users, strict=True):
        reason = f"{reference.reason}; {_APART}" if reference.reason else _APART
        yield reference if user is not None else replace(reference, disposition=Disposition.REVIEW, reason=reason)


def _user_of(reference: Reference, snapshot: Snapshot) -> Reference | None:
    """Return the place of the user name that belongs to a password, None where none stands beside it."""
    if not reference.path.endswith(".py"):
        return None
    data = snapshot.entries[reference.path].data
    source = PythonSource.parse(data)
    try:
        place = user_place(source, locate(source, reference.span, reference.value))
    except NotRewritable:
        return None
    if place is None:
        return None
    span, name = place
    return replace(
        reference,
        span=span,
        line=data.count(b"\n", 0, span.start) + 1,
        value=SecretValue(name),
        strategy=STRATEGY,
        field=FIELD,
        parts=(),
    )
