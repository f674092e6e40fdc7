"""KMS's operations with key pairs over HTTP with boto3: public keys, signatures, shared secrets, data key pairs.

What the store makes is checked with the public key alone, by the library that any client has.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ABSENT, ACCOUNT, arn

MESSAGE = b"a message to be signed"
RSA_ALGORITHMS = [f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)]
CURVES = {
    "ECC_NIST_P256": ("ECDSA_SHA_256", ec.SECP256R1),
    "ECC_NIST_P384": ("ECDSA_SHA_384", ec.SECP384R1),
    "ECC_NIST_P521": ("ECDSA_SHA_512", ec.SECP521R1),
    "ECC_SECG_P256K1": ("ECDSA_SHA_256", ec.SECP256K1),
}
SIGNING = {
    **dict.fromkeys(("RSA_2048", "RSA_3072", "RSA_4096"), RSA_ALGORITHMS),
    **{spec: [algorithm] for spec, (algorithm, _) in CURVES.items()},
    "ECC_NIST_EDWARDS25519": ["ED25519_SHA_512"],
    **{f"ML_DSA_{number}": ["ML_DSA_SHAKE_256"] for number in (44, 65, 87)},
}
USER = f"arn:aws:iam::{ACCOUNT}:user/a"


def made(kms: Any, spec: str, usage: str = "SIGN_VERIFY") -> str:
    """Return the id of a fresh key of a spec."""
    key_id: str = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    return key_id


@pytest.fixture(scope="module")
def signing(kms: Any) -> str:
    """The id of a key of RSA that signs."""
    return made(kms, "RSA_2048")


@pytest.fixture(scope="module")
def agreeing(kms: Any) -> str:
    """The id of a key that agrees on secrets."""
    return made(kms, "ECC_NIST_P256", "KEY_AGREEMENT")


@pytest.fixture(scope="module")
def encapsulating(kms: Any) -> str:
    """The id of a key of ML-KEM."""
    return made(kms, "ML_KEM_768", "ENCAPSULATE_DECAPSULATE")


def _digest(algorithm: str) -> bytes:
    return hashlib.new(f"sha{algorithm.rsplit('_', 1)[1]}", MESSAGE).digest()


def _check(public: Any, algorithm: str, signature: bytes) -> Any:
    """Check a signature of the message with the public key alone; raises where it is none."""
    if not isinstance(public, ec.EllipticCurvePublicKey) and not algorithm.startswith("RSASSA"):
        return public.verify(signature, MESSAGE)
    made = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm.rsplit("_", 1)[1]]
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.verify(signature, MESSAGE, ec.ECDSA(made))
    pss = padding.PSS(padding.MGF1(made), made.digest_size)
    return public.verify(signature, MESSAGE, pss if "PSS" in algorithm else padding.PKCS1v15(), made)


@pytest.mark.shows("kms:GetPublicKey", parameters=("KeyId",))
@pytest.mark.shows("kms:Sign", parameters=("KeyId", "Message", "MessageType", "SigningAlgorithm"))
@pytest.mark.shows("kms:Verify", parameters=("KeyId", "Message", "MessageType", "Signature", "SigningAlgorithm"))
@pytest.mark.parametrize("spec", SIGNING)
def test_a_signature_holds_in_the_store_and_with_the_public_key_alone(kms: Any, spec: str) -> None:
    key = made(kms, spec)
    shown = kms.get_public_key(KeyId=key)
    assert (shown["KeyId"], shown["KeySpec"], shown["KeyUsage"]) == (arn(key), spec, "SIGN_VERIFY")
    assert shown["SigningAlgorithms"] == SIGNING[spec]
    assert "EncryptionAlgorithms" not in shown
    public = load_der_public_key(shown["PublicKey"])
    for algorithm in SIGNING[spec]:
        named = {"KeyId": key, "SigningAlgorithm": algorithm}
        signed = kms.sign(Message=MESSAGE, MessageType="RAW", **named)
        assert (signed["KeyId"], signed["SigningAlgorithm"]) == (arn(key), algorithm)
        _check(public, algorithm, signed["Signature"])
        found = kms.verify(Message=MESSAGE, Signature=signed["Signature"], **named)
        assert (found["KeyId"], found["SignatureValid"], found["SigningAlgorithm"]) == (arn(key), True, algorithm)


@pytest.mark.parametrize("spec", ["RSA_2048", *CURVES])
def test_a_message_and_its_digest_are_the_same_message(kms: Any, spec: str) -> None:
    key = made(kms, spec)
    for algorithm in SIGNING[spec]:
        named = {"KeyId": key, "SigningAlgorithm": algorithm}
        digest = _digest(algorithm)
        signature = kms.sign(Message=digest, MessageType="DIGEST", **named)["Signature"]
        assert kms.verify(Message=MESSAGE, Signature=signature, **named)["SignatureValid"]
        signature = kms.sign(Message=MESSAGE, **named)["Signature"]
        assert kms.verify(Message=digest, MessageType="DIGEST", Signature=signature, **named)["SignatureValid"]


def test_what_stands_for_a_message_is_signed_by_ml_dsa(kms: Any) -> None:
    key = made(kms, "ML_DSA_44")
    named = {"KeyId": key, "SigningAlgorithm": "ML_DSA_SHAKE_256", "MessageType": "EXTERNAL_MU"}
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, mldsa.MLDSA44PublicKey)
    signature = kms.sign(Message=b"m" * 64, **named)["Signature"]
    public.verify_mu(signature, b"m" * 64)
    assert kms.verify(Message=b"m" * 64, Signature=signature, **named)["SignatureValid"]
    assert refusal(kms.sign, Message=b"m" * 63, **named)[0] == "ValidationException"


@pytest.mark.parametrize(("spec", "kind"), [("ECC_NIST_EDWARDS25519", "DIGEST"), ("RSA_2048", "EXTERNAL_MU")])
def test_a_kind_of_message_that_an_algorithm_does_not_sign_is_refused(kms: Any, spec: str, kind: str) -> None:
    algorithm = SIGNING[spec][0]
    request = {"Message": b"m" * 64, "MessageType": kind, "SigningAlgorithm": algorithm}
    assert refusal(kms.sign, KeyId=made(kms, spec), **request) == (
        "ValidationException",
        f"MessageType {kind} is not compatible with SigningAlgorithm {algorithm}.",
    )


@pytest.mark.parametrize("algorithm", RSA_ALGORITHMS)
def test_a_digest_of_another_length_is_refused_in_awss_words(kms: Any, signing: str, algorithm: str) -> None:
    named = {"KeyId": signing, "SigningAlgorithm": algorithm, "MessageType": "DIGEST", "Message": MESSAGE}
    told = ("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")
    assert refusal(kms.sign, **named) == told
    assert refusal(kms.verify, Signature=b"s", **named) == told


@pytest.mark.shows("kms:Verify", errors=("KMSInvalidSignatureException",))
@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "ML_DSA_65"])
def test_a_signature_of_another_message_or_key_is_refused_without_a_word(kms: Any, spec: str) -> None:
    key, other = made(kms, spec), made(kms, spec)
    algorithm = SIGNING[spec][0]
    signature = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm=algorithm)["Signature"]
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    for named, message, shown in (
        (key, b"another message", signature),
        (other, MESSAGE, signature),
        (key, MESSAGE, flipped),
        (key, MESSAGE, b"no signature"),
    ):
        answer = refusal(kms.verify, KeyId=named, Message=message, Signature=shown, SigningAlgorithm=algorithm)
        assert answer == ("KMSInvalidSignatureException", "")


def test_a_signature_by_another_algorithm_is_refused(kms: Any, signing: str) -> None:
    signature = kms.sign(KeyId=signing, Message=MESSAGE, SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
    named = {"KeyId": signing, "Message": MESSAGE, "Signature": signature}
    for algorithm in set(RSA_ALGORITHMS) - {"RSASSA_PSS_SHA_256"}:
        assert refusal(kms.verify, SigningAlgorithm=algorithm, **named) == ("KMSInvalidSignatureException", "")


@pytest.mark.parametrize("spec", ["RSA_3072", *CURVES, "ECC_NIST_EDWARDS25519", "ML_DSA_87"])
def test_a_key_describes_what_it_signs_by(kms: Any, spec: str) -> None:
    shown = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert (shown["KeySpec"], shown["CustomerMasterKeySpec"], shown["KeyUsage"]) == (spec, spec, "SIGN_VERIFY")
    assert shown["SigningAlgorithms"] == SIGNING[spec]
    absent = ("EncryptionAlgorithms", "MacAlgorithms", "KeyAgreementAlgorithms", "CurrentKeyMaterialId")
    assert not any(member in shown for member in absent)


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("RSA_2048", "KEY_AGREEMENT"),
        ("RSA_2048", "GENERATE_VERIFY_MAC"),
        ("ECC_NIST_P256", "ENCRYPT_DECRYPT"),
        ("ECC_SECG_P256K1", "KEY_AGREEMENT"),
        ("HMAC_256", "SIGN_VERIFY"),
        ("SYMMETRIC_DEFAULT", "SIGN_VERIFY"),
        ("ML_DSA_44", "ENCAPSULATE_DECAPSULATE"),
    ],
)
def test_a_use_that_a_key_cannot_have_is_refused_in_awss_words(kms: Any, spec: str, usage: str) -> None:
    told = ("ValidationException", f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    assert refusal(kms.create_key, KeySpec=spec, KeyUsage=usage) == told


@pytest.mark.shows("kms:DeriveSharedSecret", parameters=("KeyId", "KeyAgreementAlgorithm", "PublicKey"))
@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_two_parties_derive_the_same_secret(kms: Any, spec: str) -> None:
    key = made(kms, spec, "KEY_AGREEMENT")
    own = ec.generate_private_key(CURVES[spec][1]())
    shown = kms.get_public_key(KeyId=key)
    assert shown["KeyAgreementAlgorithms"] == ["ECDH"]
    theirs: Any = load_der_public_key(shown["PublicKey"])
    public = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    derived = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=public)
    assert derived["SharedSecret"] == own.exchange(ec.ECDH(), theirs)
    assert (derived["KeyId"], derived["KeyAgreementAlgorithm"], derived["KeyOrigin"]) == (arn(key), "ECDH", "AWS_KMS")


@pytest.mark.parametrize("curve", [None, ec.SECP384R1, ec.SECP256K1])
def test_what_is_no_public_key_of_the_curve_is_refused_without_a_word(kms: Any, agreeing: str, curve: Any) -> None:
    public = b"no public key"
    if curve is not None:
        other = ec.generate_private_key(curve())
        public = other.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    answer = refusal(kms.derive_shared_secret, KeyId=agreeing, KeyAgreementAlgorithm="ECDH", PublicKey=public)
    assert answer == ("ValidationException", "")


@pytest.mark.shows("kms:Encapsulate", parameters=("KeyId", "EncapsulationAlgorithm"))
@pytest.mark.shows("kms:Decapsulate", parameters=("KeyId", "SharedSecretCiphertextBlob", "EncapsulationAlgorithm"))
@pytest.mark.parametrize(("spec", "length"), [("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
def test_a_secret_is_encapsulated_in_the_store_and_outside(kms: Any, spec: str, length: int) -> None:
    key = made(kms, spec, "ENCAPSULATE_DECAPSULATE")
    named = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
    shown = kms.get_public_key(KeyId=key)
    assert shown["EncapsulationAlgorithms"] == ["ML_KEM"]
    public: Any = load_der_public_key(shown["PublicKey"])
    there = kms.encapsulate(**named)
    assert (len(there["SharedSecret"]), len(there["SharedSecretCiphertextBlob"])) == (32, length)
    secret, encapsulated = public.encapsulate()
    for wanted, blob in ((there["SharedSecret"], there["SharedSecretCiphertextBlob"]), (secret, encapsulated)):
        opened = kms.decapsulate(SharedSecretCiphertextBlob=blob, **named)
        assert (opened["SharedSecret"], opened["KeyId"]) == (wanted, arn(key))


@pytest.mark.shows("kms:Decapsulate", errors=("InvalidCiphertextException",))
def test_an_encapsulated_secret_of_another_length_is_refused_and_another_keys_gives_another(
    kms: Any, encapsulating: str
) -> None:
    named = {"KeyId": encapsulating, "EncapsulationAlgorithm": "ML_KEM"}
    there = kms.encapsulate(**named)
    blob = there["SharedSecretCiphertextBlob"]
    assert refusal(kms.decapsulate, SharedSecretCiphertextBlob=blob[:-1], **named) == ("InvalidCiphertextException", "")
    other = made(kms, "ML_KEM_768", "ENCAPSULATE_DECAPSULATE")
    opened = kms.decapsulate(SharedSecretCiphertextBlob=blob, **{**named, "KeyId": other})
    assert opened["SharedSecret"] != there["SharedSecret"]


@pytest.mark.shows("kms:GenerateDataKeyPair", parameters=("Recipient",))
@pytest.mark.shows("kms:DeriveSharedSecret", parameters=("Recipient",))
def test_enclaves_are_not_offered(kms: Any, key: str, agreeing: str) -> None:
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
    told = ("ValidationException", "Recipient is not supported.")
    assert refusal(kms.generate_data_key_pair, KeyId=key, KeyPairSpec="RSA_2048", Recipient=recipient) == told
    request = {"KeyId": agreeing, "KeyAgreementAlgorithm": "ECDH", "PublicKey": b"x"}
    assert refusal(kms.derive_shared_secret, Recipient=recipient, **request) == told


@pytest.mark.shows("kms:GetPublicKey", errors=("UnsupportedOperationException",))
def test_a_key_without_a_public_half_shows_none(kms: Any, key: str) -> None:
    assert refusal(kms.get_public_key, KeyId=key)[0] == "UnsupportedOperationException"
    mac = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    assert refusal(kms.get_public_key, KeyId=mac)[0] == "UnsupportedOperationException"


def _uses(signing: str, agreeing: str, encapsulating: str, key: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return each operation with the key it is tried on and what its request has beside."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    peer = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pss = {"Message": MESSAGE, "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    return {
        "sign": (signing, pss),
        "verify": (signing, {**pss, "Signature": b"s"}),
        "derive_shared_secret": (agreeing, {"KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}),
        "encapsulate": (encapsulating, {"EncapsulationAlgorithm": "ML_KEM"}),
        "decapsulate": (encapsulating, {"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": b"x" * 1088}),
        "get_public_key": (signing, {}),
        "generate_data_key_pair": (key, {"KeyPairSpec": "ECC_NIST_P256"}),
        "generate_data_key_pair_without_plaintext": (key, {"KeyPairSpec": "ECC_NIST_P256"}),
    }


USES = tuple(_uses("", "", "", ""))
OF_USE = tuple(name for name in USES if name != "get_public_key")
_NAMES = {name: "".join(part.title() for part in name.split("_")) for name in USES}


@pytest.fixture
def use(kms: Any, signing: str, agreeing: str, encapsulating: str, key: str) -> Any:
    """Gives an operation's client method, the key it is tried on, and what its request has beside."""
    uses = _uses(signing, agreeing, encapsulating, key)
    return lambda name: (getattr(kms, name), *uses[name])


@pytest.mark.shows("kms:Sign", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:Verify", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:DeriveSharedSecret", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:Encapsulate", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:Decapsulate", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:GetPublicKey", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:GenerateDataKeyPair", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.shows("kms:GenerateDataKeyPairWithoutPlaintext", errors=("DisabledException", "KMSInvalidStateException"))
@pytest.mark.parametrize("name", USES)
def test_a_key_that_is_off_is_used_for_nothing(kms: Any, use: Any, name: str) -> None:
    call, like, request = use(name)
    shown = kms.describe_key(KeyId=like)["KeyMetadata"]
    off = made(kms, shown["KeySpec"], shown["KeyUsage"])
    kms.disable_key(KeyId=off)
    assert refusal(call, KeyId=off, **request) == ("DisabledException", f"{arn(off)} is disabled.")
    kms.schedule_key_deletion(KeyId=off)
    assert refusal(call, KeyId=off, **request) == ("KMSInvalidStateException", f"{arn(off)} is pending deletion.")


@pytest.mark.shows("kms:Sign", errors=("NotFoundException",))
@pytest.mark.shows("kms:Verify", errors=("NotFoundException",))
@pytest.mark.shows("kms:DeriveSharedSecret", errors=("NotFoundException",))
@pytest.mark.shows("kms:Encapsulate", errors=("NotFoundException",))
@pytest.mark.shows("kms:Decapsulate", errors=("NotFoundException",))
@pytest.mark.shows("kms:GetPublicKey", errors=("NotFoundException", "InvalidArnException"))
@pytest.mark.shows("kms:GenerateDataKeyPair", errors=("NotFoundException",))
@pytest.mark.shows("kms:GenerateDataKeyPairWithoutPlaintext", errors=("NotFoundException",))
@pytest.mark.parametrize("name", USES)
def test_a_key_that_is_not_there_is_used_for_nothing(use: Any, name: str) -> None:
    call, _, request = use(name)
    assert refusal(call, KeyId=ABSENT, **request) == ("NotFoundException", f"Key '{arn(ABSENT)}' does not exist")
    assert refusal(call, KeyId="arn:aws:s3:::bucket", **request)[0] == "InvalidArnException"


@pytest.mark.shows("kms:Sign", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:Verify", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:DeriveSharedSecret", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:Encapsulate", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:Decapsulate", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:GenerateDataKeyPair", errors=("InvalidKeyUsageException",))
@pytest.mark.shows("kms:GenerateDataKeyPairWithoutPlaintext", errors=("InvalidKeyUsageException",))
@pytest.mark.parametrize("name", OF_USE)
def test_a_key_of_another_use_is_refused_in_awss_words(kms: Any, use: Any, name: str) -> None:
    call, _, request = use(name)
    other = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    assert refusal(call, KeyId=other, **request) == (
        "InvalidKeyUsageException",
        f"{arn(other)} key usage is GENERATE_VERIFY_MAC which is not valid for {_NAMES[name]}.",
    )


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("ECC_NIST_P256", "ECDSA_SHA_384"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_512"),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512"),
        ("RSA_2048", "ECDSA_SHA_256"),
        ("ML_DSA_44", "RSASSA_PSS_SHA_256"),
    ],
)
def test_an_algorithm_of_another_kind_of_key_is_refused_in_awss_words(kms: Any, spec: str, algorithm: str) -> None:
    request = {"KeyId": made(kms, spec), "Message": MESSAGE, "SigningAlgorithm": algorithm}
    told = ("InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {spec}.")
    assert refusal(kms.sign, **request) == told
    assert refusal(kms.verify, Signature=b"s", **request) == told


@pytest.mark.shows("kms:Sign", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:Verify", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:DeriveSharedSecret", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:Encapsulate", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:Decapsulate", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows("kms:GenerateDataKeyPair", parameters=("DryRun",), errors=("DryRunOperationException",))
@pytest.mark.shows(
    "kms:GenerateDataKeyPairWithoutPlaintext", parameters=("DryRun",), errors=("DryRunOperationException",)
)
@pytest.mark.parametrize("name", OF_USE)
def test_a_dry_run_of_a_good_request_says_so(kms: Any, use: Any, name: str) -> None:
    call, on, request = use(name)
    if name == "verify":
        good = {member: request[member] for member in ("Message", "SigningAlgorithm")}
        request = {**good, "Signature": kms.sign(KeyId=on, **good)["Signature"]}
    assert refusal(call, KeyId=on, DryRun=True, **request)[0] == "DryRunOperationException"


@pytest.mark.shows("kms:Sign", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:Verify", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:DeriveSharedSecret", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:Encapsulate", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:Decapsulate", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:GetPublicKey", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows("kms:GenerateDataKeyPair", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",))
@pytest.mark.shows(
    "kms:GenerateDataKeyPairWithoutPlaintext", parameters=("GrantTokens",), errors=("InvalidGrantTokenException",)
)
@pytest.mark.parametrize("name", USES)
def test_grant_tokens_must_be_of_grants(use: Any, name: str) -> None:
    call, on, request = use(name)
    assert refusal(call, KeyId=on, GrantTokens=["made up"], **request)[0] == "InvalidGrantTokenException"


def test_ed25519_is_the_one_of_the_standard(kms: Any) -> None:
    key = made(kms, "ECC_NIST_EDWARDS25519")
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, Ed25519PublicKey)
    signatures = {
        kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm="ED25519_SHA_512")["Signature"] for _ in range(2)
    }
    assert len(signatures) == 1


@pytest.mark.parametrize("spec", ["RSA_2048", "HMAC_384", "ECC_NIST_P256"])
@pytest.mark.parametrize(
    "operation", ["enable_key_rotation", "disable_key_rotation", "rotate_key_on_demand", "get_key_rotation_status"]
)
@pytest.mark.shows("kms:EnableKeyRotation", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:DisableKeyRotation", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:RotateKeyOnDemand", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:GetKeyRotationStatus", errors=("UnsupportedOperationException",))
@pytest.mark.shows("kms:ListKeyRotations", errors=("UnsupportedOperationException",))
def test_only_symmetric_keys_for_encryption_rotate(kms: Any, spec: str, operation: str) -> None:
    key = made(kms, spec, {"HMAC_384": "GENERATE_VERIFY_MAC"}.get(spec, "SIGN_VERIFY"))
    assert refusal(getattr(kms, operation), KeyId=key) == ("UnsupportedOperationException", "")
    assert refusal(kms.list_key_rotations, KeyId=key) == ("UnsupportedOperationException", "")
