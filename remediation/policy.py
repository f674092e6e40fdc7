"""Least privilege: what an application needs to read its secrets, and what a fix needs to move them. Pure.

Names stand whole where they fit into a session policy, which AWS bounds at 2,048 characters; many are told by their
folders. Source: AWS Secrets Manager User Guide, "Identity-based policy examples" (six characters behind a name).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

MOST_CHARACTERS = 2048
_ANYWHERE = "arn:aws:secretsmanager:*:*:secret:"
_FUNCTIONS = "arn:aws:lambda:*:*:function:strongroom-*"
"""The functions that a store has built in."""
_READING = ("secretsmanager:GetSecretValue",)
_DESCRIBING = "secretsmanager:DescribeSecret"
"""What AWS's caching library does before it reads."""
_MOVING = (
    "secretsmanager:CreateSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:RestoreSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
)
_UNDOING = (
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:TagResource",
)


def reading_policy(names: Sequence[str], key_arns: Sequence[str] = (), *, describing: bool = False) -> str:
    """Return the policy of an application that reads secrets, by name, under customers' KMS keys, by ARN.

    `describing` is for code that asks for a secret's versions before it reads one.
    """
    more = [_statement(("kms:Decrypt",), sorted(key_arns))] if key_arns else []
    actions = (*_READING, _DESCRIBING) if describing else _READING
    return _fitting(actions, [f"{name}-??????" for name in names], more)


def moving_policy(names: Sequence[str], functions: Sequence[str] = ()) -> str:
    """Return the policy of a fix that moves values into secrets of these names and has them rotate.

    `functions` are ARNs of rotation functions beside those that the store has built in.
    """
    # A secret that is to be made has no suffix yet when it is asked whether it may be.
    resources = [f"{name}{end}" for name in names for end in ("", "-??????")]
    # Whoever has a function rotate must be let invoke it.
    invoked = (_FUNCTIONS, *sorted(set(functions)))
    looking = _statement(("secretsmanager:ListSecrets",), ("*",))
    return _fitting(_MOVING, resources, [_statement(("lambda:InvokeFunction",), invoked), looking])


def describing_policy(names: Sequence[str]) -> str:
    """Return the policy of whoever looks for secrets of these names, or ARNs, and reads no value."""
    # Of a secret that is not there only the name is known.
    arns = [arn for name in names for arn in _both(name)]
    document = {"Version": "2012-10-17", "Statement": [_statement(("secretsmanager:DescribeSecret",), arns)]}
    return json.dumps(document, separators=(",", ":"))


def undoing_policy(names: Sequence[str]) -> str:
    """Return the policy of an undo that takes back what a fix did with secrets of these names."""
    return _fitting(_UNDOING, [f"{name}{end}" for name in names for end in ("", "-??????")], [])


def _both(name: str) -> tuple[str, ...]:
    return (name,) if name.startswith("arn:") else (f"{_ANYWHERE}{name}", f"{_ANYWHERE}{name}-??????")


def _fitting(actions: Sequence[str], names: Sequence[str], more: Sequence[dict[str, Any]]) -> str:
    text = ""
    for resources in (_whole(names), _folders(names), [f"{_ANYWHERE}*"]):
        text = json.dumps(
            {"Version": "2012-10-17", "Statement": [_statement(actions, resources), *more]}, separators=(",", ":")
        )
        if len(text) <= MOST_CHARACTERS:
            break
    return text


def _statement(actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _whole(names: Sequence[str]) -> list[str]:
    return [f"{_ANYWHERE}{name}" for name in sorted(set(names))]


def _folders(names: Sequence[str]) -> list[str]:
    folders = {name.rpartition("/")[0] for name in names}
    return [f"{_ANYWHERE}{folder}/*" if folder else f"{_ANYWHERE}*" for folder in sorted(folders)]
