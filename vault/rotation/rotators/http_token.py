"""Rotates tokens of services that make them over HTTP, as data describes them: GitLab, GitHub Apps, and one's own.

A token is told once, when it is made; so it is made in `createSecret` and stored at once. Where making it ends the old
one (`replaces`), that moment is the one that no order of steps can make safe, and the storing is tried several times.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import CURRENT, PENDING, PREVIOUS, Errand, RotationFailed, Rotator, text_value
from vault.rotation.rotators.http import Answer, ask
from vault.rotation.rotators.token_api import Call, TokenApi, at_pointer, filled_text, token_api

_TRIES = 5
_PAUSE = 1.0
_LIFETIME_DAYS = 90
_CLOCK_SECONDS = 60


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function; there is one strategy, and whether tokens overlap is the API's to say."""
    return TokenRotator(errand)


class TokenRotator(Rotator):
    """Takes `{"api": …, "token": "…"}` and the fields that the API's requests need."""

    def create_secret(self) -> None:
        """Make a token and store it, trying harder than others do where the old one is gone by then."""
        current = self.current()
        if self.value(PENDING, self._token) is not None:
            return
        self._usable(current)
        made = self.new_value(current)
        for left in reversed(range(_TRIES)):
            try:
                self._client.put_secret_value(
                    SecretId=self._arn,
                    ClientRequestToken=self._token,
                    SecretString=made.reveal_text(),
                    VersionStages=[PENDING],
                )
            except (ClientError, BotoCoreError):
                if not left:
                    self._take_back(made)
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def new_value(self, current: SecretValue) -> SecretValue:
        """Have the API make a token, and return the value with it."""
        content, api = self._read(current)
        answer = self._answer(api.create, content, api)
        if answer.status not in api.create.accept:
            raise RotationFailed(f"making a new token for {self._arn} was answered with {answer.status}")
        told = answer.json()
        token = at_pointer(told, api.token)
        if not isinstance(token, str) or not token:
            raise RotationFailed(f"the answer to making a token for {self._arn} has none at {api.token}")
        kept = {name: at_pointer(told, pointer) for name, pointer in api.keep.items()}
        return SecretValue(json.dumps({**content, **kept, "token": token}))

    def set_secret(self) -> None:
        """The API took the token when it was made; what was good beside the current one until now is ended."""
        previous = self.value(PREVIOUS)
        if previous is None:
            return
        try:
            content, api = self._read(previous)
        except RotationFailed:
            return
        if not api.replaces and self.accepts(previous):
            self._said(api.revoke, content, api, "revoking")

    def test_secret(self) -> None:
        """Use the pending token."""
        if not self.accepts(self.pending()):
            raise RotationFailed(f"the new token of {self._arn} is not accepted")

    def accepts(self, value: SecretValue) -> bool:
        """Tell whether the API takes a token."""
        content, api = self._read(value)
        return self._said(api.test, content, api, "trying")

    def revoke(self, value: SecretValue) -> None:
        """Have the API end a token."""
        content, api = self._read(value)
        if SecretValue(content["token"]) == SecretValue(self._read(self.current())[0]["token"]):
            raise self.still_current()
        if self.accepts(value):
            self._said(api.revoke, content, api, "revoking")

    def _usable(self, current: SecretValue) -> None:
        """A token that is refused makes no other; and where the old one ends, what it is for has to be known before."""
        content, api = self._read(current)
        if api.replaces and not self._said(api.test, content, api, "trying"):
            raise RotationFailed(f"the current token of {self._arn} is not accepted; was it revoked by hand?")

    def _take_back(self, made: SecretValue) -> None:
        """End a token that could not be stored, where the old one is still good."""
        content, api = self._read(made)
        if api.replaces:
            raise RotationFailed(f"the new token of {self._arn} could not be stored, and the old one ended with it")
        self._said(api.revoke, content, api, "revoking")

    def _said(self, call: Call, content: Mapping[str, Any], api: TokenApi, doing: str) -> bool:
        status = self._answer(call, content, api).status
        if status in call.accept:
            return True
        if status in call.refuse:
            return False
        raise RotationFailed(f"{doing} a token of {self._arn} was answered with {status}, which is neither yes nor no")

    def _answer(self, call: Call, content: Mapping[str, Any], api: TokenApi) -> Answer:
        days = content.get("lifetime_days", api.defaults.get("lifetime_days", _LIFETIME_DAYS))
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise RotationFailed(f"lifetime_days of {self._arn} is no number of days")
        now = datetime.now(UTC)
        fields: dict[str, Any] = {
            "name": f"strongroom-{now:%Y-%m-%d}",
            **api.defaults,
            **content,
            "token": SecretValue(content["token"]),
            "expires_on": f"{now + timedelta(days=days):%Y-%m-%d}",
        }
        for name, made in (("manager", self._manager), ("jwt", self._signed)):
            if call.needs(name):
                if not call.stays:
                    raise RotationFailed(
                        f"the request of {self._arn} that needs {name} does not begin with {{base_url}}/"
                    )
                fields[name] = made(fields, api)
        return ask(call.request(fields))

    def _manager(self, fields: Mapping[str, Any], _api: TokenApi) -> SecretValue:
        """Return the token that makes others."""
        return self._other(fields, "masterarn", "token")

    def _signed(self, fields: Mapping[str, Any], api: TokenApi) -> SecretValue:
        """Return a JSON Web Token of the application that may ask for tokens."""
        try:
            import jwt
        except ImportError:
            raise RotationFailed("PyJWT is missing: pip install 'strongroom[rotators]'") from None
        signing, now = api.signing, datetime.now(UTC)
        if signing is None:
            raise RotationFailed(f"the api of {self._arn} needs jwt and does not say how it is signed")
        claims = {
            "iss": filled_text(signing.issuer, fields),
            "iat": now - timedelta(seconds=_CLOCK_SECONDS),
            "exp": now + timedelta(seconds=signing.seconds),
        }
        key = self._other(fields, signing.key_field, "private_key")
        try:
            return SecretValue(jwt.encode(claims, key.reveal_text(), algorithm="RS256"))
        except (ValueError, TypeError, jwt.PyJWTError):
            raise RotationFailed(f"the key that {signing.key_field} of {self._arn} names is no RSA key") from None

    def _other(self, fields: Mapping[str, Any], names: str, holds: str) -> SecretValue:
        """Return what another secret holds, which has to be meant for the same place: else whoever may write this one
        could have any secret sent to a place of theirs.
        """
        arn = fields.get(names)
        if not isinstance(arn, str):
            raise RotationFailed(f"{self._arn} has no {names}")
        value = text_value(self._errand.reader(arn), arn, CURRENT)
        content = _object(value)
        if not isinstance(content.get(holds), str) or not isinstance(content.get("base_url"), str):
            raise RotationFailed(f"the secret {arn} is not a JSON object with {holds} and base_url")
        if content["base_url"].rstrip("/") != str(fields.get("base_url")).rstrip("/"):
            raise RotationFailed(f"the secret {arn} is for another base_url than {self._arn}")
        return SecretValue(content[holds])

    def _read(self, value: SecretValue) -> tuple[dict[str, Any], TokenApi]:
        content = _object(value)
        if not isinstance(content.get("token"), str) or not content.get("api"):
            raise RotationFailed(f"{self._arn} is not a JSON object with api and token")
        return content, token_api(content["api"], self._arn)


def _object(value: SecretValue | None) -> dict[str, Any]:
    """Return a value as a JSON object; an empty one for anything else."""
    try:
        content = json.loads(value.reveal_text()) if value is not None else None
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}
