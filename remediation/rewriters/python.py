"""Rewrites a Python file so that it fetches its secrets: same value, same type, same moment, and no other byte changed.

Positions come from libcst; the edits are byte ranges (see `splice`), so layout, comments, line endings and encoding
outside the literal stay by construction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import quote

import libcst as cst

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.literals import Site, locate
from remediation.rewriters.python_defaults import Factory, factory_of
from remediation.rewriters.python_engines import engines_of
from remediation.rewriters.python_exports import made_on_demand
from remediation.rewriters.python_idioms import (
    environ_default,
    literal_type,
    match_subject,
    outer,
    template,
    within_f_string,
)
from remediation.rewriters.python_imports import Names, place_imports
from remediation.rewriters.python_lazy import constant_of, fetched_in_uses
from remediation.rewriters.python_logins import Login, login_of
from remediation.rewriters.python_session_keys import fallbacks
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue

# Characters that RFC 3986 allows bare in user information, less the quote that could end our own literal.
_BARE_IN_USERINFO = "!$&()*+,;="
_RAW_TOKEN = re.compile(r"[{}]")
_TOKEN = re.compile(r"\\N\{[^}]*\}|\\.|[{}]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One literal to replace: where it stands in the file, what it holds there, and the secret to read instead."""

    span: Span
    value: SecretValue
    name: str
    field: str | None = None
    binary: bool = False
    lazy_constant: bool = False
    """The constant goes, and each of its uses fetches."""
    exported: bool = False
    """Other modules read such a constant, and its module makes it when it is asked for."""
    lazy_attribute: bool = False
    """The attribute of a class is read whenever it is asked for."""
    lazy_default: bool = False
    """The default of a field or an option becomes a function, which is called when one is needed."""
    keeps_previous: bool = False
    """A key of Django or Flask that rotates: what was signed with the one before must stay valid."""
    rotates: bool = False
    """The value changes while the program runs, and the accessor has `with_secret` for that."""
    followed: bool = False
    """It is the password of an engine, whose connections log in with what the secret holds by then."""
    parameter: str = ""
    """What the value is called in a login that is handed to `with_secret`; found while rewriting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """An engine that is made here of a URL in another module: the call, and the secret (and field) of its password."""

    span: Span
    name: str
    field: str


def rewrite(
    data: bytes,
    fetches: Sequence[Fetch],
    accessor: str,
    texts: Sequence[Splice] = (),
    follows: Sequence[Follow] = (),
) -> bytes:
    """Return the file with every fetch in place, importing from the module `accessor` (`app_secrets`, `.app_secrets`).

    `texts` are further edits by the file's own offsets, outside of what is fetched; `follows` are engines.
    Raises `NotRewritable` where one of them cannot be written without changing what the program does.
    """
    if not fetches and not follows:
        return data
    source = PythonSource.parse(data)
    sites, logins = _retried(source, [(locate(source, fetch.span, fetch.value), fetch) for fetch in fetches])
    wanted = sorted({_function(site, fetch) for site, fetch in sites if literal_type(source, site.node) is None})
    if any(fetch.keeps_previous for _, fetch in sites):
        wanted = ["previous_secrets", *wanted]
    engines: list[tuple[cst.CSTNode, Fetch | Follow]] = [
        (call, fetch) for site, fetch in sites if fetch.followed for call in engines_of(source, site)
    ]
    engines += [(_call_at(source, each.span), each) for each in follows]
    wanted = ["follow_rotation", *wanted] if engines else wanted
    helpers = {factory.helper for site, fetch in sites if (factory := _factory(source, site, fetch)) and factory.helper}
    first = min(*(site.start for site, _ in sites), *(source.span(call)[0] for call, _ in engines), len(source.text))
    quoted = any(site.in_url for site, _ in sites)
    names, imports = place_imports(source, accessor, wanted, quoted=quoted, first_use=first, helpers=sorted(helpers))
    edits = [edit for site, fetch in sites if not fetch.lazy_constant for edit in _edits(source, site, fetch, names)]
    for site, fetch in sites:
        edits += fallbacks(source, outer(source, site), fetch.name, names) if fetch.keeps_previous else ()
        edits += fetched_in_uses(source, site, _arguments(fetch), names) if fetch.lazy_constant else ()
    made = {constant_of(source, site) or "": _plain_call(fetch, names) for site, fetch in sites if fetch.exported}
    edits += [made_on_demand(source, made)] if made else []
    handed = [edit for login, fetch in logins for edit in _handed_over(source, login, fetch, names)]
    handed += [edit for call, fetch in engines for edit in _followed(source, call, fetch, names)]
    further = [replace(one, start=source.offset(one.start), end=source.offset(one.end)) for one in texts]
    return source.encode(splice.apply(source.text, [*imports, *edits, *handed, *further]))


def _retried(
    source: PythonSource, sites: Sequence[tuple[Site, Fetch]]
) -> tuple[list[tuple[Site, Fetch]], list[tuple[Login, Fetch]]]:
    """Return the sites, and the logins among them that can be tried again, each with its one password."""
    found = [login_of(source, site) if fetch.rotates and fetch.field else None for site, fetch in sites]
    calls = Counter(id(login.call) for login in found if login is not None)
    named: list[tuple[Site, Fetch]] = []
    logins: list[tuple[Login, Fetch]] = []
    for (site, fetch), login in zip(sites, found, strict=True):
        if login is None or calls[id(login.call)] > 1:
            named.append((site, fetch))
            continue
        named.append((site, replace(fetch, parameter=login.parameter)))
        logins.append((login, fetch))
    return named, logins


def _handed_over(source: PythonSource, login: Login, fetch: Fetch, names: Names) -> Iterator[Splice]:
    start, end = source.span(login.call)
    lead = f'{_gap(source, start)}{names.of("with_secret")}("{fetch.name}", lambda {login.parameter}: '
    yield Splice(start=start, end=start, text=lead.encode())
    yield Splice(start=end, end=end, text=f', field="{fetch.field}")'.encode())


def _call_at(source: PythonSource, span: Span) -> cst.CSTNode:
    """Return the call at a place of the file. Raises `NotRewritable` where there is none."""
    place = source.offset(span.start), source.offset(span.end)
    found = next((each for each in source.spans if isinstance(each, cst.Call) and source.span(each) == place), None)
    if found is None:
        raise NotRewritable("the call that makes an engine is not there")
    return found


def _followed(source: PythonSource, call: cst.CSTNode, fetch: Fetch | Follow, names: Names) -> Iterator[Splice]:
    start, end = source.span(call)
    yield Splice(start=start, end=start, text=f"{_gap(source, start)}{names.of('follow_rotation')}(".encode())
    yield Splice(start=end, end=end, text=f', "{fetch.name}", "{fetch.field}")'.encode())


def spelled_differently(site: Site) -> bool:
    """Tell whether a URL's password is percent-encoded in another spelling than ours: equal only once decoded."""
    return site.in_url and quote(site.raw_value().reveal(), safe=_safe(site)) != site.value.reveal_text()


def _arguments(fetch: Fetch) -> list[str]:
    return [text for text in (fetch.name, fetch.field) if text is not None]


def _plain_call(fetch: Fetch, names: Names) -> str:
    inside = ", ".join(f'"{text}"' for text in _arguments(fetch))
    return f"{names.of('secret')}({inside})"


def _function(site: Site, fetch: Fetch) -> str:
    if fetch.parameter:
        return "with_secret"
    if fetch.lazy_attribute:
        return "secret_attribute"
    return "secret_bytes" if fetch.binary and site.is_bytes else "secret"


def _safe(site: Site) -> str:
    text = site.value.reveal_text()
    kept = "".join(sorted(set(text) & set(_BARE_IN_USERINFO)))
    return kept if quote(site.raw_value().reveal(), safe=kept) == text else ""


def _signs(source: PythonSource, site: Site) -> str:
    """Return the signs that mean something in the template that a value is part of, and stand twice for themselves."""
    node = outer(source, site)
    filled = template(node, source.parents[node])
    # A URL's password has no braces: they are percent-encoded.
    return "%" if filled == "%" else "{}" if filled == "format" and not site.in_url else ""


def _call(source: PythonSource, site: Site, fetch: Fetch, names: Names, mark: str) -> str:
    """Return the expression that has the site's value, written with `mark` as its quotes."""
    arguments = [f"{mark}{text}{mark}" for text in _arguments(fetch)]
    call = fetch.parameter or f"{names.of(_function(site, fetch))}({', '.join(arguments)})"
    if site.in_url:
        call = f"{names.quote}({call}, safe={mark}{_safe(site)}{mark})"
    call += "".join(f".replace({mark}{sign}{mark}, {mark}{sign * 2}{mark})" for sign in _signs(source, site))
    return f"{call}.encode()" if site.is_bytes and not fetch.binary else call


def _factory(source: PythonSource, site: Site, fetch: Fetch) -> Factory | None:
    return factory_of(source, site) if fetch.lazy_default else None


def _edits(source: PythonSource, site: Site, fetch: Fetch, names: Names) -> Iterator[Splice]:
    node = outer(source, site)
    if (named := literal_type(source, node)) is not None:
        start, end = source.span(named)
        yield Splice(start=start, end=end, text=b"bytes" if site.is_bytes else b"str")
        return
    if isinstance(pattern := source.parents[node], cst.MatchValue):
        call = _call(source, site, fetch, names, next(_parts(site.node)).quote[0])
        yield Splice(start=site.start, end=site.end, text=f"_ if {match_subject(source, pattern)} == {call}".encode())
        return
    if (factory := _factory(source, site, fetch)) is not None:
        yield from factory.edits(source, names.helper(factory.helper) if factory.helper else "")
    default = environ_default(source, node)
    if default is not None and default.inside:
        first = source.span(node)[0]
        yield Splice(start=first, end=first, text=default.lead.encode())
    elif default is not None:
        (start, end), (first, last) = source.span(default.call), source.span(node)
        loose = not site.whole and b"\n" in source.text[first:last]
        opening, closing = "(" * (loose + default.parenthesised), ")" * (loose + default.parenthesised)
        lead = f"({default.lead}" if default.parenthesised else default.lead
        yield Splice(start=start, end=first, text=(lead + "(" * loose).encode())
        yield Splice(start=last, end=end, text=closing[: len(opening)].encode())
    if site.whole:
        yield from _whole(source, site, fetch, names)
    elif isinstance(site.node, cst.SimpleString):
        yield from _part(source, site, fetch, names)
    else:
        yield from _formatted_part(source, site, fetch, names)


def _gap(source: PythonSource, start: int) -> str:
    """Return the blank that a name needs after a keyword that stood right before a quote (`return"x"`)."""
    before = source.text[start - 1 : start].decode("latin-1")
    return " " if before.isalnum() or before == "_" else ""


def _whole(source: PythonSource, site: Site, fetch: Fetch, names: Names) -> Iterator[Splice]:
    parts = list(_parts(site.node))
    mark = parts[0].quote[0]
    text = (_gap(source, site.start) + _call(source, site, fetch, names, mark)).encode()
    if b"#" not in _between(source, parts):
        yield Splice(start=site.start, end=site.end, text=text)
        return
    if isinstance(site.node, cst.BinaryOperation):
        raise NotRewritable("comments stand between the literals that make up the value")
    first, *rest = (source.span(part) for part in parts)
    yield Splice(start=first[0], end=first[1], text=text)
    for start, end in rest:
        yield _removal(source, start, end)


def _removal(source: PythonSource, start: int, end: int) -> Splice:
    """Return the removal of a literal's part, with its line where nothing else stands there."""
    text = source.text
    first = text.rfind(b"\n", 0, start) + 1
    newline = text.find(b"\n", end)
    if newline >= 0 and not (text[first:start] + text[end:newline]).strip():
        return Splice(start=first, end=newline + 1, text=b"")
    # A comment behind it takes its place.
    blank = len(text[end:]) - len(text[end:].lstrip(b" \t"))
    alone = not text[first:start].strip() and text[end + blank : end + blank + 1] == b"#"
    return Splice(start=start, end=end + blank if alone else end, text=b"")


def _parts(node: cst.CSTNode) -> Iterator[cst.SimpleString]:
    if isinstance(node, (cst.ConcatenatedString, cst.BinaryOperation)):
        yield from _parts(node.left)
        yield from _parts(node.right)
    elif isinstance(node, cst.SimpleString):
        yield node


def _between(source: PythonSource, parts: Sequence[cst.SimpleString]) -> bytes:
    spans = [source.span(part) for part in parts]
    return b"".join(source.text[one[1] : two[0]] for one, two in pairwise(spans))


def _part(source: PythonSource, site: Site, fetch: Fetch, names: Names) -> Iterator[Splice]:
    assert isinstance(site.node, cst.SimpleString)  # noqa: S101 (for the type checker; the caller chose by it)
    start, end = source.span(site.node)
    prefix, quotes = site.node.prefix, site.node.quote
    if site.is_bytes or within_f_string(source, site.node):
        yield from _cut(source, site, site.node, _call(source, site, fetch, names, quotes[0]))
        return
    raw = "r" in prefix.lower()
    lead = _gap(source, start) + ("rf" if raw else "f")
    yield Splice(start=start, end=start + len(prefix), text=lead.encode())
    yield from _doubled_braces(source, start, site.start, raw=raw)
    yield from _doubled_braces(source, site.end, end, raw=raw)
    yield _field(source, site, fetch, names, quotes)


def _cut(source: PythonSource, site: Site, literal: cst.CSTNode, call: str) -> Iterator[Splice]:
    """Yield what cuts a literal at the value and adds the call: there are no f-strings of bytes (PEP 498), and in one
    within another no quotes are left before Python 3.12 (PEP 701)."""
    start, end = source.span(literal)
    opening, quotes = _marks(literal)
    ahead = source.text[start + len(opening) : site.start]
    behind = source.text[site.end : end - len(quotes)]
    first = f"({_plain(opening, ahead)}" if ahead else "("
    yield Splice(start=start, end=start + len(opening), text=(_gap(source, start) + first).encode())
    middle = (f"{quotes} + " if ahead else "") + call + (f" + {_plain(opening, behind)}" if behind else "")
    yield Splice(start=site.start, end=site.end, text=middle.encode())
    yield Splice(start=end - len(quotes), end=end, text=(f"{quotes})" if behind else ")").encode())


def _plain(opening: str, text: bytes) -> str:
    """Return what a piece of a literal begins with: no mark of an f-string where nothing is filled in."""
    return opening if b"{" in text or b"}" in text else opening.replace("f", "").replace("F", "")


def _marks(literal: cst.CSTNode) -> tuple[str, str]:
    """Return what a literal begins with, its prefix and quotes, and the quotes that it ends with."""
    if isinstance(literal, cst.FormattedString):
        return literal.start, literal.end
    assert isinstance(literal, cst.SimpleString)  # noqa: S101 (for the type checker; the callers chose by it)
    return literal.prefix + literal.quote, literal.quote


def _formatted_part(source: PythonSource, site: Site, fetch: Fetch, names: Names) -> Iterator[Splice]:
    parent = source.parents[site.node]
    if not isinstance(parent, cst.FormattedString):
        raise NotRewritable("the value stands in a format specification")
    if within_f_string(source, parent):
        yield from _cut(source, site, parent, _call(source, site, fetch, names, parent.end[0]))
    else:
        yield _field(source, site, fetch, names, parent.end)


def _field(source: PythonSource, site: Site, fetch: Fetch, names: Names, quotes: str) -> Splice:
    # Before Python 3.12 an f-string's expressions may not use its own quotes (PEP 701).
    mark = "'" if quotes[0] == '"' else '"'
    return Splice(start=site.start, end=site.end, text=f"{{{_call(source, site, fetch, names, mark)}}}".encode())


def _doubled_braces(source: PythonSource, start: int, end: int, *, raw: bool) -> Iterator[Splice]:
    text = source.text[start:end].decode("utf-8")
    for match in (_RAW_TOKEN if raw else _TOKEN).finditer(text):
        if match[0] in "{}":
            at = start + len(text[: match.start()].encode("utf-8"))
            yield Splice(start=at, end=at + 1, text=match[0].encode() * 2)
