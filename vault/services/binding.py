"""The services of one transaction, each made when it is first asked for: a call needs one or two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from vault.domain.errors import ValidationFailed, VaultError
from vault.domain.principals import Principal
from vault.domain.replication import Task
from vault.domain.rotation_job import RetryRules
from vault.services.batch import Batch
from vault.services.ciphers import Ciphers
from vault.services.data_keys import DataKeys
from vault.services.events import Events
from vault.services.grants import Grants
from vault.services.iam.binding import Iam
from vault.services.key_access import KeyAccess
from vault.services.key_aliases import KeyAliases
from vault.services.key_import import KeyImport
from vault.services.key_pairs import KeyPairs
from vault.services.key_rotation import KeyRotation
from vault.services.key_usage import KeyUsages
from vault.services.key_use import KeyUse
from vault.services.keyring import Keyring
from vault.services.keys import Keys
from vault.services.listing import Listing
from vault.services.macs import Macs
from vault.services.multi_region import MultiRegionKeys
from vault.services.policies import Policies
from vault.services.regions import Map, Regions
from vault.services.replicas import Replicas
from vault.services.replication import Replication
from vault.services.rotation import Rotation
from vault.services.rotation_work import RotationWork
from vault.services.secrets import Secrets
from vault.services.shipping import Shipping
from vault.services.sts import TokenService
from vault.services.tags import Tagging
from vault.services.value_digests import ValueDigests
from vault.storage.store import UnitOfWork

if TYPE_CHECKING:
    from vault.domain.functions import CallOutcome, Invocation
    from vault.domain.secret import Secret
    from vault.services.alarms import Alarms
    from vault.services.execution_roles import ExecutionRoles, Identities
    from vault.services.function_calls import FunctionCalls
    from vault.services.functions import Functions
    from vault.services.metric_filters import MetricFilters
    from vault.services.value_search import ValueSearch

_RETRY = RetryRules()


class Services:
    """What operations are translated to, for one caller. Valid while the transaction `tx` lasts."""

    def __init__(
        self,
        tx: UnitOfWork,
        keyring: Keyring,
        principal: Principal,
        *,
        random: Random,
        rotation_functions: Callable[[str], bool],
        spell: Callable[[VaultError], str],
        regions: Map | None = None,
        hasten: Callable[[Task], None] = lambda _: None,
        retry: RetryRules = _RETRY,
        identities: Identities | None = None,
        invoke: Callable[[Invocation], CallOutcome] | None = None,
        value_digests: ValueDigests | None = None,
    ) -> None:
        """`random` draws ARN suffixes and passwords and must be cryptographic (`random.SystemRandom()`).

        `rotation_functions` tells whether an ARN is a built-in function's, `spell` how the trail names a refusal.
        `regions` are those of the deployment, where operations on regions are offered; `hasten` has a region told of
        something before the call is answered; `retry` says how often a rotation is tried. `identities` leads to where
        roles are, by default this store; `invoke` runs functions that were uploaded, where that is offered: outside of
        every transaction, it takes its time. `value_digests` are remembered from one call to the next.
        """
        self.tx = tx
        self.keyring = keyring
        self._principal = principal
        self._random = random
        self._rotation_functions = rotation_functions
        self._spell = spell
        self._regions = regions
        self._hasten = hasten
        self._retry = retry
        self._identities = identities or self._here
        self._invoke = invoke
        self._value_digests = value_digests

    @cached_property
    def secrets(self) -> Secrets:
        """The operations on secrets."""
        return Secrets(self.tx, self.keyring, KeyUse(self.tx, self.keyring, self._principal), self._random)

    @cached_property
    def listing(self) -> Listing:
        """Lists of secrets and of versions."""
        return Listing(self.tx, self.keyring)

    @cached_property
    def batch(self) -> Batch:
        """Many values in one call."""
        return Batch(self.tx, self.secrets, self.listing, self._principal, self._spell)

    @cached_property
    def policies(self) -> Policies:
        """Resource policies."""
        return Policies(self.tx, self.secrets)

    @cached_property
    def tagging(self) -> Tagging:
        """Tags."""
        return Tagging(self.tx, self.secrets)

    @cached_property
    def rotation(self) -> Rotation:
        """Rotation, for callers."""
        return Rotation(self.tx, self.secrets, self._random, self._rotates)

    @cached_property
    def rotation_work(self) -> RotationWork:
        """Rotation, as the worker does it."""
        return RotationWork(self.tx, self.secrets, self.rotation, self._random, self._retry)

    @cached_property
    def replication(self) -> Replication:
        """Replication, for callers."""
        return Replication(self.tx, self.secrets)

    @cached_property
    def replicas(self) -> Replicas:
        """Replication, as other regions ask for it."""
        return Replicas(self.tx, self.keyring)

    @cached_property
    def shipping(self) -> Shipping:
        """Replication, as the worker does it."""
        return Shipping(self.tx, self.keyring)

    @cached_property
    def regions(self) -> Regions:
        """Regions and which of them are enabled."""
        if self._regions is None:
            raise ValidationFailed("This store belongs to no deployment.")
        return Regions(self.tx, self.keyring, self._regions)

    @cached_property
    def keys(self) -> Keys:
        """KMS keys."""
        return Keys(self.tx, self.keyring)

    @cached_property
    def key_access(self) -> KeyAccess:
        """What is asked before a KMS key is used."""
        return KeyAccess(self.tx)

    @cached_property
    def key_aliases(self) -> KeyAliases:
        """Aliases of KMS keys."""
        return KeyAliases(self.tx, self.keyring, self.keys)

    @cached_property
    def key_rotation(self) -> KeyRotation:
        """Rotation of KMS keys."""
        return KeyRotation(self.tx, self.keyring, self.keys)

    @cached_property
    def ciphers(self) -> Ciphers:
        """What KMS keys encrypt and decrypt."""
        return Ciphers(self.tx, self.keyring, self.keys.lookup)

    @cached_property
    def data_keys(self) -> DataKeys:
        """What KMS draws."""
        return DataKeys(self.keys.lookup, self.ciphers)

    @cached_property
    def multi_region_keys(self) -> MultiRegionKeys:
        """KMS keys of several regions."""
        regions = None if self._regions is None else self._regions.all
        return MultiRegionKeys(self.tx, self.keys, regions, self._hasten)

    @cached_property
    def key_import(self) -> KeyImport:
        """Material of KMS keys that comes from elsewhere."""
        return KeyImport(self.tx, self.keyring, self.keys)

    @cached_property
    def key_pairs(self) -> KeyPairs:
        """What asymmetric KMS keys are used for."""
        return KeyPairs(self.tx, self.keyring, self.keys.lookup)

    @cached_property
    def key_usages(self) -> KeyUsages:
        """When KMS keys were last used."""
        return KeyUsages(self.tx, self.keys.lookup)

    @cached_property
    def macs(self) -> Macs:
        """What HMAC keys are used for."""
        return Macs(self.tx, self.keyring, self.keys.lookup)

    @cached_property
    def grants(self) -> Grants:
        """Grants on KMS keys."""
        return Grants(self.tx, self.keyring, self.keys)

    @cached_property
    def tokens(self) -> TokenService:
        """Temporary credentials, and who is asking."""
        return TokenService(self.keyring, self._principal, self._random)

    @cached_property
    def iam(self) -> Iam:
        """Users, groups, roles and their policies."""
        return Iam(self.tx, self.keyring, self._principal, self._random)

    @cached_property
    def events(self) -> Events:
        """What was recorded."""
        return Events(self.tx, self.keyring)

    # What watches the trail is loaded when the first call for it comes: no other pays for it.

    @cached_property
    def alarms(self) -> Alarms:
        """Alarms on the trail."""
        from vault.services.alarms import Alarms

        return Alarms(self.tx, self.keyring)

    @cached_property
    def metric_filters(self) -> MetricFilters:
        """Metric filters on the trail."""
        from vault.services.metric_filters import MetricFilters

        return MetricFilters(self.tx, self.keyring)

    # So is what functions need that were uploaded.

    @cached_property
    def functions(self) -> Functions:
        """Functions that were uploaded."""
        from vault.services.function_keys import FunctionKeys
        from vault.services.functions import Functions

        keys = FunctionKeys(self.tx, self.keyring, self.key_access, self._principal)
        return Functions(self.tx, self.keyring, self.execution_roles, keys)

    @cached_property
    def function_calls(self) -> FunctionCalls:
        """Calls of functions."""
        from vault.services.function_calls import FunctionCalls

        return FunctionCalls(self.tx, self.keyring, self.functions, self.execution_roles)

    @cached_property
    def execution_roles(self) -> ExecutionRoles:
        """Roles that functions run as."""
        from vault.services.execution_roles import ExecutionRoles

        return ExecutionRoles(self.tx, self._identities, self._random)

    @cached_property
    def value_search(self) -> ValueSearch:
        """Whether texts are values of secrets."""
        from vault.services.value_search import ValueSearch

        kms = KeyUse(self.tx, self.keyring, self._principal)
        return ValueSearch(self.tx, self.keyring, kms, self._principal, self._value_digests or ValueDigests())

    @property
    def invoke(self) -> Callable[[Invocation], CallOutcome]:
        """What runs functions, outside of every transaction."""
        if self._invoke is None:
            raise ValidationFailed("This store runs no functions.")
        return self._invoke

    def _rotates(self, arn: str, secret: Secret) -> bool:
        return self._rotation_functions(arn) or self.function_calls.rotates(arn, secret)

    @contextmanager
    def _here(self, tx: UnitOfWork) -> Iterator[tuple[UnitOfWork, Keyring]]:
        yield tx, self.keyring
