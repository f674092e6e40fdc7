"""Shell scripts: the value is fetched by the AWS CLI where it stood, unless the variable that overrides it is set.

`export X=$(…)` hides the exit status of what it calls, so an assignment comes first and the export after it (POSIX
2.9.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import grammar
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import in_text
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node

_BASH = "bash"
_TEXTS = ("word", "string", "raw_string", "concatenation", "heredoc_body")
_NEEDS = "needs the AWS CLI where the script runs; a field of a secret needs jq, too"
_FIRST = {"local": True, "export": False, "readonly": False}
"""Commands that declare a name, and whether that comes before the assignment."""


def parses(data: bytes) -> bool:
    """Tell whether the script parses."""
    return grammar.parses(_BASH, data)


def quoting(data: bytes, start: int, end: int) -> str:
    """Return what kind of quotes a range of a script stands in: `"`, `'`, or none.

    Raises `NotRewritable` for a comment or a text that the shell does not expand.
    """
    for node in grammar.lineage(grammar.leaf(grammar.tree(_BASH, data), start, end)):
        if node.type == "comment":
            raise NotRewritable("the value stands in a comment")
        if node.type in ("ansi_c_string", "regex"):
            raise NotRewritable("the value stands in a text of $'…' or a pattern")
        if node.type == "raw_string":
            return "'"
        if node.type in ("heredoc_body", "heredoc_redirect"):
            if _is_literal(node):
                raise NotRewritable("the value stands in a here-document that the shell does not expand")
            return '"'
        if node.type in ("string", "translated_string"):
            return '"'
        if node.type == "command_substitution":
            return ""
    return ""


def _is_literal(node: Node) -> bool:
    redirect = next(each for each in grammar.lineage(node) if each.type in ("heredoc_redirect", "redirected_statement"))
    starts = [each.text or b"" for each in redirect.children if each.type == "heredoc_start"]
    starts += [
        inner.text or b"" for each in redirect.children for inner in each.children if inner.type == "heredoc_start"
    ]
    return any(set(text) & set(b"'\"\\") for text in starts)


def judge(file: File, place: Place) -> Use:
    """Return what a script holds at a place."""
    if file.data[place.start : place.end] != place.value.reveal():
        raise NotRewritable("the value is written with escapes")
    quoting(file.data, place.start, place.end)
    leaf = grammar.leaf(grammar.tree(_BASH, file.data), place.start, place.end)
    before = file.data[leaf.start_byte : place.start].decode("utf-8", "replace").lstrip("'\"")
    after = file.data[place.end : leaf.end_byte].decode("utf-8", "replace").rstrip("'\"")
    assigned = next((node for node in grammar.lineage(leaf) if node.type == "variable_assignment"), None)
    name = assigned.child_by_field_name("name") if assigned is not None and not before else None
    binding = (name.text or b"").decode() if name is not None else ""
    return in_text(before, place.value, after, "shell-command", binding=binding, reason=_NEEDS, review=True)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the script with a command in each place."""
    splices = [each for fetch in fetches for each in _edits(file.data, fetch)]
    around = [_statement(file.data, fetch.place) for fetch in fetches]
    return Written(files={file.path: grammar.edited(_BASH, file.data, splices, around)})


def _statement(data: bytes, place: Place) -> grammar.Range:
    """Return the range of the smallest word, text, or declaration that an edit may change."""
    here = grammar.leaf(grammar.tree(_BASH, data), place.start, place.end)
    lineage = list(grammar.lineage(here))
    declared = [node for node in lineage if node.type == "declaration_command"]
    texts = [node for node in lineage if node.type in _TEXTS]
    node = (declared or texts[-1:] or [here])[0]
    return node.start_byte, node.end_byte


def command(fetch: Fetch) -> str:
    """Return the expansion that has the secret's value."""
    read = f"aws secretsmanager get-secret-value --secret-id {fetch.name} --query SecretString --output text"
    field = f" | jq -er .{fetch.field}" if fetch.field else ""
    return f"${{{fetch.variable}:-$({read}{field})}}"


def quoted(text: str, quote: str, *, opens: bool = False, closes: bool = False) -> str:
    """Return an expansion as it is written inside quotes of that kind, so that its value is one word.

    `opens` and `closes` tell that it takes the place of the single quote before or behind it, too.
    """
    if quote == "'":
        return ("" if opens else "'") + f'"{text}"' + ("" if closes else "'")
    return text if quote else f'"{text}"'


def _edits(data: bytes, fetch: Fetch) -> Iterator[Splice]:
    start, end = fetch.place.start, fetch.place.end
    quote = quoting(data, start, end)
    single = quote == "'"
    opens, closes = single and data[start - 1 : start] == b"'", single and data[end : end + 1] == b"'"
    text = quoted(command(fetch), quote, opens=opens, closes=closes)
    yield Splice(start=start - opens, end=end + closes, text=text.encode())
    yield from _declared_apart(grammar.leaf(grammar.tree(_BASH, data), fetch.place.start, fetch.place.end))


def _declared_apart(leaf: Node) -> Iterator[Splice]:
    """Yield what takes the declaration of a name apart from its assignment, where it is a statement of its own."""
    statement = next((node for node in grammar.lineage(leaf) if node.type == "declaration_command"), None)
    if statement is None or len(statement.children) != 2 or statement.parent is None:
        return
    keyword, assignment = statement.children
    name = assignment.child_by_field_name("name") if assignment.type == "variable_assignment" else None
    first = _FIRST.get(keyword.type)
    if name is None or first is None or statement.parent.type not in ("program", "compound_statement", "do_group"):
        return
    declared = f"{keyword.type} {(name.text or b'').decode()}"
    yield Splice(start=keyword.start_byte, end=assignment.start_byte, text=f"{declared}; ".encode() if first else b"")
    if not first:
        yield Splice(start=statement.end_byte, end=statement.end_byte, text=f"; {declared}".encode())
