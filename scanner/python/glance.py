"""A glance at a module by the interpreter's own parser: whether following it could bring a finding at all.

libcst takes twenty times as long, and most modules in which a credential's name stands hold no credential. A glance
does not say no where the detector would find something: it takes every name of a statement for one that each of its
literals may be bound to, and for a name that a call is given whatever is bound to that name anywhere in the module.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence

from scanner.detectors.scheme import behind_scheme
from scanner.python.binders import below, defaults, last_name, words
from scanner.rulebook.model import Rule, ValueKind
from scanner.rulebook.names import NameClassifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    Names = tuple[str, ...]

    class Judgement(Protocol):
        """What a glance asks of those who know rules and filters."""

        def stands(self, literal: ast.Constant, value: str, rule: Rule, *, used: bool) -> bool:
            """Tell whether `literal` with this value may be a finding of `rule`, or, `used` by a call, sooner."""

        def shaped(self, value: str) -> bool:
            """Tell whether some rule may know the shape of `value`, which does not stand in the text as it is."""


_MAX_HOPS = 4
_LEAST = 4
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MOST_STEPS = 200_000
"""Names and expressions that are looked at; what needs more is left to those who follow a program scope by scope."""
_REFUSALS = (SyntaxError, ValueError, RecursionError, MemoryError)
_COMPARING = "compare_digest"


class UnreadableError(Exception):
    """The module is no Python of this interpreter."""


class _LaboriousError(Exception):
    """The module's names stand for too much of each other."""


def worth_following(data: bytes, names: NameClassifier, judgement: Judgement) -> bool:
    """Tell whether the detector may find something in the module `data`. Raises `UnreadableError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape in the scanned file is not our business
            module = _Module(ast.parse(data), names, judgement)
            return module.may_hold() or (_COMPARING.encode() in data and module.may_compare())
    except _REFUSALS as error:
        raise UnreadableError(type(error).__name__) from None


class _Module:
    """The literals of a module with the names that bind them, its calls and comparisons, what its names stand for."""

    def __init__(self, module: ast.Module, names: NameClassifier, judgement: Judgement) -> None:
        self._names = names
        self._ask = judgement
        self._texts: list[tuple[ast.Constant, Names]] = []
        self._calls: list[ast.Call] = []
        self._comparisons: list[ast.Compare] = []
        self._aliases: dict[str, str] = {}
        self._bound: dict[str, list[ast.expr]] = {}
        self._rules: dict[int, tuple[Rule, ...]] = {}
        self._reach: dict[str, list[ast.Constant]] = {}
        self._callables: dict[str, set[str]] = {}
        self._left = _MOST_STEPS
        self._read(module)

    def may_hold(self) -> bool:
        """Tell whether some literal may be a finding; yes where telling would take too long."""
        try:
            return any(self._shaped(text) or self._named(text, names) for text, names in self._texts) or any(
                self._checked([one.left, *one.comparators]) for one in self._comparisons
            )
        except _LaboriousError:
            return True

    def may_compare(self) -> bool:
        """Tell whether some call compares what may be a finding; yes where telling would take too long."""
        try:
            return any(self._compares(call) for call in self._calls)
        except _LaboriousError:
            return True

    def _step(self, number: int = 1) -> None:
        self._left -= number
        if self._left < 0:
            raise _LaboriousError

    def _read(self, module: ast.Module) -> None:
        waiting: list[tuple[ast.AST, Names, str]] = [(module, (), "")]
        while waiting:
            node, names, function = waiting.pop()
            kind = type(node)
            if kind is ast.Name:
                # Every other node is one, and nothing stands below it.
                continue
            note = _NOTES.get(kind)
            if note is not None:
                note(self, node, names)
            if kind is ast.Constant:
                continue
            if kind is ast.Attribute:
                waiting.append((node.value, names, function))  # type: ignore[attr-defined]
                continue
            if isinstance(node, _FUNCTIONS):
                function = node.name
            elif isinstance(node, ast.Return):
                names = (function,)
            waiting.extend([(child, bound, function) for child, bound in below(node, names)])

    def _constant(self, node: ast.Constant, names: Names) -> None:
        if _is_text(node):
            self._texts.append((node, names))

    def _bind(self, targets: Iterable[ast.AST | None], value: ast.expr | None) -> None:
        for target in targets:
            name = last_name(target)
            if name and value is not None:
                self._bound.setdefault(name, []).append(value)

    def _parameters(self, given: ast.arguments) -> None:
        for one, default in defaults(given):
            self._bind([one], default)

    def _imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for one in node.names:
            if one.asname is not None:
                self._aliases[one.asname] = one.name.rpartition(".")[2]

    def _shaped(self, text: ast.Constant) -> bool:
        """Of a literal that stands in the file as it is the text has been searched already."""
        return not _plain(text) and self._ask.shaped(_value(text))

    def _named(self, text: ast.Constant, names: Names) -> bool:
        # Many literals may share one tuple of many names.
        if id(names) not in self._rules:
            self._rules[id(names)] = tuple({rule.id: rule for rule in self._credentials(names)}.values())
        return any(self._stands(text, rule, used=False) for rule in self._rules[id(names)])

    def _credentials(self, words: Iterable[str]) -> Iterator[Rule]:
        for word in words:
            self._step()
            rule = self._names.classify(word) if word else None
            if rule is not None:
                yield rule

    def _compares(self, call: ast.Call) -> bool:
        return _COMPARING in self._names_of(last_name(call.func)) and self._checked(call.args)

    def _names_of(self, called: str) -> set[str]:
        """Return the last parts of the names that what is called by the name `called` may stand for."""
        if called not in self._callables:
            names, level = {called}, {called}
            for _ in range(_MAX_HOPS):
                values = [value for name in level for value in self._bound.get(name, ())]
                self._step(len(values))
                level = {last_name(value) for value in values} - names
                names |= level
            self._callables[called] = {self._aliases.get(name, name) for name in names if name}
        return self._callables[called]

    def _checked(self, sides: list[ast.expr]) -> bool:
        """Tell whether what is compared has a password's name and may be a literal."""
        named = [word for side in sides for word in words(side)]
        known = {rule.id: rule for rule in self._credentials(named) if rule.value_kind is ValueKind.PASSWORD}
        return any(
            self._stands(text, rule, used=True)
            for rule in known.values()
            for side in sides
            for text in self._origins(side)
        )

    def _origins(self, value: ast.expr | None) -> list[ast.Constant]:
        """Return the literals that an expression may stand for, as the detector follows them, in any scope."""
        name = last_name(value) if isinstance(value, ast.Name | ast.Attribute) else ""
        if name in self._reach:
            return self._reach[name]
        found = list(self._followed(value))
        if name:
            self._reach[name] = found
        return found

    def _followed(self, value: ast.expr | None) -> Iterator[ast.Constant]:
        seen: set[str | int] = set()
        level = [value]
        for _ in range(_MAX_HOPS):
            further: list[ast.expr | None] = []
            for one in level:
                key = last_name(one) if isinstance(one, ast.Name | ast.Attribute) else id(one)
                if one is None or key in seen:
                    continue
                seen.add(key)
                self._step()
                if isinstance(one, ast.Constant):
                    yield from [one] if _is_text(one) else []
                further.extend(self._through(one))
            level = further

    def _through(self, value: ast.expr) -> Sequence[ast.expr]:
        if isinstance(value, ast.Name | ast.Attribute):
            return self._bound.get(last_name(value), [])
        if isinstance(value, ast.BoolOp):
            return value.values
        if isinstance(value, ast.IfExp):
            return [value.body, value.orelse]
        if isinstance(value, ast.Call):
            return [*value.args, *([value.func.value] if isinstance(value.func, ast.Attribute) else [])]
        return [value.value] if isinstance(value, ast.Starred | ast.NamedExpr) else []

    def _stands(self, text: ast.Constant, rule: Rule, *, used: bool) -> bool:
        self._step()
        value = _value(text)
        first = behind_scheme(value) if rule.value_kind is ValueKind.TOKEN else 0
        return self._ask.stands(text, value[first:], rule, used=used)


_NOTES: dict[type[ast.AST], Callable[[_Module, Any, Names], object]] = {
    ast.Call: lambda module, node, _: module._calls.append(node),
    ast.Compare: lambda module, node, _: module._comparisons.append(node),
    ast.Constant: _Module._constant,
    ast.arguments: lambda module, node, _: module._parameters(node),
    ast.Assign: lambda module, node, _: module._bind(node.targets, node.value),
    ast.AnnAssign: lambda module, node, _: module._bind([node.target], node.value),
    ast.NamedExpr: lambda module, node, _: module._bind([node.target], node.value),
    ast.withitem: lambda module, node, _: module._bind([node.optional_vars], node.context_expr),
    ast.Import: lambda module, node, _: module._imported(node),
    ast.ImportFrom: lambda module, node, _: module._imported(node),
}


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str | bytes) and len(node.value) >= _LEAST


def _plain(text: ast.Constant) -> bool:
    """Tell whether a literal stands in the file as it is: on one line, with a quote on each side and ASCII between."""
    value = _value(text)
    if text.end_col_offset is None or text.lineno != text.end_lineno or not value.isascii():
        return False
    return text.end_col_offset - text.col_offset <= len(value) + 3


def _value(text: ast.Constant) -> str:
    return text.value.decode("latin-1") if isinstance(text.value, bytes) else str(text.value)
