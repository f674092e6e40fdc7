"""What makes a cluster's Secrets of the vault's: the External Secrets Operator, or the Secrets Store CSI driver.

The driver is used where the repository has a `SecretProviderClass` for AWS and no store of the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from remediation.model import Step
from remediation.rewriters.configuration import external_secret, manifests, mounting, provider_class
from remediation.rewriters.configuration.external_secret import Key
from remediation.rewriters.configuration.model import manual
from remediation.rewriters.configuration.mounting import Made

_OPERATOR = "the cluster needs the External Secrets Operator, with a store that reaches the vault"
_DRIVER = "the cluster needs the Secrets Store CSI driver with syncSecret.enabled, the pods an account that may read it"
Further = Callable[[Mapping[str, bytes]], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """The objects that are written in the place of Secrets, what the cluster needs for them, what is left to do."""

    api_version: str
    kind: str
    needs: str
    spec: Callable[[str, str, Sequence[Key]], str]
    """Gives the `spec` by the Secret's name, its type and keys. Raises `NotRewritable`."""
    steps: tuple[Step, ...] = ()
    fills_in: bool = True
    """A key may be a text into which a value is filled."""
    further: Callable[[Sequence[Made]], Further] | None = None
    """Gives what the objects need in other files."""

    def document(self, name: str, namespace: str, keys: Sequence[Key]) -> str:
        """Return a whole object that makes the Secret of its name."""
        where = f"  namespace: {namespace}\n" if namespace else ""
        head = f"apiVersion: {self.api_version}\nkind: {self.kind}\nmetadata:\n  name: {name}\n{where}"
        return head + self.spec(name, "Opaque", keys)


def maker_of(tree: Mapping[str, bytes]) -> Maker:
    """Return what makes the Secrets of a repository's manifests, as the tree said when it was first asked about."""
    return _maker_of(_Tree(tree))


class _Tree:
    """A tree that is equal to itself alone: each place of a plan asks about the same one."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tree) and other.files is self.files

    def __hash__(self) -> int:
        return id(self.files)


@lru_cache(maxsize=2)
def _maker_of(tree: _Tree) -> Maker:
    store = manifests.store(tree.files)
    parameters = manifests.provider_class(tree.files, provider_class.PROVIDER)
    return _driver(parameters) if store is None and parameters is not None else _operator(store)


def _operator(present: tuple[str, str] | None) -> Maker:
    store = present or (external_secret.STORE_KIND, external_secret.STORE_NAME)
    making = f"make the {store[0]} {store[1]} in the cluster"
    return Maker(
        api_version=external_secret.API_VERSION,
        kind=external_secret.KIND,
        needs=_OPERATOR,
        spec=lambda name, kind, keys: external_secret.spec(name, kind, keys, store),
        steps=() if present else (manual("", 1, making, "docs/remediation-formats.md has one"),),
    )


def _driver(present: Mapping[str, str]) -> Maker:
    parameters = {name: text for name, text in present.items() if name in provider_class.KEPT}
    return Maker(
        api_version=provider_class.API_VERSION,
        kind=provider_class.KIND,
        needs=_DRIVER,
        spec=lambda name, kind, keys: provider_class.spec(name, kind, keys, parameters),
        fills_in=False,
        further=lambda made: lambda tree: mounting.mounted(tree, made),
    )
