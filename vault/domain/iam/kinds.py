"""Every kind of entity, by the name it is stored under."""

from __future__ import annotations

from collections.abc import Mapping

from vault.domain.iam.anywhere import Crl, Profile, Subject, TrustAnchor
from vault.domain.iam.entities import AccountSettings, Entity, Group, ManagedPolicy, MfaDevice, Role, User

KINDS: Mapping[str, type[Entity]] = {
    each.kind: each
    for each in (User, Group, Role, ManagedPolicy, MfaDevice, AccountSettings, TrustAnchor, Profile, Crl, Subject)
}
