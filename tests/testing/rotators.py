"""One secret in a vault in memory and the steps of its rotation function, run one by one and cut off where asked."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.bootstrap import Vault
from vault.rotation.functions import ROTATORS, function_arn
from vault.rotation.rotators.base import Errand, KeyPair, Rotator, Step

ACCOUNT, REGION = "123456789012", "us-east-1"
HURTING = "'\"\\@/:%$ {}`;&é€"
"""What passwords made by people hold, and what quoting, URLs and encodings stumble over."""


def hurting_password() -> str:
    """Return a random password full of characters that hurt."""
    return f"{secrets.token_hex(4)}{HURTING}{secrets.token_hex(4)}"


class CutOff(Exception):
    """The fault: as if the process had died at that call."""


@dataclass(slots=True)
class Cut:
    """Lets calls through until one is to fail, before or after it took effect. Without `at` it only counts."""

    at: int = 0
    after: bool = False
    calls: int = 0

    def through(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Make a call, or raise `CutOff`."""
        self.calls += 1
        mine = self.calls == self.at
        if mine and not self.after:
            raise CutOff
        answer = call(*arguments, **named)
        if mine:
            raise CutOff
        return answer


class CutClient:
    """A client whose calls go through a cut."""

    def __init__(self, client: Any, cut: Cut) -> None:
        self._client = client
        self._cut = cut

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda **arguments: self._cut.through(method, **arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One secret whose function is run by hand."""

    vault: Vault
    arn: str
    strategy: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        """A client of the vault's owner."""
        return self.vault.client("secretsmanager")

    def start(self) -> str:
        """Ask for a rotation; return the version that it is to make. The worker does not run."""
        function = function_arn(self.strategy, REGION, ACCOUNT)
        return str(self.client.rotate_secret(SecretId=self.arn, RotationLambdaARN=function)["VersionId"])

    def function(self, token: str = "none", cut: Cut | None = None) -> Rotator:
        """Return the function on its errand."""
        errand = Errand(
            client=self.client if cut is None else CutClient(self.client, cut),
            arn=self.arn,
            token=token,
            reader=lambda _: self.client,
            settings=self.settings,
            aws=self._aws,
        )
        return ROTATORS[self.strategy].rotator(errand)

    def run(self, token: str, cut: Cut | None = None) -> None:
        """Run all four steps."""
        for step in Step:
            self.function(token, cut).run(step)

    def rotate(self) -> str:
        """Rotate once; return the new version."""
        token = self.start()
        self.run(token)
        return token

    def value(self, stage: str = "AWSCURRENT") -> str | None:
        """Return the value at a label, None where there is none."""
        try:
            return str(self.client.get_secret_value(SecretId=self.arn, VersionStage=stage)["SecretString"])
        except self.client.exceptions.ResourceNotFoundException:
            return None

    def content(self, stage: str = "AWSCURRENT") -> dict[str, Any]:
        """Return the JSON object at a label."""
        found: dict[str, Any] = json.loads(self.value(stage) or "null")
        return found

    def put(self, content: Mapping[str, Any]) -> None:
        """Change the current value by hand."""
        self.client.put_secret_value(SecretId=self.arn, SecretString=json.dumps(content))

    def put_while_pending(self, content: Mapping[str, Any]) -> None:
        """Change the current value by hand in a way that leaves the pending version pending."""
        made = self.client.put_secret_value(
            SecretId=self.arn, SecretString=json.dumps(content), VersionStages=["by-hand"]
        )["VersionId"]
        stages = self.client.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
        holder = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        self.client.update_secret_version_stage(
            SecretId=self.arn, VersionStage="AWSCURRENT", MoveToVersionId=made, RemoveFromVersionId=holder
        )

    def accepts(self, value: str) -> bool:
        """Ask the function whether a value is accepted."""
        return self.function().accepts(SecretValue(value))

    def revoke(self, value: str) -> None:
        """Have the function make a value refused."""
        self.function().revoke(SecretValue(value))

    def _aws(self, service: str, key: KeyPair) -> Any:
        from vault.initialise import AccessKey

        signer = AccessKey(access_key_id=key.access_key_id, secret=key.secret, account_id=ACCOUNT, region=REGION)
        return self.vault.client(service, signer)


def subject(vault: Vault, strategy: str, value: str | Mapping[str, Any], **settings: str) -> Subject:
    """Store a secret that `strategy` is to rotate."""
    text = value if isinstance(value, str) else json.dumps(value)
    name = f"app/{secrets.token_hex(4)}"
    arn = vault.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
    return Subject(vault=vault, arn=arn, strategy=strategy, settings=settings)


def stored(vault: Vault, value: Mapping[str, Any]) -> str:
    """Store another secret, such as a superuser's; return its ARN."""
    name = f"admin/{secrets.token_hex(4)}"
    return str(vault.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))["ARN"])
