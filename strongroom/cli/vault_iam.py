"""`strongroom vault iam`: users, groups, roles and policies from a shell, for what is done every day.

Everything else is done with the AWS CLI and SDKs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from strongroom.cli.connection import connected, vault_options
from strongroom.cli.policy_files import naming, policy_text
from strongroom.kernel.errors import UsageError

_KINDS = ("user", "group", "role")


@click.group(
    epilog="""\b
Examples:
  strongroom vault iam create user alice
  strongroom vault iam attach user alice SecretsManagerReadWrite
  strongroom vault iam key create alice
  strongroom vault iam mfa alice"""
)
def iam() -> None:
    """Users, groups, roles and policies; all of IAM is there for the AWS CLI and SDKs."""


@contextmanager
def _client(vault_name: str | None, data_dir: Path | None) -> Iterator[Any]:
    with connected(vault_name, data_dir) as connection:
        yield connection.client("iam")


def _named(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("kind", type=click.Choice(_KINDS))(click.argument("name")(vault_options(command)))


@iam.command(epilog="Example: strongroom vault iam create role deploy --trust trust.json")
@click.option("--path", default="/", show_default=True, help="Where it lies among its kind.")
@click.option("--trust", type=click.File("rb"), help="For a role: who may be it.")
@_named
def create(kind: str, name: str, path: str, trust: Any, vault_name: str | None, data_dir: Path | None) -> None:
    """Make a user, group or role, and print its ARN."""
    if (kind == "role") != (trust is not None):
        raise UsageError("a role is made with --trust FILE, and nothing else is", hint="see docs/access.md")
    text = "" if trust is None else policy_text(trust)
    more = {"AssumeRolePolicyDocument": text} if text else {}
    with _client(vault_name, data_dir) as client, naming(trust, text, trust=True):
        made = getattr(client, f"create_{kind}")(**{f"{kind.title()}Name": name, "Path": path}, **more)
    click.echo(made[kind.title()]["Arn"])


@iam.command(epilog="Example: strongroom vault iam delete user alice --everything")
@click.option("--everything", is_flag=True, help="With all that hangs on it: policies, keys, devices, memberships.")
@_named
def delete(kind: str, name: str, everything: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Delete a user, group or role."""
    with _client(vault_name, data_dir) as client:
        if everything:
            _strip(client, kind, name)
        getattr(client, f"delete_{kind}")(**{f"{kind.title()}Name": name})
    click.echo(f"{kind} {name} is deleted", err=True)


def _strip(client: Any, kind: str, name: str) -> None:
    named = {f"{kind.title()}Name": name}
    pages = client.get_paginator(f"list_attached_{kind}_policies").paginate(**named)
    for policy in [each for page in pages for each in page["AttachedPolicies"]]:
        getattr(client, f"detach_{kind}_policy")(**named, PolicyArn=policy["PolicyArn"])
    pages = client.get_paginator(f"list_{kind}_policies").paginate(**named)
    for policy in [each for page in pages for each in page["PolicyNames"]]:
        getattr(client, f"delete_{kind}_policy")(**named, PolicyName=policy)
    if kind == "group":
        pages = client.get_paginator("get_group").paginate(**named)
        for user in [each for page in pages for each in page["Users"]]:
            client.remove_user_from_group(**named, UserName=user["UserName"])
    if kind == "user":
        _strip_user(client, name)


def _strip_user(client: Any, name: str) -> None:
    for key in client.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        client.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for device in client.list_mfa_devices(UserName=name)["MFADevices"]:
        client.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
        client.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    for group in client.list_groups_for_user(UserName=name)["Groups"]:
        client.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    try:
        client.delete_login_profile(UserName=name)
    except client.exceptions.NoSuchEntityException:
        return


@iam.command("list", epilog="Example: strongroom vault iam list user --format json")
@click.argument("kind", type=click.Choice((*_KINDS, "policy")))
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def list_(kind: str, form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """List users, groups, roles, or the account's own policies."""
    plural = "policies" if kind == "policy" else f"{kind}s"
    more = {"Scope": "Local"} if kind == "policy" else {}
    with _client(vault_name, data_dir) as client:
        pages = client.get_paginator(f"list_{plural}").paginate(**more)
        found = [each for page in pages for each in page[plural.title()]]
    if form == "json":
        click.echo(json.dumps(found, indent=2, default=str))
        return
    for each in found:
        click.echo(each["Arn"])


@iam.command(epilog="Example: strongroom vault iam attach group readers AWSSecretsManagerClientReadOnlyAccess")
@_named
@click.argument("policy")
def attach(kind: str, name: str, policy: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Attach POLICY, an ARN or a name of the account's or of AWS's policies."""
    with _client(vault_name, data_dir) as client:
        getattr(client, f"attach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=_policy(client, policy))


@iam.command(epilog="Example: strongroom vault iam detach group readers AWSSecretsManagerClientReadOnlyAccess")
@_named
@click.argument("policy")
def detach(kind: str, name: str, policy: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Detach POLICY."""
    with _client(vault_name, data_dir) as client:
        getattr(client, f"detach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=_policy(client, policy))


def _policy(client: Any, named: str) -> str:
    if named.startswith("arn:"):
        return named
    pages = client.get_paginator("list_policies").paginate()
    found = next((each for page in pages for each in page["Policies"] if each["PolicyName"] == named), None)
    if found is None:
        raise UsageError(f"there is no policy {named}", hint="strongroom vault iam list policy")
    arn: str = found["Arn"]
    return arn


@iam.command(epilog="Example: strongroom vault iam policy readers policy.json")
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@vault_options
def policy(name: str, file: Any, vault_name: str | None, data_dir: Path | None) -> None:
    """Make the managed policy NAME of FILE, or a new default version of it, and print its ARN."""
    text = policy_text(file)
    with _client(vault_name, data_dir) as client, naming(file, text):
        try:
            made: str = client.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
        except client.exceptions.EntityAlreadyExistsException:
            made = _policy(client, name)
            client.create_policy_version(PolicyArn=made, PolicyDocument=text, SetAsDefault=True)
    click.echo(made)


@iam.command(epilog="Example: strongroom vault iam member readers alice")
@click.argument("group")
@click.argument("user")
@click.option("--remove", is_flag=True, help="Take the user out of the group.")
@vault_options
def member(group: str, user: str, remove: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Put USER into GROUP."""
    with _client(vault_name, data_dir) as client:
        change = client.remove_user_from_group if remove else client.add_user_to_group
        change(GroupName=group, UserName=user)


@iam.group()
def key() -> None:
    """Access keys of users."""


@key.command("create", epilog="Example: strongroom vault iam key create alice --format json")
@click.argument("user")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@vault_options
def create_key(user: str, form: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Make an access key for USER; its secret is printed this once."""
    with _client(vault_name, data_dir) as client:
        made = client.create_access_key(UserName=user)["AccessKey"]
    shown = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"], "user": user}
    click.echo(json.dumps(shown) if form == "json" else "\n".join(f"{name}: {text}" for name, text in shown.items()))


@key.command("list", epilog="Example: strongroom vault iam key list alice")
@click.argument("user")
@vault_options
def list_keys(user: str, vault_name: str | None, data_dir: Path | None) -> None:
    """List the access keys of USER with when each was last used."""
    with _client(vault_name, data_dir) as client:
        for each in client.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            used = client.get_access_key_last_used(AccessKeyId=each["AccessKeyId"])["AccessKeyLastUsed"]
            last = f"{used['LastUsedDate']:%Y-%m-%d} {used['ServiceName']}" if "LastUsedDate" in used else "never used"
            click.echo(f"{each['AccessKeyId']}  {each['Status']}  {last}")


@key.command("delete", epilog="Example: strongroom vault iam key delete alice AKIA...")
@click.argument("user")
@click.argument("key_id", metavar="KEY-ID")
@vault_options
def delete_key(user: str, key_id: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Delete an access key; sessions that were made with it end."""
    with _client(vault_name, data_dir) as client:
        client.delete_access_key(UserName=user, AccessKeyId=key_id)


@iam.command(epilog="Example: strongroom vault iam password alice --reset")
@click.argument("user")
@click.option("--reset", is_flag=True, help="The user has to set another one at the next login.")
@vault_options
def password(user: str, reset: bool, vault_name: str | None, data_dir: Path | None) -> None:
    """Set the password of USER: asked for on a terminal, else the first line of standard input."""
    asked = _password()
    with _client(vault_name, data_dir) as client:
        try:
            client.create_login_profile(UserName=user, Password=asked, PasswordResetRequired=reset)
        except client.exceptions.EntityAlreadyExistsException:
            client.update_login_profile(UserName=user, Password=asked, PasswordResetRequired=reset)


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise UsageError("a password is needed", hint="give it as a line of standard input")
    return line


@iam.command(epilog="Example: strongroom vault iam mfa alice")
@click.argument("user")
@vault_options
def mfa(user: str, vault_name: str | None, data_dir: Path | None) -> None:
    """Give USER an MFA device: a QR code to photograph with an authenticator, and two of its codes in a row.

    Without a terminal the two codes are lines of standard input, and the seed is printed on standard error.
    """
    with _client(vault_name, data_dir) as client:
        made = client.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
        seed = made["Base32StringSeed"].decode("ascii")
        try:
            _show(user, seed)
            first, second = _code("one code"), _code("the next code")
            client.enable_mfa_device(
                UserName=user,
                SerialNumber=made["SerialNumber"],
                AuthenticationCode1=first,
                AuthenticationCode2=second,
            )
        except BaseException:
            client.delete_virtual_mfa_device(SerialNumber=made["SerialNumber"])
            raise
    click.echo(made["SerialNumber"])


def _show(user: str, seed: str) -> None:
    if sys.stderr.isatty():
        import segno

        segno.make_qr(f"otpauth://totp/strongroom:{user}?secret={seed}&issuer=strongroom").terminal(
            out=sys.stderr, compact=True
        )
    click.echo(f"seed: {seed}", err=True)


def _code(what: str) -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt(what.capitalize(), err=True)
        return typed
    line = sys.stdin.readline().strip()
    if not line:
        raise UsageError(f"{what} of the device is needed", hint="give two codes as lines of standard input")
    return line
