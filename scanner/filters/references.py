"""Drops what names a secret instead of holding it: look-ups in the environment or a store, and our own manifest."""

from __future__ import annotations

import re

from scanner.detectors.entropy import weigh
from scanner.filters.base import Subject, Verdict
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind

_REFERENCE = re.compile(
    r"@Microsoft\.KeyVault\(.*|ref\+[a-z]+:.*|arn:aws[\w\-]*:(?:secretsmanager|ssm|kms|iam):.*|\{\{resolve:(?:secretsmanager|ssm|ssm-secure):.*|"
    r"(?:op|vault|akv|gcpsm|awssm|secret|ssm|env|file|keyring|bitwarden|doppler|infisical)(?:://|:/?)[\w./#?=&@\-]+|"
    r"projects/[^/]+/secrets/.*|(?:id|source|src|type|target|env)=[\w./\-]+(?:,\w+=[\w./:\-]+)*|(?:process\.env|os\.environ|System\.getenv|Rails\.application|ENV|secrets|env|var|"
    r"local|data|self|this|config|settings|cfg|conf|options|params|args|request|req|ctx)[.\[(].*|"
    # Between two texts: `"password=" + settings.secret("name")`.
    r"\+ ?[A-Za-z_]\w*(?:\.\w+)*\(.*",
    re.IGNORECASE,
)
_LOOKUP_BEFORE = re.compile(
    r"(?:os\.environ(?:\.get)?|getenv|environ\.get|process\.env|System\.getenv|ENV|get_secret(?:_value)?|SecretId|"
    r"secret_name|secret_id|get_parameter|keyring\.get_password|read_secret)\s{0,2}[\[(=:]{1,2}\s{0,2}[\"']?$"
)
_SECRET_BEFORE = re.compile(r"\bsecret\s{0,2}[\[(=:]{1,2}\s{0,2}[\"']?$")
"""What stands before the name of a secret as well as before a secret; the value tells which."""
_OWN_FILES = (".strongroom/secrets.json", ".strongroom-baseline.jsonl")
_LOOK_BACK = 80


def reference(subject: Subject) -> Verdict | None:
    """Return why the value is a reference to a secret, or stands in a file of ours that holds no values."""
    if any(subject.path == name or subject.path.endswith("/" + name) for name in _OWN_FILES):
        return Verdict(reason="names of secrets, not values")
    if _REFERENCE.fullmatch(subject.value.strip()):
        return Verdict(reason="a reference to where the secret is kept")
    if not subject.known_shape and not subject.used and _looked_up(subject):
        return Verdict(reason="the name of a secret that is looked up")
    return None


def _looked_up(subject: Subject) -> bool:
    before = subject.before(_LOOK_BACK)
    if _LOOKUP_BEFORE.search(before):
        return True
    named = weigh(subject.value, ValueKind.TOKEN) is Confidence.LOW
    return named and _SECRET_BEFORE.search(before) is not None
