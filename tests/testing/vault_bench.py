"""A store in memory or in a folder, with a clock that the test turns, for tests below the gateway."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from strongroom.kernel.secretvalue import SecretValue
from vault.api.errors import trail_code
from vault.api.operations.secretsmanager import OPERATIONS
from vault.crypto.aead import generate_key
from vault.domain.context import CallContext
from vault.domain.errors import StoreConflict
from vault.domain.operation import AccessCheck
from vault.domain.principals import Principal
from vault.services import Services
from vault.services.keyring import Keyring
from vault.storage.store import Store

Result = TypeVar("Result")

ACCOUNT = "123456789012"
REGION = "us-east-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

_PRINCIPAL = Principal(
    account_id=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:root", user_id=ACCOUNT, access_key_id="key", is_root=True
)


def token() -> str:
    """Return a fresh request token."""
    return str(uuid.uuid4())


def again(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, done again for as long as another server is first."""
    while True:
        with suppress(StoreConflict):
            return work()


@dataclass(kw_only=True)
class Bench:
    """A store under test. `now` is the time of the next call."""

    store: Store
    now: datetime = NOON
    account_id: str = ACCOUNT
    region: str = REGION
    known_functions: set[str] = field(default_factory=lambda: {FUNCTION})

    @property
    def context(self) -> CallContext:
        """Return the context of a call made now."""
        return CallContext(
            account_id=self.account_id,
            region=self.region,
            principal_arn=_PRINCIPAL.arn,
            access_key_id=_PRINCIPAL.access_key_id,
            request_id="request",
            now=self.now,
        )

    @contextmanager
    def services(self) -> Iterator[Services]:
        """Yield the services of one transaction."""
        with self.store.transaction() as tx:
            yield Services(
                tx,
                Keyring(self.store),
                _PRINCIPAL,
                random=random.SystemRandom(),
                rotation_functions=self.known_functions.__contains__,
                spell=trail_code,
            )

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Run an operation in a transaction of its own, again where another was first.

        Write operations get a request token unless they bring one.
        """
        if operation in {"CreateSecret", "PutSecretValue", "UpdateSecret", "RotateSecret"}:
            request.setdefault("ClientRequestToken", token())

        def run() -> dict[str, Any]:
            with self.services() as services:
                return OPERATIONS[operation].run(services, self.context, request)

        return again(run)

    def checks(self, operation: str, **request: Any) -> list[AccessCheck]:
        """Return the permissions an operation asks for."""
        with self.services() as services:
            return list(OPERATIONS[operation].checks(services, self.context, request))

    def value(self, secret_id: str, **request: Any) -> Any:
        """Return the value of a secret as a client gets it."""
        answer = self.call("GetSecretValue", SecretId=secret_id, **request)
        return answer.get("SecretString", answer.get("SecretBinary"))

    def stages(self, secret_id: str) -> Mapping[str, list[str]]:
        """Return the labels of every version that has one."""
        shown: Mapping[str, list[str]] = self.call("DescribeSecret", SecretId=secret_id).get("VersionIdsToStages", {})
        return shown

    def pass_time(self, **amount: float) -> None:
        """Turn the clock on, by `timedelta` arguments."""
        self.now += timedelta(**amount)


def memory_bench() -> Bench:
    """Return a bench on a store that is kept nowhere."""
    return Bench(store=Store.create(":memory:", SecretValue(generate_key())))


def file_bench(folder: Path, root_key: SecretValue | None = None) -> Bench:
    """Return a bench on a new store in `folder`."""
    return Bench(store=Store.create(folder / "store.db", root_key or SecretValue(generate_key())))
