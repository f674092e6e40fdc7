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
from strongroom.wire.sigv4 import SignatureError
from vault.api.auth import Authenticator
from vault.api.batch import Answers
from vault.api.chain import Chain
from vault.api.errors import trail_code
from vault.api.measures import Measures
from vault.config import DataDir
from vault.domain.errors import Sealed, StoreUnavailable, VaultError
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
    from vault.api.executor import Executor
    from vault.domain.operation import Operation
    from vault.seal.base import Keeper
    from vault.storage.figures import Figures


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
        authenticator = Authenticator(Signers(self._keyring).find, self._regions, clock)
        self._chain = Chain(authenticator, Gateway(self._bind, trail_code))
        self._answers = Answers(store, self._chain)
        self.digest_folder: Path | None = None
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
        from vault.api.app import Application
        from vault.api.executor import Executor
        from vault.api.own import Own
        from vault.api.server import serving

        executor = Executor(self._answers.all)
        own = Own(_Embedded(self, executor), Measures())
        with executor.running(), serving(Application(executor.answer, own.answer), listener) as url:
            yield url

    @contextmanager
    def answering(self, measures: Measures) -> Iterator[Executor]:
        """Answer while the block runs, with the rotation worker and the hourly digests beside; yields what answers.

        Digests of the trail are left in `self.digest_folder`, by default one beside the store. Raises `OSError` where
        none can be.
        """
        from vault.api.executor import Executor

        self.store.committed = measures.commits.observe
        self.worker.attended = measures.attended
        self.worker.concluded = measures.rotated
        executor = Executor(measures.batched(self._answers.all))
        with executor.running(), self.worker.running(), self._hourly_digests(self.digest_folder):
            yield executor

    def perform(self, operation: Operation, request: HttpRequest, source_ip: str) -> None:
        """Perform an operation on the server itself for a signed request. Raises `SignatureError`, `VaultError`."""
        refused: Exception | None = None
        with self.store.transaction() as tx:
            try:
                self._chain.perform(tx, request, source_ip, operation)
            except StoreUnavailable:
                raise
            except (VaultError, SignatureError) as error:
                # The record of a refusal is committed, too.
                refused = error
        if refused is not None:
            raise refused

    def figures(self) -> Figures:
        """Return a few numbers of the store. Raises `VaultError` where it does not answer."""
        return self.store.figures(self._clock())

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
        """Close the store, and overwrite the subkeys of its root key."""
        self.store.close()
        self.store.barrier.wipe()

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


def open_vault(place: DataDir, clock: Clock = utc_now, *, writer: str = "", keeper: Keeper | None = None) -> Vault:
    """Open the vault at `place`. `writer` has its own chain in the trail, this host unless given.

    `keeper` unwraps the root key, by default the one that the place's setting or envelope names.

    Raises `VaultUnavailable`, saying why and what to do; `VaultSealed` where only the root key is wanting.
    """
    folder = place.path
    if not place.initialised:
        raise VaultUnavailable(f"there is no vault in {folder}", hint="make one: strongroom vault init")
    try:
        _check_private(place.operator)
        operator = AccessKey.load(place.operator)
        store = Store.open(place.database, place.custody.load(keeper=keeper), writer=writer)
        return Vault(store, operator, clock, folder)
    except Sealed as error:
        raise VaultSealed(error.message) from None
    except VaultError as error:
        raise VaultUnavailable(error.message) from None
    except (OSError, ValueError) as error:
        raise VaultUnavailable(f"the vault in {folder} cannot be opened: {error}") from None


def open_in_memory(new: NewStore, clock: Clock = utc_now) -> tuple[Vault, AccessKey]:
    """Make a vault that is kept nowhere; return it with its administrator's key."""
    store, administrator, operator = in_memory(new, clock())
    return Vault(store, operator, clock), administrator


class _Embedded:
    """What an endpoint beside a command tells of its store."""

    def __init__(self, vault: Vault, executor: Executor) -> None:
        self._executor = executor
        self.figures = vault.figures

    @property
    def sealed(self) -> bool:
        """Whether nothing of it is open."""
        return False

    @property
    def waiting(self) -> int:
        """Requests that wait for the store."""
        return self._executor.waiting


def _check_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise VaultUnavailable(f"{path} is open to other users", hint=f"chmod 600 {path}")
