"""Policies on secrets and keys, and grants, decide over HTTP: for the root, and for sessions of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.raw_http import exchange, signed
from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ACCOUNT, REGION, arn

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SESSION = f"arn:aws:sts::{ACCOUNT}:federated-user/reader"
READ = "secretsmanager:GetSecretValue"

Session = Callable[..., Any]


@pytest.fixture
def session(server: Server) -> Session:
    """A client of a session named `reader`, which may do what its statement says."""

    def make(*actions: str, service: str = "secretsmanager") -> Any:
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        made = server.client("sts").get_federation_token(Name="reader", Policy=document)["Credentials"]
        return server.client(
            service,
            aws_access_key_id=made["AccessKeyId"],
            aws_secret_access_key=made["SecretAccessKey"],
            aws_session_token=made["SessionToken"],
        )

    return make


@pytest.fixture
def secret(client: Any, name: str) -> str:
    """The ARN of a secret with the value `v`."""
    made: str = client.create_secret(Name=name, SecretString="v")["ARN"]
    return made


def put(client: Any, secret: str, **statement: Any) -> None:
    """Put a policy with one statement on a secret."""
    said = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": READ, "Resource": "*"} | statement
    client.put_resource_policy(SecretId=secret, ResourcePolicy=policy(said))


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy with these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_deny_in_a_secrets_policy_is_heeded_even_for_the_root(client: Any, secret: str, name: str) -> None:
    put(client, secret, Effect="Deny")
    assert refusal(client.get_secret_value, SecretId=name) == (
        "AccessDeniedException",
        f"User: {ROOT} is not authorized to perform: {READ} on resource: {name} with an explicit deny in a "
        "resource-based policy",
    )
    (error,) = client.batch_get_secret_value(SecretIdList=[name])["Errors"]
    assert error["ErrorCode"] == "AccessDeniedException"
    client.delete_resource_policy(SecretId=secret)
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "v"


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringNotEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}, True),
        ({"StringEquals": {"secretsmanager:ResourceTag/team": "payments"}}, False),
        ({"StringLike": {"aws:UserAgent": "curl/*"}}, True),
    ],
)
def test_a_deny_counts_under_its_condition(client: Any, secret: str, condition: dict[str, Any], read: bool) -> None:
    client.tag_resource(SecretId=secret, Tags=[{"Key": "team", "Value": "payments"}])
    put(client, secret, Effect="Deny", Principal="*", Condition=condition)
    if read:
        assert client.get_secret_value(SecretId=secret)["SecretString"] == "v"
    else:
        assert refusal(client.get_secret_value, SecretId=secret)[0] == "AccessDeniedException"


def test_what_a_header_says_of_address_and_encryption_is_not_believed(
    server: Server, client: Any, secret: str, name: str
) -> None:
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "203.0.113.9"}}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    forged = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n"
    for condition in (elsewhere, plain):
        put(client, secret, Effect="Deny", Principal="*", Condition=condition)
        asked = json.dumps({"SecretId": name}).encode()
        answer = exchange(server, signed(server, asked, "GetSecretValue", more=forged))
        assert (answer.status, answer.code) == (400, "AccessDeniedException")


def test_a_secrets_policy_lets_in_a_session_that_it_names(client: Any, session: Session, secret: str) -> None:
    reader = session("secretsmanager:ListSecrets")
    assert refusal(reader.get_secret_value, SecretId=secret)[0] == "AccessDeniedException"
    put(client, secret, Principal={"AWS": SESSION})
    assert reader.get_secret_value(SecretId=secret)["SecretString"] == "v"
    assert refusal(reader.describe_secret, SecretId=secret)[0] == "AccessDeniedException"


def test_a_change_of_a_policy_counts_at_once(client: Any, session: Session, secret: str) -> None:
    reader = session(READ)
    for effect in ("Allow", "Deny") * 3:
        put(client, secret, Effect=effect, Principal={"AWS": SESSION})
        if effect == "Allow":
            assert reader.get_secret_value(SecretId=secret)["SecretString"] == "v"
        else:
            assert refusal(reader.get_secret_value, SecretId=secret)[0] == "AccessDeniedException"


@pytest.mark.shows("PutResourcePolicy", errors=("MalformedPolicyDocumentException",))
@pytest.mark.shows("ValidateResourcePolicy", parameters=("ResourcePolicy",))
def test_a_policy_that_locks_the_account_out_is_not_put(client: Any, secret: str) -> None:
    locking = policy({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"})
    code, message = refusal(client.put_resource_policy, SecretId=secret, ResourcePolicy=locking)
    assert (code, "in the future" in message) == ("MalformedPolicyDocumentException", True)
    told = client.validate_resource_policy(SecretId=secret, ResourcePolicy=locking)
    assert [each["CheckName"] for each in told["ValidationErrors"]] == ["PolicyLockout"]


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-example1234"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-example1234"}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": "210987654321"}}, True),
    ],
)
@pytest.mark.shows("PutResourcePolicy", parameters=("BlockPublicPolicy",), errors=("PublicPolicyException",))
def test_a_condition_keeps_a_policy_from_being_public_where_it_narrows(
    client: Any, secret: str, condition: dict[str, Any], public: bool
) -> None:
    said = {"Effect": "Allow", "Principal": "*", "Action": READ, "Resource": "*", "Condition": condition}
    asked = {"SecretId": secret, "ResourcePolicy": policy(said)}
    if public:
        assert refusal(client.put_resource_policy, **asked, BlockPublicPolicy=True)[0] == "PublicPolicyException"
    else:
        client.put_resource_policy(**asked, BlockPublicPolicy=True)
    assert client.validate_resource_policy(**asked)["PolicyValidationPassed"] is not public


def test_a_read_under_a_customers_key_needs_that_key_too(client: Any, session: Session, key: str, name: str) -> None:
    client.create_secret(Name=name, SecretString="v", KmsKeyId=key)
    assert refusal(session(READ).get_secret_value, SecretId=name) == (
        "AccessDeniedException",
        "Access to KMS is not allowed",
    )
    assert session(READ, "kms:Decrypt").get_secret_value(SecretId=name)["SecretString"] == "v"


def test_a_grant_opens_a_key_to_whom_it_names_in_its_context(
    client: Any, kms: Any, session: Session, key: str, name: str
) -> None:
    made = client.create_secret(Name=name, SecretString="v", KmsKeyId=key)["ARN"]
    reader = session(READ, "kms:Decrypt", "kms:DescribeKey")
    _replace_key_policy(kms, key, {"Sid": "Keep", "Principal": {"AWS": ROOT}, "Action": "kms:PutKeyPolicy"})
    assert refusal(reader.get_secret_value, SecretId=name)[0] == "AccessDeniedException"
    asked = {"KeyId": key, "GranteePrincipal": SESSION, "Operations": ["Decrypt"]}
    _replace_key_policy(kms, key, {"Principal": {"AWS": ROOT}, "Action": ["kms:CreateGrant", "kms:PutKeyPolicy"]})
    kms.create_grant(**asked, Constraints={"EncryptionContextSubset": {"SecretARN": "another"}})
    assert refusal(reader.get_secret_value, SecretId=name)[0] == "AccessDeniedException"
    kms.create_grant(**asked, Constraints={"EncryptionContextSubset": {"SecretARN": made}})
    assert reader.get_secret_value(SecretId=name)["SecretString"] == "v"


def test_a_key_policy_tells_its_use_by_secrets_manager_from_others(client: Any, kms: Any, key: str, name: str) -> None:
    client.create_secret(Name=name, SecretString="v", KmsKeyId=key)
    through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}
    denied = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Condition": through}
    own = {"Sid": "Own", "Principal": {"AWS": ROOT}, "Action": "kms:*"}
    _replace_key_policy(kms, key, own, denied)
    assert refusal(client.get_secret_value, SecretId=name)[0] == "AccessDeniedException"
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_a_key_policy_may_ask_for_an_encryption_context(kms: Any, key: str) -> None:
    context = {"StringEquals": {"kms:EncryptionContext:team": "payments"}}
    use = {"Sid": "Use", "Principal": {"AWS": ROOT}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Condition": context}
    _replace_key_policy(kms, key, use, {"Sid": "Keep", "Principal": {"AWS": ROOT}, "Action": "kms:Put*"})
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"team": "payments"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"team": "payments"})["Plaintext"] == b"x"
    code, message = refusal(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert (code, "no resource-based policy allows" in message) == ("AccessDeniedException", True)


def test_the_key_that_aws_manages_is_used_through_secrets_manager_only(client: Any, kms: Any, secret: str) -> None:
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "v"
    (managed,) = [each for each in kms.list_aliases()["Aliases"] if each["AliasName"] == "alias/aws/secretsmanager"]
    assert kms.describe_key(KeyId=managed["TargetKeyId"])["KeyMetadata"]["KeyManager"] == "AWS"
    refused = refusal(kms.encrypt, KeyId=arn(managed["TargetKeyId"]), Plaintext=b"x")
    assert refused[0] == "AccessDeniedException"


def _replace_key_policy(kms: Any, key: str, *statements: dict[str, Any]) -> None:
    written = policy(*({"Effect": "Allow", "Resource": "*", **each} for each in statements))
    kms.put_key_policy(KeyId=key, Policy=written, BypassPolicyLockoutSafetyCheck=True)
