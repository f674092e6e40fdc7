"""What every rotation function shares: the guards and the first and last step, as AWS's templates have them.

Source: Secrets Manager User Guide, "Lambda rotation functions". Each step first looks whether its work is done, so a
rotation that was cut off anywhere is taken up again with the same token.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from strongroom.kernel.secretvalue import SecretValue

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PREVIOUS = "AWSPREVIOUS"

EXCLUDED_CHARACTERS = "/@\"'\\:%{}$` "
"""Characters that hurt in URLs, shells and templates; a new password has none of them."""

PASSWORD_LENGTH = 32


class Step(StrEnum):
    """The four steps, in order."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class RotationFailed(Exception):
    """A step could not be done; the message names secret and cause, never a value."""


class WaitsForPerson(RotationFailed):
    """Only a person can go on; the message is the reminder of what is to be done."""


class CannotTell(RotationFailed):
    """Whether a value is still accepted cannot be found out by this function."""


class Rotator(ABC):
    """A rotation function for one secret. `client` may read and write that secret only."""

    name: ClassVar[str]
    ends_by_rotating: ClassVar[bool] = False
    """Whether an old value lives on until the rotation after next, as with users that take turns."""

    def __init__(self, client: Any, arn: str, token: str) -> None:
        self._client = client
        self._arn = arn
        self._token = token

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
        if self.value(PENDING, self._token) is None:
            self._client.put_secret_value(
                SecretId=self._arn,
                ClientRequestToken=self._token,
                SecretString=self.new_value(self.current()).reveal_text(),
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

    def accepts(self, value: SecretValue) -> bool:
        """Tell, by a real attempt, whether the service accepts a value. Raises `CannotTell`, `RotationFailed`."""
        raise CannotTell(f"nobody but the application knows whether it accepts the old value of {self._arn}")

    def revoke(self, value: SecretValue) -> None:
        """Have the service refuse an old value for good, where setting a new one has not done that."""
        raise RotationFailed(f"the old value of {self._arn} is still accepted, and cannot be revoked by its function")

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
        chosen = {} if version_id is None else {"VersionId": version_id}
        try:
            answer = self._client.get_secret_value(SecretId=self._arn, VersionStage=stage, **chosen)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        if "SecretString" not in answer:
            raise RotationFailed(f"{self._arn} is binary; this function rotates text")
        return SecretValue(answer["SecretString"])

    def new_password(self, length: int = PASSWORD_LENGTH) -> str:
        """Return a random password without characters that hurt."""
        answer = self._client.get_random_password(PasswordLength=length, ExcludeCharacters=EXCLUDED_CHARACTERS)
        password: str = answer["RandomPassword"]
        return password
