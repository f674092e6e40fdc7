"""What regions of a deployment tell each other, on the wire: decoded request to service call; no rules here.

Their events are Secrets Manager's: what happens to a secret is found in one place, whoever did it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vault.api.operations.secretsmanager_answers import Answer
from vault.api.operations.secretsmanager_members import Request
from vault.domain.context import CallContext
from vault.domain.operation import AccessCheck, Operation
from vault.domain.reply import Reply
from vault.services.binding import Services

_Take = Callable[[CallContext, str, bytes], Reply]


def _operation(name: str, take: Callable[[Services], _Take]) -> Operation:
    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (AccessCheck(action=f"strongroom:{name}", resource="*", named="*"),)

    def run(services: Services, context: CallContext, request: Request) -> Answer:
        return take(services)(context, request["Source"], request["Message"]).members()

    return Operation(
        service="secretsmanager", name=name, read_only=False, checks=checks, run=run, recorded_response=("Outcome",)
    )


OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        _operation("PutReplica", lambda services: services.replicas.put),
        _operation("RemoveReplica", lambda services: services.replicas.remove),
        _operation("LeaveReplica", lambda services: services.replicas.leave),
        _operation("SetRegion", lambda services: services.replicas.set_region),
    )
}
