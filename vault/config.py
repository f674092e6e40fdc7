"""Where an embedded vault lives and what its files are called."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vault.seal.custody import Custody
from vault.seal.file import ROOT_KEY_FILE
from vault.seal.setting import ROOT_KEY_VARIABLE, Setting
from vault.storage.store import STORE_FILE

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
DEFAULT_LISTEN = "127.0.0.1:8470"
STORE_VARIABLE = "STRONGROOM_STORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which regions a data directory holds."""

    regions: tuple[str, ...]
    """Each with a database of its own; the first one's is the folder's."""
    home: str
    """The region that answers for accounts; it may be served elsewhere."""
    shared: bool = False
    """Whether one database holds whatever regions there are, as all did before each had its own."""

    @classmethod
    def of(cls, profile: Mapping[str, Any]) -> Layout:
        """Return what an operator profile says. Raises `KeyError` or `TypeError` for what is none."""
        first = profile["region"]
        regions = tuple(profile.get("regions", (first,)))
        return cls(regions=regions, home=profile.get("home", first), shared="regions" not in profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDir:
    """The files of a store: root key, operator profile, and the database where it is a file."""

    path: Path
    store: str = ""
    """The address of a database elsewhere; empty for a file of this folder."""
    root_key_setting: Setting | None = None
    """What the caller says of the root key's keeper."""

    @classmethod
    def at(cls, path: Path, environ: Mapping[str, str]) -> DataDir:
        """Return the folder with the store that `STRONGROOM_STORE` names, and what `STRONGROOM_ROOT_KEY` says.

        Raises `UsageError` for a root key setting that is none.
        """
        said = environ.get(ROOT_KEY_VARIABLE)
        return cls(
            path=path,
            store=environ.get(STORE_VARIABLE, ""),
            root_key_setting=Setting.parse(said) if said else None,
        )

    @property
    def database(self) -> str:
        """Where the database is: the SQLite file's path, or the address of another."""
        return self.store or str(self.file)

    def layout(self) -> Layout:
        """Return which regions are here, as the operator profile says. Raises `OSError`, or `ValueError` naming it."""
        try:
            return Layout.of(json.loads(self.operator.read_bytes()))
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"{self.operator} is not an operator profile") from None

    def database_of(self, region: str, layout: Layout) -> str:
        """Return where a region's database is: the folder's, else a file or a schema of its own."""
        if region == layout.regions[0]:
            return self.database
        if not self.store:
            return str(self.file_of(region, layout))
        mark = "&" if "?" in self.store else "?"
        return f"{self.store}{mark}schema=strongroom_{region.replace('-', '_')}"

    def file_of(self, region: str, layout: Layout) -> Path:
        """Return the SQLite file of a region."""
        return self.file if region == layout.regions[0] else self.path / f"store-{region}.db"

    @property
    def file(self) -> Path:
        """The SQLite file of the first region."""
        return self.path / STORE_FILE

    @property
    def root_key(self) -> Path:
        """The root key's file."""
        return self.path / ROOT_KEY_FILE

    @property
    def custody(self) -> Custody:
        """Where the root key is."""
        return Custody(folder=self.path, setting=self.root_key_setting)

    @property
    def operator(self) -> Path:
        """The profile that embedded use signs with."""
        return self.path / "operator.json"

    @property
    def initialised(self) -> bool:
        """Tell whether a store was made here."""
        return self.operator.exists()


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Return `$STRONGROOM_HOME`, else `$XDG_DATA_HOME/strongroom`, else `~/.local/share/strongroom`."""
    if environ.get("STRONGROOM_HOME"):
        return Path(environ["STRONGROOM_HOME"])
    base = environ.get("XDG_DATA_HOME") or os.path.join(environ.get("HOME", "."), ".local", "share")  # noqa: PTH118
    return Path(base) / "strongroom"
