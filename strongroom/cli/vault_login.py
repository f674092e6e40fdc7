"""`strongroom vault login`: temporary credentials for a user's password, left where AWS's SDKs and CLI find them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import embedded_place
from strongroom.cli.doors import DENIED, OK, REFUSED, WANTED, configured_url, post, require_private, server_url
from strongroom.kernel.errors import Denied, UsageError, VaultUnavailable

if TYPE_CHECKING:
    from strongroom.kernel.secretvalue import SecretValue

_MEMBERS = ("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
_PROMPTS = {"password": "Password", "code": "Code of the MFA device", "new_password": "New password"}
_HIDDEN = ("password", "new_password")


@click.command(
    epilog="""\b
Examples:
  strongroom vault login alice                            asks for the password, and a code where needed
  strongroom vault login alice --vault https://vault.internal:8470 --account 210987654321
  printf '%s\\n' "$PASSWORD" "$CODE" | strongroom vault login alice --format json

The credentials are left in a file that only you can read; the lines that are printed make it a profile of the AWS CLI
and SDKs. Without a terminal, password, code and new password are lines of standard input, in this order."""
)
@click.argument("user")
@click.option("--account", default="", help="Account id or alias, where the server has several.")
@click.option("--hours", type=click.FloatRange(0.25, 36), help="How long they are good [12].")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to leave them in.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--vault", "url", metavar="URL", help="The server [$AWS_ENDPOINT_URL, else the embedded vault].")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the embedded vault.")
def login(
    user: str,
    account: str,
    hours: float | None,
    output: Path | None,
    form: str,
    url: str | None,
    data_dir: Path | None,
) -> None:
    """Log in as USER and get temporary credentials; with an MFA device they say so (aws:MultiFactorAuthPresent).

    With `--format json` they are printed as an AWS credential_process prints them, and no file is written.
    """
    content: dict[str, Any] = {"user": user, "account": account}
    if hours is not None:
        content["duration_seconds"] = int(hours * 3600)
    server = server_url(url) if url or (configured_url() and data_dir is None) else ""
    made = _served(server, content) if server else _embedded(content, data_dir)
    if form == "json":
        click.echo(json.dumps(made))
        return
    file = output or _default_file(user, account)
    from strongroom.kernel.files import make_private_dir, write_atomic

    make_private_dir(file.parent) if output is None else None
    write_atomic(file, json.dumps(made).encode())
    click.echo(f"logged in as {user} until {made['Expiration']}", err=True)
    click.echo(f"[profile {user}]\ncredential_process = cat {file}" + (f"\nendpoint_url = {server}" if server else ""))


def _served(server: str, content: dict[str, Any]) -> dict[str, Any]:
    require_private(server)
    content["password"] = _asked("password").reveal_text()
    status, said = post(server, "login", content)
    while status == WANTED:
        wanted = str(said["wanted"])
        content[wanted] = _asked(wanted).reveal_text()
        status, said = post(server, "login", content)
    if status == DENIED:
        raise Denied(f"the server refuses: {said.get('message')}")
    if status == REFUSED:
        raise UsageError(f"the server refuses: {said.get('message')}")
    if status != OK:
        raise VaultUnavailable(f"the server refuses: {said.get('message') or said.get('status', status)}")
    return {member: said[member] for member in _MEMBERS}


def _embedded(content: Mapping[str, Any], data_dir: Path | None) -> dict[str, Any]:
    from vault.api.signingin import credential_process
    from vault.bootstrap import open_vault
    from vault.domain.errors import AccessDenied, VaultError
    from vault.signin import LoginRequest, MoreWanted

    given: dict[str, Any] = {"password": _asked("password")}
    with closing(open_vault(embedded_place(data_dir))) as vault:
        while True:
            try:
                request = LoginRequest(
                    user=content["user"], account=content["account"], seconds=content.get("duration_seconds"), **given
                )
                return credential_process(vault.sign_in(request))
            except MoreWanted as more:
                thing = _asked(more.wanted.value)
                given[more.wanted.value] = thing.reveal_text() if more.wanted.value == "code" else thing
            except AccessDenied as error:
                raise Denied(error.message) from None
            except VaultError as error:
                raise UsageError(error.message) from None


def _asked(what: str) -> SecretValue:
    """Return what is asked for on a terminal, else the next line of standard input."""
    from strongroom.kernel.secretvalue import SecretValue

    if sys.stdin.isatty():
        hidden = what in _HIDDEN
        text = click.prompt(_PROMPTS[what], hide_input=hidden, confirmation_prompt=what == "new_password", err=True)
        return SecretValue(text)
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise UsageError(f"a {what.replace('_', ' ')} is needed", hint="give it as a line of standard input")
    return SecretValue(line)


def _default_file(user: str, account: str) -> Path:
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{account}-{user}" if account else user)
    return state / "strongroom" / "logins" / f"{name}.json"
