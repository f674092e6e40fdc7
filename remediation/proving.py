"""Draws a plan until all that it rewrites proves itself: a file whose rewrite does not is left to a person. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from remediation.check import Rescan, check
from remediation.errors import Unproven
from remediation.model import Plan, Snapshot

Draw = Callable[[Mapping[str, str]], Plan]
"""Gives the plan that leaves the files it is given, by path with the reason."""


def proven(draw: Draw, snapshot: Snapshot, rescan: Rescan) -> Plan:
    """Return the plan whose edits all hold what they promise.

    Raises `CheckFailed` where what does not hold is no file that held a value: then the fix itself is wrong.
    """
    left: dict[str, str] = {}
    while True:
        plan = draw(left)
        try:
            check(plan, snapshot, rescan)
        except Unproven as failure:
            held = {path for secret in plan.secrets for reference in secret.references for path in reference.paths}
            if failure.path not in held or failure.path in left:
                raise
            left[failure.path] = f"a rewrite of this file does not prove itself: {failure.message}"
        else:
            return plan
