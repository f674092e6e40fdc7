"""Builds a vault from its data directory: the only place that picks implementations and wires them together.

In-process callers get ordinary botocore clients whose requests are answered here, through the same chain as HTTP.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongroom.kernel.clock import Clock, utc_now
from strongroom.kernel.errors import UsageError, VaultSealed, VaultUnavailable
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest
from vault.accounts import Account, accounts_of, add_account, operator_of
from vault.api.measures import Measures
from vault.api.response import Deferred, Response
from vault.api.routing import Router
from vault.config import DataDir, Layout
from vault.deployment import ensure_credential
from vault.domain.errors import Sealed, VaultError
from vault.domain.sessions import MAX_SECONDS
from vault.initialise import AccessKey, NewStore, in_memory
from vault.inprocess import client as inprocess_client
from vault.loopback import Loopback
from vault.region import Region
from vault.replication.links import Links, Peer, Way
from vault.rotation.attempt import Outcome
from vault.rotation.clients import Clients
from vault.services.digests import FOLDER as DIGESTS
from vault.services.digests import DigestFolder, make_digest
from vault.services.regions import Map
from vault.services.sts import TemporaryCredentials
from vault.signin import LoginRequest
from vault.storage.store import Store

if TYPE_CHECKING:
    from vault.alarms.notices import Notice
    from vault.api.routing import Desks
    from vault.domain.functions import CallOutcome, Invocation
    from vault.domain.operation import Operation
    from vault.rotation.lambdas.runner import Runner
    from vault.rotation.rotators.base import KeyPair
    from vault.seal.base import Keeper
    from vault.storage.figures import Figures

_HERE = "127.0.0.1"


class Vault:
    """The open stores of a data directory with everything that answers on them. Close it when done."""

    def __init__(
        self,
        stores: Mapping[str, Store],
        operator: AccessKey,
        layout: Layout,
        clock: Clock = utc_now,
        *,
        folder: Path | None = None,
        peers: Mapping[str, str] | None = None,
        notices: Mapping[str, Notice] | None = None,
    ) -> None:
        """`stores` by their regions, the first one in front; `folder` is where they live, None for nowhere.

        `peers` are the addresses of servers that answer for other regions, `notices` whom alarms can tell. Raises
        `UsageError` for a peer that cannot be.
        """
        self._folder = folder
        self._clock = clock
        self.operator = operator
        self._notices = notices or {}
        self.loopback = Loopback(self._answer)
        """Where functions that were uploaded reach the store."""
        self.home = layout.home
        """The region that answers for accounts; it may be served elsewhere."""
        self.regions = self._built(stores, layout, peers or {})
        """Each region that is here, the first one in front."""
        self._introduce()
        self._router = Router(self.regions, self.home)
        self.served = frozenset().union(*(region.names for region in self.regions.values()))
        """The names of the regions that are here."""
        self.digest_folder: Path | None = None
        """Where digests of the trail are left, by default beside the store."""
        first = next(iter(self.regions.values()))
        self.store, self.worker = first.store, first.worker

    @property
    def region(self) -> str:
        """The region that embedded use addresses."""
        return self.operator.region

    def client(self, service: str, key: AccessKey | None = None, region: str | None = None) -> Any:
        """Return a boto3-style client of `service`, answered in process; signs with the operator's key by default."""
        signer = key or self.operator
        return inprocess_client(self._answer, service, signer, region or signer.region)

    @contextmanager
    def serving(self, listener: socket.socket) -> Iterator[str]:
        """Serve over HTTP on a thread while the block runs; yields the endpoint URL."""
        from vault.api.app import Application
        from vault.api.own import Own
        from vault.api.server import serving

        with self._executing(Measures()) as desks:
            own = Own(_Embedded(self, desks), Measures())
            with serving(Application(desks.answer, own.answer), listener) as url:
                yield url

    @contextmanager
    def answering(self, measures: Measures) -> Iterator[Desks]:
        """Answer while the block runs, with the background work and hourly digests beside; yields what answers.

        Digests of the trail are left in `self.digest_folder`, by default one beside the store; each further region has
        a folder of its own in it. Raises `OSError` where none can be.
        """
        from vault.rotation.lambdas.slots import sweep

        sweep()
        with self._executing(measures) as desks, ExitStack() as stack:
            for name, region in self.regions.items():
                stack.enter_context(region.working(self._digest_folder(name, self.digest_folder)))
            # Whoever works in the background may wait for a function: these end first.
            stack.callback(self._end_functions)
            yield desks

    def perform(self, operation: Operation, request: HttpRequest, source_ip: str) -> None:
        """Perform an operation on the server itself for a signed request. Raises `SignatureError`, `VaultError`."""
        self._router.target(request).perform(operation, request, source_ip)

    def sign_in(self, request: LoginRequest) -> TemporaryCredentials:
        """Log a user in, where accounts are answered for. Raises as `SignIn.credentials`."""
        region = self.regions.get(self.home) or next(iter(self.regions.values()))
        return region.sign_in.credentials(request)

    def figures(self) -> Figures:
        """Return a few numbers of the stores together. Raises `VaultError` where one does not answer."""
        found = [region.store.figures(self._clock()) for region in self.regions.values()]
        return found[0].plus(found[1:])

    def digest(self) -> bytes:
        """Return a signed digest of the first region's trail as it stands."""
        return make_digest(self.store, self._clock())

    def digests(self, region: str, folder: Path | None = None) -> DigestFolder:
        """Return the digests of a region in a folder, by default in the one that `serve` leaves beside the store."""
        return DigestFolder(self._digest_folder(region, folder) or Path(DIGESTS))

    def rotate(self, arn: str = "") -> list[Outcome]:
        """Rotate what is due now, or of one secret, and tell its replicas, for whoever does not serve.

        Returns how each attempt ended.
        """
        only = (arn,) if arn else ()
        outcomes = [outcome for region in self.regions.values() for outcome in region.worker.run_due(only)]
        self.replicate()
        return outcomes

    def replicate(self) -> None:
        """Send what is to be sent to other regions now, for whoever does not serve."""
        for region in self.regions.values():
            region.shipper.run_due()

    def watch(self) -> None:
        """Look for what alarms watch for and tell it now, for whoever does not serve."""
        for region in self.regions.values():
            region.alarms.run_due()

    def close(self) -> None:
        """End what functions run, close the stores, and overwrite the subkeys of their root key."""
        self._end_functions()
        self.loopback.close()
        for region in self.regions.values():
            region.store.close()
            region.store.barrier.wipe()

    def add_account(self, account_id: str, key_id: str | None = None, secret: SecretValue | None = None) -> AccessKey:
        """Make an account and return its root's access key; what is not given is drawn. Raises `UsageError`."""
        stores = {name: region.store for name, region in self.regions.items()}
        return add_account(stores, account_id, self._clock(), root_key_id=key_id, root_secret=secret)

    def accounts(self) -> list[Account]:
        """Return the accounts there are."""
        with self.store.transaction() as tx:
            return accounts_of(tx, self._clock())

    def temporary_key(
        self, name: str, policy: str, region: str | None = None, account_id: str | None = None
    ) -> AccessKey:
        """Return credentials that may do what `policy` allows and no more, for as long as a session may last.

        They are of the operator's account unless another is named.
        """
        signer = self.operator
        if account_id not in (None, self.operator.account_id):
            signer = operator_of(self.store, account_id or "", self.region)
        sts = self.client("sts", signer, region=region)
        made = sts.get_federation_token(Name=name, Policy=policy, DurationSeconds=MAX_SECONDS)["Credentials"]
        return AccessKey(
            access_key_id=made["AccessKeyId"],
            secret=SecretValue(made["SecretAccessKey"]),
            token=SecretValue(made["SessionToken"]),
            account_id=signer.account_id,
            region=region or self.region,
        )

    def _built(self, stores: Mapping[str, Store], layout: Layout, peers: Mapping[str, str]) -> dict[str, Region]:
        names = {name: frozenset({name}) for name in stores}
        if layout.shared:
            (first,) = stores
            shared = _regions_in(stores[first], self.operator.account_id) | {first}
            names = {first: shared}
        here = frozenset().union(*names.values())
        if here & peers.keys():
            raise UsageError(f"{min(here & peers.keys())} is served here, and cannot be a peer")
        regions = Map(home=layout.home, here=here, elsewhere=frozenset(peers))
        links = Links({**{name: self._way(name) for name in here}, **_ways(peers)}, self._clock)
        return {
            name: Region(
                store,
                names[name],
                regions=regions,
                operator=self.operator,
                links=links,
                clients=Clients(scoped=self._scoped_client, signed=self._signed_client),
                notify_client=self._notify_client,
                clock=self._clock,
                invoke=self._invoke,
                notices=self._notices,
            )
            for name, store in stores.items()
        }

    def _introduce(self) -> None:
        """Have each region know whom the home region knows, where that is here."""
        home = self.regions.get(self.home)
        for region in self.regions.values():
            if home is not None and region is not home:
                region.callers.ask(home.store, home.keyring)

    def _way(self, region: str) -> Way:
        return Way(host=f"{region}.strongroom.invalid", deliver=lambda request: self._answer(request, _HERE))

    def _answer(self, request: HttpRequest, source_ip: str) -> Response:
        answered = self._router.target(request).answers.one(request, source_ip)
        return answered.work() if isinstance(answered, Deferred) else answered

    @cached_property
    def _runner(self) -> Runner:
        from vault.rotation.lambdas.runner import Runner

        return Runner()

    def _end_functions(self) -> None:
        for region in self.regions.values():
            region.worker.wind_down()
        if "_runner" in self.__dict__:
            self._runner.close()

    def _invoke(self, invocation: Invocation) -> CallOutcome:
        return self._runner.run(invocation, self.loopback.url())

    @contextmanager
    def _executing(self, measures: Measures) -> Iterator[Desks]:
        from vault.api.executor import Executor
        from vault.api.routing import Desks

        executors = {name: Executor(region.observed(measures)) for name, region in self.regions.items()}
        with ExitStack() as stack:
            for executor in executors.values():
                stack.enter_context(executor.running())
            yield Desks(executors, self.home)

    def _digest_folder(self, region: str, folder: Path | None) -> Path | None:
        if folder is None and self._folder is None:
            return None
        parent = folder or (self._folder or Path()) / DIGESTS
        return parent if region == next(iter(self.regions)) else parent / region

    def _scoped_client(self, account_id: str, region: str, policy: str) -> Any:
        return self.client("secretsmanager", self.temporary_key("rotation", policy, region, account_id), region)

    def _signed_client(self, service: str, account_id: str, region: str, key: KeyPair) -> Any:
        """Return a client of this store, or of whatever speaks as AWS does at the key's address."""
        if key.endpoint_url is None:
            signer = AccessKey(access_key_id=key.access_key_id, secret=key.secret, account_id=account_id, region=region)
            return self.client(service, signer)
        import boto3

        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=key.endpoint_url,
            region_name=region,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret.reveal_text(),
        )

    def _notify_client(self, region: str, policy: str) -> Any:
        return self.client("secretsmanager", self.temporary_key("notify", policy, region), region)


def _regions_in(store: Store, account_id: str) -> frozenset[str]:
    with store.transaction() as tx:
        return frozenset(tx.meta.regions(account_id))


def _ways(peers: Mapping[str, str]) -> dict[str, Way]:
    return {region: Peer(url).way for region, url in peers.items()}


def open_vault(
    place: DataDir,
    clock: Clock = utc_now,
    *,
    writer: str = "",
    keeper: Keeper | None = None,
    peers: Mapping[str, str] | None = None,
    notices: Mapping[str, Notice] | None = None,
) -> Vault:
    """Open the vault at `place`. `writer` has its own chain in the trail, this host unless given.

    `keeper` unwraps the root key, by default the one that the place's setting or envelope names; `peers` are the
    addresses of servers that answer for other regions, `notices` whom alarms can tell. Raises `VaultUnavailable`,
    saying why and what to do; `VaultSealed` where only the root key is wanting; `UsageError` for an address that cannot
    be a peer's.
    """
    folder = place.path
    if not place.initialised:
        raise VaultUnavailable(f"there is no vault in {folder}", hint="make one: strongroom vault init")
    opened: dict[str, Store] = {}
    try:
        _check_private(place.operator)
        operator, layout = AccessKey.load(place.operator), place.layout()
        root_key = place.custody.load(keeper=keeper)
        for region in layout.regions:
            opened[region] = Store.open(place.database_of(region, layout), root_key, writer=writer)
        if layout.shared:
            ensure_credential(opened[layout.home], operator.account_id, layout.home)
        return Vault(opened, operator, layout, clock, folder=folder, peers=peers, notices=notices)
    except (VaultError, UsageError, OSError, ValueError) as error:
        for store in opened.values():
            store.close()
        raise _told(error, folder) from None


def _told(error: Exception, folder: Path) -> Exception:
    """Return why a vault does not open, in words for whoever wanted it."""
    if isinstance(error, Sealed):
        return VaultSealed(error.message)
    if isinstance(error, VaultError):
        return VaultUnavailable(error.message)
    if isinstance(error, UsageError):
        return error
    return VaultUnavailable(f"the vault in {folder} cannot be opened: {error}")


def open_in_memory(
    new: NewStore, clock: Clock = utc_now, *, notices: Mapping[str, Notice] | None = None
) -> tuple[Vault, AccessKey]:
    """Make a vault that is kept nowhere; return it with its administrator's key. `notices` are whom alarms can tell."""
    stores, administrator, operator = in_memory(new, clock())
    layout = Layout(regions=new.regions, home=new.regions[0])
    return Vault(stores, operator, layout, clock, notices=notices), administrator


class _Embedded:
    """What an endpoint beside a command tells of its store."""

    def __init__(self, vault: Vault, desks: Desks) -> None:
        self._desks = desks
        self.figures = vault.figures

    @property
    def sealed(self) -> bool:
        """Whether nothing of it is open."""
        return False

    @property
    def waiting(self) -> int:
        """Requests that wait for the store."""
        return self._desks.waiting


def _check_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise VaultUnavailable(f"{path} is open to other users", hint=f"chmod 600 {path}")
