"""Who may use a key of each kind: condition keys of the request and of the key, key policies, and grants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ACCOUNT, arn
from tests.wire.test_kms_pairs import MESSAGE, made

PSS, PKCS = "RSASSA_PSS_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def session(server: Server, name: str, *statements: Mapping[str, Any], service: str = "kms") -> Any:
    """Return a client that may do what the statements allow and no more."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements],
    }
    given = server.client("sts").get_federation_token(Name=name, Policy=json.dumps(policy))["Credentials"]
    return server.client(
        service,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def _where(action: str, **conditions: str) -> dict[str, Any]:
    return {"Action": action, "Condition": {"StringEquals": {f"kms:{key}": text for key, text in conditions.items()}}}


def _denied(call: Any, **request: Any) -> bool:
    return refusal(call, **request)[0] == "AccessDeniedException"


@pytest.fixture(scope="module")
def rsa(kms: Any) -> str:
    """The id of a key of RSA that signs."""
    return made(kms, "RSA_2048")


def test_the_signing_algorithm_decides(server: Server, rsa: str) -> None:
    signer = session(server, "signer", _where("kms:Sign", SigningAlgorithm=PSS))
    signer.sign(KeyId=rsa, Message=MESSAGE, SigningAlgorithm=PSS)
    assert _denied(signer.sign, KeyId=rsa, Message=MESSAGE, SigningAlgorithm=PKCS)


def test_the_kind_of_message_decides_also_where_it_is_left_out(server: Server, rsa: str) -> None:
    raw = session(server, "raw", _where("kms:Sign", MessageType="RAW"))
    raw.sign(KeyId=rsa, Message=MESSAGE, SigningAlgorithm=PSS)
    digest = {"KeyId": rsa, "Message": b"d" * 32, "MessageType": "DIGEST", "SigningAlgorithm": PSS}
    assert _denied(raw.sign, **digest)
    hashed = session(server, "hashed", _where("kms:Sign", MessageType="DIGEST"))
    hashed.sign(**digest)
    assert _denied(hashed.sign, KeyId=rsa, Message=MESSAGE, SigningAlgorithm=PSS)


@pytest.mark.parametrize(
    ("key", "fits", "other"),
    [
        ("KeySpec", "RSA_2048", "RSA_4096"),
        ("KeyUsage", "SIGN_VERIFY", "KEY_AGREEMENT"),
        ("KeyOrigin", "AWS_KMS", "EXTERNAL"),
    ],
)
def test_what_a_key_is_decides(server: Server, rsa: str, key: str, fits: str, other: str) -> None:
    request = {"KeyId": rsa, "Message": MESSAGE, "SigningAlgorithm": PSS}
    session(server, "fits", _where("kms:Sign", **{key: fits})).sign(**request)
    assert _denied(session(server, "other", _where("kms:Sign", **{key: other})).sign, **request)


def test_what_a_new_key_is_to_be_decides(server: Server) -> None:
    maker = session(server, "maker", _where("kms:CreateKey", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"))
    maker.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    assert _denied(maker.create_key, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    assert _denied(maker.create_key)
    plain = session(server, "plain", _where("kms:CreateKey", KeySpec="SYMMETRIC_DEFAULT", MultiRegion="false"))
    plain.create_key()
    assert _denied(plain.create_key, MultiRegion=True)


def test_the_encryption_algorithm_decides(server: Server, kms: Any) -> None:
    key = made(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    narrow = session(server, "oaep", _where("kms:*crypt", EncryptionAlgorithm="RSAES_OAEP_SHA_256"))
    good = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = narrow.encrypt(Plaintext=b"p", **good)["CiphertextBlob"]
    assert narrow.decrypt(CiphertextBlob=blob, **good)["Plaintext"] == b"p"
    assert _denied(narrow.encrypt, Plaintext=b"p", **{**good, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})
    assert _denied(narrow.decrypt, CiphertextBlob=blob, **{**good, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})


def test_each_side_of_moving_a_ciphertext_has_its_algorithm(server: Server, kms: Any, key: str) -> None:
    rsa = made(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    request = {
        "CiphertextBlob": blob,
        "DestinationKeyId": rsa,
        "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
    }
    source = _where("kms:ReEncryptFrom", EncryptionAlgorithm="SYMMETRIC_DEFAULT")
    destination = _where("kms:ReEncryptTo", EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert session(server, "both", source, destination).re_encrypt(**request)["KeyId"] == arn(rsa)
    turned = _where("kms:ReEncrypt*", EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert _denied(session(server, "turned", turned).re_encrypt, **request)


def test_the_mac_algorithm_decides(server: Server, kms: Any) -> None:
    request = {
        "KeyId": made(kms, "HMAC_256", "GENERATE_VERIFY_MAC"),
        "Message": MESSAGE,
        "MacAlgorithm": "HMAC_SHA_256",
    }
    session(server, "fits", _where("kms:GenerateMac", MacAlgorithm="HMAC_SHA_256")).generate_mac(**request)
    other = session(server, "other", _where("kms:GenerateMac", MacAlgorithm="HMAC_SHA_512"))
    assert _denied(other.generate_mac, **request)


def test_the_kind_of_a_data_key_pair_decides(server: Server, key: str) -> None:
    drawer = session(server, "drawer", _where("kms:GenerateDataKeyPair", DataKeyPairSpec="ECC_NIST_P256"))
    drawer.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    assert _denied(drawer.generate_data_key_pair, KeyId=key, KeyPairSpec="ECC_NIST_P384")


def test_a_keys_own_policy_may_allow_signing_and_no_more(server: Server, kms: Any) -> None:
    every = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    narrow = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Sign",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [every, narrow]})
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Policy=policy)["KeyMetadata"]["KeyId"]
    assert _denied(kms.sign, KeyId=key, Message=MESSAGE, SigningAlgorithm=PSS)
    assert kms.get_public_key(KeyId=key)["KeySpec"] == "RSA_2048"


GRANTABLE = {
    ("RSA_2048", "SIGN_VERIFY"): ["Sign", "Verify", "GetPublicKey"],
    ("RSA_2048", "ENCRYPT_DECRYPT"): ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"],
    ("ECC_NIST_P256", "KEY_AGREEMENT"): ["DeriveSharedSecret", "GetPublicKey"],
    ("HMAC_256", "GENERATE_VERIFY_MAC"): ["GenerateMac", "VerifyMac"],
    ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"): ["Encapsulate", "Decapsulate", "GetPublicKey"],
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"): [
        "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
    ],
}  # fmt: skip
EVERY = sorted({operation for operations in GRANTABLE.values() for operation in operations})


@pytest.mark.parametrize(("spec", "usage"), GRANTABLE)
def test_a_grant_allows_what_a_key_of_its_kind_can_do(kms: Any, spec: str, usage: str) -> None:
    key, fit = made(kms, spec, usage), GRANTABLE[spec, usage]
    kms.create_grant(KeyId=key, GranteePrincipal=ROOT, Operations=[*fit, "CreateGrant", "RetireGrant", "DescribeKey"])
    for other in set(EVERY) - set(fit):
        assert refusal(kms.create_grant, KeyId=key, GranteePrincipal=ROOT, Operations=[other]) == (
            "ValidationException",
            f"Operation {other} is not valid for a key with key usage {usage}",
        )


@pytest.fixture
def user(server: Server, name: str) -> Any:
    """The ARN of a user without policies, and what makes clients of theirs."""
    iam, called = server.client("iam"), name.replace("/", "-")
    arn_of_user = iam.create_user(UserName=called)["User"]["Arn"]
    made = iam.create_access_key(UserName=called)["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    return arn_of_user, lambda: server.client("kms", **keys)


def test_a_grant_lets_its_grantee_sign_and_no_more(kms: Any, rsa: str, user: Any) -> None:
    principal, client = user
    request = {"KeyId": rsa, "Message": MESSAGE, "SigningAlgorithm": PSS}
    assert _denied(client().sign, **request)
    grant = kms.create_grant(KeyId=rsa, GranteePrincipal=principal, Operations=["Sign", "GetPublicKey"])
    signature = client().sign(**request)["Signature"]
    assert client().get_public_key(KeyId=rsa)["KeySpec"] == "RSA_2048"
    assert _denied(client().verify, Signature=signature, **request)
    kms.revoke_grant(KeyId=rsa, GrantId=grant["GrantId"])
    assert _denied(client().sign, **request)


def test_a_grants_encryption_context_does_not_bind_what_has_none(kms: Any, key: str, user: Any) -> None:
    principal, client = user
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=principal,
        Operations=["DescribeKey", "Encrypt"],
        Constraints={"EncryptionContextEquals": {"app": "orders"}},
    )
    assert client().describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key
    assert client().encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"app": "orders"})["KeyId"] == arn(key)
    assert _denied(client().encrypt, KeyId=key, Plaintext=b"p")


def test_what_is_signed_and_shared_is_recorded_without_itself(server: Server, kms: Any, rsa: str) -> None:
    mac_key = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    kms.sign(KeyId=rsa, Message=b"a message nobody may read", SigningAlgorithm=PSS)
    kms.generate_mac(KeyId=mac_key, Message=b"a message nobody may read", MacAlgorithm="HMAC_SHA_256")
    trail = server.client("cloudtrail")
    for name, member, algorithm in (("Sign", "signingAlgorithm", PSS), ("GenerateMac", "macAlgorithm", "HMAC_SHA_256")):
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
        event = json.loads(found[0]["CloudTrailEvent"])
        assert event["requestParameters"][member] == algorithm
        assert "message" not in event["requestParameters"]
        assert event["responseElements"] is None
        assert event["readOnly"] is True
