"""Where a literal stands in its module: the kind of place, and the name that the value is bound to there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from scanner.python.bindings import Bindings, dotted

_ENVIRONMENT_READS = frozenset({"os.environ.get", "os.getenv", "environ.get"})
_LOOKUPS = frozenset({"get", "getenv", "pop", "setdefault", "getlist", "getfirst", "add_argument", "option"})
_TEXT_METHODS = frozenset({"strip", "encode", "decode", "lower", "upper", "rstrip", "lstrip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A kind of place (a key of `strategies.yaml`) and the name bound there; empty where there is none."""

    strategy: str
    binding: str = ""


class Places:
    """Describes the places of one module. Calls in `transparent` hand their argument through: `SecretStr("...")`."""

    def __init__(self, bindings: Bindings, transparent: frozenset[str]) -> None:
        self._bindings = bindings
        self._transparent = transparent

    def describe(self, node: cst.CSTNode) -> Place:
        """Return the place of the literal `node`: climbs out of wrappers to what binds or uses the value."""
        within = ""
        for child, parent in self._bindings.tree.ancestors(node):
            found = self._step(child, parent)
            if found is not None:
                return Place(strategy=within or found.strategy, binding=found.binding)
            within = within or _WITHIN.get(type(parent), "")
        return Place(strategy="other")

    def _step(self, child: cst.CSTNode, parent: cst.CSTNode) -> Place | None:
        for kinds, reader in self._readers():
            if isinstance(parent, kinds):
                return reader(child, parent)
        return None

    def _readers(self) -> tuple[tuple[type[cst.CSTNode], Callable[..., Place | None]], ...]:
        return (
            (cst.Assign, self._assign),
            (cst.AnnAssign, self._annotated),
            (cst.NamedExpr, self._walrus),
            (cst.Arg, self._argument),
            (cst.DictElement, self._dict_element),
            (cst.Param, self._parameter),
            (cst.Comparison, self._comparison),
            (cst.Return, self._returned),
            (cst.BooleanOperation, self._alternative),
            (cst.BinaryOperation, self._unbound("operand")),
            (cst.Attribute, self._method),
            (cst.Annotation, self._unbound("annotation")),
            (cst.SubscriptElement, self._unbound("subscript")),
            (cst.MatchValue, self._unbound("match-pattern")),
            (cst.Expr, self._unbound("docstring")),
            (cst.BaseCompoundStatement, self._unbound("other")),
        )

    @staticmethod
    def _unbound(strategy: str) -> Callable[..., Place]:
        return lambda *_: Place(strategy=strategy)

    def _assign(self, child: cst.CSTNode, parent: cst.Assign) -> Place | None:
        return self._target(parent.targets[-1].target, child, parent) if child is parent.value else None

    def _annotated(self, child: cst.CSTNode, parent: cst.AnnAssign) -> Place | None:
        return self._target(parent.target, child, parent) if child is parent.value else None

    def _walrus(self, child: cst.CSTNode, parent: cst.NamedExpr) -> Place | None:
        return Place(strategy="assignment", binding=name_of(parent.target)) if child is parent.value else None

    def _target(self, target: cst.BaseExpression, value: cst.CSTNode, parent: cst.CSTNode) -> Place:
        if isinstance(target, cst.Attribute):
            return Place(strategy="attribute-assignment", binding=target.attr.value)
        if isinstance(target, cst.Subscript):
            return Place(strategy="item-assignment", binding=name_of(target))
        scope = self._bindings.scope_of(parent)
        strategy = {type(None): "module-constant", cst.ClassDef: "class-attribute"}.get(type(scope), "assignment")
        return Place(strategy=strategy, binding=name_of(target))

    def _argument(self, child: cst.CSTNode, parent: cst.Arg) -> Place | None:
        call = self._bindings.tree.parents[parent]
        if isinstance(call, cst.ClassDef) and parent.keyword is not None:
            return Place(strategy="keyword-argument", binding=parent.keyword.value)
        if child is not parent.value or not isinstance(call, cst.Call):
            return Place(strategy="other")
        called = name_of(call.func)
        keyword = parent.keyword.value if parent.keyword is not None else ""
        if called in self._transparent and keyword in ("", "default", "value"):
            return None
        if keyword == "default":
            return Place(strategy="default-value", binding=_first_text(call))
        if keyword:
            return Place(strategy="dict-value" if called == "dict" else "keyword-argument", binding=keyword)
        return self._positional(parent, call, called)

    def _positional(self, argument: cst.Arg, call: cst.Call, called: str) -> Place:
        index = call.args.index(argument)
        if self._bindings.qualified(call.func) in _ENVIRONMENT_READS and index == 1:
            return Place(strategy="environ-default", binding=_first_text(call))
        if called == "compare_digest":
            return Place(strategy="comparison", binding=name_of(call.args[1 - index % 2].value))
        before = call.args[index - 1].value if index else None
        if called in _LOOKUPS and index == 1:
            return Place(strategy="default-value", binding=_first_text(call))
        if isinstance(before, cst.SimpleString):
            return Place(strategy="positional-argument", binding=text_of(before))
        return Place(strategy="positional-argument")

    def _dict_element(self, child: cst.CSTNode, parent: cst.DictElement) -> Place:
        if child is parent.value:
            return Place(strategy="dict-value", binding=name_of(parent.key))
        return Place(strategy="dict-key")

    def _parameter(self, child: cst.CSTNode, parent: cst.Param) -> Place | None:
        return Place(strategy="default-argument", binding=parent.name.value) if child is parent.default else None

    def _comparison(self, child: cst.CSTNode, parent: cst.Comparison) -> Place:
        target = parent.comparisons[0]
        equality = isinstance(target.operator, cst.Equal | cst.NotEqual) and len(parent.comparisons) == 1
        if not equality:
            return Place(strategy="other")
        other = target.comparator if child is parent.left else parent.left
        return Place(strategy="comparison", binding=name_of(other))

    def _returned(self, child: cst.CSTNode, parent: cst.Return) -> Place:
        scope = self._bindings.scope_of(parent)
        name = scope.name.value if isinstance(scope, cst.FunctionDef) else ""
        return Place(strategy="return-value", binding=name)

    def _alternative(self, child: cst.CSTNode, parent: cst.BooleanOperation) -> Place | None:
        if child is not parent.right or not isinstance(parent.operator, cst.Or):
            return None
        name = name_of(parent.left)
        return Place(strategy="or-default", binding=name) if name else None

    def _method(self, child: cst.CSTNode, parent: cst.Attribute) -> Place | None:
        """Climb out of `"...".encode()`, whose result is the text in another form, and of nothing else."""
        return None if parent.attr.value in _TEXT_METHODS else Place(strategy="operand")


_WITHIN: dict[type[cst.CSTNode], str] = {
    cst.FormattedString: "fstring-part",
    cst.Element: "sequence-element",
    cst.ComparisonTarget: "comparison",
    cst.Lambda: "lambda-body",
}


def name_of(node: cst.CSTNode | None) -> str:
    """Return the name by which an expression is known: a variable, attribute, item key or looked-up text."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        return node.attr.value
    if isinstance(node, cst.SimpleString):
        return text_of(node)
    if isinstance(node, cst.Subscript):
        return _item_key(node)
    if isinstance(node, cst.Call):
        return _looked_up(node)
    return ""


def _item_key(node: cst.Subscript) -> str:
    index = node.slice[0].slice if len(node.slice) == 1 else None
    if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
        return text_of(index.value)
    return ""


def _looked_up(node: cst.Call) -> str:
    if not isinstance(node.func, cst.Attribute):
        return _first_text(node) if dotted(node.func) in ("getenv", "environ") else ""
    if node.func.attr.value in _TEXT_METHODS:
        return name_of(node.func.value)
    return _first_text(node) if node.func.attr.value in _LOOKUPS else ""


def _first_text(call: cst.Call) -> str:
    """Return the first argument of `call` where it is a text, without the dashes of a command line option."""
    first = call.args[0].value if call.args else None
    return text_of(first).lstrip("-") if isinstance(first, cst.SimpleString) else ""


def text_of(node: cst.SimpleString) -> str:
    """Return the content of a literal as written; names have no escapes."""
    return node.raw_value
