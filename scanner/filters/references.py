"""Drops what names a secret instead of holding it: look-ups in the environment or a store, and our own manifest."""

from __future__ import annotations

import re

from scanner.detectors.entropy import weigh
from scanner.filters.base import Subject, Verdict, table
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind
from scanner.rulebook.names import normalised

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
_STORED = re.compile(r"\b[A-Z][A-Z0-9_]*\s{0,8}=\s{0,8}credentials\(\s{0,2}[\"']$")
"""How Jenkins puts a stored credential, named by its id, into the environment:
https://www.jenkins.io/doc/book/pipeline/syntax/#supported-credentials-type."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WORD = r"[A-Za-z]{0,16}(?:[0-9]{1,4}[A-Za-z]{0,16})?"
_GIVEN_ID = re.compile(rf"{_WORD}(?:[ ._/-]+{_WORD})+")
"""An id as people give one, words with a number here and there. What is one word may be the password itself."""
_ID_OF_STORED = re.compile(r"(?:\w+_)?(?:token|credentials?|secret|key|password)_ids?")
"""Names of what tells which credential of a store is meant: `snykTokenId`."""
_OWN_FILES = (".strongroom/secrets.json", ".strongroom-baseline.jsonl")
_LOOK_BACK = 80


def reference(subject: Subject) -> Verdict | None:
    """Return why the value is a reference to a secret, or may be one, or stands in a file of ours without values."""
    if any(subject.path == name or subject.path.endswith("/" + name) for name in _OWN_FILES):
        return Verdict(reason="names of secrets, not values")
    if _REFERENCE.fullmatch(subject.value.strip()):
        return Verdict(reason="a reference to where the secret is kept")
    if not subject.known_shape and not subject.used and _looked_up(subject):
        return Verdict(reason="the name of a secret that is looked up")
    if _is_stored(subject) or _is_id(subject):
        return Verdict(reason="the id of a secret that is kept in a store", ceiling=Confidence.LOW)
    return None


def _is_stored(subject: Subject) -> bool:
    """Tell whether Jenkins looks the value up: it draws UUIDs for ids; other values are pasted by mistake."""
    if _STORED.search(subject.before(_LOOK_BACK)) is None:
        return False
    return _UUID.fullmatch(subject.value) is not None or _GIVEN_ID.fullmatch(subject.value) is not None


def _is_id(subject: Subject) -> bool:
    """Tell whether a UUID that only a word near it makes a provider's stands under the name of an id.

    A token whose provider calls it an id itself is one all the same.
    """
    if not subject.known_shape or _UUID.fullmatch(subject.value) is None:
        return False
    named = _ID_OF_STORED.fullmatch(normalised(subject.candidate.binding)) is not None
    return named and subject.rule.id not in table("placeholders.yaml")["called_ids"]


def _looked_up(subject: Subject) -> bool:
    before = subject.before(_LOOK_BACK)
    if _LOOKUP_BEFORE.search(before):
        return True
    named = weigh(subject.value, ValueKind.TOKEN) is Confidence.LOW
    return named and _SECRET_BEFORE.search(before) is not None
