"""What import statements bring in, read from their text: they are short, and alike within a family of languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.analysis.program import Call, Imported, Name, Text

_STRING = r"[\"'`]([^\"'`]+)[\"'`]"
_JS_FROM = re.compile(r"(?:import|export)\s+(?:type\s+)?(.*?)\s*\bfrom\s*" + _STRING, re.DOTALL)
_JS_REQUIRED = re.compile(r"import\s+([\w$]+)\s*=\s*require\s*\(\s*" + _STRING)
_JS_NAMED = re.compile(r"\{([^}]*)\}")
_JS_STAR = re.compile(r"\*\s*as\s+([\w$]+)")
_GO = re.compile(r"(?:([\w.]+)\s+)?" + _STRING)
_DOTTED = re.compile(
    r"(?:import|using|use)\s+(?:static\s+|global\s+|function\s+|const\s+)?(?:(\w+)\s*=\s*)?([\w.\\*]+)(?:\s+as\s+(\w+))?"
)
_GROUP = re.compile(r"(?:import|use)\s+([\w.:\\]+?)(?:\.|::|\\)\{([^}]*)\}")
_VERSION = re.compile(r"v\d+|\d+")


def imported(way: str, written: str) -> dict[str, Imported]:
    """Return what the statement `written` brings in by its local names; `way` is how the language's files are named."""
    return dict(_WAYS[way](written)) if way in _WAYS else {}


def required(way: str, call: Call) -> dict[str, Imported]:
    """Return what a call brings in where calls do that and their whole file is seen: Ruby's `require`."""
    given = call.arguments[0].value if call.arguments else None
    brings = way == "ruby" and isinstance(call.called, Name) and call.called.name in ("require", "require_relative")
    return {f"*{given.value}": Imported(module=given.value)} if brings and isinstance(given, Text) else {}


def _javascript(written: str) -> Iterator[tuple[str, Imported]]:
    found = _JS_FROM.search(written)
    if found is None:
        whole = _JS_REQUIRED.search(written)
        yield from [(whole[1], Imported(module=plain_module(whole[2])))] if whole is not None else []
        return
    clause, module = found[1], plain_module(found[2])
    named = _JS_NAMED.search(clause)
    for entry in named[1].split(",") if named else ():
        words = entry.replace("type ", "").split()
        if words:
            yield words[-1], Imported(module=module, name=words[0])
    star = _JS_STAR.search(clause)
    if star:
        yield star[1], Imported(module=module)
    elif clause.strip() == "*":
        yield f"*{module}", Imported(module=module)
    default = re.match(r"([\w$]+)\s*(?:,|$)", clause.strip())
    if default and written.lstrip().startswith("import"):
        yield default[1], Imported(module=module, name="default")


def plain_module(module: str) -> str:
    """Return the name of a module without what may be left out of it."""
    return module.removeprefix("node:")


def _go(written: str) -> Iterator[tuple[str, Imported]]:
    for alias, module in _GO.findall(written):
        if alias != "_":
            yield alias.removeprefix("import") or go_name(module), Imported(module=module)


def go_name(module: str) -> str:
    """Return the name by which a Go package is called that is imported without one."""
    parts = [part for part in module.split("/") if not _VERSION.fullmatch(part)]
    last = re.sub(r"\.v\d+$|\.go$", "", parts[-1]) if parts else module
    return re.sub(r"^go-|-go$", "", last).replace("-", "_")


def go_names(module: str) -> list[str]:
    """Return the names that a Go package may have for itself: a folder `gf-jwt` mostly holds the package `jwt`."""
    name = go_name(module)
    return list(dict.fromkeys((name, name.rpartition("_")[2])))


def _dotted(written: str) -> Iterator[tuple[str, Imported]]:
    """Java, Kotlin, Scala, C#, PHP, Rust: a path of words, of which the last is the name here."""
    group = _GROUP.search(written)
    if group:
        for entry in group[2].split(","):
            words = re.split(r"\s+as\s+|\s*=>\s*", entry.strip())
            last = re.split(r"\.|::|\\", words[0])[-1]
            if words[0]:
                inner = re.split(r"::", words[0])
                module = "::".join([group[1].removesuffix("::"), *inner[:-1]]) if len(inner) > 1 else group[1]
                module = module.replace("\\", ".").replace("::", ".").lstrip(".")
                yield words[-1] if len(words) > 1 else last, Imported(module=module, name=inner[-1])
        return
    found = _DOTTED.search(written.replace("::", "."))
    if found:
        module, _, name = found[2].replace("\\", ".").lstrip(".").rpartition(".")
        local = found[1] or found[3] or name
        if written.startswith("using static"):
            yield f"*{found[2]}", Imported(module=found[2])
        elif name and name != "*" and name != "_":
            yield local, Imported(module=module, name=name)
        elif module:
            yield f"*{module}", Imported(module=module)


_PY_FROM = re.compile(r"from\s+([.\w\s]+?)\s+import\s+\(?([^)]*)\)?", re.DOTALL)


def _python(written: str) -> Iterator[tuple[str, Imported]]:
    found = _PY_FROM.match(written)
    if found is None:
        for entry in written.removeprefix("import").split(","):
            words = entry.split()
            if words:
                aliased = len(words) == 3
                yield (
                    words[-1] if aliased else words[0].partition(".")[0],
                    Imported(module=words[0] if aliased else words[0].partition(".")[0]),
                )
        return
    module = found[1].replace(" ", "")
    for entry in re.sub(r"#[^\n]*", "", found[2]).split(","):
        words = entry.split()
        if words == ["*"]:
            yield f"*{module}", Imported(module=module)
        elif words:
            yield words[-1], Imported(module=module, name=words[0])


_WAYS: dict[str, Callable[[str], Iterator[tuple[str, Imported]]]] = {
    "javascript": _javascript,
    "go": _go,
    "types": _dotted,
    "python": _python,
}
