"""Settings of rotations: by tags of the secret, else for the whole server."""

from __future__ import annotations

from vault.rotation.clients import settings_of


def test_the_servers_environment_has_settings_for_all() -> None:
    variables = {"STRONGROOM_ROTATION_PASSWORD_LENGTH": "40", "PASSWORD_LENGTH": "8", "PATH": "/bin"}
    assert settings_of(variables, ()) == {"PASSWORD_LENGTH": "40"}


def test_a_secrets_tags_come_first() -> None:
    variables = {"STRONGROOM_ROTATION_PASSWORD_LENGTH": "40"}
    tags = (("strongroom:password-length", "24"), ("strongroom:reminder", "ask the bank"), ("team", "payments"))
    assert settings_of(variables, tags) == {"PASSWORD_LENGTH": "24", "REMINDER": "ask the bank"}
