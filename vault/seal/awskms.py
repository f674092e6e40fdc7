"""The keeper that is a KMS key, Amazon's or another server's: KMS encrypts the root key and decrypts it again.

The envelope is bound by the encryption context, so that the trail of KMS tells which store was opened, and a policy may
ask for it (`kms:EncryptionContext:strongroom:store`). Credentials and endpoint are found as boto3 finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from strongroom.kernel.canonical import sha256_hex
from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.arn import Arn
from vault.domain.errors import Sealed
from vault.seal.base import Envelope, root_key_of

_SECONDS = 10


class AwsKms:
    """Uses the KMS key of an ARN, by default the envelope's."""

    name = "awskms"

    def __init__(self, key_arn: str = "") -> None:
        self._key_arn = key_arn

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Return the root key as KMS encrypted it, and decrypted it once for trial. Raises `Sealed`, `UsageError`."""
        if not self._key_arn:
            raise UsageError("no KMS key is named", hint="awskms:ARN")
        envelope = Envelope(keeper=self.name, store_id=store_id, parameters={"key": self._key_arn})
        answer = _asked(
            self._key_arn,
            lambda kms: kms.encrypt(
                KeyId=self._key_arn, Plaintext=root_key.reveal(), EncryptionContext=_context(envelope)
            ),
        )
        blob: bytes = answer["CiphertextBlob"]
        done = Envelope(keeper=self.name, store_id=store_id, parameters=envelope.parameters, wrapped=blob)
        if self.unwrap(done) != root_key:
            raise Sealed("KMS does not give back what it encrypted.")
        return done

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the root key. Raises `Sealed`."""
        kept = envelope.parameter("key", str)
        key_arn = self._key_arn or kept
        answer = _asked(
            key_arn,
            lambda kms: kms.decrypt(
                KeyId=key_arn, CiphertextBlob=envelope.wrapped, EncryptionContext=_context(envelope)
            ),
        )
        return root_key_of(answer["Plaintext"])


def checked(key_arn: str) -> str:
    """Return the ARN of a key or alias. Raises `UsageError` for anything else."""
    try:
        arn = Arn.parse(key_arn)
    except ValueError:
        arn = None
    if arn is None or arn.service != "kms" or not arn.region or not arn.resource.startswith(("key/", "alias/")):
        raise UsageError(
            "the root key's KMS key is no ARN of a key or alias",
            hint="for instance awskms:arn:aws:kms:us-east-1:123456789012:alias/strongroom",
        )
    return key_arn


def _region(key_arn: str) -> str:
    try:
        return Arn.parse(key_arn).region
    except ValueError:
        raise Sealed("The KMS key that the envelope names is no ARN; restore the envelope from a backup.") from None


def _context(envelope: Envelope) -> dict[str, str]:
    return {"strongroom:store": envelope.store_id, "strongroom:envelope": sha256_hex(envelope.bound)}


def _asked(key_arn: str, question: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 2})
    try:
        return question(boto3.Session().client("kms", region_name=_region(key_arn), config=config))
    except ClientError as error:
        raise Sealed(
            f"KMS refuses {key_arn}: {error.response['Error']['Code']}; look at the key's state, its policy and the "
            "permissions kms:Encrypt and kms:Decrypt, and at whether the envelope was changed."
        ) from None
    except BotoCoreError as error:
        raise Sealed(
            f"KMS cannot be asked for {key_arn} ({type(error).__name__}); look at the AWS credentials and the endpoint."
        ) from None
