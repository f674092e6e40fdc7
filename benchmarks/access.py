"""What it costs to know who calls and whether they may: CPU a GetSecretValue, with ten policies attached, caches warm.

python -m benchmarks.access
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest, Scope, sign
from vault.api.auth import Authenticator
from vault.api.errors import trail_code
from vault.api.operations.secretsmanager import OPERATIONS
from vault.bootstrap import Vault, open_in_memory
from vault.gateway import Gateway, authorize
from vault.initialise import AccessKey, NewStore
from vault.services.iam.callers import Callers

ACCOUNT, REGION = "123456789012", "us-east-1"
ROUNDS, POLICIES = 20_000, 10
REQUEST = {"SecretId": "app/db"}


def _vault() -> tuple[Vault, AccessKey]:
    """Return a vault with a secret, and the key of a user whom the last of ten policies lets read it."""
    vault, administrator = open_in_memory(NewStore(account_id=ACCOUNT, regions=(REGION,)))
    iam = vault.client("iam", administrator)
    vault.client("secretsmanager", administrator).create_secret(Name="app/db", SecretString="value")
    iam.create_user(UserName="reader")
    for number in range(POLICIES):
        resource = "*" if number == POLICIES - 1 else f"arn:aws:secretsmanager:*:*:secret:other/{number}/*"
        statement = {
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "Resource": resource,
            "Condition": {"StringEquals": {"aws:RequestedRegion": REGION}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_user_policy(UserName="reader", PolicyArn=made)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    return vault, AccessKey(
        access_key_id=key["AccessKeyId"],
        secret=SecretValue(key["SecretAccessKey"]),
        account_id=ACCOUNT,
        region=REGION,
    )


def _signed(key: AccessKey, now: datetime, number: int) -> HttpRequest:
    """Return a request as a client sends it; no two have the same body, so that no signature is known before."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = (
        ("content-type", "application/x-amz-json-1.1"),
        ("host", "127.0.0.1:8470"),
        ("x-amz-date", stamp),
        ("x-amz-target", "secretsmanager.GetSecretValue"),
    )
    body = json.dumps({**REQUEST, "n": number}).encode()
    request = HttpRequest(method="POST", path="/", query="", headers=headers, body=body)
    scope = Scope(date=stamp[:8], region=REGION, service="secretsmanager")
    secret = key.secret.reveal()
    line = sign(request, access_key_id=key.access_key_id, secret_key=secret, scope=scope, stamp=stamp)
    return HttpRequest(method="POST", path="/", query="", headers=(*headers, ("authorization", line)), body=body)


def main() -> None:
    """Measure and print."""
    vault, key = _vault()
    region = next(iter(vault.regions.values()))
    now = datetime.now(UTC)
    requests = [_signed(key, now, number) for number in range(ROUNDS)]
    callers = Callers(region.keyring)
    authenticator = Authenticator(callers.find, lambda *_: frozenset({REGION}), callers.note)
    gateway = Gateway(region._bind, trail_code)
    operation = OPERATIONS["GetSecretValue"]
    with region.store.transaction() as tx:
        spent = {"authentication": 0.0, "authorisation": 0.0}
        for number, request in enumerate(requests):
            begun = time.process_time()
            caller = authenticator.authenticate(tx, request, request_id="r", source_ip="127.0.0.1", now=now)
            known = time.process_time()
            services = gateway._bind(tx, caller.principal)
            checks = operation.checks(services, caller.context, REQUEST)
            looked = time.process_time()
            for check in checks:
                authorize(caller.principal, check, caller.context)
            done = time.process_time()
            if number >= ROUNDS // 10:
                spent["authentication"] += known - begun
                spent["authorisation"] += done - looked
    counted = ROUNDS - ROUNDS // 10
    for name, seconds in spent.items():
        print(f"{name}: {seconds / counted * 1000:.3f} ms")
    print(f"together: {sum(spent.values()) / counted * 1000:.3f} ms of CPU a call, {POLICIES} policies")


if __name__ == "__main__":
    main()
