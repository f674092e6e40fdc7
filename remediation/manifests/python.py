"""Adds a library to the file in which a Python project lists what it needs, in that file's own style."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import libcst as cst
import tomlkit
from libcst.helpers import get_full_name_for_node
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from remediation.errors import NotRewritable
from remediation.model import Disposition, Edit, Entry, Step
from remediation.rewriters import splice
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

PACKAGES = ("boto3", "aws-secretsmanager-caching")
"""What the code may come to depend on."""
_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "requirements.lock")
# Of libraries that are not installed with us.
_VERSIONS = {"aws-secretsmanager-caching": "1.2.0"}
_REQUIREMENTS = re.compile(rb"[\"']([\w./-]*require[\w./-]*\.(?:txt|in))[\"']")
_ENDS_WITHOUT_COMMA = re.compile(r"[\"'][ \t]*(?:#[^\n]*)?\s*(?:#[^\n]*\s*)*\]\Z")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def add_dependency(
    entries: Mapping[str, Entry], folder: str, package: str = "boto3"
) -> tuple[Edit | None, tuple[Step, ...]]:
    """Return the edit that lists `package` for the code in `folder`, and what a person has to do about it.

    The nearest folder upwards with a manifest counts; there is no edit where it is listed already.
    """
    for place in _upwards(folder):
        for name, add in _WRITERS:
            path = f"{place}/{name}".lstrip("/")
            entry = entries.get(path)
            if entry is None:
                continue
            try:
                after = add(entry.data, package)
            except NotRewritable as refusal:
                named = _named_in(entries, place, entry.data)
                if not named:
                    return None, (_manual(path, refusal.reason, package),)
                path, entry = named, entries[named]
                after = _requirements(entry.data, package)
            if after is not None:
                return _edit(path, entry, after), tuple(_locks(entries, place)) if after != entry.data else ()
    return None, (_manual(folder, "no file here lists dependencies in a form that is known", package),)


def add_module(entries: Mapping[str, Entry], path: str) -> Edit | None:
    """Return the edit by which a new module is installed with those beside it, where a manifest names each of them."""
    folder, _, file = path.rpartition("/")
    module = file.removesuffix(".py")
    for name, add in (("setup.py", _py_modules_of_setup), ("pyproject.toml", _py_modules_of_project)):
        place = f"{folder}/{name}".lstrip("/")
        if place in entries:
            try:
                after = add(entries[place].data, module)
            except NotRewritable:
                continue
            if after is not None:
                return _edit(place, entries[place], after)
    return None


def _named_in(entries: Mapping[str, Entry], place: str, data: bytes) -> str:
    """Return the file of requirements that a `setup.py` reads, empty where it names none that is there."""
    paths = (f"{place}/{name.decode()}".lstrip("/") for name in _REQUIREMENTS.findall(data))
    return next((path for path in paths if path in entries), "")


def _py_modules_of_setup(data: bytes, module: str) -> bytes | None:
    source = PythonSource.parse(data)
    for arg in (node for node in source.spans if isinstance(node, cst.Arg)):
        if arg.keyword is not None and arg.keyword.value == "py_modules":
            return _extend_list(source, _meant(source, arg.value), module, plain=True)
    return None


def _py_modules_of_project(data: bytes, module: str) -> bytes | None:
    try:
        document = tomlkit.parse(data.decode("utf-8"))
    except (TOMLKitError, UnicodeDecodeError):
        return None
    modules: Any = document.get("tool", {}).get("setuptools", {}).get("py-modules")
    if modules is None or module in [str(each) for each in modules]:
        return None
    modules.append(module)
    return _dumped(document, data)


def _edit(path: str, entry: Entry, after: bytes) -> Edit | None:
    if after == entry.data:
        return None
    return Edit(path=path, mode=entry.mode, blob_id=entry.blob_id, before=entry.data, after=after)


def _upwards(folder: str) -> Iterable[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _manual(path: str, reason: str, package: str) -> Step:
    return Step(path=path, line=1, disposition=Disposition.MANUAL, action=f"add {package}", reason=reason)


def _locks(entries: Mapping[str, Entry], place: str) -> Iterable[Step]:
    for name in _LOCKS:
        path = f"{place}/{name}".lstrip("/")
        if path in entries:
            reason = "lock files are made by their own tool"
            yield Step(path=path, line=1, disposition=Disposition.MANUAL, action="refresh the lock", reason=reason)


def _requirement(neighbours: Iterable[str], package: str) -> str:
    """Return the requirement, bound as most of its neighbours are."""
    texts = list(neighbours)
    for operator in ("==", "~=", ">="):
        if texts and 2 * sum(operator in text for text in texts) > len(texts):
            return f"{package}{operator}{_version(package)}"
    return package


def _version(package: str) -> str:
    return _VERSIONS.get(package) or version(package)


def _lists(requirements: Iterable[str], package: str) -> bool:
    names = (_NAME.match(text) for text in requirements)
    return any(name is not None and name[1].lower().replace("_", "-") == package for name in names)


def _pyproject(data: bytes, package: str) -> bytes | None:
    try:
        document = tomlkit.parse(data.decode("utf-8"))
    except (TOMLKitError, UnicodeDecodeError):
        raise NotRewritable("the file is not valid TOML") from None
    project: Any = document.get("project", {})
    if "dependencies" in project:
        _append(project["dependencies"], package)
    elif "dependencies" in document.get("tool", {}).get("poetry", {}):
        _poetry(document["tool"]["poetry"]["dependencies"], package)
    elif "name" in project and "build-system" in document and _may_list(project):
        project["dependencies"] = [_requirement((), package)]
    else:
        return None
    return _dumped(document, data)


def _dumped(document: TOMLDocument, before: bytes) -> bytes:
    """Return the file with the line endings that it had: what tomlkit adds ends in a newline alone."""
    text = tomlkit.dumps(document)
    if before.count(b"\n") == before.count(b"\r\n") > 0:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return text.encode("utf-8")


def _may_list(project: Any) -> bool:
    """Tell whether a project lists no dependencies because it has none: another file may list them."""
    return "dependencies" not in project.get("dynamic", ())


def _append(dependencies: Array, package: str) -> None:
    texts = [str(each) for each in dependencies]
    if _lists(texts, package):
        return
    # tomlkit keeps the layout of a list on one line with append; one item a line needs the indent told.
    layout = re.search(r"\n([ \t]+)", dependencies.as_string())
    if layout is None:
        dependencies.append(_requirement(texts, package))
    elif texts and _ENDS_WITHOUT_COMMA.search(dependencies.as_string()):
        # In front of the last one, whose line would have to change for a comma.
        dependencies.insert(len(texts) - 1, _requirement(texts, package))
    else:
        dependencies.add_line(_requirement(texts, package), indent=layout[1], add_comma=True)


def _poetry(dependencies: Any, package: str) -> None:
    if not _lists(dependencies, package):
        caret = any(str(each).startswith("^") for each in dependencies.values())
        dependencies[package] = f"^{_version(package)}" if caret else "*"


def _requirements(data: bytes, package: str) -> bytes | None:
    text = data.decode("utf-8", "surrogateescape")
    lines = text.splitlines()
    if re.search(r"autogenerated by|generated by (pip-compile|uv)|--hash", text):
        raise NotRewritable(f"the file is compiled; add {package} to its input and compile it again")
    found = [line for line in lines if _NAME.match(line) and not line.lstrip().startswith(("-", "#"))]
    if _lists(found, package):
        return data
    newline = "\r\n" if "\r\n" in text else "\n"
    # In front of a last line that has no end, which would have to get one.
    last = "" if text.endswith("\n") or not lines else lines[-1]
    head = text[: len(text) - len(last)]
    if head.rstrip().endswith("\\"):
        head, last = text + newline, ""
    return (head + _requirement(found, package) + newline + last).encode("utf-8", "surrogateescape")


def _setup_cfg(data: bytes, package: str) -> bytes | None:
    text = data.decode("utf-8", "surrogateescape")
    block = re.search(r"^install_requires[ \t]*=[ \t]*\r?\n((?:[ \t]+\S.*(?:\r?\n|\Z))+)", text, re.MULTILINE)
    if block is None:
        return None
    listed = block[1].splitlines(keepends=True)
    if _lists(listed, package):
        return data
    indent = re.match(r"[ \t]+", listed[0])
    newline = "\r\n" if listed[0].endswith("\r\n") else "\n"
    gap = "" if listed[-1].endswith("\n") else newline
    added = f"{gap}{indent[0] if indent else '    '}{_requirement(listed, package)}{newline}"
    return (text[: block.end()] + added + text[block.end() :]).encode("utf-8", "surrogateescape")


def _setup_py(data: bytes, package: str) -> bytes | None:
    source = PythonSource.parse(data)
    for call in (node for node in source.spans if isinstance(node, cst.Call)):
        if (get_full_name_for_node(call.func) or "").rsplit(".", 1)[-1] != "setup":
            continue
        for arg in call.args:
            if arg.keyword is not None and arg.keyword.value == "install_requires":
                return _extend_list(source, _meant(source, arg.value), package)
    return None


def _new_in_setup_py(data: bytes, package: str) -> bytes | None:
    """Return a `setup.py` whose project needs nothing yet, with a list of what it needs now."""
    source = PythonSource.parse(data)
    for call in (node for node in source.spans if isinstance(node, cst.Call)):
        listed = {arg.keyword.value: arg for arg in call.args if arg.keyword is not None}
        installed = next((listed[name] for name in ("packages", "py_modules") if name in listed), None)
        if installed is not None and (get_full_name_for_node(call.func) or "").endswith("setup"):
            quote = "'" if source.text.count(b"'") > source.text.count(b'"') else '"'
            return source.encode(splice.apply(source.text, [_before(source, installed, f"{quote}{package}{quote}")]))
    return None


def _before(source: PythonSource, argument: cst.Arg, requirement: str) -> Splice:
    start = source.span(argument)[0]
    line = source.text.rfind(b"\n", 0, start) + 1
    lead = source.text[line:start].decode()
    gap = " " if lead.strip() else source.module.default_newline + lead
    return Splice(start=start, end=start, text=f"install_requires=[{requirement}],{gap}".encode())


def _new_in_setup_cfg(data: bytes, package: str) -> bytes | None:
    """Return a `setup.cfg` whose project needs nothing yet, with a list of what it needs now."""
    text = data.decode("utf-8", "surrogateescape")
    options = re.search(
        r"^\[options\][ \t]*(\r?\n)(?:(?!\[).*\n)*?(?=(?:packages|py_modules)[ \t]*=)", text, re.MULTILINE
    )
    if options is None:
        return None
    added = f"install_requires ={options[1]}    {package}{options[1]}"
    return (text[: options.end()] + added + text[options.end() :]).encode("utf-8", "surrogateescape")


def _meant(source: PythonSource, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the list that a name stands for, where the file sets it once."""
    if not isinstance(node, cst.Name):
        return node
    found = [
        each.value
        for each in source.spans
        if isinstance(each, cst.Assign)
        and any(isinstance(one.target, cst.Name) and one.target.value == node.value for one in each.targets)
    ]
    return found[0] if len(found) == 1 else node


def _extend_list(source: PythonSource, node: cst.BaseExpression, package: str, *, plain: bool = False) -> bytes:
    while isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        node = node.left
    elements = [each.value for each in node.elements] if isinstance(node, (cst.List, cst.Tuple)) else []
    texts = [each.evaluated_value for each in elements if isinstance(each, cst.SimpleString)]
    if not isinstance(node, cst.List) and not elements:
        raise NotRewritable("install_requires is no list")
    if plain and package in texts:
        return source.data
    if _lists((str(text) for text in texts), package):
        return source.data
    if not elements:
        end = source.span(node)[1] - len("]")
        added = Splice(start=end, end=end, text=f"'{package}'".encode())
    else:
        added = _after_last(
            source, elements, package if plain else _requirement([str(text) for text in texts], package)
        )
    return source.encode(splice.apply(source.text, [added]))


def _after_last(source: PythonSource, elements: Sequence[cst.BaseExpression], requirement: str) -> Splice:
    """Return what puts the requirement behind the last element: on a line of its own where that has one."""
    start, end = source.span(elements[-1])
    quote = "'" if source.slice(elements[-1]).endswith("'") else '"'
    text, line = f"{quote}{requirement}{quote}", source.text.rfind(b"\n", 0, start) + 1
    if source.text[line:start].strip():
        return Splice(start=end, end=end, text=f", {text}".encode())
    indent, newline = source.text[line:start].decode(), source.module.default_newline
    comma = re.match(rb"[ \t]*,[^\n]*", source.text[end:])
    if comma is None:
        # In front of the last one, whose line would have to change for a comma.
        return Splice(start=start, end=start, text=f"{text},{newline}{indent}".encode())
    place = end + len(comma[0].rstrip(b"\r"))
    return Splice(start=place, end=place, text=f"{newline}{indent}{text},".encode())


_WRITERS: tuple[tuple[str, Callable[[bytes, str], bytes | None]], ...] = (
    ("pyproject.toml", _pyproject),
    # What is installed with the code counts before what its developers install.
    ("setup.cfg", _setup_cfg),
    ("setup.py", _setup_py),
    ("setup.cfg", _new_in_setup_cfg),
    ("setup.py", _new_in_setup_py),
    ("requirements.in", _requirements),
    ("requirements.txt", _requirements),
)
