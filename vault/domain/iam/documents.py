"""The policy documents that IAM takes: of identities, and the trust policies of roles; refused in its own words.

Source: IAM User Guide, "Grammar of the IAM JSON policy language"; the sentences are IAM's as recorded.
"""

from __future__ import annotations

import json
from functools import lru_cache

from vault.domain.errors import MalformedPolicyDocument
from vault.domain.iam.errors import QuotaExceeded
from vault.domain.iam.policy_form import SYNTAX, check_form
from vault.domain.policy import Policy
from vault.domain.policy_documents import NOT_JSON
from vault.domain.policy_grammar import GrammarFault, NotJson, parse

TRUST = "trust policy"
_ONLY_ASSUMING = "AssumeRole policy may only specify STS AssumeRole actions."
_ASSUMING = {
    "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
    "sts:setsourceidentity", "sts:setcontext", "sts:*", "*",
}  # fmt: skip


def check_identity_policy(document: str, *, managed: bool = False) -> None:
    """Raise `MalformedPolicyDocument` for what cannot be the policy of an identity, or one that several share."""
    check_form(document, managed=managed)
    known_identity_policy(document, "identity-based policy")


@lru_cache(maxsize=1024)
def known_identity_policy(document: str, source: str) -> Policy:
    """Return the policy in a document, which is parsed once. Raises `MalformedPolicyDocument`."""
    try:
        return parse(document, principals=False, source=source)
    except (NotJson, GrammarFault):
        raise MalformedPolicyDocument(SYNTAX) from None


def check_trust_policy(document: str) -> None:
    """Raise `MalformedPolicyDocument` for what cannot be the trust policy of a role."""
    policy = known_trust_policy(document)
    actions = {action.lower() for statement in policy.statements for action in statement.actions}
    if not actions <= _ASSUMING:
        raise MalformedPolicyDocument(_ONLY_ASSUMING)


@lru_cache(maxsize=1024)
def known_trust_policy(document: str) -> Policy:
    """Return the trust policy in a document, which is parsed once. Raises `MalformedPolicyDocument`."""
    try:
        return parse(document, principals=True, resources=False, source=TRUST)
    except NotJson:
        raise MalformedPolicyDocument(NOT_JSON) from None
    except GrammarFault as fault:
        raise MalformedPolicyDocument(_prohibited(document) or f"{SYNTAX} {fault}") from None


def _prohibited(document: str) -> str:
    """Return IAM's sentence where a statement has a member that a trust policy must not have."""
    content = json.loads(document)
    statements = content.get("Statement", []) if isinstance(content, dict) else []
    for statement in statements if isinstance(statements, list) else [statements]:
        for member in ("Resource", "NotResource"):
            if isinstance(statement, dict) and member in statement:
                return f"Has prohibited field {member}"
    return ""


def check_size(texts: list[str], most: int, told: str) -> None:
    """Raise `QuotaExceeded` with a sentence where documents are longer than `most` together; spaces do not count."""
    if sum(len("".join(text.split())) for text in texts) > most:
        raise QuotaExceeded(told)
