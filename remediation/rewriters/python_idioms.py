"""What a literal is used for: which rewrite fits its place, when it is evaluated, and where none would be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst
from libcst.helpers import get_full_name_for_node

from remediation.errors import InText, NotRewritable
from remediation.model import Disposition
from remediation.rewriters import deployed, python_session_keys
from remediation.rewriters.literals import Site
from remediation.rewriters.source import PythonSource

_LOOKUPS = frozenset({"get", "pop", "getenv", "config", "env", "getattr"})
_MESSAGES = frozenset(
    {"print", "debug", "info", "warning", "error", "exception", "critical", "log", "warn", "echo", "secho"}
)
_COMPILES_NO_PROGRAM = frozenset({"re.compile", "regex.compile"})
_REFLECTIVE = frozenset({"exec", "eval", "compile"})
_TYPES = frozenset({"TypeVar", "NewType"})
_IN_TYPE = "the value stands in a type; make that str, and read the value where it is used"
_NAMESPACES = frozenset({"globals", "locals", "vars"})
_TEXT_KEYWORDS = frozenset({"help", "description", "epilog", "help_text", "doc", "label", "verbose_name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a literal is used."""

    strategy: str
    eager: bool
    disposition: Disposition = Disposition.SAFE
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironDefault:
    """`os.environ.get(KEY, literal)`: the call, and the condition that has the same value at the same cost."""

    call: cst.Call
    lead: str
    parenthesised: bool
    inside: bool = False
    """The call stays, and its default alone becomes a condition: what stands on several lines keeps them."""


def outer(source: PythonSource, site: Site) -> cst.CSTNode:
    """Return the string expression that the rewrite replaces or turns into an f-string."""
    node: cst.CSTNode = site.node
    while isinstance(parent := source.parents.get(node), (cst.ConcatenatedString, cst.FormattedString)):
        node = parent
    return node


def judge(source: PythonSource, site: Site) -> Use:
    """Return how the literal at `site` is used. Raises `NotRewritable` where no call may stand in its place."""
    node = outer(source, site)
    parent = source.parents[node]
    if site.whole and literal_type(source, node) is not None:
        return Use(strategy="literal-type", eager=False)
    _refuse_place(source, site, node, parent)
    for child, above in source.ancestors(node):
        if isinstance(above, cst.Call):
            _refuse_call(above)
        _refuse_ancestor(child, above)
        _refuse_namespace(child, above)
    strategy = _strategy(source, site, node, parent)
    disposition, reason = _doubts(source, site, node)
    return Use(strategy=strategy, eager=_eager(source, node), disposition=disposition, reason=reason)


def environ_default(source: PythonSource, node: cst.CSTNode) -> EnvironDefault | None:
    """Return the look-up whose default `node` is, if it is plainly one of `os.environ` or `os.getenv`."""
    call = _lookup_of_default(source, node)
    if call is None:
        return None
    name = origin(source, get_full_name_for_node(call.func) or "")
    key = call.args[0].value
    if name not in {"os.environ.get", "os.getenv"}:
        return None
    if not _is_pure(key):
        raise NotRewritable("the environment look-up is not written in a form that can be kept exactly")
    written, text = source.slice(call.func), source.slice(key)
    mapping = written.removesuffix(".get") if name == "os.environ.get" else _environ_of(written)
    start, end = source.span(call)
    if b"\n" in source.text[start:end] or call.args[0].keyword is not None or not isinstance(key, _PLAIN_KEYS):
        there = f"{text} in {mapping}" if mapping else f"{written}({text}) is not None"
        return EnvironDefault(call=call, lead=f'"" if {there} else ', parenthesised=False, inside=True)
    if mapping and name == "os.environ.get":
        lead = f"{mapping}[{text}] if {text} in {mapping} else "
    else:
        lead = f"{written}({text}) if {written}({text}) is not None else "
    bare = isinstance(source.parents[call], _BARE) or bool(call.lpar)
    return EnvironDefault(call=call, lead=lead, parenthesised=not bare)


_PLAIN_KEYS = (cst.SimpleString, cst.Name)


def _environ_of(written: str) -> str:
    return f"{written.removesuffix('getenv')}environ" if written.endswith(".getenv") else ""


def _is_pure(node: cst.CSTNode) -> bool:
    """Tell whether an expression may be evaluated twice: names and texts, and what is put together from them."""
    if isinstance(node, cst.FormattedString):
        inner = [part for part in node.parts if isinstance(part, cst.FormattedStringExpression)]
        return all(_is_pure(part.expression) for part in inner)
    if isinstance(node, cst.BinaryOperation):
        return _is_pure(node.left) and _is_pure(node.right)
    if isinstance(node, cst.Attribute):
        return _is_pure(node.value)
    return isinstance(node, (cst.SimpleString, cst.Name, cst.ConcatenatedString))


_BARE = (cst.Assign, cst.AnnAssign, cst.Return, cst.Element, cst.DictElement, cst.Param)


def _lookup_of_default(source: PythonSource, node: cst.CSTNode) -> cst.Call | None:
    arg = source.parents[node]
    call = source.parents[arg]
    if not isinstance(arg, cst.Arg) or not isinstance(call, cst.Call) or len(call.args) != 2:
        return None
    first = call.args[0].keyword
    plain = all(not each.star for each in call.args) and (first is None or first.value == "key")
    named = arg.keyword is None or arg.keyword.value == "default"
    return call if plain and named and call.args[1] is arg else None


def origin(source: PythonSource, dotted: str) -> str:
    """Return a dotted name with its first part as imported at module level (`environ.get` -> `os.environ.get`)."""
    first, _, rest = dotted.partition(".")
    for imported, meaning in imported_names(source):
        if imported == first:
            return f"{meaning}.{rest}".rstrip(".")
    return ""


@lru_cache(maxsize=64)
def imported_names(source: PythonSource) -> tuple[tuple[str, str], ...]:
    """Return (name bound, dotted name it stands for) for the absolute imports of a file, those at its head first."""
    statements = [each for each in source.spans if isinstance(each, (cst.Import, cst.ImportFrom))]
    found: list[tuple[str, str]] = []
    for statement in sorted(statements, key=lambda each: source.span(each)[0]):
        if isinstance(statement, cst.Import):
            found += [_binding(alias, "") for alias in statement.names]
        elif not isinstance(statement.names, cst.ImportStar):
            base = get_full_name_for_node(statement.module) if statement.module and not statement.relative else None
            found += [_binding(alias, f"{base}.") for alias in statement.names if base]
    return tuple(found)


def _binding(alias: cst.ImportAlias, base: str) -> tuple[str, str]:
    name = get_full_name_for_node(alias.name) or ""
    if alias.evaluated_alias:
        return alias.evaluated_alias, base + name
    return (name, base + name) if base else (name.split(".")[0], name.split(".")[0])


def _refuse_place(source: PythonSource, site: Site, node: cst.CSTNode, parent: cst.CSTNode) -> None:
    if isinstance(parent, cst.Expr):
        raise InText("the value stands in a docstring or a text that nothing reads", quiet=True)
    if isinstance(parent, cst.MatchValue) and match_subject(source, parent) is None:
        raise NotRewritable("a match pattern cannot call the store; compare in a guard instead")
    filled = template(node, parent)
    signs = {"%": b"%", "format": b"{}"}.get(filled, b"")
    if filled and (site.is_bytes or any(sign in signs for sign in site.value.reveal())):
        raise NotRewritable(f"the value is part of a {filled} template, in whose own signs it is written")
    if isinstance(node, cst.ConcatenatedString) and within_f_string(source, node):
        raise NotRewritable("the value stands in literals one after another inside an f-string")
    if site.is_bytes and not site.whole and isinstance(node, cst.ConcatenatedString):
        raise NotRewritable("the value is part of concatenated bytes")


def within_f_string(source: PythonSource, node: cst.CSTNode) -> bool:
    """Tell whether a literal stands in an expression of an f-string, whose own quotes it must not have."""
    return any(isinstance(above, cst.FormattedStringExpression) for _, above in source.ancestors(node))


def _refuse_call(call: cst.Call) -> None:
    dotted = get_full_name_for_node(call.func) or ""
    name = dotted.rsplit(".", 1)[-1]
    if name in _TYPES:
        raise NotRewritable(_IN_TYPE)
    if (reason := deployed.reason_for(dotted)) is not None:
        raise NotRewritable(reason)
    # A pattern is compiled, too: by re, and only its own compile() makes a program of a text.
    if name in _REFLECTIVE and dotted not in _COMPILES_NO_PROGRAM:
        raise NotRewritable(f"the value goes into {name}(), whose text cannot be followed; hand it over as a variable")


def _refuse_namespace(child: cst.CSTNode, above: cst.CSTNode) -> None:
    """Refuse names that are bound through a namespace: who reads them, and whether anyone does, cannot be seen."""
    targets = [each.target for each in above.targets] if isinstance(above, cst.Assign) else []
    holders = [each.value for each in targets if isinstance(each, cst.Subscript)]
    if isinstance(above, cst.Call) and isinstance(above.func, cst.Attribute) and child is not above.func:
        holders.append(above.func.value)
    for call in (each for each in holders if isinstance(each, cst.Call) and not each.args):
        name = get_full_name_for_node(call.func) or ""
        if name in _NAMESPACES:
            raise NotRewritable(f"the name is bound through {name}(), so its readers cannot be seen; bind it plainly")


def template(node: cst.CSTNode, parent: cst.CSTNode) -> str:
    """Return how a text is filled in: by `%`, by `format`, or not at all."""
    if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Modulo) and parent.left is node:
        return "%"
    return "format" if isinstance(parent, cst.Attribute) and parent.attr.value in {"format", "format_map"} else ""


def match_subject(source: PythonSource, pattern: cst.MatchValue) -> str | None:
    """Return the variable that a `case` of this value alone is about, so that a guard can compare it; else None."""
    case = source.parents[pattern]
    if not isinstance(case, cst.MatchCase) or case.guard is not None:
        return None
    statement = source.parents[case]
    subject = statement.subject if isinstance(statement, cst.Match) else None
    return subject.value if isinstance(subject, cst.Name) else None


def literal_type(source: PythonSource, node: cst.CSTNode) -> cst.Subscript | None:
    """Return the `Literal[...]` that names a value in the annotation of a variable that has it; else None."""
    found: cst.Subscript | None = None
    for child, above in source.ancestors(node):
        if _is_literal_type(above):
            found = above if isinstance(above, cst.Subscript) else None
        if isinstance(above, cst.AnnAssign):
            return found if child is above.annotation and above.value is not None else None
    return None


def _refuse_ancestor(child: cst.CSTNode, above: cst.CSTNode) -> None:
    if isinstance(above, cst.Annotation) or _is_literal_type(above):
        raise NotRewritable(_IN_TYPE)
    if isinstance(above, cst.Raise):
        raise InText("the value stands in the text of an error", quiet=False)
    if isinstance(above, cst.Arg) and above.keyword is not None and above.keyword.value in _TEXT_KEYWORDS:
        raise InText("the value stands in a text for people", quiet=False)
    if isinstance(above, cst.If) and child is above.test and _is_guard(above):
        raise NotRewritable("a guard that refuses this value as a default; it would refuse every value the store holds")


def _is_literal_type(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Subscript):
        return False
    return (get_full_name_for_node(node.value) or "").rsplit(".", 1)[-1] == "Literal"


def _is_guard(statement: cst.If) -> bool:
    first = statement.body.body[0] if statement.body.body else None
    small = first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
    if isinstance(small, cst.Raise):
        return _has_equality(statement.test)
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        return (get_full_name_for_node(small.value.func) or "") in {"sys.exit", "exit", "quit", "warnings.warn"}
    return False


def _has_equality(test: cst.BaseExpression) -> bool:
    if isinstance(test, cst.BooleanOperation):
        return _has_equality(test.left) or _has_equality(test.right)
    if not isinstance(test, cst.Comparison):
        return False
    return any(isinstance(part.operator, (cst.Equal, cst.In, cst.Is)) for part in test.comparisons)


def _is_message(source: PythonSource, node: cst.CSTNode) -> bool:
    call = source.parents[source.parents[node]] if isinstance(source.parents[node], cst.Arg) else None
    if not isinstance(call, cst.Call):
        return False
    return (get_full_name_for_node(call.func) or "").rsplit(".", 1)[-1] in _MESSAGES


def _doubts(source: PythonSource, site: Site, node: cst.CSTNode) -> tuple[Disposition, str]:
    if _is_message(source, node):
        raise InText("the value stands in a message; take it out of the text", quiet=False)
    call = _lookup_of_default(source, node)
    name = (get_full_name_for_node(call.func) or "").rsplit(".", 1)[-1] if call else ""
    if call is not None and name in _LOOKUPS and environ_default(source, node) is None:
        return Disposition.REVIEW, f"the default of {name}() is now fetched even where it is not used"
    if any(isinstance(above, cst.ClassDef) and _is_enum(above) for _, above in source.ancestors(node)):
        return Disposition.REVIEW, "an Enum member: members with equal values become one"
    return Disposition.SAFE, ""


def _is_enum(node: cst.ClassDef) -> bool:
    names = [get_full_name_for_node(base.value) or "" for base in node.bases]
    return any(name.rsplit(".", 1)[-1] in {"Enum", "StrEnum"} for name in names)


def _eager(source: PythonSource, node: cst.CSTNode) -> bool:
    return not any(
        isinstance(above, (cst.FunctionDef, cst.Lambda)) and child is above.body
        for child, above in source.ancestors(node)
    )


def _makes_engine(call: cst.Call) -> bool:
    return (get_full_name_for_node(call.func) or "").rsplit(".", 1)[-1] in {"create_engine", "create_async_engine"}


def _strategy(source: PythonSource, site: Site, node: cst.CSTNode, parent: cst.CSTNode) -> str:
    if site.whole and (key := python_session_keys.strategy_of(source, parent)):
        return key
    engine = any(isinstance(above, cst.Call) and _makes_engine(above) for _, above in source.ancestors(node))
    if engine or site.in_url:
        return "engine-url" if engine else "connection-url"
    if not site.whole:
        return "string-part"
    if environ_default(source, node) is not None:
        return "environ-default"
    for kind, name in _BY_PARENT:
        if isinstance(parent, kind):
            return name(source, parent) if callable(name) else name
    return "expression"


def _of_assignment(source: PythonSource, parent: cst.CSTNode) -> str:
    target = parent.targets[0].target if isinstance(parent, cst.Assign) else getattr(parent, "target", None)
    if isinstance(target, cst.Subscript):
        return "item-assignment"
    if isinstance(target, cst.Attribute):
        return "attribute-assignment"
    for child, above in source.ancestors(parent):
        if isinstance(above, cst.FunctionDef) and child is above.body:
            return "local-variable"
        if isinstance(above, cst.ClassDef):
            return "class-attribute"
    return "module-constant"


def _of_argument(_source: PythonSource, parent: cst.CSTNode) -> str:
    return "keyword-argument" if isinstance(parent, cst.Arg) and parent.keyword is not None else "argument"


_BY_PARENT: tuple[tuple[type | tuple[type, ...], str | Callable[[PythonSource, cst.CSTNode], str]], ...] = (
    ((cst.Assign, cst.AnnAssign), _of_assignment),
    (cst.Arg, _of_argument),
    (cst.DictElement, "dict-value"),
    (cst.Element, "element"),
    (cst.Param, "default-argument"),
    (cst.Return, "return-value"),
    ((cst.Comparison, cst.ComparisonTarget), "comparison"),
    (cst.BooleanOperation, "fallback"),
    (cst.IfExp, "fallback"),
    (cst.BinaryOperation, "operand"),
)
