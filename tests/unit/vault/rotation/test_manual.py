"""What only a person can rotate: a reminder until the new value is there, which is then taken over."""

from __future__ import annotations

import pytest

from tests.testing.rotators import subject
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed, WaitsForPerson


def test_it_waits_with_the_reminder_and_how_to_go_on(vault: Vault) -> None:
    secret = subject(vault, "manual-single", "old", REMINDER="ask the\nbank")
    token = secret.start()
    with pytest.raises(WaitsForPerson, match=rf"made by hand \(ask the bank\); .*--client-request-token {token}"):
        secret.run(token)
    assert secret.value() == "old"


def test_a_value_that_was_put_in_place_is_taken_over(vault: Vault) -> None:
    secret = subject(vault, "manual-single", "old")
    token = secret.start()
    secret.client.put_secret_value(
        SecretId=secret.arn, SecretString="new", ClientRequestToken=token, VersionStages=["AWSPENDING"]
    )
    secret.run(token)
    assert (secret.value(), secret.value("AWSPREVIOUS")) == ("new", "old")


def test_the_same_value_again_is_no_new_one(vault: Vault) -> None:
    secret = subject(vault, "manual-single", "old")
    token = secret.start()
    secret.client.put_secret_value(
        SecretId=secret.arn, SecretString="old", ClientRequestToken=token, VersionStages=["AWSPENDING"]
    )
    with pytest.raises(RotationFailed, match="is the current one"):
        secret.run(token)


def test_nothing_is_known_of_old_values(vault: Vault) -> None:
    secret = subject(vault, "manual-single", "old", REMINDER="ask the bank")
    with pytest.raises(RotationFailed, match="nothing here can try"):
        secret.accepts("old")
    with pytest.raises(WaitsForPerson, match=r"by hand \(ask the bank\)"):
        secret.revoke("old")
