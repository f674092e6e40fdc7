"""The text of an `ExternalSecret`, from which the External Secrets Operator makes a Secret of the same name and keys.

Source: External Secrets Operator, "API specification" (`external-secrets.io/v1`) and "Advanced templating".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remediation.errors import NotRewritable
from remediation.rewriters.configuration.model import Fetch

API_VERSION = "external-secrets.io/v1"
KIND = "ExternalSecret"
STORE_KIND, STORE_NAME = "ClusterSecretStore", "secrets-manager"
_READABLE = re.compile(r"(?i)(user(name)?|login|host(name)?|port|db|database|dbname|engine|driver|region|bucket)\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the Secret: fetched whole, fetched into a text, or known and no credential."""

    name: str
    fetch: Fetch | None = None
    around: tuple[str, str] = ("", "")
    """What stands before and behind the fetched value."""
    text: str = ""
    coded: bool = False
    """`text` is base64."""
    comments: tuple[str, ...] = ()
    trailing: str = ""

    @property
    def whole(self) -> bool:
        """Tell whether the fetched value is all of it."""
        return self.fetch is not None and self.around == ("", "")

    @property
    def source(self) -> str:
        """Return the name under which the fetched value is known while the Secret is made."""
        return self.name if self.whole or self.fetch is None else self.fetch.variable.lower()


def spec(name: str, kind: str, keys: Sequence[Key], store: tuple[str, str]) -> str:
    """Return the `spec` of an ExternalSecret that makes the Secret `name` of type `kind`. Raises `NotRewritable`."""
    lines = ["spec:", "  refreshInterval: 1h", "  secretStoreRef:", f"    kind: {store[0]}", f"    name: {store[1]}"]
    lines += ["  target:", f"    name: {name}", *_template(kind, keys), "  data:"]
    for key in keys:
        if key.fetch is not None:
            lines += [*(f"    {comment}" for comment in key.comments), *_remote(key, key.fetch)]
    return "\n".join(lines) + "\n"


def _remote(key: Key, fetch: Fetch) -> Iterator[str]:
    trailing = f"  {key.trailing}" if key.trailing else ""
    yield f"    - secretKey: {key.source}{trailing}"
    yield "      remoteRef:"
    yield f"        key: {fetch.name}"
    if fetch.field:
        yield f"        property: {fetch.field}"


def _template(kind: str, keys: Sequence[Key]) -> Iterator[str]:
    known = [key for key in keys if key.fetch is None]
    parts = any(not key.whole for key in keys if key.fetch is not None)
    if not known and not parts and kind == "Opaque":
        return
    yield "    template:"
    if kind != "Opaque":
        yield f"      type: {kind}"
    listed = keys if parts else known
    if listed:
        # Without a policy the template's keys are all that the Secret gets; with it they are added to what is fetched.
        yield from () if parts else ("      mergePolicy: Merge",)
        yield "      data:"
    for key in listed:
        comments = () if key.fetch is not None else key.comments
        yield from (f"        {comment}" for comment in comments)
        yield f"        {key.name}: {_templated(key)}"


def _templated(key: Key) -> str:
    if key.fetch is not None:
        field = f".{key.source}" if _IDENTIFIER.match(key.source) else f'index . "{key.source}"'
        text = f"{key.around[0]}{{{{ {field} }}}}{key.around[1]}"
        if "{{" in "".join(key.around):
            raise NotRewritable("the text around the value holds braces, which a template would read")
        return "'" + text.replace("'", "''") + "'"
    if key.coded:
        plain = decoded(key.text)
        if plain is None or not _READABLE.match(key.name) or "{{" in plain:
            return f"'{{{{ \"{key.text}\" | b64dec }}}}'"
        return json.dumps(plain)
    if "{{" in key.text:
        raise NotRewritable("another key of the Secret holds braces, which a template would read")
    return json.dumps(key.text, ensure_ascii=False)


def decoded(coded: str) -> str | None:
    """Return the text that stands in base64, None where it is no text."""
    try:
        plain = base64.b64decode("".join(coded.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return None if "\0" in plain else plain
