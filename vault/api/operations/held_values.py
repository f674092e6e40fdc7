"""FindValues on the wire: decoded request to service call, and back; no rules here.

An operation of our own, since AWS has none of the kind. Its events are Secrets Manager's, with counts and the secrets
that were found: what was asked is marked sensitive in the model, and what is answered tells no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from strongroom.kernel.leaktags import LEAKED, REFUSED
from vault.api.operations.secretsmanager_access import stored_check
from vault.api.operations.secretsmanager_answers import Answer, present
from vault.api.operations.secretsmanager_members import Request
from vault.domain.context import CallContext
from vault.domain.operation import AccessCheck, Operation
from vault.domain.secret import Secret
from vault.domain.versions import SecretVersion
from vault.services.binding import Services

if TYPE_CHECKING:
    from vault.services.value_search import Match, SearchPage

_NAME = "FindValues"
_ACTION = f"strongroom:{_NAME}"
_RECORDED = ("Asked", "Secrets", "Versions", "Found", "SecretIdList", "KmsKeyIds")


def _checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return nothing to ask before: each secret is asked for by itself, and at the end whether there was any."""
    return ()


def _permission(secret: Secret | None) -> AccessCheck:
    return AccessCheck(action=_ACTION, resource="*", named="*") if secret is None else stored_check(_ACTION, secret)


def _find(services: Services, context: CallContext, request: Request) -> Answer:
    # Few stores are asked, and seldom.
    from vault.services.value_search import Question

    question = Question(key=request["Key"], digests=request["Digests"], next_token=request.get("NextToken", ""))
    return _answer(services.value_search.find(context, question, _permission), len(question.wanted()))


def _answer(page: SearchPage, digests: int) -> Answer:
    counts = {
        "Asked": digests,
        "Secrets": page.secrets,
        "Versions": page.versions,
        "Found": len(page.matches),
        "Matches": [_match(match) for match in page.matches],
        "Unopened": [_place(secret, version) for secret, version in page.unopened],
    }
    found = _arns(match.secret for match in page.matches)
    return counts | present(SecretIdList=found, KmsKeyIds=list(page.customer_keys), NextToken=page.next_token)


def _match(match: Match) -> Answer:
    from vault.domain.replaced import replaced_since

    secret, version = match.secret, match.version
    tags = dict(secret.tags)
    refused = tags.get(REFUSED) if tags.get(LEAKED) == version.version_id else None
    shown = {"Digest": match.digest, "IsCurrent": secret.versions.is_current(version.version_id)}
    return (
        _place(secret, version)
        | shown
        | present(
            VersionStages=sorted(version.stages),
            Member=match.member,
            CreatedDate=version.created,
            ReplacedDate=replaced_since(secret, version),
            LeakedRefused=refused,
            DeletedDate=secret.deletion.requested if secret.deletion is not None else None,
        )
    )


def _place(secret: Secret, version: SecretVersion) -> Answer:
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": version.version_id}


def _arns(secrets: Iterable[Secret]) -> list[str]:
    return list(dict.fromkeys(secret.arn for secret in secrets))


OPERATIONS: Mapping[str, Operation] = {
    _NAME: Operation(
        service="secretsmanager", name=_NAME, read_only=True, checks=_checks, run=_find, recorded_response=_RECORDED
    )
}
