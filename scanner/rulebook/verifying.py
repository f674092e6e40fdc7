"""Reads the `verifier` of a rule, and says exactly what is wrong with it otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from scanner.rulebook.verifier import ANYTHING, NAMED, Condition, Verifier, host_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = re.compile(r"\{([a-z_]{1,32})\}")
"""A name that stands for a value in a text of a verifier."""
VALUE = "value"
HOST = "host"
"""The name, in `self_hosted` only, of the host that people named."""
_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
_FIXED = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_LED = re.compile(rf"\{{([a-z_]+)\}}(?:\.{_LABEL}){{2,}}")
_RULE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_METHODS = ("GET", "HEAD", "POST")
_FASTEST = 20.0


def read_verifier(value: Any) -> Verifier:
    """Return what the field `verifier` of a rule says. Raises `ValueError` with the way out."""
    if isinstance(value, str):
        value = {"use": value}
    fields = _fields(value, _FIELDS, "a name or a mapping")
    request = fields.pop("http", {})
    if bool(fields.get("use")) == bool(request):
        raise ValueError("give either `use` or `http`")
    made = Verifier(**fields, **request)
    if made.url:
        _check_names(made)
        _check_host(made)
    return made


def names_in(verifier: Verifier, *, host: bool = True) -> frozenset[str]:
    """Return the names that a verifier's texts, but for those of `self_hosted`, hold; without `host` not the host's."""
    url = verifier.url if host else verifier.url.replace(verifier.host, "", 1)
    texts = [url, verifier.basic, verifier.json]
    texts += [text for pairs in (verifier.headers, verifier.form) for _, text in pairs]
    return frozenset(name for text in texts for name in NAME.findall(text))


def _path(url: str) -> str:
    return url.removeprefix(f"https://{{{HOST}}}")


def _check_names(made: Verifier) -> None:
    parts = set(re.compile(made.parts).groupindex)
    known = {VALUE, *parts, *(name for name, _ in made.near)}
    unknown = (names_in(made) | set(NAME.findall(_path(made.self_hosted)))) - known
    if unknown:
        raise ValueError(f"nothing is called {', '.join(sorted(unknown))}; `parts` and `near` name things")
    if VALUE not in names_in(made) and not parts & names_in(made):
        raise ValueError("the request does not hold the value: write {value} where it belongs")


def _check_host(made: Verifier) -> None:
    """A host is the provider's: as written, led by a part of the value, or one that people have to allow."""
    host = made.host
    led = _LED.fullmatch(host)
    near = dict(made.near)
    if _FIXED.fullmatch(host) or led or (NAME.fullmatch(host) and host[1:-1] in near):
        return
    raise ValueError("the host is a name as it stands, {part}.provider.example, or {name} of something near")


def led_by_value(verifier: Verifier) -> bool:
    """Tell whether the host begins with a part of the value, the rest being the provider's."""
    led = _LED.fullmatch(verifier.host)
    return led is not None and led[1] not in dict(verifier.near)


def _fields(value: Any, readers: Mapping[str, Callable[[Any], Any]], kind: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise ValueError(f"give {kind}")
    unknown = [str(name) for name in value if name not in readers]
    if unknown:
        raise ValueError(f"no such field {', '.join(unknown)}; there are {', '.join(readers)}")
    return {name: readers[name](given) for name, given in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("give a text")
    return value


def _named(value: Any) -> str:
    if value not in NAMED:
        raise ValueError(f"give one of {', '.join(NAMED)}")
    return str(value)


def _method(value: Any) -> str:
    if value not in _METHODS:
        raise ValueError(f"give one of {', '.join(_METHODS)}")
    return str(value)


def _url(value: Any) -> str:
    url = _text(value)
    if not url.startswith("https://") or "#" in url or "@" in host_of(url) or not host_of(url):
        raise ValueError("a URL begins with https:// and a host, and has neither a user nor a fragment")
    return url


def _self_hosted(value: Any) -> str:
    if not _url(value).startswith(f"https://{{{HOST}}}/"):
        raise ValueError(f"write it as https://{{{HOST}}}/...")
    return str(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for pair in value.items() for one in pair):
        raise ValueError("give a mapping of texts")
    return tuple(value.items())


def _basic(value: Any) -> str:
    if ":" not in _text(value):
        raise ValueError("write user and password joined by a colon; either may be empty")
    return str(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _parts(value: Any) -> str:
    if not _pattern(value).groupindex:
        raise ValueError("name the parts of the value with (?P<name>...)")
    return str(value)


def _near(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(value)
    for name, text in pairs:
        if name == VALUE or not NAME.fullmatch(f"{{{name}}}"):
            raise ValueError(f"{name} cannot name what stands near; take another word of small letters")
        if not _RULE_ID.fullmatch(text) and "value" not in _pattern(text).groupindex:
            raise ValueError("give the id of a rule, or a pattern with (?P<value>...)")
    return pairs


def _pattern(value: Any) -> re.Pattern[str]:
    try:
        return re.compile(_text(value))
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error


def _rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _FASTEST:
        raise ValueError(f"give requests a second, above 0 and up to {_FASTEST:.0f}")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("give true or false")  # noqa: TRY004 - every reader raises ValueError
    return value


def _conditions(value: Any) -> tuple[Condition, ...]:
    return tuple(_condition(one) for one in (value if isinstance(value, list) else [value]))


def _condition(value: Any) -> Condition:
    if isinstance(value, int):
        return Condition(statuses=_statuses(value))
    return Condition(**{_CONDITION_NAMES.get(name, name): one for name, one in _read_condition(value).items()})


def _read_condition(value: Any) -> dict[str, Any]:
    return _fields(value, _CONDITION_FIELDS, "a status or a mapping")


def _statuses(value: Any) -> tuple[int, ...]:
    given = value if isinstance(value, list) else [value]
    if not given or not all(type(one) is int and 200 <= one <= 599 and one not in _UNTOLD for one in given):
        raise ValueError("give statuses from 200 to 599 that say something: no redirect, not 429")
    return tuple(given)


def _pointers(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict) or not all(isinstance(name, str) and name.startswith("/") for name in value):
        raise ValueError("give a mapping of JSON pointers, each beginning with /")
    return tuple((name, _allowed(one)) for name, one in value.items())


def _allowed(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    return tuple(ANYTHING if one == ANYTHING else json.dumps(one) for one in given)


def _body(value: Any) -> str:
    return _pattern(value).pattern


_UNTOLD = frozenset({*range(300, 400), 429})
"""Statuses that never tell whether a credential is live: redirects, which are not followed, and "too many requests"."""
_CONDITION_NAMES = {"status": "statuses", "json": "pointers"}
_CONDITION_FIELDS: Mapping[str, Callable[[Any], Any]] = {"status": _statuses, "json": _pointers, "body": _body}
_REQUEST_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "method": _method,
    "url": _url,
    "self_hosted": _self_hosted,
    "headers": _pairs,
    "basic": _basic,
    "form": _pairs,
    "json": _json,
    "rate": _rate,
    "elsewhere": _flag,
    "active": _conditions,
    "inactive": _conditions,
}


def _request(value: Any) -> dict[str, Any]:
    fields = _fields(value, _REQUEST_FIELDS, "a mapping")
    if "url" not in fields:
        raise ValueError("a request needs a `url`")
    return fields


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "use": _named,
    "http": _request,
    "parts": _parts,
    "near": _near,
}
