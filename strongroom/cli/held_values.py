"""Asks the vault which of the texts of an audit are values of secrets, by digests under a key drawn for the audit.

No value comes back and none is sent: whoever reads what passes learns nothing without the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strongroom.cli.connection import OWN_SERVICE, Connection
from strongroom.kernel.errors import Denied, StrongroomError, UsageError, VaultUnavailable
from strongroom.kernel.likeness import DIGEST_SIZE

MOST = 48_000
"""Digests of one call: in base64 about a mebibyte, which is what a request may have."""
_DENIED = ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException")
_PERMISSION = (
    "it takes a policy that allows strongroom:FindValues on the secrets, and kms:Decrypt on customers' KMS keys"
)
_NOT_AMAZONS = "Amazon's own store cannot tell whether it holds a value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A text that is a value of a secret."""

    digest: bytes
    arn: str
    name: str
    version_id: str
    stages: tuple[str, ...]
    member: str
    """Which member of a JSON secret; empty for the whole value."""
    current: bool
    rotated: datetime | None
    """Since when another value is current, as near as the store can tell."""
    refused: str
    """Since when the service behind the secret refuses the value, `unknown` where nobody can try; empty for not yet."""
    deleted: datetime | None
    """When the deletion of the secret was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unopened:
    """A version that the vault could not compare."""

    arn: str
    name: str
    version_id: str


class HeldValues:
    """What one vault, in one region, holds. What is asked is remembered nowhere but in `secrets` and `unopened`."""

    def __init__(self, client: Any, key: bytes) -> None:
        """`client` is boto3's for our own service; `key` was drawn for the audit and makes its digests."""
        self._client = client
        self._key = key
        self.secrets = 0
        """How many secrets the last question went through: those that the caller may ask about."""
        self.unopened: dict[tuple[str, str], Unopened] = {}
        """Versions that were not compared, by ARN and id."""

    def check(self) -> None:
        """Ask about a text that nobody holds, so that what keeps an audit from asking is known before it begins.

        Raises `VaultUnavailable`, `Denied`, `UsageError`; afterwards `secrets` counts those that can be asked about.
        """
        self.secrets = 0
        for page in self._pages(bytes(DIGEST_SIZE)):
            self.secrets += page["Secrets"]

    def matches(self, digests: Iterable[bytes]) -> Iterator[Held]:
        """Yield what the vault holds of texts, by their digests one behind the other in pieces of any size.

        The same value may be held by several secrets and versions. Raises `VaultUnavailable`, `Denied`.
        """
        for batch in _batches(digests):
            for page in self._pages(batch):
                yield from (_held(each) for each in page["Matches"])

    def _pages(self, batch: bytes) -> Iterator[Mapping[str, Any]]:
        further: dict[str, str] = {}
        while True:
            with _told():
                page = self._client.find_values(Key=self._key, Digests=batch, **further)
            for each in page["Unopened"]:
                version = Unopened(arn=each["ARN"], name=each["Name"], version_id=each["VersionId"])
                self.unopened[version.arn, version.version_id] = version
            yield page
            if "NextToken" not in page:
                return
            further = {"NextToken": page["NextToken"]}


def held_values(connection: Connection, key: bytes) -> HeldValues:
    """Return what asks the store of a connection. Raises `UsageError` for Amazon's, which has no such operation."""
    if connection.vault is None and connection.endpoint_url is None:
        raise UsageError(_NOT_AMAZONS, hint="name a vault of your own: --vault embedded, or its URL")
    return HeldValues(connection.client(OWN_SERVICE), key)


def _batches(digests: Iterable[bytes]) -> Iterator[bytes]:
    waiting, size = bytearray(), MOST * DIGEST_SIZE
    for piece in digests:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _held(match: Mapping[str, Any]) -> Held:
    return Held(
        digest=match["Digest"],
        arn=match["ARN"],
        name=match["Name"],
        version_id=match["VersionId"],
        stages=tuple(match.get("VersionStages", ())),
        member=match.get("Member", ""),
        current=match["IsCurrent"],
        rotated=match.get("ReplacedDate"),
        refused=match.get("LeakedRefused", ""),
        deleted=match.get("DeletedDate"),
    )


@contextmanager
def _told() -> Iterator[None]:
    """Say what went wrong with a question in our own words."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        raise _refusal(told.get("Code", ""), told.get("Message", "")) from None
    except NoCredentialsError:
        raise Denied("no AWS credentials were found for the vault", hint="set AWS_PROFILE") from None
    except NoRegionError:
        raise UsageError("no region is set for the vault", hint="give --region, or set AWS_DEFAULT_REGION") from None
    except BotoCoreError as error:
        raise VaultUnavailable(
            f"the vault cannot be asked: {type(error).__name__}", hint="check the endpoint URL and that it is served"
        ) from None


def _refusal(code: str, message: str) -> StrongroomError:
    told = f"{code}: {message}"
    if code in _DENIED:
        return Denied(told, hint=_PERMISSION)
    if code == "UnknownOperationException":
        return UsageError("the store cannot tell whether it holds a value", hint=f"{_NOT_AMAZONS} either")
    return VaultUnavailable(told, hint="a sealed vault is opened by strongroom vault unseal")
