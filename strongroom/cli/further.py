"""A command whose first argument may name another one about what it did earlier: `fix resume`, `audit trend`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class WithFurther(click.Command):
    """Such a command. Those it leads to are imported only when one of them is meant."""

    def __init__(self, *args: Any, further: tuple[str, ...], module: str, **more: Any) -> None:
        """`further` are their names, and what they are called in `module`."""
        super().__init__(*args, **more)
        self.further = further
        self._module = module

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of the command that is meant."""
        if args and args[0] in self.further:
            command: click.Command = getattr(import_module(self._module), args[0])
            extra.setdefault("auto_envvar_prefix", f"STRONGROOM_{info_name}_{args[0]}".upper())
            return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)
