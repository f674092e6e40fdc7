"""TagResource and UntagResource: decoded request to service call; no rules here."""

from __future__ import annotations

from vault.api.operations.secretsmanager_answers import Answer
from vault.api.operations.secretsmanager_members import Request, tag_pairs
from vault.api.operations.secretsmanager_table import operation
from vault.domain.context import CallContext
from vault.services.binding import Services


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.tagging.tag(context, request["SecretId"], tag_pairs(request))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.tagging.untag(context, request["SecretId"], request["TagKeys"])
    return {}


OPERATIONS = (
    operation("TagResource", _tag),
    operation("UntagResource", _untag),
)
