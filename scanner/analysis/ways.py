"""How the files of a project name each other: an import's text to the files that it may mean, for each language."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from scanner.analysis.program import Program
from scanner.analysis.syntax import syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.analysis.files import Files

_SCRIPT_ROOTS = ("@/", "~/")
"""What projects write for the folder of their sources."""
_SCRIPT_ENDINGS = ("", ".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".json", "/index.js", "/index.ts", "/index.mjs")


def same_folder(module: str, folder: str) -> bool:
    """Tell whether the import path `module` may be the package in `folder`: one ends as the other does."""
    return f"/{module}".endswith(f"/{folder}") or f"/{folder}".endswith(f"/{module}")


def _scripts(files: Files, program: Program, module: str, _name: str) -> list[str]:
    return script(files, program.path, module)


def script(files: Files, path: str, module: str) -> list[str]:
    """Return the file that the one at `path` means by `module`, if it is one of the project."""
    if module.startswith(_SCRIPT_ROOTS):
        return next((found for root in ("src/", "", "app/") if (found := _ending(files, root + module[2:]))), [])
    if not module.startswith("."):
        return []
    return _ending(files, posixpath.normpath(posixpath.join(posixpath.dirname(path), module)))


def _ending(files: Files, base: str) -> list[str]:
    """Return the file whose path is `base` but for what may be left out of it."""
    wanted = [base + ending for ending in _SCRIPT_ENDINGS]
    if base.endswith((".js", ".mjs")):
        wanted.append(base.rpartition(".")[0] + ".ts")
    return [path for path in wanted if path in files.paths][:1]


def _packages(files: Files, program: Program, module: str, _name: str) -> list[str]:
    """Go's packages are folders; the front of an import is the module's own name, which folders do not have."""
    parts = module.split("/")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        for folder in files.folders_named(parts[-1]):
            if folder == tail or folder.endswith("/" + tail):
                found = [
                    path for path in files.beside(folder) if path.endswith(".go") and not path.endswith("_test.go")
                ]
                if found:
                    return found[:20]
    return []


def _nearest(files: Files, program: Program, written: str) -> list[str]:
    """Return the file that is written as a path whose front is not known, as in PHP's `__DIR__ . '/settings.php'`."""
    here = posixpath.dirname(program.path)
    beside = posixpath.normpath(posixpath.join(here, written.lstrip("/")))
    if beside in files.paths:
        return [beside]
    tail = written.replace("..", "").lstrip("/.")
    return [path for path in files.named(tail.rpartition("/")[2]) if f"/{path}".endswith(f"/{tail}")][:1]


def _types(files: Files, program: Program, module: str, name: str) -> list[str]:
    ending = "." + program.path.rpartition(".")[2]
    if module.endswith(ending):
        return _nearest(files, program, module)
    words = [word for word in re.split(r"\.|::|\\", module) if word]
    wanted = [name, *reversed(words)] if name and name != "*" else list(reversed(words))
    here = "/".join(words)
    for word in wanted[:2]:
        found = files.named(word + ending)
        if found:
            return sorted(found, key=lambda path: (here not in path, path))[:3]
    if not name or not syntax(program.language).packages:
        return []
    folders = [folder for folder in files.folders() if folder == here or folder.endswith("/" + here)]
    beside = [path for folder in folders for path in files.beside(folder) if path.endswith(ending)]
    return [path for path in beside if files.writes(path, name)][:3]


def _required(files: Files, program: Program, module: str, _name: str) -> list[str]:
    """Ruby's files are required by a path, from the file's own folder or from one of the load path."""
    here = posixpath.normpath(posixpath.join(posixpath.dirname(program.path), module)) + ".rb"
    if here in files.paths:
        return [here]
    named = files.named(posixpath.basename(module) + ".rb")
    return [path for path in named if path.endswith(f"/{module}.rb")][:1]


def _python_modules(files: Files, program: Program, module: str, name: str) -> list[str]:
    folder = posixpath.dirname(program.path)
    dots = len(module) - len(module.lstrip("."))
    for _ in range(dots - 1):
        folder = posixpath.dirname(folder)
    inside = module.lstrip(".").replace(".", "/")
    bases = [posixpath.join(folder, inside).rstrip("/")] if dots else _roots(files, folder, inside)
    for base in bases:
        wanted = [f"{base}/{name}.py", f"{base}/{name}/__init__.py"] if name else []
        for path in (*wanted, f"{base}.py", f"{base}/__init__.py" if base else "__init__.py"):
            if path.lstrip("/") in files.paths:
                return [path.lstrip("/")]
    return []


def _roots(files: Files, folder: str, inside: str) -> list[str]:
    """Return where an absolute module may lie: below one of the folders around, the nearest first."""
    found = []
    while True:
        found.append(posixpath.join(folder, inside))
        if not folder:
            break
        folder = posixpath.dirname(folder)
    return [*found, f"src/{inside}", f"lib/{inside}"]


def _sourced(files: Files, program: Program, module: str, _name: str) -> list[str]:
    """Shell scripts are often sourced by a path that is made up when they run: their last word tells."""
    near = posixpath.normpath(posixpath.join(posixpath.dirname(program.path), module))
    if near in files.paths:
        return [near]
    return files.named(module.rpartition("/")[2])[:1]


_BY_LANGUAGE: dict[str, Callable[[Files, Program, str, str], list[str]]] = {
    "javascript": _scripts,
    "go": _packages,
    "types": _types,
    "python": _python_modules,
    "shell": _sourced,
    "ruby": _required,
}


def named_by(files: Files, program: Program, module: str, name: str) -> list[str]:
    """Return the files that an import of `module`, or of `name` from it, may mean in `program`."""
    way = _BY_LANGUAGE.get(syntax(program.language).modules)
    return way(files, program, module, name) if way is not None else []
