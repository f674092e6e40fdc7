"""`strongroom vault update`, `tag` and `policy`: what is known of a secret, and who else may use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import connected, replicate_now, vault_options
from strongroom.cli.policy_files import policy_text
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(epilog='Example: strongroom vault update app/db --description "Orders, production"')
@click.argument("name")
@click.option("--description", help="What it is for.")
@click.option("--kms-key", help="Seal new versions under this key: id, ARN or alias.")
@vault_options
def update(
    name: str, description: str | None, kms_key: str | None, vault_name: str | None, data_dir: Path | None
) -> None:
    """Change what is known of a secret; `put` stores a new value."""
    given = {"Description": description, "KmsKeyId": kms_key}
    changed = {member: value for member, value in given.items() if value is not None}
    if not changed:
        raise UsageError("nothing to change", hint="give --description or --kms-key; `vault put` stores a value")
    with connected(vault_name, data_dir) as connection:
        click.echo(connection.client("secretsmanager").update_secret(SecretId=name, **changed)["ARN"])
        replicate_now(connection)


@click.command(epilog="Example: strongroom vault tag app/db team=payments --remove draft")
@click.argument("name")
@click.argument("tags", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--remove", multiple=True, metavar="KEY", help="Repeatable.")
@vault_options
def tag(
    name: str, tags: tuple[str, ...], remove: tuple[str, ...], vault_name: str | None, data_dir: Path | None
) -> None:
    """Set tags of a secret and take others off; without any, show them."""
    pairs = [_pair(each) for each in tags]
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        if pairs:
            client.tag_resource(SecretId=name, Tags=[{"Key": key, "Value": value} for key, value in pairs])
        if remove:
            client.untag_resource(SecretId=name, TagKeys=list(remove))
        replicate_now(connection)
        for each in client.describe_secret(SecretId=name).get("Tags", []):
            click.echo(f"{each['Key']}={each['Value']}")


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise UsageError(f"the tag {text} is not KEY=VALUE", hint="for instance team=payments")
    return key, value


@click.group(
    epilog="""\b
Examples:
  strongroom vault policy check policy.json
  strongroom vault policy put app/db policy.json
  strongroom vault policy get app/db"""
)
def policy() -> None:
    """The resource policy of a secret: who else may use it."""


@policy.command(epilog="Example: strongroom vault policy get app/db")
@click.argument("name")
@vault_options
def get(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Print the policy; nothing where there is none."""
    with connected(vault_name, data_dir) as connection:
        found = connection.client("secretsmanager").get_resource_policy(SecretId=name)
    if "ResourcePolicy" in found:
        click.echo(json.dumps(json.loads(found["ResourcePolicy"]), indent=2))


@policy.command(epilog="Example: strongroom vault policy put app/db policy.json")
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--allow-public", is_flag=True, help="Take a policy that lets anybody in.")
@vault_options
def put(name: str, file: Any, allow_public: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Set the policy from FILE (`-`: standard input)."""
    with connected(vault_name, data_dir) as connection:
        client = connection.client("secretsmanager")
        made = client.put_resource_policy(
            SecretId=name, ResourcePolicy=policy_text(file), BlockPublicPolicy=not allow_public
        )
    click.echo(made["ARN"])


@policy.command(epilog="Example: strongroom vault policy delete app/db")
@click.argument("name")
@vault_options
def delete(name: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Take the policy off."""
    with connected(vault_name, data_dir) as connection:
        click.echo(connection.client("secretsmanager").delete_resource_policy(SecretId=name)["ARN"])


@policy.command(epilog="Example: strongroom vault policy check policy.json")
@click.argument("file", type=click.File("rb"))
@vault_options
def check(file: Any, vault_name: str | None, data_dir: Path | None) -> int:
    """Say what is wrong with the policy in FILE; exit status 1 where something is."""
    with connected(vault_name, data_dir) as connection:
        told = connection.client("secretsmanager").validate_resource_policy(ResourcePolicy=policy_text(file))
    problems: Sequence[Any] = told.get("ValidationErrors", [])
    for problem in problems:
        click.echo(f"{problem['CheckName']}: {problem['ErrorMessage']}")
    if not problems:
        click.echo("nothing is wrong with it", err=True)
    return ExitCode.FOUND if problems else ExitCode.OK
