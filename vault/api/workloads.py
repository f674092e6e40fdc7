"""CreateSession of IAM Roles Anywhere on the wire, which no published model describes: `POST /sessions`.

The request is signed with a certificate's key instead of an access key. ARNs may stand in the query or in the body:
Amazon's helper sends them in the query, the library for boto3 in the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from strongroom.wire.sigv4 import HttpRequest, SignatureError, SignatureFault
from strongroom.wire.sigv4x509 import SCHEME, CertificateClaims, parse_certificate_claims, signed_text
from vault.crypto.certificates import Certificate, NoCertificate, from_header
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, ValidationFailed
from vault.domain.iam.anywhere import SERVICE
from vault.domain.iam.documents import known_trust_policy
from vault.domain.operation import AccessCheck, Operation
from vault.domain.principals import Principal
from vault.gateway import Call
from vault.services.binding import Services
from vault.services.iam.trusting import as_of_now
from vault.services.iam.workloads import Workload, WorkloadRequest

_ARN = re.compile(r"arn:aws:rolesanywhere:([a-z0-9-]+):(\d{12}):(trust-anchor|profile)/[0-9a-f-]{36}")
_ROLE = re.compile(r"arn:aws:iam::\d{12}:role/[\x21-\x7e]+")
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_TEXTS = ("trustAnchorArn", "profileArn", "roleArn", "roleSessionName")
_KNOWN = {*_TEXTS, "durationSeconds", "instanceProperties", "cert"}
_SECONDS = range(900, 43_201)
_ACTIONS = ("AssumeRole", "TagSession", "SetSourceIdentity")


def is_workload(request: HttpRequest) -> bool:
    """Tell whether a request is signed with a certificate's key."""
    return request.path == "/sessions" and (request.header("authorization") or "").startswith(SCHEME)


def workload_call(request: HttpRequest, *, request_id: str, source_ip: str, now: datetime) -> Call:
    """Return the call that a request makes, whose signature is its certificate's; that is all that was checked.

    Raises `SignatureError`, `AccessDenied` for what is no certificate, `ValidationFailed` for the body.
    """
    claims = parse_certificate_claims(request)
    certificate, chain = _certificates(claims)
    if certificate.serial != claims.serial:
        raise SignatureError(SignatureFault.MISMATCH, "Credential should be scoped to the certificate's serial number.")
    if not certificate.has_signed(claims.algorithm, claims.signature, signed_text(request, claims, now)):
        raise AccessDenied("Signature mismatch")
    asked = _asked(_content(request), certificate, chain)
    if asked.region != claims.scope.region:
        raise AccessDenied("Trust anchor is absent or disabled")
    context = CallContext(
        account_id=asked.account_id,
        region=asked.region,
        principal_arn=SERVICE,
        access_key_id="",
        request_id=request_id,
        now=now,
        source_ip=source_ip,
        user_agent=(request.header("user-agent") or "")[:256],
        secure=request.secure,
    )
    service = Principal(
        account_id=asked.account_id, arn=certificate.subject, user_id=SERVICE, access_key_id="", service=SERVICE
    )
    recorded = {
        "trustAnchorArn": asked.anchor_arn,
        "profileArn": asked.profile_arn,
        "roleArn": asked.role_arn,
        "cert": certificate.pem,
    }
    return Call(
        principal=service, context=context, operation=CREATE_SESSION, parameters={"asked": asked}, recorded=recorded
    )


def _certificates(claims: CertificateClaims) -> tuple[Certificate, tuple[Certificate, ...]]:
    try:
        return from_header(claims.certificate), tuple(from_header(each) for each in claims.chain)
    except NoCertificate as error:
        raise AccessDenied(f"Untrusted certificate. {error}") from None


def _content(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise ValidationFailed("The request body is not valid JSON.") from None
    query = dict(parse_qsl(request.query, max_num_fields=20))
    if not isinstance(body, dict) or (body.keys() | query.keys()) - _KNOWN or body.keys() & query.keys():
        raise ValidationFailed("The request has a member that CreateSession does not have.")
    return {**query, **body}


def _asked(content: Mapping[str, Any], certificate: Certificate, chain: tuple[Certificate, ...]) -> WorkloadRequest:
    texts = {name: content[name] for name in _TEXTS if name in content}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValidationFailed("ARNs and names must be strings.")
    anchor, profile = (_ARN.fullmatch(texts.get(name, "")) for name in ("trustAnchorArn", "profileArn"))
    if anchor is None or profile is None or not _ROLE.fullmatch(texts.get("roleArn", "")):
        raise ValidationFailed("trustAnchorArn, profileArn and roleArn must be ARNs of such.")
    seconds = content.get("durationSeconds")
    if seconds is not None and (type(seconds) is not int or seconds not in _SECONDS):
        raise ValidationFailed("durationSeconds must be between 900 and 43200.")
    name = texts.get("roleSessionName")
    if name is not None and not _NAME.fullmatch(name):
        raise ValidationFailed("roleSessionName is not the name of a session.")
    return WorkloadRequest(
        account_id=anchor[2],
        region=anchor[1],
        anchor_arn=texts["trustAnchorArn"],
        profile_arn=texts["profileArn"],
        role_arn=texts["roleArn"],
        certificate=certificate,
        intermediates=chain,
        session_name=name,
        seconds=seconds,
    )


def _checks(services: Services, context: CallContext, request: Mapping[str, Any]) -> Sequence[AccessCheck]:
    workload = _known(services, context, request)
    keys = _keys(workload)
    return [
        AccessCheck(
            action=f"sts:{action}",
            resource=workload.role.arn,
            named=workload.role.arn,
            describe=lambda: keys,
            guarded=True,
            resource_policy=lambda: known_trust_policy(as_of_now(services.tx, workload.role).trust),
        )
        for action in _ACTIONS
    ]


def _known(services: Services, context: CallContext, request: Mapping[str, Any]) -> Workload:
    return services.iam.workloads.known(request["asked"], context.now)


def _keys(workload: Workload) -> dict[str, str | Sequence[str]]:
    """Return what a trust policy may ask of a certificate."""
    keys: dict[str, str | Sequence[str]] = {
        "aws:SourceArn": workload.anchor.arn,
        "aws:SourceAccount": workload.anchor.account_id,
        "sts:RoleSessionName": workload.session_name,
        "sts:SourceIdentity": workload.source_identity,
        "aws:TagKeys": [key for key, _ in workload.tags],
    }
    for key, value in workload.tags:
        keys[f"aws:PrincipalTag/{key}"] = keys[f"aws:RequestTag/{key}"] = value
    return keys


def _run(services: Services, context: CallContext, request: Mapping[str, Any]) -> dict[str, Any]:
    workload = _known(services, context, request)
    made, subject = services.iam.workloads.session(workload, context.now)
    session = made.session
    return {
        "credentialSet": [
            {
                "assumedRoleUser": {"arn": made.arn, "assumedRoleId": made.user_id},
                "credentials": {
                    "accessKeyId": session.access_key_id,
                    "secretAccessKey": session.secret.reveal_text(),
                    "sessionToken": made.token.reveal_text(),
                    "expiration": session.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
                "packedPolicySize": session.scope.packed_size or 0,
                "roleArn": workload.role.arn,
                "sourceIdentity": workload.source_identity,
            }
        ],
        "subjectArn": subject.arn,
    }


CREATE_SESSION = Operation(
    service="rolesanywhere",
    name="CreateSession",
    read_only=False,
    checks=_checks,
    run=_run,
    recorded_response=("subjectArn",),
)
