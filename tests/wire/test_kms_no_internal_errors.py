"""Whatever a request to KMS holds, on keys of every kind, the answer is a success or a client's error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.testing.fuzz import BLOBS, values
from vault.api.operations.kms import OPERATIONS
from vault.api.spec import operation_model

_ACCOUNT = "123456789012"
_POLICY = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
_WORDS = (
    "alias/fuzz", "alias/aws/secretsmanager", "default", "us-east-1", "eu-west-1", "", "!", "0" * 64,
    json.dumps(_POLICY), f"arn:aws:iam::{_ACCOUNT}:root", "arn:aws:s3:::b", "mrk-" + "0" * 32, "läuft\u0000",
)  # fmt: skip
_KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"MultiRegion": True},
    {"Origin": "EXTERNAL"},
    {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
    {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"},
    {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
)
_QUICK = ("RSA_2048", "ECC_NIST_P256", "ML_KEM_768", "HMAC_256", "SYMMETRIC_DEFAULT")
"""Kinds of keys that are drawn while requests are made up: large ones of RSA would take most of the time."""


@pytest.fixture(scope="module")
def words(kms: Any) -> tuple[str, ...]:
    """What texts are made up of: the ids of keys of every kind among it."""
    made = [kms.create_key(**kind)["KeyMetadata"]["KeyId"] for kind in _KINDS]
    return (*_WORDS, *made, *made)


@pytest.fixture(scope="module")
def blobs(kms: Any, words: tuple[str, ...]) -> tuple[bytes, ...]:
    """What bytes are made up of: a ciphertext, an import token, a public key, a hash among it."""
    sealed = kms.encrypt(KeyId=words[len(_WORDS)], Plaintext=b"p")["CiphertextBlob"]
    asked = {"WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    token = kms.get_parameters_for_import(KeyId=words[len(_WORDS) + 2], **asked)["ImportToken"]
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    peer = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return (*BLOBS, sealed, token, peer, b"h" * 32, b"c" * 256, b"c" * 1088)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_no_request_fails_inside(
    raw_kms: Any, words: tuple[str, ...], blobs: tuple[bytes, ...], operation: str, data: st.DataObject
) -> None:
    model = operation_model("kms", operation)
    assert model is not None
    request = data.draw(values(model.input_shape, words, blobs))
    for member in ("KeySpec", "CustomerMasterKeySpec", "KeyPairSpec", "WrappingKeySpec"):
        if request.get(member, _QUICK[0]) not in _QUICK:
            request[member] = _QUICK[0]
    try:
        raw_kms._make_api_call(operation, request)
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status == 400, refused
