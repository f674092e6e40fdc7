"""Finds planned values that a store holds already, under whatever name, so that the plan is drawn with the names there.

A secret is looked for by its planned name, then by the tag that holds the fingerprint of what it was moved for
(ListSecrets takes ten values a filter: AWS Secrets Manager API Reference, "Filter"). Only those are read and compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from remediation.errors import Refused
from remediation.migrate import DENIED, holds, read, store_errors
from remediation.model import SecretPlan
from strongroom.kernel.errors import Denied
from strongroom.kernel.leaktags import SOURCE

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_AT_ONCE = 10
_ALL = "all secrets"

Clients = Callable[[Sequence[str]], "SecretsManagerClient"]
"""Gives a client that may look for secrets, and read those of the names."""


def present_names(planned: Sequence[SecretPlan], clients: Clients) -> Mapping[str, str]:
    """Return the names under which the store has planned values, by the planned ones; only those that differ.

    Where the store does not let its secrets be listed, planned names are all that counts. Raises `Denied`,
    `VaultUnavailable`.
    """
    client = clients([secret.name for secret in planned])
    missing = [secret for secret in planned if not _equal(secret, secret.name, client)]
    tagged = _tagged(missing, client) if missing else {}
    names = sorted({name for found in tagged.values() for name in found})
    reader = clients(names) if names else client
    taken = {secret.name for secret in planned} - {secret.name for secret in missing}
    found: dict[str, str] = {}
    for secret in missing:
        candidates = (name for name in tagged.get(secret.name, ()) if name not in taken)
        equal = (name for name in candidates if _may_be_equal(secret, name, reader))
        name = next(equal, secret.name)
        taken.add(name)
        if name != secret.name:
            found[secret.name] = name
    return found


def _equal(secret: SecretPlan, name: str, client: SecretsManagerClient) -> bool:
    try:
        answer = read(name, client)
    except Refused:
        # It waits for its deletion.
        return False
    return answer is not None and holds(secret, answer)


def _may_be_equal(secret: SecretPlan, name: str, client: SecretsManagerClient) -> bool:
    """Tell whether a secret holds the value, as far as it may be read: nobody asked for this one."""
    try:
        return _equal(secret, name, client)
    except Denied:
        return False


def _tagged(planned: Sequence[SecretPlan], client: SecretsManagerClient) -> Mapping[str, Sequence[str]]:
    """Return the names of secrets that were moved for the same finding, by the planned name."""
    owners = {print_: secret.name for secret in planned for print_ in secret.fingerprints}
    found: dict[str, list[str]] = defaultdict(list)
    for name, source in _sources(sorted(owners), client):
        if source in owners:
            found[owners[source]].append(name)
    return {name: sorted(names) for name, names in found.items()}


def _sources(fingerprints: Sequence[str], client: SecretsManagerClient) -> Iterator[tuple[str, str]]:
    """Yield name and tag of each secret that has one of the fingerprints for its tag."""
    for start in range(0, len(fingerprints), _AT_ONCE):
        for entry in _listed(fingerprints[start : start + _AT_ONCE], client):
            tags = {tag["Key"]: tag["Value"] for tag in entry.get("Tags", ())}
            yield entry["Name"], tags.get(SOURCE, "")


def _listed(fingerprints: Sequence[str], client: SecretsManagerClient) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "tag-key", "Values": [SOURCE]}, {"Key": "tag-value", "Values": list(fingerprints)}]
    )
    with store_errors(_ALL):
        try:
            for page in pages:
                yield from page["SecretList"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in DENIED:
                raise
