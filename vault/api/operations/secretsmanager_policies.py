"""The operations on resource policies: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from vault.api.operations.secretsmanager_access import validation_checks
from vault.api.operations.secretsmanager_answers import Answer, present
from vault.api.operations.secretsmanager_members import Request
from vault.api.operations.secretsmanager_table import operation
from vault.domain.context import CallContext
from vault.domain.policy_documents import DEFAULT_NAME
from vault.domain.secret import Secret
from vault.services.binding import Services


def _put(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.policies.put(
        context,
        request["SecretId"],
        request["ResourcePolicy"],
        name=_name(request),
        block_public=request.get("BlockPublicPolicy", False),
    )
    return _answer(secret, request)


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.policies.get(context, request["SecretId"], name=_name(request))
    return _answer(secret, request) | present(ResourcePolicy=secret.policy)


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    return _answer(services.policies.delete(context, request["SecretId"], name=_name(request)), request)


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    names = services.policies.names(context, request["SecretId"], next_token=request.get("NextToken", ""))
    return {"ResourcePolicies": [{"PolicyName": name} for name in names]}


def _validate(services: Services, context: CallContext, request: Request) -> Answer:
    findings = services.policies.validate(context, request.get("SecretId"), request["ResourcePolicy"])
    errors = [{"CheckName": finding.check, "ErrorMessage": finding.message} for finding in findings]
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _name(request: Request) -> str:
    name: str = request.get("PolicyName", DEFAULT_NAME)
    return name


def _answer(secret: Secret, request: Request) -> Answer:
    """Return what all answer with; who names no policy is told of none, as was recorded from AWS."""
    return present(ARN=secret.arn, Name=secret.name, PolicyName=request.get("PolicyName"))


OPERATIONS = (
    operation("PutResourcePolicy", _put),
    operation("GetResourcePolicy", _get, read_only=True, recorded=()),
    operation("DeleteResourcePolicy", _delete),
    operation("ListResourcePolicies", _list, read_only=True, recorded=()),
    operation("ValidateResourcePolicy", _validate, checks=validation_checks, read_only=True, recorded=()),
)
