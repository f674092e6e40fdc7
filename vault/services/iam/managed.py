"""The managed policies that AWS keeps and that matter for secrets, from the files beside; nobody can change them.

Ids, paths, times and versions are AWS's own. Source: AWS Managed Policy Reference Guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from vault.domain.iam.entities import ManagedPolicy, PolicyVersion

OWNER = "aws"
"""What stands in their ARNs where others have an account."""
_FOLDER = Path(__file__).parent / "aws_managed"


@cache
def aws_policies() -> Mapping[str, ManagedPolicy]:
    """Return AWS's policies by name."""
    found = (_read(each) for each in sorted(_FOLDER.glob("*.json")))
    return {policy.name: policy for policy in found}


def _read(file: Path) -> ManagedPolicy:
    content = json.loads(file.read_bytes())
    number, updated = int(content["version"][1:]), datetime.fromisoformat(content["updated"])
    # Only the version that holds now is known here.
    version = PolicyVersion(number=number, document=json.dumps(content["document"]), created=updated)
    return ManagedPolicy(
        account_id=OWNER,
        name=content["name"],
        path=content["path"],
        entity_id=content["id"],
        created=datetime.fromisoformat(content["created"]),
        updated=updated,
        versions=(version,),
        default=number,
        newest=number,
        description=content["description"],
    )
