"""What is asked of an account as a whole: its alias, its numbers, all that may be done in it, and who has credentials.

Source: IAM API Reference, pages of the operations; "IAM and AWS STS quotas" for the numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from vault.domain.iam.entities import Group, ManagedPolicy, MfaDevice, Role, User
from vault.domain.iam.errors import EntityAlreadyExists, NoSuchEntity, ReportExpired, ReportNotPresent
from vault.domain.iam.names import root_arn
from vault.services.iam.directory import Directory
from vault.services.iam.policies import CHARACTERS, VERSIONS

_QUOTAS: Mapping[str, int] = {
    "AccessKeysPerUserQuota": 2,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1000,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": CHARACTERS,
    "PolicyVersionsInUseQuota": 10_000,
    "RolePolicySizeQuota": 10_240,
    "RolesQuota": 1000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": 2048,
    "UsersQuota": 5000,
    "VersionsPerPolicyQuota": VERSIONS,
}
_REPORT_AGE = timedelta(hours=4)
_REPORT = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active", "access_key_1_active", "access_key_1_last_rotated",
    "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
    "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region",
    "access_key_2_last_used_service", "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
)  # fmt: skip
_NONE = "N/A"


class Account:
    """The operations on one account."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._iam = directory.tx.iam

    def set_alias(self, alias: str, now: datetime) -> None:
        """Give the account an alias, which no other account has. Raises `EntityAlreadyExists`."""
        others = (Directory(self._directory.tx, each).settings(now) for each in self._directory.tx.meta.accounts())
        if any(each.alias == alias and each.account_id != self._directory.account_id for each in others):
            raise EntityAlreadyExists(f"The account alias {alias} already exists.")
        self._iam.save(replace(self._directory.settings(now), alias=alias))

    def remove_alias(self, alias: str, now: datetime) -> None:
        """Take the account's alias away. Raises `NoSuchEntity`."""
        settings = self._directory.settings(now)
        if settings.alias != alias:
            raise NoSuchEntity(f"The account alias with name {alias} cannot be found.")
        self._iam.save(replace(settings, alias=""))

    def summary(self, now: datetime) -> Mapping[str, int]:
        """Return how many there are of everything, and how many there may be."""
        account = self._directory.account_id
        policies = self._iam.all(ManagedPolicy, account)
        devices = self._iam.all(MfaDevice, account)
        return {
            "Users": len(self._iam.all(User, account)),
            "Groups": len(self._iam.all(Group, account)),
            "Roles": len(self._iam.all(Role, account)),
            "Policies": len(policies),
            "PolicyVersionsInUse": sum(len(each.versions) for each in policies),
            "MFADevices": len(devices),
            "MFADevicesInUse": sum(1 for each in devices if each.user),
            "AccountMFAEnabled": 0,
            "AccountAccessKeysPresent": 1,
            "AccountPasswordPresent": 0,
            "AccountSigningCertificatesPresent": 0,
            "InstanceProfiles": 0,
            "Providers": 0,
            "ServerCertificates": 0,
            "GlobalEndpointTokenVersion": 2,
            **_QUOTAS,
        }

    def ask_for_report(self, now: datetime) -> bool:
        """Have a credential report made; tell whether there was one already that is good."""
        settings = self._directory.settings(now)
        if settings.reported is not None and settings.reported + _REPORT_AGE > now:
            return True
        self._iam.save(replace(settings, reported=now.replace(microsecond=0)))
        return False

    def report(self, now: datetime) -> tuple[str, datetime]:
        """Return the credential report, CSV text with a line for the root and for each user, and when it was asked for.

        Raises `ReportNotPresent` where none was asked for, `ReportExpired` four hours after.
        """
        reported = self._directory.settings(now).reported
        if reported is None:
            raise ReportNotPresent("No report exists. Ask for one with GenerateCredentialReport.")
        if reported + _REPORT_AGE <= now:
            raise ReportExpired("The report is older than four hours. Ask for a new one with GenerateCredentialReport.")
        return self._report(now), reported

    def _report(self, now: datetime) -> str:
        text = io.StringIO()
        lines = csv.DictWriter(text, _REPORT, restval=_NONE, lineterminator="\n")
        lines.writeheader()
        lines.writerows(self._lines(now))
        return text.getvalue()

    def _lines(self, now: datetime) -> Iterator[Mapping[str, str]]:
        account = self._directory.account_id
        yield {
            "user": "<root_account>",
            "arn": root_arn(account),
            "user_creation_time": _written(self._directory.settings(now).created),
            "password_enabled": "false",
            "mfa_active": "false",
            "access_key_1_active": "true",
            "access_key_2_active": "false",
            "cert_1_active": "false",
            "cert_2_active": "false",
        }
        for user in self._iam.all(User, account):
            yield {**_user_line(user), **self._key_fields(user)}

    def _key_fields(self, user: User) -> Mapping[str, str]:
        fields: dict[str, str] = {}
        for number in (1, 2):
            key = user.keys[number - 1] if len(user.keys) >= number else None
            start = f"access_key_{number}"
            fields[f"{start}_active"] = _truth(key is not None and key.active)
            if key is None:
                continue
            fields[f"{start}_last_rotated"] = _written(key.created)
            used = self._iam.last_use(key.access_key_id)
            if used is not None:
                at, service, region = used
                fields[f"{start}_last_used_date"] = _written(at)
                fields[f"{start}_last_used_region"] = region
                fields[f"{start}_last_used_service"] = service
        return fields


def _user_line(user: User) -> Mapping[str, str]:
    login = user.login
    line = {
        "user": user.name,
        "arn": user.arn,
        "user_creation_time": _written(user.created),
        "password_enabled": _truth(login is not None),
        "mfa_active": _truth(bool(user.devices)),
        "cert_1_active": "false",
        "cert_2_active": "false",
    }
    if login is not None:
        line["password_last_changed"] = _written(login.changed)
        line["password_last_used"] = "no_information" if login.last_used is None else _written(login.last_used)
    return line


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _truth(value: bool) -> str:
    return "true" if value else "false"
