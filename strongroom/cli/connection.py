"""Which store a command uses, and a boto3 client for it: `--vault`, else the AWS endpoint variables, else embedded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from vault.alarms.notices import Notice
    from vault.bootstrap import Vault
    from vault.config import DataDir

_ROOT_KEY_VARIABLE = "STRONGROOM_ROOT_KEY"
_REGION = "strongroom.region"
OWN_SERVICE = "strongroom"
"""The service of ours beside AWS's, which Amazon does not have."""
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An open store. `vault` is set for the embedded one; `endpoint_url` for one reached over HTTP."""

    client: Callable[[str], Any]
    vault: Vault | None = None
    endpoint_url: str | None = None


def vault_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--vault`, `--data-dir`, `--region` and `--root-key` to a command."""
    command = root_key_option(command)
    command = click.option(
        "--region",
        metavar="REGION",
        expose_value=False,
        callback=_remember_region,
        help="Which region of the store [its first, or as boto3 finds it for one reached over HTTP].",
    )(command)
    command = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the embedded vault [$STRONGROOM_HOME, else the user's data folder].",
    )(command)
    return click.option(
        "--vault", "vault_name", metavar="embedded|aws|URL", help="Which store: embedded, Amazon's, or an endpoint."
    )(command)


def root_key_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--root-key`, which `embedded_place` reads: what opens a store is no business of each command."""
    return click.option(
        "--root-key",
        metavar="KEEPER",
        expose_value=False,
        callback=_remember_root_key,
        help="What opens the embedded vault's root key, for instance passphrase-fd:3 [$STRONGROOM_ROOT_KEY].",
    )(command)


def _remember_region(context: click.Context, _: click.Parameter, said: str | None) -> None:
    if said is not None:
        context.meta[_REGION] = said


def region_said() -> str | None:
    """Return the region that the running command was given."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(_REGION)


def _remember_root_key(context: click.Context, _: click.Parameter, said: str | None) -> None:
    if said is not None:
        context.meta[_ROOT_KEY_VARIABLE] = said


def embedded_place(data_dir: Path | None, variables: Mapping[str, str] | None = None) -> DataDir:
    """Return where the embedded store is, by the options of the running command and the environment's variables.

    `variables` come before the environment's. Raises `UsageError` for a root key setting that is none.
    """
    from vault.config import DataDir

    context = click.get_current_context(silent=True)
    said = {} if context is None else {key: context.meta[key] for key in (_ROOT_KEY_VARIABLE,) if key in context.meta}
    return DataDir.at(data_dir_or_default(data_dir), {**os.environ, **(variables or {}), **said})


def data_dir_or_default(data_dir: Path | None) -> Path:
    """Return the folder given, else the documented default."""
    from vault.config import default_data_dir

    return data_dir or default_data_dir(os.environ)


@contextmanager
def connected(
    vault_name: str | None,
    data_dir: Path | None,
    *,
    create: bool = False,
    telling: bool = False,
    profile: str | None = None,
) -> Iterator[Connection]:
    """Open the store a command uses; with `create`, an absent embedded vault is made.

    With `telling`, alarms of an embedded one can tell whom its settings name. `profile` of the AWS settings signs for
    one that is reached over HTTP, by default whoever boto3 finds.

    Raises `UsageError` for an unknown name, `VaultUnavailable` where there is none.
    """
    endpoint = None if data_dir else _endpoint(vault_name)
    if vault_name == "aws" or endpoint:
        yield _remote(endpoint, profile)
        return
    from vault.bootstrap import open_vault

    if create:
        ensure_initialised(data_dir_or_default(data_dir))
    vault = open_vault(embedded_place(data_dir), notices=notices_of(data_dir, None) if telling else None)
    try:
        yield Connection(client=_embedded(vault), vault=vault)
    finally:
        vault.close()


def place_of_store(vault_name: str | None, data_dir: Path | None) -> tuple[str, Path | None]:
    """Return options that mean the same store from any folder and environment. Raises `UsageError`."""
    endpoint = None if data_dir else _endpoint(vault_name)
    if endpoint or (vault_name == "aws" and data_dir is None):
        return endpoint or "aws", None
    folder = data_dir_or_default(data_dir)
    return "embedded", folder if str(folder) == ":memory:" else folder.resolve()


def remember_region(region: str | None) -> None:
    """Have the running command use a region, unless it was given one."""
    if region is not None:
        click.get_current_context().meta.setdefault(_REGION, region)


def notices_of(data_dir: Path | None, file: Path | None) -> dict[str, Notice]:
    """Return whom alarms tell, by the file that is named or the one in the vault's folder, and the environment.

    A file of the working directory is not looked at: it may be somebody else's. Raises `UsageError`.
    """
    from vault.alarms.notices import FILE, load_notices

    usual = None if str(data_dir) == ":memory:" else data_dir_or_default(data_dir) / FILE
    found = file if file is not None or usual is None or not usual.is_file() else usual
    return load_notices(found, os.environ)


def replicate_now(connection: Connection) -> None:
    """Send what other regions of an embedded vault are to be told; a server does so by itself."""
    if connection.vault is not None:
        connection.vault.replicate()


def ensure_initialised(folder: Path) -> None:
    """Make an embedded vault in `folder` unless one is there."""
    from strongroom.kernel.clock import utc_now
    from vault.config import DEFAULT_ACCOUNT, DEFAULT_REGION
    from vault.initialise import NewStore, initialise

    place = embedded_place(folder)
    if not place.initialised:
        initialise(place, NewStore(account_id=DEFAULT_ACCOUNT, regions=(DEFAULT_REGION,)), utc_now())
        click.echo(f"made a vault in {folder}", err=True)


def _endpoint(vault_name: str | None) -> str | None:
    if vault_name in ("embedded", "aws"):
        return None
    if vault_name is not None:
        if not vault_name.startswith(("http://", "https://")):
            raise UsageError(f"--vault {vault_name} is not embedded, aws or a URL")
        return vault_name
    return next((os.environ[name] for name in _ENDPOINT_VARIABLES if os.environ.get(name)), None)


def _embedded(vault: Vault) -> Callable[[str], Any]:
    region = region_said()
    if region is not None and region not in vault.served:
        vault.close()
        raise UsageError(f"the vault does not hold {region}", hint=f"it holds {', '.join(sorted(vault.served))}")
    return lambda service: vault.client(service, region=region)


def _remote(endpoint: str | None, profile: str | None) -> Connection:
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import ProfileNotFound

    core = botocore.session.get_session()
    try:
        session: Any = boto3.Session(profile_name=profile, botocore_session=core)
    except ProfileNotFound:
        raise UsageError(f"the AWS settings have no profile {profile}", hint="aws configure list-profiles") from None
    # Amazon's own store was asked for by name: an endpoint in variables or profile must not receive the values.
    settings: dict[str, Any] = {"ignore_configured_endpoint_urls": endpoint is None}

    def client(service: str) -> Any:
        if service == OWN_SERVICE:
            from vault.api.spec import OWN_MODELS

            core.get_component("data_loader").search_paths.append(OWN_MODELS)
        return session.client(service, endpoint_url=endpoint, region_name=region_said(), config=Config(**settings))

    return Connection(client=client, endpoint_url=endpoint)
