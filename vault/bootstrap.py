"""Builds a vault from its data directory: the only place that picks implementations and wires them together.

In-process callers get ordinary botocore clients whose requests are answered here, through the same chain as HTTP.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongroom.kernel.clock import Clock, utc_now
from strongroom.kernel.errors import UsageError, VaultSealed, VaultUnavailable
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest
from vault.api.response import Response
from vault.api.routing import Router
from vault.config import DataDir, Layout
from vault.deployment import ensure_credential
from vault.domain.errors import Sealed, VaultError
from vault.domain.sessions import MAX_SECONDS
from vault.initialise import AccessKey, NewStore, in_memory
from vault.inprocess import client as inprocess_client
from vault.region import Region
from vault.replication.links import Links, Peer, Way
from vault.rotation.worker import Outcome
from vault.services.digests import FOLDER as DIGESTS
from vault.services.digests import DigestFolder, make_digest
from vault.services.regions import Map
from vault.storage.store import Store

if TYPE_CHECKING:
    from vault.api.app import Application
    from vault.api.executor import Executor

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
    ) -> None:
        """`stores` by their regions, the first one in front; `folder` is where they live, None for nowhere.

        `peers` are the addresses of servers that answer for other regions. Raises `UsageError` for one that cannot be.
        """
        self._folder = folder
        self._clock = clock
        self.operator = operator
        self.home = layout.home
        """The region that answers for accounts; it may be served elsewhere."""
        self.regions = self._built(stores, layout, peers or {})
        """Each region that is here, the first one in front."""
        self._router = Router(self.regions)
        self.served = frozenset().union(*(region.names for region in self.regions.values()))
        """The names of the regions that are here."""
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
        from vault.api.server import serving

        with self._executing() as executors, serving(self._application(executors), listener) as url:
            yield url

    def serve(
        self, listener: socket.socket, digests: Path | None = None, started: Callable[[], None] = lambda: None
    ) -> None:
        """Serve over HTTP in the foreground until a signal ends it, with the background work beside.

        `started` is called once requests are accepted and signals heeded. Digests of the trail are left in the folder
        `digests`, by default one beside the store; each further region has a folder of its own in it.
        """
        from vault.api.server import serve

        with self._executing() as executors, ExitStack() as stack:
            for name, region in self.regions.items():
                stack.enter_context(region.working(self._digest_folder(name, digests)))
            serve(self._application(executors), listener, started)

    def digest(self) -> bytes:
        """Return a signed digest of the first region's trail as it stands."""
        return make_digest(self.store, self._clock())

    def digests(self, region: str, folder: Path | None = None) -> DigestFolder:
        """Return the digests of a region in a folder, by default in the one that `serve` leaves beside the store."""
        return DigestFolder(self._digest_folder(region, folder) or Path(DIGESTS))

    def rotate(self) -> list[Outcome]:
        """Rotate what is due now and tell its replicas, for whoever does not serve; return how each ended."""
        outcomes = [outcome for region in self.regions.values() for outcome in region.worker.run_due()]
        self.replicate()
        return outcomes

    def replicate(self) -> None:
        """Send what is to be sent to other regions now, for whoever does not serve."""
        for region in self.regions.values():
            region.shipper.run_due()

    def close(self) -> None:
        """Close the stores."""
        for region in self.regions.values():
            region.store.close()

    def temporary_key(self, name: str, policy: str, region: str | None = None) -> AccessKey:
        """Return credentials that may do what `policy` allows and no more, for as long as a session may last."""
        sts = self.client("sts", region=region)
        made = sts.get_federation_token(Name=name, Policy=policy, DurationSeconds=MAX_SECONDS)["Credentials"]
        return AccessKey(
            access_key_id=made["AccessKeyId"],
            secret=SecretValue(made["SecretAccessKey"]),
            token=SecretValue(made["SessionToken"]),
            account_id=self.operator.account_id,
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
                scoped_client=self._scoped_client,
                clock=self._clock,
            )
            for name, store in stores.items()
        }

    def _way(self, region: str) -> Way:
        return Way(host=f"{region}.strongroom.invalid", deliver=lambda request: self._answer(request, _HERE))

    def _answer(self, request: HttpRequest, source_ip: str) -> Response:
        return self._router.target(request).answers.one(request, source_ip)

    @contextmanager
    def _executing(self) -> Iterator[dict[str, Executor]]:
        from vault.api.executor import Executor

        executors = {name: Executor(region.answers.all) for name, region in self.regions.items()}
        with ExitStack() as stack:
            for executor in executors.values():
                stack.enter_context(executor.running())
            yield executors

    def _application(self, executors: Mapping[str, Executor]) -> Application:
        from vault.api.app import Application

        router = Router(executors)

        async def routed(request: HttpRequest, source_ip: str) -> Response:
            return await router.target(request).answer(request, source_ip)

        (first, *others) = executors.values()
        return Application(routed if others else first.answer, ready=lambda: True)

    def _digest_folder(self, region: str, folder: Path | None) -> Path | None:
        if folder is None and self._folder is None:
            return None
        parent = folder or (self._folder or Path()) / DIGESTS
        return parent if region == next(iter(self.regions)) else parent / region

    def _scoped_client(self, region: str, policy: str) -> Any:
        return self.client("secretsmanager", self.temporary_key("rotation", policy, region), region)


def _regions_in(store: Store, account_id: str) -> frozenset[str]:
    with store.transaction() as tx:
        return frozenset(tx.meta.regions(account_id))


def _ways(peers: Mapping[str, str]) -> dict[str, Way]:
    return {region: Peer(url).way for region, url in peers.items()}


def open_vault(
    place: DataDir, clock: Clock = utc_now, *, writer: str = "", peers: Mapping[str, str] | None = None
) -> Vault:
    """Open the vault at `place`. `writer` has its own chain in the trail, this host unless given.

    `peers` are the addresses of servers that answer for other regions. Raises `VaultUnavailable`, saying why and what
    to do; `VaultSealed` where only the root key is wanting; `UsageError` for an address that cannot be a peer's.
    """
    folder = place.path
    if not place.initialised:
        raise VaultUnavailable(f"there is no vault in {folder}", hint="make one: strongroom vault init")
    opened: dict[str, Store] = {}
    try:
        _check_private(place.operator)
        operator, layout, root_key = AccessKey.load(place.operator), place.layout(), place.custody.load()
        for region in layout.regions:
            opened[region] = Store.open(place.database_of(region, layout), root_key, writer=writer)
        if layout.shared:
            ensure_credential(opened[layout.home], operator.account_id, layout.home)
        return Vault(opened, operator, layout, clock, folder=folder, peers=peers)
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


def serve_sealed(listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve over HTTP without a store: every request is told that there is none at the moment."""
    from vault.api.app import Application
    from vault.api.chain import refuse
    from vault.api.server import serve

    async def answer(request: HttpRequest, _: str) -> Response:
        return refuse(Sealed("The store is sealed."), request)

    serve(Application(answer, ready=lambda: False), listener, started)


def open_in_memory(new: NewStore, clock: Clock = utc_now) -> tuple[Vault, AccessKey]:
    """Make a vault that is kept nowhere; return it with its administrator's key."""
    stores, administrator, operator = in_memory(new, clock())
    layout = Layout(regions=new.regions, home=new.regions[0])
    return Vault(stores, operator, layout, clock), administrator


def _check_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise VaultUnavailable(f"{path} is open to other users", hint=f"chmod 600 {path}")
