"""Which lines of a fix need not have been changed, and which comments it lost."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence

from remediation.rewriters.setup_py import READER
from remediation.templating import render
from tests.acceptance.planting import Planted
from tests.acceptance.repository import Repository

_ADDED_FILES = re.compile(r"(^|/)(app_secrets|application_secrets)\.py$|^\.strongroom/secrets\.json$")
_MANIFESTS = re.compile(r"(^|/)(pyproject\.toml|setup\.(cfg|py)|requirements[^/]*\.(txt|in))$")
_IMPORT = re.compile(r"^\s*(from \S+ import |import )")
_CALL = re.compile(
    r"\b(secret|stored_secret|fetch_secret|secret_bytes|secret_attribute|with_secret)\(|<[a-z0-9_]+/[a-z0-9_/]+>"
)


def stray(repository: Repository, before: str, after: str, planted: Sequence[Planted], own: Sequence[str]) -> list[str]:
    """Return path and line of everything that differs without need; `own` are values that the project had before."""
    found: list[str] = []
    reader = set(render("setup_reader.py.j2", name=READER).splitlines())
    for path in repository.git("diff", "--name-only", before, after).splitlines():
        if _ADDED_FILES.search(path):
            continue
        values = [part for each in planted if each.path == path for part in _parts(each.written)]
        for line in repository.git("diff", "-U0", before, after, "--", path).splitlines()[4:]:
            text = line[1:]
            if path.endswith("setup.py") and (text in reader or f"{READER}(" in text):
                continue
            if line[:1] in "+-" and text.strip() and not (_needed(path, line, values) or _of(own, line)):
                found.append(f"{path}: {line}")
        if path.endswith(".py"):
            found += _lost_comments(path, repository, before, after, values)
    return found


def _of(own: Sequence[str], line: str) -> bool:
    """Tell whether a line holds a value of the project's own, or a part of one."""
    texts = re.findall(r"[\"']([^\"']{8,})[\"']", line)
    return any(value in line or any(text in value for text in texts) for value in own)


def _parts(value: str) -> Iterator[str]:
    yield value
    yield value[: len(value) // 2]
    yield value[len(value) // 2 :]
    yield from value.split("\n")


def _needed(path: str, line: str, values: Sequence[str]) -> bool:
    if line[0] == "-":
        return (
            any(value in line for value in values)
            or bool(_MANIFESTS.search(path))
            or bool(_IMPORT.match(line[1:]) or "PRIVATE KEY" in line)
        )
    if line[1:].lstrip().startswith("#"):
        # What stood behind a part of a value; that it stood there before is seen to by `_lost_comments`.
        return True
    listed = bool(re.search("boto3|app_secrets", line) and _MANIFESTS.search(path))
    return listed or bool(_CALL.search(line) or _IMPORT.match(line[1:]))


def _lost_comments(path: str, repository: Repository, before: str, after: str, values: Sequence[str]) -> Iterator[str]:
    old, new = (_comments(repository.git("show", f"{revision}:{path}"), values) for revision in (before, after))
    for comment in old - new:
        yield f"{path}: lost {comment}"


def _comments(text: str, values: Sequence[str]) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return Counter(comment for comment in comments if not any(value in comment for value in values))
