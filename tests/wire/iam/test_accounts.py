"""Two accounts over HTTP with boto3: what one has is the other's only where both sides let it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.testing.server import Server, running_server, vault_command
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

OTHER = "210987654321"
READ = "secretsmanager:GetSecretValue"
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, which gets a second account while it runs."""
    with running_server(tmp_path_factory.mktemp("accounts") / "vault") as running:
        yield running


@pytest.fixture(scope="module")
def other(server: Server) -> Make:
    """Makes clients of the second account's root."""
    made = json.loads(vault_command(server.data_dir, "account", "create", OTHER, "--format", "json").stdout)
    assert made["account_id"] == OTHER

    def client(service: str = "secretsmanager") -> Any:
        return server.client(
            service,
            aws_access_key_id=made["access_key_id"],
            aws_secret_access_key=made["secret_access_key"],
        )

    return client


@pytest.fixture
def reader(server: Server, other: Make) -> Make:
    """Makes clients of a user of the second account, whose own policies allow everything."""
    name = f"u{uuid.uuid4().hex[:10]}"
    iam = other("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=allowing("*"))
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def client(service: str = "secretsmanager") -> Any:
        return server.client(
            service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return client


def _letting(*principals: str, action: str = READ) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def shared(server: Server, other: Make) -> str:
    """The ARN of a secret of the first account, under a customer's key, that lets the second account read it."""
    kms, secrets = server.client("kms"), server.client()
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
        ],
    }
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["KeyId"]
    arn: str = secrets.create_secret(Name=f"shared/{uuid.uuid4()}x", SecretString="value", KmsKeyId=key)["ARN"]
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=_letting(f"arn:aws:iam::{OTHER}:root"))
    return arn


def test_accounts_are_listed(server: Server, other: Make) -> None:
    listed = json.loads(vault_command(server.data_dir, "account", "list", "--format", "json").stdout)
    assert [each["account_id"] for each in listed] == [ACCOUNT, OTHER]
    assert vault_command(server.data_dir, "account", "create", OTHER).returncode == 2
    assert vault_command(server.data_dir, "account", "create", "12").returncode == 2


def test_accounts_have_names_of_their_own(server: Server, other: Make) -> None:
    first, second = server.client(), other()
    made = [each.create_secret(Name="same", SecretString=text)["ARN"] for each, text in ((first, "1"), (second, "2"))]
    assert [arn.split(":")[4] for arn in made] == [ACCOUNT, OTHER]
    assert second.get_secret_value(SecretId="same")["SecretString"] == "2"
    assert [each["ARN"] for each in second.list_secrets()["SecretList"]] == [made[1]]
    assert other("iam").list_users()["Users"] == []
    assert other("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{OTHER}:root"


def test_a_secret_is_read_where_both_sides_let_it(reader: Make, shared: str) -> None:
    assert reader().get_secret_value(SecretId=shared)["SecretString"] == "value"


def test_a_keys_last_use_is_told_to_its_owner_whoever_used_it(server: Server, reader: Make, shared: str) -> None:
    key = server.client().describe_secret(SecretId=shared)["KmsKeyId"]
    kms = server.client("kms")
    assert kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]["Operation"] == "GenerateDataKey"
    reader().get_secret_value(SecretId=shared)
    used = kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]
    assert used["Operation"] == "Decrypt"
    lookup = [{"AttributeKey": "EventId", "AttributeValue": used["CloudTrailEventId"]}]
    (found,) = server.client("cloudtrail").lookup_events(LookupAttributes=lookup)["Events"]
    event = json.loads(found["CloudTrailEvent"])
    assert (event["recipientAccountId"], event["userIdentity"]["accountId"]) == (ACCOUNT, OTHER)


def test_a_secret_that_lets_nobody_in_stays_closed(server: Server, reader: Make) -> None:
    arn = server.client().create_secret(Name=f"own/{uuid.uuid4()}x", SecretString="value")["ARN"]
    code, told = refusal(reader().get_secret_value, SecretId=arn)
    assert (code, "because no resource-based policy allows" in told) == ("AccessDeniedException", True)
    absent = arn[:-6] + "AbCdEf"
    assert refusal(reader().get_secret_value, SecretId=absent)[0] == "AccessDeniedException"


def test_the_callers_own_policies_must_let_it_too(server: Server, other: Make, shared: str) -> None:
    name = f"u{uuid.uuid4().hex[:10]}"
    iam = other("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = server.client(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert refusal(own.get_secret_value, SecretId=shared)[0] == "AccessDeniedException"
    iam.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=allowing(READ))
    # The key asks as well.
    assert refusal(own.get_secret_value, SecretId=shared) == ("AccessDeniedException", "Access to KMS is not allowed")
    iam.put_user_policy(UserName=name, PolicyName="key", PolicyDocument=allowing("kms:Decrypt"))
    own.get_secret_value(SecretId=shared)


def test_a_secret_under_the_default_key_is_shared_with_nobody(server: Server, reader: Make) -> None:
    secrets = server.client()
    arn = secrets.create_secret(Name=f"default/{uuid.uuid4()}x", SecretString="value")["ARN"]
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=_letting(f"arn:aws:iam::{OTHER}:root"))
    told = (
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
        "service key."
    )
    assert refusal(reader().get_secret_value, SecretId=arn) == ("InvalidRequestException", told)


def test_a_key_that_does_not_let_the_account_in_keeps_the_secret_closed(
    server: Server, reader: Make, shared: str
) -> None:
    kms = server.client("kms")
    key = server.client().describe_secret(SecretId=shared)["KmsKeyId"]
    closed = _letting(f"arn:aws:iam::{ACCOUNT}:root", action="kms:*")
    kms.put_key_policy(KeyId=key, Policy=closed)
    asked = {"SecretId": shared}
    assert refusal(reader().get_secret_value, **asked) == ("AccessDeniedException", "Access to KMS is not allowed")


def test_others_are_named_by_their_whole_arn(reader: Make, shared: str) -> None:
    assert refusal(reader().get_secret_value, SecretId=shared[:-7])[0] == "AccessDeniedException"


def test_a_value_is_put_into_another_accounts_secret_under_its_key(server: Server, reader: Make, shared: str) -> None:
    kms, secrets = server.client("kms"), server.client()
    key = secrets.describe_secret(SecretId=shared)["KmsKeyId"]
    both = _letting(f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{OTHER}:root", action="kms:*")
    kms.put_key_policy(KeyId=key, Policy=both)
    opened = _letting(f"arn:aws:iam::{OTHER}:root", action="secretsmanager:*")
    secrets.put_resource_policy(SecretId=shared, ResourcePolicy=opened)
    reader().put_secret_value(SecretId=shared, SecretString="theirs")
    assert secrets.get_secret_value(SecretId=shared)["SecretString"] == "theirs"


def test_a_role_lets_users_of_another_account_in(server: Server, reader: Make) -> None:
    iam = server.client("iam")
    name = f"r{uuid.uuid4().hex[:10]}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting({"AWS": OTHER}))
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=allowing(READ))
    arn = server.client().create_secret(Name=f"by-role/{name}", SecretString="value")["ARN"]
    made = reader("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="one")
    credentials = made["Credentials"]
    own = server.client(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    # As in its own account, and under the default key.
    assert own.get_secret_value(SecretId=f"by-role/{name}")["ARN"] == arn


def test_a_role_of_another_account_that_does_not_trust_stays_closed(server: Server, reader: Make) -> None:
    iam = server.client("iam")
    name = f"r{uuid.uuid4().hex[:10]}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting({"AWS": ACCOUNT}))
    asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "RoleSessionName": "one"}
    assert refusal(reader("sts").assume_role, **asked)[0] == "AccessDenied"


def test_both_accounts_have_the_call_in_their_trail(server: Server, other: Make, reader: Make, shared: str) -> None:
    reader().get_secret_value(SecretId=shared)
    asked = [{"AttributeKey": "ResourceName", "AttributeValue": shared}]

    def events(cloudtrail: Any) -> list[dict[str, Any]]:
        found = cloudtrail.lookup_events(LookupAttributes=asked)["Events"]
        return [json.loads(each["CloudTrailEvent"]) for each in found if each["EventName"] == "GetSecretValue"]

    (owners,), (callers,) = events(server.client("cloudtrail")), events(other("cloudtrail"))
    assert (owners["recipientAccountId"], callers["recipientAccountId"]) == (ACCOUNT, OTHER)
    assert owners["sharedEventID"] == callers["eventID"]
    assert owners["userIdentity"]["accountId"] == callers["userIdentity"]["accountId"] == OTHER
