"""Shell scripts: the value is fetched by the AWS CLI where it stood, unless the variable that overrides it is set.

`export X=$(…)` hides the exit status of what it calls, so an assignment comes first and the export after it (POSIX
2.9.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from remediation.errors import NotRewritable
from remediation.rewriters import splice
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written
from remediation.rewriters.configuration.scalars import in_text
from remediation.rewriters.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_NEEDS = "needs the AWS CLI where the script runs; a field of a secret needs jq, too"
_FIRST = {"local": True, "export": False, "readonly": False}
"""Commands that declare a name, and whether that comes before the assignment."""


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _tree(data: bytes) -> Node:
    root = _parser().parse(data).root_node
    if root.has_error:
        raise NotRewritable("the script does not parse as a shell's")
    return root


def parses(data: bytes) -> bool:
    """Tell whether the script parses."""
    return not _parser().parse(data).root_node.has_error


def _leaf(root: Node, start: int, end: int) -> Node:
    node = root.descendant_for_byte_range(start, end)
    if node is None:
        raise NotRewritable("the value stands in no word of the script")
    return node


def _lineage(node: Node) -> Iterator[Node]:
    here: Node | None = node
    while here is not None:
        yield here
        here = here.parent


def quoting(data: bytes, start: int, end: int) -> str:
    """Return what kind of quotes a range of a script stands in: `"`, `'`, or none.

    Raises `NotRewritable` for a comment or a text that the shell does not expand.
    """
    for node in _lineage(_leaf(_tree(data), start, end)):
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
    redirect = next(each for each in _lineage(node) if each.type in ("heredoc_redirect", "redirected_statement"))
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
    leaf = _leaf(_tree(file.data), place.start, place.end)
    before = file.data[leaf.start_byte : place.start].decode("utf-8", "replace").lstrip("'\"")
    after = file.data[place.end : leaf.end_byte].decode("utf-8", "replace").rstrip("'\"")
    assigned = next((node for node in _lineage(leaf) if node.type == "variable_assignment"), None)
    name = assigned.child_by_field_name("name") if assigned is not None and not before else None
    binding = (name.text or b"").decode() if name is not None else ""
    return in_text(before, place.value, after, "shell-command", binding=binding, reason=_NEEDS, review=True)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the script with a command in each place."""
    splices = [each for fetch in fetches for each in _edits(file.data, fetch)]
    after = splice.apply(file.data, splices)
    if _tree(after).has_error:
        raise NotRewritable("the rewritten script would not parse")
    return Written(files={file.path: after})


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
    yield from _declared_apart(_leaf(_tree(data), fetch.place.start, fetch.place.end))


def _declared_apart(leaf: Node) -> Iterator[Splice]:
    """Yield what takes the declaration of a name apart from its assignment, where it is a statement of its own."""
    statement = next((node for node in _lineage(leaf) if node.type == "declaration_command"), None)
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
