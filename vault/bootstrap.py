"""Builds a vault from its data directory: the only place that picks implementations and wires them together.

In-process callers get ordinary botocore clients whose requests are answered here, through the same chain as HTTP.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongroom.kernel.clock import Clock, utc_now
from strongroom.kernel.errors import VaultSealed, VaultUnavailable
from strongroom.kernel.secretvalue import SecretValue
from vault.api.auth import Authenticator
from vault.api.batch import Answers
from vault.api.chain import Chain
from vault.api.errors import trail_code
from vault.config import DataDir
from vault.domain.errors import Sealed, VaultError
from vault.domain.principals import Principal
from vault.domain.sessions import MAX_SECONDS
from vault.gateway import Gateway
from vault.initialise import AccessKey, NewStore, in_memory
from vault.inprocess import client as inprocess_client
from vault.rotation.functions import is_known_function
from vault.rotation.worker import RotationWorker
from vault.services import Services
from vault.services.digests import FOLDER as DIGESTS
from vault.services.digests import DigestFolder, make_digest
from vault.services.identities import Signers
from vault.services.keyring import Keyring
from vault.services.remembered import Remembered
from vault.services.verification import Verification
from vault.storage.store import Store, UnitOfWork

if TYPE_CHECKING:
    from strongroom.wire.sigv4 import HttpRequest
    from vault.api.app import Application
    from vault.api.executor import Executor
    from vault.api.response import Response


class Vault:
    """An open store with everything that answers on it. Close it when done."""

    def __init__(self, store: Store, operator: AccessKey, clock: Clock = utc_now, folder: Path | None = None) -> None:
        """`folder` is where the vault lives, None for one that is kept nowhere."""
        self.store = store
        self._folder = folder
        self._clock = clock
        self._keyring = Keyring(store)
        self.operator = operator
        self._region_names: Remembered[frozenset[str]] = Remembered()
        authenticator = Authenticator(Signers(self._keyring).find, self._regions)
        self._answers = Answers(store, Chain(authenticator, Gateway(self._bind, trail_code)), clock)
        self.worker = RotationWorker(store, self.own_services, self._scoped_client, clock)

    @property
    def region(self) -> str:
        """The region that embedded use addresses."""
        return self.operator.region

    def client(self, service: str, key: AccessKey | None = None, region: str | None = None) -> Any:
        """Return a boto3-style client of `service`, answered in process; signs with the operator's key by default."""
        signer = key or self.operator
        return inprocess_client(self._answers.one, service, signer, region or signer.region)

    @contextmanager
    def serving(self, listener: socket.socket) -> Iterator[str]:
        """Serve over HTTP on a thread while the block runs; yields the endpoint URL."""
        from vault.api.executor import Executor
        from vault.api.server import serving

        executor = Executor(self._answers.all)
        with executor.running(), serving(self._application(executor), listener) as url:
            yield url

    def serve(
        self, listener: socket.socket, digests: Path | None = None, started: Callable[[], None] = lambda: None
    ) -> None:
        """Serve over HTTP in the foreground until a signal ends it, with the rotation worker beside.

        `started` is called once requests are accepted and signals heeded. Digests of the trail are left in the folder
        `digests`, by default one beside the store.
        """
        from vault.api.executor import Executor
        from vault.api.server import serve

        executor = Executor(self._answers.all)
        with executor.running(), self.worker.running(), self._hourly_digests(digests):
            serve(self._application(executor), listener, started)

    def verification(self, heard: Callable[[int], None]) -> Verification:
        """Return a check of all that the store holds; `heard` is told of so many more rows now and then."""
        return Verification(self.store, self._keyring, heard)

    def digest(self) -> bytes:
        """Return a signed digest of the trail as it stands."""
        return make_digest(self.store, self._clock())

    def digests(self, folder: Path | None = None) -> DigestFolder:
        """Return the digests in a folder, by default those that `serve` leaves beside the store."""
        return DigestFolder(folder or (self._folder or Path()) / DIGESTS)

    def _hourly_digests(self, folder: Path | None) -> AbstractContextManager[None]:
        if folder is None and self._folder is None:
            return nullcontext()
        return self.digests(folder).hourly(self.store, self._clock)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _application(self, executor: Executor) -> Application:
        from vault.api.app import Application

        return Application(executor.answer, ready=lambda: True)

    def _bind(self, tx: Any, principal: Principal) -> Services:
        return Services(
            tx,
            self._keyring,
            principal,
            random=random.SystemRandom(),
            rotation_functions=is_known_function,
            spell=trail_code,
        )

    def _regions(self, tx: UnitOfWork) -> frozenset[str]:
        def look_up() -> frozenset[str]:
            return frozenset(region for account in tx.meta.accounts() for region in tx.meta.regions(account))

        return self._region_names.get(tx.meta.generation, "regions", look_up) or frozenset()

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

    def own_services(self, tx: UnitOfWork) -> Services:
        """Return the services of a transaction for the account's root: what the store does by itself."""
        arn = f"arn:aws:iam::{self.operator.account_id}:root"
        key_id = self.operator.access_key_id
        owner = Principal(account_id=self.operator.account_id, arn=arn, user_id="strongroom", access_key_id=key_id)
        return self._bind(tx, owner)

    def _scoped_client(self, region: str, policy: str) -> Any:
        return self.client("secretsmanager", self.temporary_key("rotation", policy, region), region)


def open_vault(place: DataDir, clock: Clock = utc_now, *, writer: str = "") -> Vault:
    """Open the vault at `place`. `writer` has its own chain in the trail, this host unless given.

    Raises `VaultUnavailable`, saying why and what to do; `VaultSealed` where only the root key is wanting.
    """
    folder = place.path
    if not place.initialised:
        raise VaultUnavailable(f"there is no vault in {folder}", hint="make one: strongroom vault init")
    try:
        _check_private(place.operator)
        operator = AccessKey.load(place.operator)
        store = Store.open(place.database, place.custody.load(), writer=writer)
        return Vault(store, operator, clock, folder)
    except Sealed as error:
        raise VaultSealed(error.message) from None
    except VaultError as error:
        raise VaultUnavailable(error.message) from None
    except (OSError, ValueError) as error:
        raise VaultUnavailable(f"the vault in {folder} cannot be opened: {error}") from None


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
    store, administrator, operator = in_memory(new, clock())
    return Vault(store, operator, clock), administrator


def _check_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise VaultUnavailable(f"{path} is open to other users", hint=f"chmod 600 {path}")
