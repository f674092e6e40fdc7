"""`strongroom vault explain`: whether somebody may do something, and which statement of which policy says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from strongroom.cli.connection import connected, vault_options
from strongroom.kernel.errors import CheckFailed, Denied, UsageError

_OWN_ACTION_ON_SECRETS = "strongroom:findvalues"
_DECISIONS = {"allowed": "allowed", "explicitDeny": "denied", "implicitDeny": "not allowed"}


@click.command(
    epilog="""\b
Examples:
  strongroom vault explain alice secretsmanager:GetSecretValue app/db
  strongroom vault explain role/deploy kms:Decrypt alias/orders
  strongroom vault explain alice secretsmanager:PutSecretValue app/db --context aws:SourceIp=203.0.113.7

Exit status: 0 allowed, 1 not allowed."""
)
@click.argument("principal")
@click.argument("action")
@click.argument("resource", default="*")
@click.option("--context", "entries", multiple=True, metavar="KEY=VALUE", help="A condition key of the call.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def explain(
    principal: str,
    action: str,
    resource: str,
    entries: tuple[str, ...],
    form: str,
    vault_name: str | None,
    data_dir: Path | None,
) -> None:
    """Tell whether PRINCIPAL may do ACTION on RESOURCE, and why.

    PRINCIPAL is a user's name, `role/NAME`, `group/NAME` or an ARN; RESOURCE a secret or KMS key by name, or any ARN.
    Its own policy and tags are taken into account. Nothing is done, and condition keys that only a call has are named
    where a policy asks for them.
    """
    keys = dict(_entry(each) for each in entries)
    with connected(vault_name, data_dir) as connection:
        sts = connection.client("sts")
        source = _arn(principal, sts.get_caller_identity()["Account"])
        asked: dict[str, Any] = {"PolicySourceArn": source, "ActionNames": [action]}
        found = _resource(connection.client, action, resource)
        asked["ResourceArns"] = [found.pop("arn")]
        keys = {**found.pop("keys"), **keys}
        if found and ":group/" not in source:
            asked |= {**found, "CallerArn": source}
        asked["ContextEntries"] = [
            {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for name, value in keys.items()
        ]
        (result,) = connection.client("iam").simulate_principal_policy(**asked)["EvaluationResults"]
    if form == "json":
        click.echo(json.dumps(_shown(source, result), indent=2))
    else:
        click.echo("\n".join(_lines(source, result)))
    if result["EvalDecision"] != "allowed":
        raise CheckFailed(f"{source} may not do it")


def _entry(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or ":" not in name:
        raise UsageError(f"--context {text} is not KEY=VALUE", hint="for instance --context aws:SourceIp=203.0.113.7")
    return name, value


def _arn(principal: str, account: str) -> str:
    if principal.startswith("arn:"):
        if ":assumed-role/" not in principal:
            return principal
        parts = principal.split("/")
        return f"arn:aws:iam::{principal.split(':')[4]}:role/{parts[1]}"
    kind = "" if principal.startswith(("user/", "role/", "group/")) else "user/"
    return f"arn:aws:iam::{account}:{kind}{principal}"


def _resource(client: Any, action: str, named: str) -> dict[str, Any]:
    """Return the resource's ARN, the condition keys it brings, and its own policy where it has one."""
    service = action.partition(":")[0].lower()
    of_secrets = service == "secretsmanager" or action.lower() == _OWN_ACTION_ON_SECRETS
    if named == "*" or not (of_secrets or service == "kms"):
        return {"arn": named, "keys": {}}
    try:
        return _secret(client("secretsmanager"), named) if of_secrets else _key(client("kms"), named)
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if code in ("ResourceNotFoundException", "NotFoundException"):
            raise UsageError(f"there is no {named}", hint="name a secret or key that exists, or give an ARN") from None
        if code == "AccessDeniedException":
            raise Denied(f"you may not look at {named}, so its own policy cannot be taken into account") from None
        raise


def _secret(secrets: Any, named: str) -> dict[str, Any]:
    found = secrets.describe_secret(SecretId=named)
    policy = secrets.get_resource_policy(SecretId=found["ARN"]).get("ResourcePolicy")
    keys = {"secretsmanager:SecretId": named}
    for tag in found.get("Tags", ()):
        for prefix in ("aws:ResourceTag/", "secretsmanager:ResourceTag/"):
            keys[f"{prefix}{tag['Key']}"] = tag["Value"]
    return {"arn": found["ARN"], "keys": keys} | ({"ResourcePolicy": policy} if policy else {})


def _key(kms: Any, named: str) -> dict[str, Any]:
    found = kms.describe_key(KeyId=named)["KeyMetadata"]
    policy = kms.get_key_policy(KeyId=found["KeyId"])["Policy"]
    return {"arn": found["Arn"], "keys": {"kms:CallerAccount": found["AWSAccountId"]}, "ResourcePolicy": policy}


def _shown(source: str, result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "principal": source,
        "action": result["EvalActionName"],
        "resource": result["EvalResourceName"],
        "decision": result["EvalDecision"],
        "statements": [
            {
                "policy": each["SourcePolicyId"],
                "kind": each["SourcePolicyType"],
                "from_line": each["StartPosition"]["Line"],
                "to_line": each["EndPosition"]["Line"],
            }
            for each in result["MatchedStatements"]
        ],
        "missing_context": result["MissingContextValues"],
    }


def _lines(source: str, result: Mapping[str, Any]) -> Iterator[str]:
    told = _DECISIONS[result["EvalDecision"]]
    yield f"{told}: {source} {result['EvalActionName']} {result['EvalResourceName']}"
    matches: Sequence[Mapping[str, Any]] = result["MatchedStatements"]
    for each in matches:
        lines = f"{each['StartPosition']['Line']} to {each['EndPosition']['Line']}"
        yield f"  by {each['SourcePolicyId']} ({each['SourcePolicyType']}), lines {lines}"
    if not matches:
        yield "  no policy has a statement that allows it"
    elif told == "not allowed":
        yield "  a boundary, or the resource's own policy, does not allow it as well"
    if result["MissingContextValues"]:
        yield f"  policies ask for what only a call tells (--context): {', '.join(result['MissingContextValues'])}"
