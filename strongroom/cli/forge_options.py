"""The options that name a forge, a project and a request on it; all that read them import more."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_SAID = "strongroom.pull_request"


def forge_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what tells a forge and a project on it, which `said_about_request` knows."""
    return added(command, FORGE)


def request_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--request`, which the command gets."""
    return click.option(
        "--request",
        type=click.IntRange(min=1),
        metavar="NUMBER",
        help="Pull or merge request [that of the CI job, else the open one of this branch].",
    )(command)


def added(command: Callable[..., Any], options: Sequence[Decorator]) -> Callable[..., Any]:
    """Add options to a command, which shows them in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def remembered(*names: str, **settings: Any) -> Decorator:
    """Return an option that no command gets, but `said_about_request` knows."""
    return click.option(*names, expose_value=False, callback=_remember, **settings)


def _remember(context: click.Context, option: click.Parameter, said: Any) -> None:
    if said is not None and said != () and option.name is not None:
        context.meta.setdefault(_SAID, {})[option.name] = said


def remember_wish(said: Mapping[str, Any]) -> None:
    """Have the running command go by what another one was told about the request."""
    click.get_current_context().meta[_SAID] = dict(said)


def said_about_request() -> dict[str, Any]:
    """Return what the running command was told about the request, to be remembered."""
    return dict(click.get_current_context().meta.get(_SAID, {}))


FORGE = (
    remembered("--forge", type=click.Choice(["github", "gitlab"]), help="What the remote's host is."),
    remembered("--forge-url", metavar="URL", help="Its API [$GITHUB_API_URL, $CI_API_V4_URL, the remote's]."),
    remembered("--forge-project", metavar="OWNER/NAME", help="The project on it [as in the remote's URL]."),
    remembered("--remote", metavar="NAME", help="Which remote of the repository [as git push does]."),
)
