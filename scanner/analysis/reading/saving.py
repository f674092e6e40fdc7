"""Files that a script writes: what is said into one is known where a command is given that file, or by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scanner.analysis.program import Argument, Call, Expression, Name
from scanner.analysis.reading.decorated import Decorated
from scanner.analysis.reading.walk import last_word

if TYPE_CHECKING:
    from tree_sitter import Node

_REDIRECT = "file_redirect"
_SAVING = (">", ">>", ">|", "&>")
_INPUT = "<"
"""The name of the argument that a command reads, and behind an option's name that of what is in the file it names."""
_SIGNS = "\"'${}@"
_FRONT = re.compile(r"^(?:file:|fd:|/dev/fd/|[\w.-]{1,40}=)(?=.)")
"""What may stand in front of a file: `file:/run/word`, `fd:3`, `password=./word.txt`."""
_SUBSTITUTED = b"<("
_HERE, _COPIED = b"<<<", b"<&"
_KEEPING = "exec"
"""The command whose redirections hold for all that comes after it."""


class Saving(Decorated):
    """Reads redirections into files."""

    def _save(self, node: Node, said: Expression | None, scope: int) -> None:
        """Remember what a command says as the content of the files that it is redirected to."""
        if not isinstance(said, Call):
            return
        for target in self._targets(node):
            place = _plain(self.written(target))
            self.program.scopes[0].bound.setdefault(f"{_SAVING[0]}{place}", []).append(said)
            called = Name(target.start_byte, target.end_byte, scope, f"{_SAVING[0]}{place.rpartition('/')[2]}")
            self.program.calls.append(
                Call(node.start_byte, node.end_byte, scope, called, [Argument(said, _INPUT)], new=False)
            )

    def _hold(self, node: Node, call: Call, scope: int) -> None:
        """Give a command what stands behind the descriptors that it reads; `exec` keeps it: `exec 3<<<word`."""
        bound = self.program.scopes[0].bound
        for redirect in node.children_by_field_name("redirect"):
            descriptor, target = (redirect.child_by_field_name(one) for one in ("descriptor", "destination"))
            sign = self.data[redirect.start_byte : target.start_byte] if target is not None else b""
            if _COPIED in sign:
                copied = bound.get(f"{_SAVING[0]}{self.written(target)}", ())
                call.arguments.extend(Argument(one, _INPUT) for one in copied)
            here = target is not None and (_HERE in sign or target.type == "process_substitution")
            if descriptor is None or not here or redirect.type != _REDIRECT:
                continue
            said = self.expression(target, scope)
            if last_word(call.called) == _KEEPING:
                bound.setdefault(f"{_SAVING[0]}{self.written(descriptor)}", []).append(said)
            else:
                call.arguments.append(Argument(said, _INPUT))

    def _targets(self, node: Node) -> Iterator[Node]:
        for redirect in node.children_by_field_name("redirect"):
            if redirect.type != _REDIRECT:
                # A file may be named behind the mark of a here-document.
                yield from self._targets(redirect)
                continue
            sign = next((self.written(one) for one in redirect.children if not one.is_named), "")
            target = redirect.child_by_field_name("destination")
            if sign in _SAVING and target is not None:
                yield target

    def _contents(self, given: Iterable[Argument]) -> Iterator[Argument]:
        """Yield what is in the files that options name, as far as the script wrote them: `--password-file "$tmp"`."""
        bound = self.program.scopes[0].bound
        for one in given:
            written = self.data[one.value.start : one.value.end].decode("utf-8", "replace")
            plain = _plain(written)
            for place in (plain, _plain(_FRONT.sub("", plain))):
                yield from (Argument(said, one.name + _INPUT) for said in bound.get(f"{_SAVING[0]}{place}", ()))
            if isinstance(one.value, Call) and self.data[one.value.start - 2 : one.value.start] == _SUBSTITUTED:
                yield Argument(one.value, one.name + _INPUT)


def _plain(written: str) -> str:
    """Return a file's name or the variable that holds it, without quotes and signs around it."""
    return written.strip(_SIGNS).removeprefix("./")
