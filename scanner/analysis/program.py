"""A source file as far as the analysis understands it: expressions, what is bound to names, calls and comparisons.

It is the same for every language. What a language has beyond it (statements, control flow) does not matter to how a
literal travels: a name stands for whatever is bound to it anywhere in its scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

EACH = "*"
"""Name of a member that stands for every element, and before that of one whose key is computed."""
SENT = "<-"
"""Name of a member that stands for what comes out of a channel."""
SPREAD = "**"
"""Name of an argument, and key of an entry, that stands for several: a list or map that is taken apart."""
UNNAMED = "$"
"""The mark behind the name of a class that is based on it without a name of its own."""
OBJECT = "{}"
"""The class of functions that stand in a map."""


class Expression:
    """An expression and where it stands: from byte `start` to `end`, in the scope with that number."""

    __slots__ = ("end", "scope", "start")

    def __init__(self, start: int, end: int, scope: int) -> None:
        self.start = start
        self.end = end
        self.scope = scope


class Text(Expression):
    """A literal text; `start` and `end` are those of its content, without quotes.

    `starts[i]` is where the i-th character of `value` is written, None where each byte stands for itself.
    """

    __slots__ = ("starts", "value")

    def __init__(self, start: int, end: int, scope: int, value: str, starts: tuple[int, ...] | None = None) -> None:
        super().__init__(start, end, scope)
        self.value = value
        self.starts = starts


class Name(Expression):
    """A variable, constant, parameter, class or module by its name."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, scope: int, name: str) -> None:
        super().__init__(start, end, scope)
        self.name = name


class Member(Expression):
    """A field or item of an object, known by its name; `of` is None for one of the object that the code belongs to."""

    __slots__ = ("key", "name", "of")

    def __init__(self, start: int, end: int, scope: int, of: Expression | None, name: str) -> None:
        super().__init__(start, end, scope)
        self.of = of
        self.name = name
        self.key: Expression | None = None
        """What its key is computed by, where that is a variable."""


class Argument:
    """What a call is given, with the parameter's name where the language lets a caller name it."""

    __slots__ = ("name", "value")

    def __init__(self, value: Expression, name: str = "") -> None:
        self.value = value
        self.name = name


class Call(Expression):
    """A call of a function or method, or (`new`) the making of an object of a class."""

    __slots__ = ("arguments", "called", "keys", "kind", "new")

    def __init__(
        self, start: int, end: int, scope: int, called: Expression, arguments: list[Argument], *, new: bool
    ) -> None:
        super().__init__(start, end, scope)
        self.called = called
        self.arguments = arguments
        self.new = new
        self.kind = ""
        """The type that is asked for by its name, as `Get<Thing>()` does."""
        self.keys: Sequence[Text] = ()
        """The keys of a map that it makes and sets out there, those that are written as texts."""


class Joined(Expression):
    """Texts one after another: a concatenation, or a template with what stands in its holes."""

    __slots__ = ("parts",)

    def __init__(self, start: int, end: int, scope: int, parts: list[Expression]) -> None:
        super().__init__(start, end, scope)
        self.parts = parts


class Either(Expression):
    """One of several expressions: a conditional, or a value with the default that takes its place."""

    __slots__ = ("options",)

    def __init__(self, start: int, end: int, scope: int, options: list[Expression]) -> None:
        super().__init__(start, end, scope)
        self.options = options


class Items(Expression):
    """A list, tuple or array."""

    __slots__ = ("elements", "names")

    def __init__(self, start: int, end: int, scope: int, elements: list[Expression]) -> None:
        super().__init__(start, end, scope)
        self.elements = elements
        self.names: list[str] = []
        """By which names its places are known, where a tuple's type says them."""


class Several(Items):
    """The results of a routine that returns more than one."""

    __slots__ = ()


class Entries(Expression):
    """A map, object or dictionary with literal keys, and of the keys those that are written as texts."""

    __slots__ = ("entries", "keys")

    def __init__(
        self, start: int, end: int, scope: int, entries: list[tuple[str, Expression]], keys: Sequence[Text] = ()
    ) -> None:
        super().__init__(start, end, scope)
        self.entries = entries
        self.keys = keys


class Routine(Expression):
    """A function or method: its name ("" for one without), class, parameters in order, and what it returns."""

    __slots__ = ("extended", "inside", "kind", "name", "owner", "parameters", "rest", "results", "returned", "stated")

    def __init__(self, start: int, end: int, scope: int, name: str, owner: str, inside: int) -> None:
        super().__init__(start, end, scope)
        self.name = name
        self.owner = owner
        self.inside = inside
        """The scope of its body."""
        self.parameters: list[str] = []
        self.rest: dict[str, str] = {}
        """Parameters that take all that is left: `items` by their places, `entries` by their names."""
        self.returned: list[Expression] = []
        self.results: list[str] = []
        """The variables whose values it returns where it does not say which, as Go has them."""
        self.kind = ""
        """The type of what it returns, where that is declared."""
        self.extended = ""
        """The name of the object that it is called on though it is none of its methods."""
        self.stated = False
        """Whether it has no body: it only says what others have."""


class Key(Expression):
    """A number or symbol: it names an item, and is no text of its own."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, scope: int, name: str) -> None:
        super().__init__(start, end, scope)
        self.name = name


class Opaque(Expression):
    """An expression of which only the parts matter, if anything."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a name that is brought in from elsewhere stands for: a module, or one of its names."""

    module: str
    name: str = ""


@dataclass(slots=True, kw_only=True)
class Scope:
    """Names that are seen together: those of a file, a class or a routine."""

    parent: int | None
    owner: str
    """The class in whose body it lies; empty outside of any."""
    routine: Routine | None = None
    is_class: bool = False
    bound: dict[str, list[Expression]] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)
    """Names that stand for those of the file."""
    types: dict[str, str] = field(default_factory=dict)
    """Declared types of names, by their last words."""


@dataclass(slots=True, kw_only=True)
class Program:
    """One file. Scope 0 is the file's own."""

    path: str
    language: str
    scopes: list[Scope]
    module: str = ""
    """The package or namespace that the file says it belongs to."""
    named: list[tuple[str, Expression]] = field(default_factory=list)
    """Every expression that something binds to a name: variables, fields, keys, named arguments, defaults."""
    calls: list[Call] = field(default_factory=list)
    compared: list[tuple[Expression, Expression]] = field(default_factory=list)
    defaulted: list[tuple[Expression, Expression]] = field(default_factory=list)
    """What is asked for, each with what takes its place where it is missing."""
    assigned: list[tuple[Member, Expression]] = field(default_factory=list)
    """Fields and items that are set, each with what it is set to."""
    looked_up: list[tuple[Expression, Expression]] = field(default_factory=list)
    """Maps and lists of which an item is taken, each with its computed key."""
    joined: list[Joined] = field(default_factory=list)
    routines: dict[str, list[Routine]] = field(default_factory=dict)
    made: dict[str, list[Routine]] = field(default_factory=dict)
    """What makes an object of a class, by the class."""
    fields: dict[tuple[str, str], list[Expression]] = field(default_factory=dict)
    """What is bound to fields, by class and name."""
    classes: dict[str, Scope] = field(default_factory=dict)
    """The scopes of classes by their names; the types in one are those of its fields, in order."""
    filled: dict[str, list[tuple[str, Expression]]] = field(default_factory=dict)
    """What is bound to fields and items of a variable, by the variable's name."""
    imports: dict[str, Imported] = field(default_factory=dict)
    exports: dict[str, list[Expression]] = field(default_factory=dict)
    """What other files see under a name; a module's own value under the empty name."""
    members_of: dict[str, list[Member]] = field(default_factory=dict)
    """Members that are read, by their names, where a language lets others add such to a class."""
    calls_of: dict[str, list[Call]] = field(default_factory=dict)
    """Calls by the last word of what is called."""
    qualified: dict[int, tuple[Expression, list[str]]] = field(default_factory=dict)
    """What objects and functions are called in full, by the identity of the expression that was asked about."""
    bases: dict[str, str] = field(default_factory=dict)
    """The class that each class is based on, by their names."""
    kinds: dict[str, list[str]] = field(default_factory=dict)
    """All classes and interfaces that each class says it is one of."""
    callbacks: dict[int, Call] = field(default_factory=dict)
    """The calls that are given functions which are written there, by the functions' identities."""
    at_once: dict[int, Call] = field(default_factory=dict)
    """The calls of functions that are called where they are written, by the functions' identities."""
    called_on: dict[str, dict[str, list[Call]]] = field(default_factory=dict)
    """Calls of methods that were asked for, by the method and the last word of the object."""
    put: dict[str, dict[str | None, list[tuple[Expression | None, Expression]]]] | None = None
    """What calls put into maps and objects, by their names and the keys; None before it is asked for."""
    holding: dict[str, set[str]] | None = None
    """The names that are called and are bound to other names, by these; None before it is asked for."""
    names: dict[int, tuple[Call, list[str]]] = field(default_factory=dict)
    """Names of calls that were asked for, by the call's identity."""
    makes_unnamed: bool = False
    """Whether an object is made without a word about its class."""
    unnamed: list[tuple[Call, Name | Member]] = field(default_factory=list)
    """Such objects that are assigned, each with what holds it."""
    scripts: list[int] = field(default_factory=list)
    """The scopes of shell scripts that stand in its texts."""
    dense: bool = False
    """A tool has put it together, with names of a letter or two: the same name says little."""
    broken: bool = False
    """Something in the file does not parse; what stands around it is followed."""
    cut: bool = False
    """Something nested too deeply was left out."""

    def enclosing(self, scope: int) -> Iterator[Scope]:
        """Yield a scope and those around it, from the inside out."""
        number: int | None = scope
        while number is not None:
            yield self.scopes[number]
            number = self.scopes[number].parent

    def binder(self, name: Name) -> Scope | None:
        """Return the scope that binds a name, which tells variables of one name apart."""
        for scope in self.enclosing(name.scope):
            declared = name.name in scope.bound or name.name in scope.types
            if declared or (scope.routine is not None and name.name in scope.routine.parameters):
                return scope
        return None

    def owner(self, scope: int) -> str:
        """Return the class in whose body `scope` lies."""
        return self.scopes[scope].owner
