"""GenerateDataKeyPair over HTTP with boto3: a pair for a client, its private key sealed under a symmetric key."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from tests.testing.wire import refusal
from tests.wire.test_kms_keys import arn
from tests.wire.test_kms_pairs import CURVES

PAIRS = ["RSA_2048", *CURVES, "ECC_NIST_EDWARDS25519", "ML_KEM_768"]


@pytest.mark.shows("kms:GenerateDataKeyPair", parameters=("KeyId", "KeyPairSpec", "EncryptionContext"))
@pytest.mark.shows("kms:GenerateDataKeyPairWithoutPlaintext", parameters=("KeyId", "KeyPairSpec", "EncryptionContext"))
@pytest.mark.parametrize("spec", PAIRS)
def test_a_data_key_pair_comes_plain_and_sealed(kms: Any, key: str, spec: str) -> None:
    request = {"KeyId": key, "KeyPairSpec": spec, "EncryptionContext": {"app": "orders"}}
    drawn = kms.generate_data_key_pair(**request)
    assert (drawn["KeyId"], drawn["KeyPairSpec"]) == (arn(key), spec)
    private = load_der_private_key(drawn["PrivateKeyPlaintext"], None)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public == drawn["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=drawn["PrivateKeyCiphertextBlob"], EncryptionContext={"app": "orders"})
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (drawn["PrivateKeyPlaintext"], drawn["KeyMaterialId"])
    assert refusal(kms.decrypt, CiphertextBlob=drawn["PrivateKeyCiphertextBlob"])[0] == "InvalidCiphertextException"
    without = kms.generate_data_key_pair_without_plaintext(**request)
    assert "PrivateKeyPlaintext" not in without
    opened = kms.decrypt(CiphertextBlob=without["PrivateKeyCiphertextBlob"], EncryptionContext={"app": "orders"})
    assert load_der_private_key(opened["Plaintext"], None) is not None


@pytest.mark.shows("kms:GenerateDataKeyPair", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:GenerateDataKeyPairWithoutPlaintext", errors=("UnsupportedOperationException",))
@pytest.mark.parametrize("spec", ["SM2", "ML_KEM_512"])
def test_a_pair_that_is_not_offered_is_refused_by_name(kms: Any, key: str, spec: str) -> None:
    told = ("UnsupportedOperationException", f"KeySpec {spec} is not supported.")
    assert refusal(kms.generate_data_key_pair, KeyId=key, KeyPairSpec=spec) == told
    assert refusal(kms.generate_data_key_pair_without_plaintext, KeyId=key, KeyPairSpec=spec) == told
