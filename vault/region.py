"""One region of a deployment: its store with everything that answers on it and works for it."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from strongroom.kernel.clock import Clock
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest, SignatureError
from vault.api.auth import Authenticator
from vault.api.batch import Answers
from vault.api.chain import Chain
from vault.api.errors import trail_code
from vault.api.measures import AnswerAll, Measures
from vault.domain.errors import StoreUnavailable, VaultError
from vault.domain.iam.names import root_arn
from vault.domain.operation import Operation
from vault.domain.principals import Principal
from vault.domain.replication import Task
from vault.domain.rotation_job import RetryRules
from vault.gateway import Gateway
from vault.initialise import AccessKey
from vault.replication.links import SERVICE as REPLICATION
from vault.replication.links import Links
from vault.replication.shipper import Shipper
from vault.rotation.clients import Clients
from vault.rotation.functions import is_known_function
from vault.rotation.worker import RotationWorker
from vault.services import Services
from vault.services.digests import DigestFolder
from vault.services.iam.callers import Callers
from vault.services.keyring import Keyring
from vault.services.regions import Map
from vault.services.remembered import Remembered
from vault.services.value_digests import ValueDigests
from vault.signin import SignIn
from vault.storage.store import Store, UnitOfWork

if TYPE_CHECKING:
    from vault.alarms.notices import Notice
    from vault.alarms.worker import AlarmWorker
    from vault.domain.functions import CallOutcome, Invocation
    from vault.services.verification import Verification

_GLOBAL_SERVICES = ("account", "iam")
_APART = (REPLICATION, "sts", "rolesanywhere")
"""Services with regions that are not where their requests are signed for: the last two answer in the home region."""
_GLOBAL = "us-east-1"
"""Which region requests to services without regions are signed for, wherever they go."""


class Region:
    """A region, or whatever regions there are in a store from before each had its own.

    `names` are those it answers for, `regions` those of the deployment. `links` reaches the others, `clients`
    makes rotation functions theirs and `notify_client` what notifications need; `invoke` runs functions that were
    uploaded; `notices` are whom alarms can tell.
    """

    def __init__(
        self,
        store: Store,
        names: Collection[str],
        *,
        regions: Map,
        operator: AccessKey,
        links: Links,
        clients: Clients,
        notify_client: Callable[[str, str], Any],
        clock: Clock,
        invoke: Callable[[Invocation], CallOutcome],
        notices: Mapping[str, Notice] = MappingProxyType({}),
    ) -> None:
        self.store = store
        self.keyring = Keyring(store)
        self.links = links
        self.names = frozenset(names)
        self._regions = regions
        self._operator = operator
        self._clock = clock
        self._served: Remembered[frozenset[str]] = Remembered()
        self.callers = Callers(self.keyring)
        authenticator = Authenticator(self.callers.find, self._valid_regions, self.callers.note)
        self._chain = Chain(authenticator, Gateway(self._bind, trail_code))
        self.answers = Answers(store, self._chain, clock)
        self.answers.afterwards = self._afterwards
        self._urgent = threading.local()
        self.worker = RotationWorker(store, self.own_services, clients, clock)
        self.sign_in = SignIn(store, self.keyring, regions.home, clock)
        self.shipper = Shipper(store, self.own_services, links.send, clock)
        self._invoke = invoke
        self._value_digests = ValueDigests()
        self._notify_client = notify_client
        self._notices = notices
        self._measures: Measures | None = None
        self.retry = RetryRules()
        """How often a rotation is tried."""

    @cached_property
    def alarms(self) -> AlarmWorker:
        """What watches the trail for alarms; loaded where there is work for it, and not with each command."""
        from vault.alarms.worker import AlarmWorker

        worker = AlarmWorker(self.store, self._notices, self._read_secret, self._clock)
        if self._measures is not None:
            worker.attended, worker.delivered = self._measures.attended, self._measures.notified
        return worker

    @contextmanager
    def working(self, digests: Path | None) -> Iterator[None]:
        """Rotate, ship and remove in the background, and keep hourly digests in a folder, while the block runs."""
        with ExitStack() as stack:
            stack.enter_context(self.worker.running())
            stack.enter_context(self.shipper.running())
            stack.enter_context(self.alarms.running())
            if digests is not None:
                stack.enter_context(DigestFolder(digests).hourly(self.store, self._clock))
            yield

    def observed(self, measures: Measures) -> AnswerAll:
        """Return what answers requests together, counted from now on, as are commits and background work."""
        self.store.committed = measures.commits.observe
        self.worker.attended = measures.attended
        self.worker.concluded = measures.rotated
        self._measures = measures
        return measures.batched(self.answers.all)

    def perform(self, operation: Operation, request: HttpRequest, source_ip: str) -> None:
        """Perform an operation on the server itself for a signed request. Raises `SignatureError`, `VaultError`."""
        refused: Exception | None = None
        with self.store.transaction() as tx:
            try:
                self._chain.perform(tx, request, source_ip, operation, self._clock())
            except StoreUnavailable:
                raise
            except (VaultError, SignatureError) as error:
                # The record of a refusal is committed, too.
                refused = error
        if refused is not None:
            raise refused

    def verification(self, heard: Callable[[int], None]) -> Verification:
        """Return a check of all that the store holds; `heard` is told of so many more rows now and then."""
        from vault.services.verification import Verification

        return Verification(self.store, self.keyring, heard)

    def own_services(self, tx: UnitOfWork) -> Services:
        """Return the services of a transaction for the account's root: what the store does by itself."""
        account_id = self._operator.account_id
        arn, key_id = root_arn(account_id), self._operator.access_key_id
        return self._bind(tx, Principal(account_id=account_id, arn=arn, user_id="strongroom", access_key_id=key_id))

    def _read_secret(self, region: str, name: str) -> SecretValue:
        """Return the value of a secret of the operator's account with credentials that can read that one alone."""
        here = f"arn:aws:secretsmanager:{region}:{self._operator.account_id}"
        arn = name if name.startswith("arn:") else f"{here}:secret:{name}-??????"
        statements = [
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        found = self._notify_client(region, policy).get_secret_value(SecretId=name)
        return SecretValue(found["SecretString"] if "SecretString" in found else found["SecretBinary"])

    def _bind(self, tx: Any, principal: Principal) -> Services:
        return Services(
            tx,
            self.keyring,
            principal,
            random=random.SystemRandom(),
            rotation_functions=is_known_function,
            spell=trail_code,
            regions=self._regions,
            hasten=self._hasten,
            retry=self.retry,
            identities=self.callers.identities,
            invoke=self._invoke,
            value_digests=self._value_digests,
        )

    def _hasten(self, task: Task) -> None:
        """Have a region of this process told of something before the call that is answered on this thread."""
        if task.region in self._regions.here:
            self._urgent.tasks = [*getattr(self._urgent, "tasks", ()), task]

    def _afterwards(self) -> None:
        self.callers.note_at_home()
        tasks = getattr(self._urgent, "tasks", None)
        if tasks:
            self._urgent.tasks = []
            self.shipper.hurry(tasks)

    def _valid_regions(self, tx: UnitOfWork, service: str) -> frozenset[str]:
        """Return the regions that a request to `service` may be signed for."""
        apart = "global" if service in _GLOBAL_SERVICES else service if service in _APART else ""
        return self._served.get(tx.meta.generation, apart, lambda: self._look_up(tx, apart)) or frozenset()

    def _look_up(self, tx: UnitOfWork, apart: str) -> frozenset[str]:
        if apart == REPLICATION:
            # Also a region that is disabled is told that it is enabled, and that its replicas go.
            return self.names
        enabled = frozenset(region for account in tx.meta.accounts() for region in tx.meta.regions(account))
        if apart == "global":
            return enabled | {_GLOBAL}
        at_home = self._regions.home in self.names
        return enabled & (self._regions.here if apart and at_home else self.names)
