"""BatchGetSecretValue: decoded request to service call, and back; no rules here.

`SecretValues` and `Errors` are there even where they are empty, as in AWS's examples.
"""

from __future__ import annotations

from vault.api.errors import wire_error
from vault.api.operations.secretsmanager_access import batch_checks, reading_checks
from vault.api.operations.secretsmanager_answers import Answer, present, value_entry
from vault.api.operations.secretsmanager_members import Request, search_filters
from vault.api.operations.secretsmanager_table import operation
from vault.domain.context import CallContext
from vault.domain.operation import AccessCheck
from vault.services.batch import BatchQuery, Refusal
from vault.services.binding import Services


def _batch(services: Services, context: CallContext, request: Request) -> Answer:
    def permission(secret_id: str) -> AccessCheck:
        return reading_checks(services, context, {"SecretId": secret_id})[0]

    query = BatchQuery(
        secret_ids=tuple(request.get("SecretIdList", ())),
        filters=search_filters(request),
        limit=request.get("MaxResults"),
        next_token=request.get("NextToken", ""),
    )
    batch = services.batch.read(context, query, permission)
    values = [value_entry(reading) for reading in batch.readings]
    errors = [_error(refusal) for refusal in batch.refusals]
    return {"SecretValues": values, "Errors": errors} | present(NextToken=batch.next_token)


def _error(refusal: Refusal) -> Answer:
    wired = wire_error(refusal.error)
    return {"SecretId": refusal.secret_id, "ErrorCode": wired.code, "Message": wired.message}


OPERATIONS = (operation("BatchGetSecretValue", _batch, checks=batch_checks, read_only=True, recorded=()),)
