"""The `strongroom` command: a group whose subcommands are imported only when they are called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from strongroom import __version__
from strongroom.cli.failures import explain

_COMMANDS = {
    "scan": "find hardcoded credentials",
    "fix": "move credentials to the vault and rewrite the code, on a branch",
    "audit": "many repositories and their histories, one report",
    "baseline": "accept what is known, and keep that true",
    "run": "run a command with the vault reachable",
    "rotate": "make leaked values stop working",
    "vault": "the secret store from a shell",
    "serve": "serve the vault over the AWS Secrets Manager protocol",
    "rules": "what is looked for",
    "quickstart": "the whole flow on a throwaway repository",
}


class LazyGroup(click.Group):
    """Finds the command `name` as the attribute `command` of `strongroom.cli.<name>`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the flow."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"strongroom.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "STRONGROOM"},
    epilog="""\b
Examples:
  strongroom quickstart             see the whole flow in half a minute
  strongroom scan                   look at the repository you stand in
  strongroom fix --dry-run          show what a fix would do
  strongroom run -- flask run       run an application from the vault

Exit status: 0 nothing to report, 1 findings or a failed check, 2 usage, 3 some input unreadable,
4 vault unreachable, 5 denied, 130 interrupted.""",
)
@click.version_option(__version__, prog_name="strongroom")
def command() -> None:
    """Take hardcoded credentials out of code for good."""


def run() -> None:
    """Run the command line; every failure ends in one message and its documented exit status."""
    try:
        status = command(standalone_mode=False)
    except click.exceptions.Exit as leave:
        status = leave.exit_code
    except BaseException as failure:  # noqa: BLE001 - the last line of defence turns it into a message
        status = explain(failure)
    sys.exit(status if isinstance(status, int) else 0)
