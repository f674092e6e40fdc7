"""CreateSession of IAM Roles Anywhere: a certificate that a trust anchor vouches for, for a session of a role.

The request is signed with the certificate's key; what the role's trust policy says to the service, by the certificate's
names, is asked by the gateway. Source: IAM Roles Anywhere User Guide, "Trust model" and "Authentication signing
process"; the reasons of refusals are our words.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from vault.crypto.certificates import Certificate, Untrusted, bundle, revocation_list, trace
from vault.domain.errors import AccessDenied, Stranger
from vault.domain.iam.anywhere import Crl, Profile, SeenCertificate, Subject, TrustAnchor
from vault.domain.iam.entities import Role
from vault.domain.sessions import SessionScope
from vault.domain.tags import Tags
from vault.services.iam.anywhere import Anywhere
from vault.services.iam.directory import Directory
from vault.services.keyring import Keyring
from vault.services.sts import TemporaryCredentials, role_session
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRequest:
    """What a session is asked for with. `account_id` and `region` are those that the trust anchor's ARN names."""

    account_id: str
    region: str
    anchor_arn: str
    profile_arn: str
    role_arn: str
    certificate: Certificate
    intermediates: tuple[Certificate, ...]
    session_name: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A certificate that is trusted, for a role that its profile has."""

    request: WorkloadRequest
    anchor: TrustAnchor
    profile: Profile
    role: Role
    tags: Tags

    @property
    def session_name(self) -> str:
        """The name of its session."""
        return self.request.session_name or self.request.certificate.serial_hex

    @property
    def source_identity(self) -> str:
        """Who the certificate says it is."""
        name = self.request.certificate.common_name
        return f"CN={name}"[:64] if name else ""


class Workloads:
    """Sessions for certificates in one transaction."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, random: Random) -> None:
        self._tx = tx
        self._keyring = keyring
        self._random = random

    def known(self, request: WorkloadRequest, now: datetime) -> Workload:
        """Return who came. Raises `Stranger` for whoever no enabled trust anchor vouches for, `AccessDenied`."""
        anywhere = Anywhere(self._tx, request.account_id, request.region)
        anchor, profile = anywhere.find(TrustAnchor, request.anchor_arn), anywhere.find(Profile, request.profile_arn)
        if anchor is None or not anchor.enabled:
            raise Stranger("Trust anchor is absent or disabled")
        self._trusted(anywhere, anchor, request, now)
        if profile is None or not profile.enabled:
            raise AccessDenied("Profile is absent or disabled")
        if request.role_arn not in profile.role_arns:
            raise AccessDenied("Role is not in the profile")
        if request.session_name is not None and not profile.accepts_session_name:
            raise AccessDenied("The profile does not accept a role session name")
        tags = profile.tags_of(request.certificate.names())
        return Workload(request=request, anchor=anchor, profile=profile, role=self._role(request), tags=tags)

    def session(self, workload: Workload, now: datetime) -> tuple[TemporaryCredentials, Subject]:
        """Return credentials of the role, and the subject that has them."""
        profile, request = workload.profile, workload.request
        scope = SessionScope(
            policy=profile.session_policy,
            policy_arns=profile.policy_arns,
            tags=workload.tags,
            source_identity=workload.source_identity,
        )
        seconds = min(request.seconds or profile.seconds, profile.seconds, workload.role.max_seconds)
        made = role_session(
            self._keyring,
            self._random,
            workload.role,
            name=workload.session_name,
            scope=scope,
            issued=now.replace(microsecond=0),
            lasts=timedelta(seconds=seconds),
        )
        return made, self._note(request, now)

    def _note(self, request: WorkloadRequest, now: datetime) -> Subject:
        certificate = request.certificate
        seen = SeenCertificate(serial=str(certificate.serial), issuer=certificate.issuer, pem=certificate.pem, seen=now)
        return Anywhere(self._tx, request.account_id, request.region).saw(certificate.subject, seen, now)

    def _trusted(self, anywhere: Anywhere, anchor: TrustAnchor, request: WorkloadRequest, now: datetime) -> None:
        try:
            path = trace(request.certificate, request.intermediates, bundle(anchor.certificates), now)
        except Untrusted as reason:
            raise Stranger(str(reason)) from None
        lists = [each for each in anywhere.all(Crl) if each.enabled and each.anchor_arn == anchor.arn]
        if any(revocation_list(base64.b64decode(each.data)).revokes(path) for each in lists):
            raise AccessDenied("Untrusted certificate. Certificate is revoked")

    def _role(self, request: WorkloadRequest) -> Role:
        parts = request.role_arn.split(":", 5)
        role = Directory(self._tx, parts[4]).find(Role, request.role_arn.rpartition("/")[2])
        if role is None or role.arn != request.role_arn or role.account_id != request.account_id:
            raise AccessDenied("Role is absent")
        return role
