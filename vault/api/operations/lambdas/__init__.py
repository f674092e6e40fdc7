"""Lambda on the wire, as far as rotation functions go."""

from __future__ import annotations

from collections.abc import Mapping

from vault.api.operations.lambdas import invoking, managing, permissions
from vault.domain.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    each.name: each for each in (*managing.OPERATIONS, *permissions.OPERATIONS, *invoking.OPERATIONS)
}
