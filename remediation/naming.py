"""Names: of secrets in the store, and of the environment variables that override them.

A name is `<app>/<role>`; the role comes from what the code calls the value, so the same finding keeps its name.
Roles are written with `_`, never `-`: a name ending in `-` and six characters is read as part of an ARN
(AWS Secrets Manager User Guide, "What's in a secret").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from remediation.errors import Refused
from remediation.model import Connection
from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue

_MAX_PART = 64
_PREFIX = re.compile(r"[A-Za-z0-9/_+=.@-]{1,200}")
_TELLING = 2
# fmt: off
_VAGUE = frozenset([
    "auth", "credential", "credentials", "default", "dsn", "key", "pass", "passwd", "password", "pw", "pwd",
    "secret", "token", "uri", "url", "value",
])
# fmt: on


def slug(text: str) -> str:
    """Return `text` in lower case with every run of other characters than letters and digits as one `_`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:_MAX_PART].strip("_")


def app_slug(folder: str) -> str:
    """Return the first part of every secret's name for a repository that lies in `folder`."""
    return slug(folder) or "app"


def app_of(template: str, folder: str) -> str:
    """Return the first part of every secret's name by a template, in which `{app}` is that of the repository's folder.

    Source: Secrets Manager API Reference, "CreateSecret" (`Name`). Raises `UsageError` for what begins no such name.
    """
    app = template.replace("{app}", app_slug(folder)).strip("/")
    if not _PREFIX.fullmatch(app):
        raise UsageError(
            f"{template!r} begins no name of a secret",
            hint="letters, digits and /_+=.@- alone, such as prod/{app}; at most 200 of them",
        )
    return app


def variable(name: str, field: str | None = None) -> str:
    """Return the environment variable that overrides the secret `name`, or one field of it."""
    base = re.sub(r"[^A-Z0-9]", "_", name.upper())
    return base if field is None else f"{base}__{re.sub(r'[^A-Z0-9]', '_', field.upper())}"


def variables(name: str, fields: Iterable[str]) -> tuple[str, ...]:
    """Return every variable that overrides the secret: the one for the whole, then one for each field."""
    return (variable(name), *(variable(name, field) for field in fields))


def role(binding: str, path: str) -> str:
    """Return the role of a value from what it is bound to; a name that says nothing gets its module's in front."""
    last = slug(re.split(r"[.\[\]]", binding.rstrip("]\"'"))[-1])
    module = _module(path)
    if not last:
        return f"{module}_secret"
    return f"{module}_{last}" if last in _VAGUE or len(last) < _TELLING else last


def is_vague(name: str) -> bool:
    """Tell whether a name alone does not say what a value is for."""
    return slug(name) in _VAGUE


def _module(path: str) -> str:
    return slug(re.sub(r"(?<=.)\.[A-Za-z0-9]+\Z", "", path.rsplit("/", 1)[-1]))


def connection_role(connection: Connection) -> str:
    """Return the role of a database login: by its database, else its host."""
    place = slug(connection.dbname or "") or slug(connection.host or "")
    return f"db/{place}" if place else "db"


class NameBook:
    """Hands out names of one fix: legal, unique, and with environment variables that no other secret has."""

    def __init__(self, app: str, taken: Iterable[str] = ()) -> None:
        self._app = app
        self._taken = {variable(name) for name in taken}

    def name(self, wanted: str, path: str, value: SecretValue) -> str:
        """Return a free name for the role `wanted` of the value found in `path`; the value is never part of it."""
        module = _module(path)
        harmless = [text for text in (wanted, f"{module}/{wanted}") if not _holds(text, value)] or ["credential"]
        for candidate in chain(harmless, (f"{harmless[0]}_{number}" for number in range(2, 10_000))):
            name = f"{self._app}/{candidate}"
            if variable(name) not in self._taken:
                self._taken.add(variable(name))
                return name
        raise Refused(f"no free secret name is left for {wanted} in {path}")


def _holds(text: str, value: SecretValue) -> bool:
    plain = value.reveal().decode("utf-8", "replace").lower()
    return bool(plain) and (plain in text or slug(plain) == text)


def refuse_collisions(secrets: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Raise `Refused`, naming both, where two secrets of (name, fields) would be overridden by one variable."""
    owners: dict[str, str] = {}
    for name, fields in secrets:
        for key in variables(name, fields):
            owner = owners.setdefault(key, name)
            if owner != name:
                raise Refused(
                    f"the secrets {owner} and {name} would both be overridden by the environment variable {key}",
                    hint="rename one of them; the variable is the name in capitals with _ for other characters",
                )
