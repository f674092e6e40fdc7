"""Reads policies from files, and says of one that is refused which it is, where, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from strongroom.kernel.errors import UsageError

_MALFORMED = "MalformedPolicyDocument"


def policy_text(file: Any) -> str:
    """Return the JSON text in an open binary file. Raises `UsageError`, with the place where it is no JSON."""
    try:
        text: str = file.read().decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file.name} is not UTF-8 text") from None
    if not text.strip():
        raise UsageError(f"{file.name} is empty", hint="give a JSON policy")
    try:
        json.loads(text)
    except ValueError as error:
        where = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{file.name}{where} is not JSON", hint="give a JSON policy") from None
    return text


@contextmanager
def naming(file: Any, text: str, *, trust: bool = False) -> Iterator[None]:
    """Say in a refusal of the policy `text` which file it came from, and what breaks the grammar, while inside."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != _MALFORMED:
            raise
        told = error.response["Error"]["Message"]
        raise UsageError(f"{file.name}: {told}", hint=_fault(text, trust=trust)) from None


def _fault(text: str, *, trust: bool) -> str:
    from vault.domain.policy_grammar import GrammarFault, NotJson, parse

    try:
        parse(text, principals=trust, resources=not trust)
    except GrammarFault as fault:
        return str(fault)
    except NotJson:
        # A policy that was text to `json` may be none to the grammar, `NaN` for instance.
        return "give a JSON policy"
    return ""
