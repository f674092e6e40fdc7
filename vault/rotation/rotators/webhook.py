"""Rotates what an endpoint of one's own knows how to change: each step is a signed POST over TLS, answered by 2xx.

Secret: `{"webhook": "https://…", "webhook_key_arn": "…", "password": "…"}`. The key that signs is in another secret,
`{"key": "…", "webhook": the same URL}`, so that who reads the one cannot speak for the store. Signed as alarms are:
HMAC-SHA-256 (RFC 2104) over timestamp, a point, and body. An endpoint has to take a step again with the same
ClientRequestToken.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue
from vault.alarms.deliver import SIGNATURE, TIMESTAMP, signature
from vault.rotation.rotators.base import CURRENT, Errand, RotationFailed, Rotator, Step, text_value
from vault.rotation.rotators.http import Answer, Request, ask
from vault.rotation.rotators.passwords import new_password

_REQUIRED = ("webhook", "webhook_key_arn", "password")
_ACCEPTS, _REVOKE = "accepts", "revoke"


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function; there is one strategy."""
    return WebhookRotator(errand)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hook:
    """What a secret says: where to post, whose key signs, and the credential."""

    url: str
    key_arn: str
    password: SecretValue
    document: SecretValue


class WebhookRotator(Rotator):
    """Has an endpoint change, test, judge and revoke a password that is drawn here."""

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return the same object with a new password."""
        content = json.loads(self._read(current).document.reveal_text())
        return SecretValue(json.dumps({**content, "password": new_password(self._errand).reveal_text()}))

    def set_secret(self) -> None:
        """Have the endpoint make its service take the pending password; it is told the current one to do it with."""
        pending, current = self._read(self.pending()), self._read(self.current())
        if (pending.url, pending.key_arn) != (current.url, current.key_arn):
            raise RotationFailed(f"the pending value of {self._arn} is for another endpoint than the current one")
        if not self._yes(pending, _ACCEPTS, pending):
            self._done(self._post(current, Step.SET, pending=pending.password, current=current.password), current)

    def test_secret(self) -> None:
        """Have the endpoint try the pending password."""
        pending = self._read(self.pending())
        if not self._yes(pending, Step.TEST, pending):
            raise RotationFailed(f"the endpoint of {self._arn} says that the new password is not accepted")

    def accepts(self, value: SecretValue) -> bool:
        """Have the endpoint try a password."""
        hook = self._read(value)
        return self._yes(self._read(self.current()), _ACCEPTS, hook)

    def revoke(self, value: SecretValue) -> None:
        """Have the endpoint make a password refused."""
        old, current = self._read(value), self._read(self.current())
        if old.password == current.password:
            raise self.still_current()
        self._done(self._post(current, _REVOKE, revoked=old.password), current)

    def _yes(self, hook: _Hook, step: str, tried: _Hook) -> bool:
        """Return what the endpoint says of a password by `{"accepted": true}` or false."""
        answer = self._post(hook, step, tried=tried.password)
        self._done(answer, hook)
        said = answer.json()
        accepted = said.get("accepted") if isinstance(said, dict) else None
        if not isinstance(accepted, bool):
            raise RotationFailed(f"the endpoint of {self._arn} does not answer {step} with accepted, true or false")
        return accepted

    def _done(self, answer: Answer, hook: _Hook) -> None:
        if not 200 <= answer.status < 300:
            raise RotationFailed(f"the endpoint of {self._arn} answered {answer.status}")

    def _post(self, hook: _Hook, step: str, **values: SecretValue) -> Answer:
        told = {name: value.reveal_text() for name, value in values.items()}
        about = {"Step": step, "SecretId": self._arn, "ClientRequestToken": self._token}
        body, now = json.dumps({**about, **told}).encode(), str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: now,
            SIGNATURE: signature(self._key(hook), now, body),
        }
        return ask(Request(method="POST", url=hook.url, headers=headers, body=body))

    def _key(self, hook: _Hook) -> SecretValue:
        """Return the key, which has to be meant for the same URL: else signatures by any secret could be asked for."""
        value = text_value(self._errand.reader(hook.key_arn), hook.key_arn, CURRENT)
        try:
            content = json.loads(value.reveal_text()) if value is not None else None
        except ValueError:
            content = None
        if not isinstance(content, dict) or not all(isinstance(content.get(name), str) for name in ("key", "webhook")):
            raise RotationFailed(f"the secret {hook.key_arn} is not a JSON object with key and webhook")
        if content["webhook"] != hook.url or not content["key"]:
            raise RotationFailed(f"the key {hook.key_arn} is for another webhook than {self._arn}")
        return SecretValue(content["key"])

    def _read(self, value: SecretValue) -> _Hook:
        try:
            content = json.loads(value.reveal_text())
        except ValueError:
            content = None
        if not isinstance(content, dict) or not all(isinstance(content.get(name), str) for name in _REQUIRED):
            raise RotationFailed(f"{self._arn} is not a JSON object with {', '.join(_REQUIRED)}")
        return _Hook(
            url=content["webhook"],
            key_arn=content["webhook_key_arn"],
            password=SecretValue(content["password"]),
            document=value,
        )
