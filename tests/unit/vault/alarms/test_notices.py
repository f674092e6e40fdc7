"""The settings that say whom alarms tell: every mistake is named by table and key, and no secret can stand in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.config import load_config
from strongroom.kernel.errors import UsageError
from vault.alarms.notices import Credential, FileNotice, LogNotice, MailNotice, WebhookNotice, load_notices

_MAIL = 'kind = "smtp"\nhost = "mail.example.com"\nfrom = "a@example.com"\nto = ["b@example.com"]\n'
_HOOK = 'kind = "webhook"\nurl = "https://hooks.example.com/x"\n'


def _written(folder: Path, *tables: str) -> Path:
    file = folder / "strongroom.toml"
    file.write_text("\n".join(tables))
    return file


def test_each_kind_is_read(tmp_path: Path) -> None:
    file = _written(
        tmp_path,
        'min_confidence = "low"',
        '[notify.here]\nkind = "log"',
        '[notify.kept]\nkind = "file"\npath = "alarms.jsonl"',
        f'[notify.mail]\n{_MAIL}username = "me"\npassword_secret = "ops/mail"\npassword_field = "password"',
        f'[notify.hook]\n{_HOOK}signing_key_file = "hook.key"',
    )
    found = load_notices(file, {})
    assert found["here"] == LogNotice()
    assert found["kept"] == FileNotice(path=tmp_path / "alarms.jsonl")
    assert found["mail"] == MailNotice(
        host="mail.example.com",
        port=587,
        encryption="starttls",
        sender="a@example.com",
        recipients=("b@example.com",),
        username="me",
        password=Credential(secret="ops/mail", field="password"),
    )
    assert found["hook"] == WebhookNotice(
        url="https://hooks.example.com/x", signing_key=Credential(file=tmp_path / "hook.key")
    )


def test_without_settings_nobody_is_told() -> None:
    assert load_notices(None, {"STRONGROOM_HOME": "x"}) == {}


@pytest.mark.parametrize(("encryption", "port"), [("starttls", 587), ("tls", 465)])
def test_the_usual_port_follows_the_encryption(encryption: str, port: int, tmp_path: Path) -> None:
    file = _written(tmp_path, f'[notify.m]\n{_MAIL}encryption = "{encryption}"')
    found = load_notices(file, {})["m"]
    assert isinstance(found, MailNotice)
    assert found.port == port


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[notify.a]", "needs kind"),
        ('[notify.a]\nkind = "pager"', "pager"),
        ('[notify.a]\nkind = "log"\nlevel = "high"', "unknown key level"),
        ('[notify.a]\nkind = "file"', "needs path"),
        ('[notify."a b"]\nkind = "log"', "name"),
        ("notify = 1", "no table of tables"),
        ("[notify", "not valid TOML"),
        (f'[notify.a]\n{_MAIL}password = "x"', "unknown key password"),
        (f'[notify.a]\n{_MAIL}username = "me"', "needs password_file or password_secret"),
        (f'[notify.a]\n{_MAIL}encryption = "none"', "in the clear"),
        (f'[notify.a]\n{_MAIL}encryption = "ssl"', "encryption"),
        (f"[notify.a]\n{_MAIL}port = 0", "port"),
        (f'[notify.a]\n{_MAIL}port = "x"', "port"),
        ('[notify.a]\nkind = "smtp"\nhost = "h"\nfrom = "a"\nto = []', "to is no list"),
        (f"[notify.a]\n{_HOOK}", "needs signing_key_file or signing_key_secret"),
        (f'[notify.a]\n{_HOOK}signing_key_file = "a"\nsigning_key_secret = "b"', "and not both"),
        ('[notify.a]\nkind = "webhook"\nurl = "http://example.com"\nsigning_key_file = "a"', "in the clear"),
        ('[notify.a]\nkind = "webhook"\nurl = "ftp://example.com"\nsigning_key_file = "a"', "no http or https URL"),
        ('[notify.a]\nkind = "webhook"\nurl = "https://e:port"\nsigning_key_file = "a"', "no http or https URL"),
        ('[notify.a]\nkind = "webhook"\nurl = "https://["\nsigning_key_file = "a"', "no http or https URL"),
        ('[notify.a]\nkind = "webhook"\nurl = "https://u:p@example.com"\nsigning_key_file = "a"', "without a user"),
    ],
)
def test_a_mistake_is_named(table: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told):
        load_notices(_written(tmp_path, table), {})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_notices(tmp_path / "absent.toml", {})


def test_the_environment_adds_and_replaces(tmp_path: Path) -> None:
    file = _written(tmp_path, f"[notify.on-call]\n{_MAIL}")
    found = load_notices(
        file,
        {
            "STRONGROOM_NOTIFY_ON_CALL_HOST": "127.0.0.1",
            "STRONGROOM_NOTIFY_ON_CALL_ENCRYPTION": "none",
            "STRONGROOM_NOTIFY_ON_CALL_PORT": "2525",
            "STRONGROOM_NOTIFY_ON_CALL_TO": "x@example.com, y@example.com",
            "STRONGROOM_NOTIFY_AUDIT_KIND": "file",
            "STRONGROOM_NOTIFY_AUDIT_PATH": "/var/log/alarms.jsonl",
        },
    )
    mail = found["on-call"]
    assert isinstance(mail, MailNotice)
    assert (mail.host, mail.port, mail.recipients) == ("127.0.0.1", 2525, ("x@example.com", "y@example.com"))
    assert found["audit"] == FileNotice(path=Path("/var/log/alarms.jsonl"))


def test_a_variable_that_sets_no_key_is_named() -> None:
    with pytest.raises(UsageError, match="STRONGROOM_NOTIFY_OPS_COLOUR"):
        load_notices(None, {"STRONGROOM_NOTIFY_OPS_COLOUR": "red"})


def test_a_scan_leaves_them_alone(tmp_path: Path) -> None:
    _written(tmp_path, '[notify.here]\nkind = "log"')
    assert load_config(tmp_path).exclude == ()
