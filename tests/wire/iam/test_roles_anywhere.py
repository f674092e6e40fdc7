"""IAM Roles Anywhere over TLS: managed with boto3, used by Amazon's library for certificates, unmodified."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from cryptography.hazmat.primitives import serialization
from iam_rolesanywhere_session import CredentialsRetrievalError, IAMRolesAnywhereSession

from tests.testing.authority import Authority, Leaf
from tests.testing.certificates import Certificate, certificate
from tests.testing.server import Server, make_vault, serving
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

SERVICE = {"Service": "rolesanywhere.amazonaws.com"}
ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The server's certificate."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, files: Certificate) -> Iterator[Server]:
    """A server that speaks TLS, as Amazon's library wants it."""
    data = tmp_path_factory.mktemp("anywhere") / "vault"
    with serving(data, make_vault(data), ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))) as (
        running,
        _,
    ):
        yield running


@pytest.fixture(scope="module")
def client(server: Server, files: Certificate) -> Make:
    """Makes the administrator's clients."""

    def make(service: str) -> Any:
        return boto3.session.Session().client(
            service,
            endpoint_url=server.url,
            region_name=server.region,
            aws_access_key_id=server.access_key_id,
            aws_secret_access_key=server.secret_access_key,
            verify=str(files.certificate),
        )

    return make


@pytest.fixture(scope="module")
def anywhere(client: Make) -> Any:
    """The administrator's client for Roles Anywhere."""
    return client("rolesanywhere")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A CA that is trusted, a role, and a profile that hands it out."""

    authority: Authority
    anchor: dict[str, Any]
    profile: dict[str, Any]
    role: str

    @property
    def role_arn(self) -> str:
        """The role."""
        return f"arn:aws:iam::{ACCOUNT}:role/{self.role}"


@pytest.fixture
def setting(client: Make, anywhere: Any) -> Setting:
    """A fresh setting."""
    name = f"r{uuid.uuid4().hex[:10]}"
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(SERVICE, *ACTIONS))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=allowing("secretsmanager:*", "sts:*"))
    authority = Authority(name=f"ca-{name}")
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": authority.pem}}
    anchor = anywhere.create_trust_anchor(name=name, source=source, enabled=True)["trustAnchor"]
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    profile = anywhere.create_profile(name=name, roleArns=[arn], enabled=True)["profile"]
    return Setting(authority=authority, anchor=anchor, profile=profile, role=name)


@pytest.fixture
def come(server: Server, files: Certificate) -> Make:
    """Comes with a certificate, and returns a boto3 session."""

    def make(setting: Setting, leaf: Leaf, **more: Any) -> Any:
        chain = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in leaf.chain)
        return IAMRolesAnywhereSession(
            trust_anchor_arn=setting.anchor["trustAnchorArn"],
            profile_arn=setting.profile["profileArn"],
            role_arn=setting.role_arn,
            certificate=leaf.pem,
            private_key=leaf.key_pem,
            certificate_chain=chain or None,
            region=server.region,
            endpoint=urlsplit(server.url).netloc,
            verify=str(files.certificate),
            **more,
        ).get_session()

    return make


def _who(session: Any, server: Server, files: Certificate) -> dict[str, str]:
    sts = session.client("sts", endpoint_url=server.url, region_name=server.region, verify=str(files.certificate))
    found: dict[str, str] = sts.get_caller_identity()
    return found


@pytest.fixture
def who(server: Server, files: Certificate) -> Make:
    """Tells who a session is."""
    return lambda session: _who(session, server, files)


def _refused(come: Make, who: Make, setting: Setting, leaf: Leaf, **more: Any) -> str:
    with pytest.raises(CredentialsRetrievalError) as raised:
        who(come(setting, leaf, **more))
    assert raised.value.status_code == 403
    return str(raised.value.message)


@pytest.mark.parametrize("kind", ["rsa", "ec", "ec384"])
def test_a_certificate_that_is_trusted_gets_a_session_of_the_role(
    setting: Setting, come: Make, who: Make, kind: str
) -> None:
    leaf = setting.authority.issue("app", kind=kind)
    found = who(come(setting, leaf))
    serial = f"{leaf.certificate.serial_number:x}"
    serial = serial.zfill(len(serial) + len(serial) % 2)
    assert found["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{setting.role}/{serial}"


def test_intermediates_lead_to_the_anchor(setting: Setting, come: Make, who: Make) -> None:
    below = Authority(name="issuing", above=setting.authority)
    leaf = below.issue("app")
    assert f"assumed-role/{setting.role}/" in who(come(setting, leaf))["Arn"]
    without = Leaf(certificate=leaf.certificate, key=leaf.key)
    assert "Insufficient certificate" in _refused(come, who, setting, without)


def test_what_is_no_workloads_certificate_is_refused(setting: Setting, come: Make, who: Make) -> None:
    authority = setting.authority
    assert "expired" in _refused(come, who, setting, authority.issue("old", days=-1))
    assert "CA:FALSE" in _refused(come, who, setting, authority.issue("ca", ca=True))
    assert "digital signature" in _refused(come, who, setting, authority.issue("cipher", signing=False))
    stranger = Authority(name=authority.name).issue("app")
    assert "Insufficient certificate" in _refused(come, who, setting, stranger)


def test_strangers_leave_nothing_in_the_trail(
    server: Server, setting: Setting, come: Make, who: Make, client: Make
) -> None:
    stranger = Authority(name=setting.authority.name).issue("app")
    _refused(come, who, setting, stranger)
    absent = {**setting.anchor, "trustAnchorArn": setting.anchor["trustAnchorArn"].replace(ACCOUNT, "9" * 12)}
    _refused(come, who, replace(setting, anchor=absent), stranger)
    setting.authority.revoked.append((revoked := setting.authority.issue("app")).certificate.serial_number)
    client("rolesanywhere").import_crl(
        name="crl",
        crlData=setting.authority.revocation_list(),
        trustAnchorArn=setting.anchor["trustAnchorArn"],
        enabled=True,
    )
    _refused(come, who, setting, revoked)
    events = client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateSession"}], MaxResults=50
    )["Events"]
    mine = [each["CloudTrailEvent"] for each in events if setting.role in each["CloudTrailEvent"]]
    assert ["revoked" in each for each in mine] == [True]


def test_a_key_that_is_not_the_certificates_signs_nothing(setting: Setting, come: Make, who: Make) -> None:
    leaf, other = setting.authority.issue("app"), setting.authority.issue("other")
    assert _refused(come, who, setting, replace(leaf, key=other.key)) == "Signature mismatch"


@pytest.mark.shows(
    "rolesanywhere:ImportCrl", "rolesanywhere:DisableCrl", "rolesanywhere:EnableCrl", "rolesanywhere:UpdateCrl"
)
def test_a_revoked_certificate_is_refused(setting: Setting, anywhere: Any, come: Make, who: Make) -> None:
    leaf, kept = setting.authority.issue("app"), setting.authority.issue("kept")
    who(come(setting, leaf))
    setting.authority.revoked.append(leaf.certificate.serial_number)
    crl = anywhere.import_crl(
        name="crl",
        crlData=setting.authority.revocation_list(),
        trustAnchorArn=setting.anchor["trustAnchorArn"],
        enabled=True,
    )["crl"]
    assert "revoked" in _refused(come, who, setting, leaf)
    who(come(setting, kept))
    anywhere.disable_crl(crlId=crl["crlId"])
    who(come(setting, leaf))
    anywhere.update_crl(crlId=crl["crlId"], name="again", crlData=setting.authority.revocation_list())
    anywhere.enable_crl(crlId=crl["crlId"])
    assert "revoked" in _refused(come, who, setting, leaf)


@pytest.mark.shows("rolesanywhere:GetCrl", "rolesanywhere:ListCrls", "rolesanywhere:DeleteCrl")
def test_a_list_that_is_deleted_revokes_nothing(setting: Setting, anywhere: Any, come: Make, who: Make) -> None:
    leaf = setting.authority.issue("app")
    setting.authority.revoked.append(leaf.certificate.serial_number)
    made = {"crlData": setting.authority.revocation_list(), "trustAnchorArn": setting.anchor["trustAnchorArn"]}
    crl = anywhere.import_crl(name="crl", enabled=True, **made)["crl"]
    assert anywhere.get_crl(crlId=crl["crlId"])["crl"] == crl
    assert crl["crlId"] in [each["crlId"] for each in anywhere.list_crls(pageSize=100)["crls"]]
    anywhere.delete_crl(crlId=crl["crlId"])
    who(come(setting, leaf))


def test_a_list_that_another_ca_signed_revokes_nothing(setting: Setting, anywhere: Any, come: Make, who: Make) -> None:
    leaf = setting.authority.issue("app")
    forged = Authority(name=setting.authority.name, revoked=[leaf.certificate.serial_number])
    anchor = setting.anchor["trustAnchorArn"]
    anywhere.import_crl(name="crl", crlData=forged.revocation_list(), trustAnchorArn=anchor, enabled=True)
    who(come(setting, leaf))


@pytest.mark.shows(
    "rolesanywhere:EnableTrustAnchor",
    "rolesanywhere:DisableTrustAnchor",
    "rolesanywhere:EnableProfile",
    "rolesanywhere:DisableProfile",
)
def test_what_is_disabled_lets_nobody_in(setting: Setting, anywhere: Any, come: Make, who: Make) -> None:
    leaf = setting.authority.issue("app")
    anchor, profile = setting.anchor["trustAnchorId"], setting.profile["profileId"]
    anywhere.disable_trust_anchor(trustAnchorId=anchor)
    assert "Trust anchor" in _refused(come, who, setting, leaf)
    anywhere.enable_trust_anchor(trustAnchorId=anchor)
    anywhere.disable_profile(profileId=profile)
    assert "Profile" in _refused(come, who, setting, leaf)
    anywhere.enable_profile(profileId=profile)
    who(come(setting, leaf))


def test_a_role_that_is_not_in_the_profile_is_not_handed_out(
    setting: Setting, client: Make, come: Make, who: Make
) -> None:
    other = f"r{uuid.uuid4().hex[:10]}"
    client("iam").create_role(RoleName=other, AssumeRolePolicyDocument=trusting(SERVICE, *ACTIONS))
    told = _refused(come, who, replace(setting, role=other), setting.authority.issue("app"))
    assert told == "Role is not in the profile"


@pytest.mark.parametrize(
    ("condition", "let_in"),
    [
        ({"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "payments"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "orders"}}, False),
        ({"StringLike": {"aws:PrincipalTag/x509SAN/URI": "spiffe://prod/*"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/x509Issuer/CN": "somebody"}}, False),
    ],
)
def test_the_roles_trust_policy_decides_by_the_certificates_names(
    setting: Setting, client: Make, come: Make, who: Make, condition: dict[str, Any], let_in: bool
) -> None:
    document = trusting(SERVICE, *ACTIONS, Condition=condition)
    client("iam").update_assume_role_policy(RoleName=setting.role, PolicyDocument=document)
    leaf = setting.authority.issue("app", uri="spiffe://prod/app")
    if let_in:
        who(come(setting, leaf))
    else:
        assert "sts:AssumeRole" in _refused(come, who, setting, leaf)


def test_another_anchors_certificates_are_told_apart_by_source_arn(
    setting: Setting, client: Make, come: Make, who: Make
) -> None:
    for arn, let_in in ((setting.anchor["trustAnchorArn"], True), (f"{setting.anchor['trustAnchorArn']}x", False)):
        document = trusting(SERVICE, *ACTIONS, Condition={"ArnEquals": {"aws:SourceArn": arn}})
        client("iam").update_assume_role_policy(RoleName=setting.role, PolicyDocument=document)
        leaf = setting.authority.issue("app")
        if let_in:
            who(come(setting, leaf))
        else:
            _refused(come, who, setting, leaf)


def test_a_trust_policy_must_let_sessions_be_tagged(setting: Setting, client: Make, come: Make, who: Make) -> None:
    document = trusting(SERVICE, "sts:AssumeRole")
    client("iam").update_assume_role_policy(RoleName=setting.role, PolicyDocument=document)
    assert "sts:TagSession" in _refused(come, who, setting, setting.authority.issue("app"))


@pytest.mark.shows("rolesanywhere:PutAttributeMapping", "rolesanywhere:DeleteAttributeMapping")
def test_the_certificates_names_are_tags_of_the_session(
    setting: Setting, client: Make, server: Server, files: Certificate, come: Make, anywhere: Any
) -> None:
    name = f"tagged/{uuid.uuid4()}x"
    client("secretsmanager").create_secret(Name=name, SecretString="value", Tags=[{"Key": "team", "Value": "payments"}])
    mine = {"StringEquals": {"secretsmanager:ResourceTag/team": "${aws:PrincipalTag/x509Subject/OU}"}}
    document = allowing("secretsmanager:GetSecretValue", Condition=mine)
    client("iam").put_role_policy(RoleName=setting.role, PolicyName="own", PolicyDocument=document)

    def read(unit: str) -> str:
        session = come(setting, setting.authority.issue("app", unit=unit))
        secrets = session.client(
            "secretsmanager", endpoint_url=server.url, region_name=server.region, verify=str(files.certificate)
        )
        return str(secrets.get_secret_value(SecretId=name)["SecretString"])

    assert read("payments") == "value"
    with pytest.raises(Exception, match="AccessDenied"):
        read("orders")
    profile = setting.profile["profileId"]
    anywhere.delete_attribute_mapping(profileId=profile, certificateField="x509Subject")
    with pytest.raises(Exception, match="AccessDenied"):
        read("payments")
    anywhere.put_attribute_mapping(
        profileId=profile, certificateField="x509Subject", mappingRules=[{"specifier": "OU"}]
    )
    assert read("payments") == "value"


@pytest.mark.shows("rolesanywhere:UpdateProfile")
def test_a_session_is_named_where_the_profile_lets_it(setting: Setting, anywhere: Any, come: Make, who: Make) -> None:
    leaf = setting.authority.issue("app")
    assert "session name" in _refused(come, who, setting, leaf, role_session_name="batch")
    anywhere.update_profile(profileId=setting.profile["profileId"], acceptRoleSessionName=True)
    assert who(come(setting, leaf, role_session_name="batch"))["Arn"].endswith("/batch")


@pytest.mark.shows("rolesanywhere:ListSubjects", "rolesanywhere:GetSubject")
def test_subjects_that_came_are_listed(setting: Setting, anywhere: Any, come: Make, who: Make) -> None:
    leaf = setting.authority.issue(f"app-{setting.role}")
    who(come(setting, leaf))
    subject = next(each for each in anywhere.list_subjects()["subjects"] if setting.role in each["x509Subject"])
    (seen,) = anywhere.get_subject(subjectId=subject["subjectId"])["subject"]["credentials"]
    assert seen["serialNumber"] == str(leaf.certificate.serial_number)


@pytest.mark.shows(
    "rolesanywhere:CreateTrustAnchor",
    "rolesanywhere:GetTrustAnchor",
    "rolesanywhere:ListTrustAnchors",
    "rolesanywhere:UpdateTrustAnchor",
    "rolesanywhere:DeleteTrustAnchor",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:GetProfile",
    "rolesanywhere:DeleteProfile",
    "rolesanywhere:TagResource",
    "rolesanywhere:UntagResource",
    "rolesanywhere:ListTagsForResource",
    "rolesanywhere:PutNotificationSettings",
    "rolesanywhere:ResetNotificationSettings",
    "rolesanywhere:ListProfiles",
)
def test_anchors_and_profiles_are_managed(setting: Setting, anywhere: Any) -> None:
    anchor, profile = setting.anchor, setting.profile
    assert anywhere.get_trust_anchor(trustAnchorId=anchor["trustAnchorId"])["trustAnchor"] == anchor
    assert anchor in anywhere.list_trust_anchors(pageSize=100)["trustAnchors"]
    assert anywhere.get_profile(profileId=profile["profileId"])["profile"] == profile
    anywhere.tag_resource(resourceArn=anchor["trustAnchorArn"], tags=[{"key": "team", "value": "a"}])
    assert anywhere.list_tags_for_resource(resourceArn=anchor["trustAnchorArn"])["tags"] == [
        {"key": "team", "value": "a"}
    ]
    anywhere.untag_resource(resourceArn=anchor["trustAnchorArn"], tagKeys=["team"])
    settings = [{"event": "CA_CERTIFICATE_EXPIRY", "enabled": True, "threshold": 30}]
    shown = anywhere.put_notification_settings(trustAnchorId=anchor["trustAnchorId"], notificationSettings=settings)
    assert shown["trustAnchor"]["notificationSettings"][0]["threshold"] == 30
    keys = [{"event": "CA_CERTIFICATE_EXPIRY"}]
    shown = anywhere.reset_notification_settings(trustAnchorId=anchor["trustAnchorId"], notificationSettingKeys=keys)[
        "trustAnchor"
    ]
    assert shown["notificationSettings"][0]["threshold"] == 45
    assert profile in anywhere.list_profiles(pageSize=100)["profiles"]
    anywhere.update_trust_anchor(trustAnchorId=anchor["trustAnchorId"], name="renamed")
    anywhere.delete_profile(profileId=profile["profileId"])
    anywhere.delete_trust_anchor(trustAnchorId=anchor["trustAnchorId"])
    code = refusal(anywhere.get_trust_anchor, trustAnchorId=anchor["trustAnchorId"])[0]
    assert code == "ResourceNotFoundException"


def test_what_is_no_ca_is_no_anchor(anywhere: Any, setting: Setting) -> None:
    for text in ("no certificate", setting.authority.issue("leaf").pem.decode()):
        source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": text}}
        assert refusal(anywhere.create_trust_anchor, name="no", source=source)[0] == "ValidationException"


def test_whoever_hands_a_role_to_a_profile_must_be_allowed_to_pass_it(
    client: Make, server: Server, files: Certificate, setting: Setting
) -> None:
    iam = client("iam")
    name = f"u{uuid.uuid4().hex[:10]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=allowing("rolesanywhere:*"))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = boto3.session.Session().client(
        "rolesanywhere",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        verify=str(files.certificate),
    )
    code, told = refusal(own.create_profile, name="mine", roleArns=[setting.role_arn])
    assert (code, "iam:PassRole" in told) == ("AccessDeniedException", True)
    passing = allowing("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": SERVICE["Service"]}})
    iam.put_user_policy(UserName=name, PolicyName="pass", PolicyDocument=passing)
    own.create_profile(name="mine", roleArns=[setting.role_arn])
