"""What every rotation function shares: the errand it is sent on, the guards, and the first and last step.

Source: Secrets Manager User Guide, "Lambda rotation functions", and the guards of AWS's published templates. Each step
first looks whether its work is done, so a rotation that was cut off anywhere is taken up again with the same token.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from strongroom.kernel.secretvalue import SecretValue

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PREVIOUS = "AWSPREVIOUS"


class Step(StrEnum):
    """The four steps, in order."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class RotationFailed(Exception):
    """A step could not be done; the message names secret, place and cause, never a value."""


class WaitsForPerson(RotationFailed):
    """Only a person can go on; the message is the reminder of what is to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """An access key of AWS, or of whatever speaks as AWS does at `endpoint_url`; None is this store."""

    access_key_id: str
    secret: SecretValue
    endpoint_url: str | None = None


def _unreadable(arn: str) -> Any:
    raise RotationFailed(f"{arn} cannot be read by this rotation function")


def _no_aws(service: str, _key: KeyPair) -> Any:
    raise RotationFailed(f"{service} cannot be asked by this rotation function")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One rotation of one secret, and all that a function may use for it.

    `client` may read and write that secret only. `reader` takes the ARN of another secret, such as the superuser's, to
    a client that may read that one alone. `settings` are the variables of AWS's templates (`PASSWORD_LENGTH`, …).
    `aws` takes a service and an access key to a client that signs with it.
    """

    client: Any
    arn: str
    token: str
    reader: Callable[[str], Any] = _unreadable
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    aws: Callable[[str, KeyPair], Any] = _no_aws


class CannotTell(RotationFailed):
    """Whether a value is still accepted cannot be found out by this function."""


class Rotator(ABC):
    """A rotation function for one secret."""

    ends_by_rotating: ClassVar[bool] = False
    """Whether an old value lives on until the rotation after next, as with users that take turns."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._client = errand.client
        self._arn = errand.arn
        self._token = errand.token

    def run(self, step: Step) -> None:
        """Do one step. Raises `RotationFailed`, or what the client raises."""
        stages = self._client.describe_secret(SecretId=self._arn)["VersionIdsToStages"].get(self._token)
        if stages is None or (PENDING not in stages and CURRENT not in stages):
            raise RotationFailed(f"version {self._token} of {self._arn} is not labeled {PENDING}")
        if CURRENT in stages:
            return
        {
            Step.CREATE: self.create_secret,
            Step.SET: self.set_secret,
            Step.TEST: self.test_secret,
            Step.FINISH: self.finish_secret,
        }[step]()

    def create_secret(self) -> None:
        """Store a new value under the token, labeled AWSPENDING, unless it is there already."""
        current = self.current()
        if self.value(PENDING, self._token) is None:
            self._client.put_secret_value(
                SecretId=self._arn,
                ClientRequestToken=self._token,
                SecretString=self.new_value(current).reveal_text(),
                VersionStages=[PENDING],
            )

    @abstractmethod
    def new_value(self, current: SecretValue) -> SecretValue:
        """Return the value to rotate to, made from the current one."""

    @abstractmethod
    def set_secret(self) -> None:
        """Make the service accept the pending value."""

    @abstractmethod
    def test_secret(self) -> None:
        """Prove that the pending value works. Raises `RotationFailed` when it does not."""

    @abstractmethod
    def accepts(self, value: SecretValue) -> bool:
        """Tell, by trying, whether the service still accepts a value. Raises `RotationFailed` when it is not told."""

    @abstractmethod
    def revoke(self, value: SecretValue) -> None:
        """Have the service refuse a value for good; never the current one. Raises `RotationFailed`."""

    def finish_secret(self) -> None:
        """Move AWSCURRENT to the new version."""
        stages = self._client.describe_secret(SecretId=self._arn)["VersionIdsToStages"]
        holder = next((version for version, labels in stages.items() if CURRENT in labels), None)
        if holder == self._token:
            return
        moved = {} if holder is None else {"RemoveFromVersionId": holder}
        self._client.update_secret_version_stage(
            SecretId=self._arn, VersionStage=CURRENT, MoveToVersionId=self._token, **moved
        )

    def current(self) -> SecretValue:
        """Return the current value. Raises `RotationFailed` where there is none."""
        value = self.value(CURRENT)
        if value is None:
            raise RotationFailed(f"{self._arn} has no current value to rotate")
        return value

    def pending(self) -> SecretValue:
        """Return the pending value. Raises `RotationFailed` where there is none."""
        value = self.value(PENDING, self._token)
        if value is None:
            raise RotationFailed(f"{self._arn} has no pending value")
        return value

    def value(self, stage: str, version_id: str | None = None) -> SecretValue | None:
        """Return the text value at a label, None where the version has none."""
        return text_value(self._client, self._arn, stage, version_id)

    def still_current(self) -> RotationFailed:
        """Return the failure of revoking what applications are given now."""
        return RotationFailed(f"the value of {self._arn} to be revoked is the current one; rotate it first")


def text_value(client: Any, arn: str, stage: str, version_id: str | None = None) -> SecretValue | None:
    """Return the text value of a secret at a label, None where there is none. Raises `RotationFailed` for a binary."""
    chosen = {} if version_id is None else {"VersionId": version_id}
    try:
        answer = client.get_secret_value(SecretId=arn, VersionStage=stage, **chosen)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    if "SecretString" not in answer:
        raise RotationFailed(f"{arn} is binary; this function rotates text")
    return SecretValue(answer["SecretString"])
