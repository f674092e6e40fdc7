"""IAM on the wire: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from collections.abc import Mapping

from vault.api.operations.iam import (
    account,
    devices,
    groups,
    holding,
    keys,
    logins,
    policies,
    roles,
    simulating,
    users,
)
from vault.domain.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for module in (users, groups, roles, policies, holding, keys, logins, devices, account, simulating)
    for each in module.OPERATIONS
}
