"""How a fix writes code and commits: options of the command, else the table `fix` of the project's settings.

[tool.strongroom.fix]
style = "caching-library"
lazy = true
group = "file"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from remediation.model import Taste
    from remediation.stages import Group

_SAID = "strongroom.fix_taste"
_COMMANDS = ("test-command", "test_command")
# The values of `remediation.model.Style`, which would be an import on the way to every --help.
STYLES = ("accessor", "caching-library", "boto3")


def taste_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--style` and `--lazy` to a command; `taste_said` gives what was said."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    context.meta.setdefault(_SAID, {})[parameter.name] = value


_OPTIONS = (
    click.option(
        "--style",
        type=click.Choice(STYLES),
        expose_value=False,
        callback=_keep,
        help="What code reads with: a small cache of its own, AWS's caching library, or boto3 each time [accessor].",
    ),
    click.option(
        "--lazy/--eager",
        default=None,
        expose_value=False,
        callback=_keep,
        help="Fetch constants and attributes of classes when they are read, not at import, where that can be [eager].",
    ),
)


def said_about_taste() -> dict[str, Any]:
    """Return what the running command was told, to be remembered."""
    return dict(click.get_current_context().meta.get(_SAID, {}))


def remember_taste(said: Mapping[str, Any]) -> None:
    """Have the running command go by what another one was told."""
    click.get_current_context().meta[_SAID] = dict(said)


def taste_said(top: Path) -> Taste:
    """Return how the fix of the project at `top` is to be written. Raises `UsageError` for a setting that is none."""
    from remediation.model import Style, Taste

    said: Mapping[str, Any] = click.get_current_context().meta.get(_SAID, {})
    source, settings = _settings(top)
    style = said.get("style") or settings.get("style", STYLES[0])
    lazy = said.get("lazy") if said.get("lazy") is not None else settings.get("lazy", False)
    if style not in STYLES:
        raise UsageError(f"{source}: fix.style: {style!r} is none of {', '.join(STYLES)}")
    if not isinstance(lazy, bool):
        raise UsageError(f"{source}: fix.lazy: {lazy!r} is neither true nor false")
    return Taste(style=Style(style), lazy=lazy)


def group_said(top: Path, said: str | None) -> Group:
    """Return what a commit of the fix is about: as it was `said`, else as the project has it. Raises `UsageError`."""
    from remediation.stages import Group

    source, settings = _settings(top)
    group = said or settings.get("group", Group.ONE.value)
    if group not in list(Group):
        raise UsageError(f"{source}: fix.group: {group!r} is none of {', '.join(Group)}")
    return Group(group)


def _settings(top: Path) -> tuple[Path, Mapping[str, Any]]:
    from scanner.config import project_settings

    source, settings = project_settings(top)
    table = settings.get("fix", {})
    if not isinstance(table, dict):
        raise UsageError(f"{source}: fix is not a table", hint="write it as [fix], or [tool.strongroom.fix]")
    command = next((name for name in _COMMANDS if name in table), None)
    if command is not None:
        raise UsageError(
            f"{source}: fix.{command} is not read from a project's file: whoever cloned it would run what it says",
            hint="give --test-command, or set STRONGROOM_FIX_TEST_COMMAND",
        )
    return source, table
