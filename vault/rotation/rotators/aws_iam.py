"""Rotates access keys of IAM users: of this store, of Amazon's, or of whatever speaks as they do.

IAM gives a user two keys at most, and tells the secret of a key once. So a key is made in `createSecret` and stored at
once; the old one stays good until the next rotation needs its place, or until it is revoked. A key whose secret was
lost on the way to the store is known by never having been used since this rotation began, and gives up its place.
Sources: IAM API Reference, CreateAccessKey, ListAccessKeys, GetAccessKeyLastUsed; STS API Reference, GetCallerIdentity.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import CURRENT, PREVIOUS, Errand, KeyPair, RotationFailed, Rotator, text_value
from vault.rotation.rotators.outside import outside_client

_LAYOUTS = (
    ("aws_access_key_id", "aws_secret_access_key"),
    ("access_key_id", "secret_access_key"),
    ("AccessKeyId", "SecretAccessKey"),
    ("accessKeyId", "secretAccessKey"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
)
"""Names under which secrets hold a key's id and the key: those of profiles, of the API, of SDKs, of the environment."""
_REFUSALS = frozenset(
    ["InvalidClientTokenId", "SignatureDoesNotMatch", "InvalidAccessKeyId", "UnrecognizedClientException"]
)
_PATIENCE = 10.0
_PAUSE = 1.0
"""Seconds: IAM is eventually consistent, so a new key may be unknown for a moment."""


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function; there is one strategy, and the overlap of two keys is part of it."""
    return AccessKeys(errand)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What a secret holds: the key, under which names, and the whole of it."""

    key: KeyPair
    names: tuple[str, str]
    content: dict[str, Any]
    superuser: str | None


class AccessKeys(Rotator):
    """Takes a JSON object with an access key; `endpoint_url` says where it is of, `masterarn` whose key manages it."""

    def new_value(self, current: SecretValue) -> SecretValue:
        """Make a second key, having made room for it, and return the value with it."""
        held = self._read(current, self._arn)
        user, iam = self._owner(held)
        self._make_room(iam, user, held.key.access_key_id)
        made = self._asked(lambda: iam.create_access_key(**user))["AccessKey"]
        identity, secret = held.names
        content = {**held.content, identity: made["AccessKeyId"], secret: made["SecretAccessKey"]}
        return SecretValue(json.dumps(content))

    def set_secret(self) -> None:
        """IAM took the key when it was made."""

    def test_secret(self) -> None:
        """Ask with the pending key whose it is; that has to be the user of the current one."""
        pending, current = self._read(self.pending(), self._arn), self._read(self.current(), self._arn)
        deadline = time.monotonic() + _PATIENCE
        while (caller := self._caller(pending.key)) is None:
            if time.monotonic() > deadline:
                raise RotationFailed(f"the new access key of {self._arn} is not accepted")
            time.sleep(_PAUSE)
        if caller != self._caller(current.key):
            raise RotationFailed(f"the new access key of {self._arn} is of another user than the current one")

    def accepts(self, value: SecretValue) -> bool:
        """Ask with a key whose it is, which every key may."""
        return self._caller(self._read(value, self._arn).key) is not None

    def revoke(self, value: SecretValue) -> None:
        """Deactivate a key and delete it."""
        old, current = self._read(value, self._arn), self._read(self.current(), self._arn)
        if old.key.access_key_id == current.key.access_key_id:
            raise self.still_current()
        user, iam = self._owner(current)
        listed = self._asked(lambda: iam.list_access_keys(**user))["AccessKeyMetadata"]
        if any(each["AccessKeyId"] == old.key.access_key_id for each in listed):
            self._remove(iam, user, old.key.access_key_id)
        elif self._caller(old.key) is not None:
            raise RotationFailed(f"the access key to be revoked is of another user than the current one of {self._arn}")

    def _owner(self, held: _Held) -> tuple[dict[str, str], Any]:
        """Return the user of a key as IAM's calls name it, and a client that may manage it."""
        caller = self._caller(held.key)
        if caller is None:
            raise RotationFailed(f"the current access key of {self._arn} is not accepted; was it removed by hand?")
        manager = held.key if held.superuser is None else self._manager(held.superuser, held.key, caller)
        kind, _, name = caller.rpartition(":")[2].partition("/")
        if kind not in ("user", "root"):
            raise RotationFailed(
                f"the access key of {self._arn} is a temporary one, of {kind}; only users' keys rotate"
            )
        user = {"UserName": name.rpartition("/")[2]} if kind == "user" else {}
        return user, self._client_of("iam", manager)

    def _manager(self, arn: str, key: KeyPair, caller: str) -> KeyPair:
        """Return the key of who manages the user; of another account, it would manage another user of that name."""
        value = text_value(self._errand.reader(arn), arn, CURRENT)
        if value is None:
            raise RotationFailed(f"the superuser's secret {arn} has no value")
        manager = self._read(value, arn).key
        if manager.endpoint_url != key.endpoint_url:
            raise RotationFailed(f"the access key of {arn} is of another endpoint_url than the one of {self._arn}")
        whose = self._caller(manager)
        if whose is None:
            raise RotationFailed(f"the access key of the superuser's secret {arn} is not accepted")
        if _account(whose) != _account(caller):
            raise RotationFailed(f"the access key of {arn} is of another account than the one of {self._arn}")
        return manager

    def _make_room(self, iam: Any, user: dict[str, str], kept: str) -> None:
        for each in self._asked(lambda: iam.list_access_keys(**user))["AccessKeyMetadata"]:
            identity = each["AccessKeyId"]
            if identity == kept:
                continue
            if identity != self._previous() and not self._orphan(iam, each):
                raise RotationFailed(
                    f"the user of {self._arn} has a second access key, {identity}, that this secret knows nothing of; "
                    "remove it or move who uses it"
                )
            self._remove(iam, user, identity)

    def _previous(self) -> str | None:
        value = self.value(PREVIOUS)
        return None if value is None else self._read(value, self._arn).key.access_key_id

    def _orphan(self, iam: Any, listed: dict[str, Any]) -> bool:
        """Tell whether a key was made by this rotation and never used: its secret was lost before it was stored."""
        # The secret changed last when this rotation labeled its version.
        began = self._client.describe_secret(SecretId=self._arn)["LastChangedDate"]
        identity = listed["AccessKeyId"]
        used = self._asked(lambda: iam.get_access_key_last_used(AccessKeyId=identity))["AccessKeyLastUsed"]
        # Times of keys are told in whole seconds.
        return listed["CreateDate"].timestamp() >= int(began.timestamp()) and "LastUsedDate" not in used

    def _remove(self, iam: Any, user: dict[str, str], identity: str) -> None:
        self._asked(lambda: iam.update_access_key(AccessKeyId=identity, Status="Inactive", **user))
        self._asked(lambda: iam.delete_access_key(AccessKeyId=identity, **user))

    def _caller(self, key: KeyPair) -> str | None:
        """Return the ARN of whose key it is; None where it is refused."""
        try:
            return str(self._client_of("sts", key).get_caller_identity()["Arn"])
        except ClientError as error:
            if error.response["Error"]["Code"] in _REFUSALS:
                return None
            raise RotationFailed(f"STS failed with {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise RotationFailed(f"STS cannot be reached ({type(error).__name__})") from None

    def _asked(self, call: Any) -> Any:
        try:
            return call()
        except ClientError as error:
            told = error.response["Error"]["Code"]
            raise RotationFailed(f"IAM refuses {error.operation_name} for the user of {self._arn}: {told}") from None
        except BotoCoreError as error:
            raise RotationFailed(f"IAM cannot be reached ({type(error).__name__})") from None

    def _client_of(self, service: str, key: KeyPair) -> Any:
        return self._errand.aws(service, key) if key.endpoint_url is None else outside_client(service, key)

    def _read(self, value: SecretValue, arn: str) -> _Held:
        try:
            content = json.loads(value.reveal_text())
        except ValueError:
            content = None
        names = _names(content) if isinstance(content, dict) else None
        if names is None or not isinstance(content, dict):
            shown = ", ".join(" and ".join(pair) for pair in _LAYOUTS)
            raise RotationFailed(f"{arn} is not a JSON object with an access key ({shown})")
        where = content.get("endpoint_url")
        key = KeyPair(access_key_id=content[names[0]], secret=SecretValue(content[names[1]]), endpoint_url=where)
        return _Held(key=key, names=names, content=content, superuser=content.get("masterarn"))


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _names(content: dict[str, Any]) -> tuple[str, str] | None:
    found = (pair for pair in _LAYOUTS if all(isinstance(content.get(name), str) and content[name] for name in pair))
    return next(found, None)
