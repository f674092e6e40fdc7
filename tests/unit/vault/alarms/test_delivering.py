"""Notifications arrive at real servers as they should, and say why where they do not, without a value."""

from __future__ import annotations

import hmac
import json
import logging
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.background import background
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.credentials import made_up_credential
from tests.testing.mail import mail_server
from tests.testing.ports import free_port
from tests.testing.stub import Answer, Asked, Stub, certified, serving
from vault.alarms import deliver as delivering
from vault.alarms.deliver import IDENTITY, SIGNATURE, TIMESTAMP, DeliveryFailed, deliver
from vault.alarms.notices import Credential, FileNotice, LogNotice, MailNotice, Notice, WebhookNotice
from vault.domain.alarm import Actions, Alarm
from vault.domain.alarm_history import message
from vault.domain.alarm_rule import AlarmRule, Comparison, Metric, Statistic
from vault.domain.alarms import State
from vault.domain.notifications import Notification

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-1:123456789012:ops"


def notification(**more: Any) -> Notification:
    """Return what an alarm tells that has gone off."""
    rule = AlarmRule(
        metric=Metric(namespace="Trail", name="deleted"),
        statistic=Statistic.SUM,
        period=300,
        evaluation_periods=1,
        threshold=1.0,
        comparison=Comparison.AT_LEAST,
    )
    definition = {"account_id": "123456789012", "region": "us-east-1", "name": "deleted", "rule": rule, **more}
    alarm = Alarm.new(now=NOON, actions=Actions(alarm=(TOPIC,)), **definition)
    changed = alarm.set_by_hand(State.ALARM, "Threshold Crossed", "", NOON)
    return Notification(
        notification_id="6a1b",
        account_id=alarm.account_id,
        region=alarm.region,
        alarm=alarm.name,
        action=TOPIC,
        message=message(changed, alarm.condition),
        due=NOON,
    )


@pytest.fixture
def key() -> SecretValue:
    """A password or signing key."""
    return SecretValue(made_up_credential())


@pytest.fixture
def send(key: SecretValue) -> Callable[..., None]:
    """Deliver to a notice whose credential is the key."""
    return lambda notice, **more: deliver(notice, notification(**more), lambda _: key, NOON)


def mail_notice(port: int, **more: Any) -> MailNotice:
    """Return the settings of a mail server on this machine."""
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "encryption": "none",
        "sender": "strongroom@example.com",
        "recipients": ("a@example.com", "b@example.com"),
    }
    return MailNotice(port=port, **{**usual, **more})


def webhook(stub: Stub, path: str = "/hook?team=a", **more: Any) -> WebhookNotice:
    """Return the settings of a webhook on this machine."""
    return WebhookNotice(url=f"{stub.place}{path}", signing_key=Credential(secret="hook"), **more)


def test_the_log_says_what_happened_in_one_line(send: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        send(LogNotice(), name="a\nforged: line")
    assert caplog.messages == ["alarm a forged: line: INSUFFICIENT_DATA -> ALARM: Threshold Crossed"]


def test_a_file_gets_a_json_line_for_each_and_is_private(send: Callable[..., None], tmp_path: Path) -> None:
    file = tmp_path / "alarms.jsonl"
    send(FileNotice(path=file))
    send(FileNotice(path=file))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(each["AlarmName"], each["NewStateValue"], each["NotificationId"]) for each in lines] == [
        ("deleted", "ALARM", "6a1b")
    ] * 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_others_can_read_is_refused(send: Callable[..., None], tmp_path: Path) -> None:
    file = tmp_path / "alarms.jsonl"
    file.touch(mode=0o644)
    file.chmod(0o644)
    with pytest.raises(DeliveryFailed, match="open to other users"):
        send(FileNotice(path=file))


def test_a_link_is_not_followed(send: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(DeliveryFailed):
        send(FileNotice(path=tmp_path / "link"))
    assert not (tmp_path / "target").exists()


def test_a_mail_tells_all_recipients_what_happened(send: Callable[..., None]) -> None:
    with mail_server() as mailbox:
        send(mail_notice(mailbox.port), description="Somebody reads what waits for deletion.")
    (mail,) = mailbox.mails
    assert mail["Subject"] == 'ALARM: "deleted" in us-east-1'
    assert mailbox.recipients == [["a@example.com", "b@example.com"]]
    assert mail["Message-ID"] == "<6a1b@strongroom>"
    text = mail.get_content()
    assert "Somebody reads what waits for deletion." in text
    assert "changed from INSUFFICIENT_DATA to ALARM" in text


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_mail_goes_over_tls_and_logs_in(
    encryption: str, send: Callable[..., None], key: SecretValue, tmp_path: Path
) -> None:
    context, authority = certified(tmp_path, "127.0.0.1")
    login = {"username": "me", "password": Credential(secret="mail")} if encryption == "starttls" else {}
    password = key.reveal_text() if login else ""
    with mail_server(context, encryption, password) as mailbox:
        send(mail_notice(mailbox.port, encryption=encryption, ca_file=authority, **login))
    assert len(mailbox.mails) == 1
    assert mailbox.logins == ([(b"me", key.reveal())] if login else [])


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_mail_server_whom_nobody_vouches_for_is_sent_nothing(
    encryption: str, send: Callable[..., None], tmp_path: Path
) -> None:
    context, _ = certified(tmp_path, "127.0.0.1")
    with mail_server(context, encryption) as mailbox, pytest.raises(DeliveryFailed, match="TLS failed"):
        send(mail_notice(mailbox.port, encryption=encryption))
    assert mailbox.mails == []


def test_a_password_is_not_sent_to_a_server_without_tls(send: Callable[..., None]) -> None:
    with mail_server() as mailbox, pytest.raises(DeliveryFailed):
        send(mail_notice(mailbox.port, encryption="starttls", username="me", password=Credential(secret="mail")))
    assert (mailbox.mails, mailbox.logins) == ([], [])


def test_a_server_that_refuses_a_mail_is_named_by_its_answer(send: Callable[..., None]) -> None:
    with mail_server() as mailbox:
        mailbox.refusal = "451 later"
        with pytest.raises(DeliveryFailed, match="the mail server answered 451"):
            send(mail_notice(mailbox.port))


def test_a_wrong_password_is_not_shown(send: Callable[..., None], key: SecretValue, tmp_path: Path) -> None:
    context, authority = certified(tmp_path, "127.0.0.1")
    with mail_server(context, "starttls", "another") as mailbox, pytest.raises(DeliveryFailed) as failed:
        send(
            mail_notice(
                mailbox.port,
                encryption="starttls",
                ca_file=authority,
                username="me",
                password=Credential(secret="mail"),
            )
        )
    assert key.reveal_text() not in str(failed.value)
    assert mailbox.mails == []


def test_no_name_of_an_alarm_adds_a_header(send: Callable[..., None]) -> None:
    with mail_server() as mailbox:
        send(mail_notice(mailbox.port), name="a\r\nBcc: thief@example.com")
    assert mailbox.recipients == [["a@example.com", "b@example.com"]]
    assert mailbox.mails[0]["Bcc"] is None


def test_a_webhook_is_signed_over_timestamp_and_body(send: Callable[..., None], key: SecretValue) -> None:
    with serving() as stub:
        send(webhook(stub))
    (asked,) = stub.asked
    assert (asked.method, asked.target) == ("POST", "/hook?team=a")
    timestamp = asked.headers[TIMESTAMP]
    expected = hmac.new(key.reveal(), timestamp.encode() + b"." + asked.body, "sha256").hexdigest()
    assert asked.headers[SIGNATURE] == f"v1={expected}"
    assert timestamp == str(int(NOON.timestamp()))
    assert asked.headers[IDENTITY] == json.loads(asked.body)["NotificationId"] == "6a1b"
    assert json.loads(asked.body)["Trigger"]["MetricName"] == "deleted"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 500])
def test_an_answer_that_is_no_success_is_a_failure_and_no_redirect_is_followed(
    status: int, send: Callable[..., None]
) -> None:
    def moved(_: Asked) -> Answer:
        return Answer(status=status, headers={"Location": "/elsewhere"})

    with serving(moved) as stub, pytest.raises(DeliveryFailed, match=str(status)):
        send(webhook(stub))
    assert [asked.target for asked in stub.asked] == ["/hook?team=a"]


def test_a_webhook_over_tls_is_reached_where_its_certificate_is_trusted(
    send: Callable[..., None], tmp_path: Path
) -> None:
    context, authority = certified(tmp_path, "127.0.0.1")
    with serving(context=context) as stub:
        notice = WebhookNotice(
            url=f"https://127.0.0.1:{stub.port}/", signing_key=Credential(secret="hook"), ca_file=authority
        )
        send(notice)
        with pytest.raises(DeliveryFailed, match="TLS failed"):
            send(WebhookNotice(url=notice.url, signing_key=notice.signing_key))
    assert len(stub.asked) == 1


def test_a_webhook_that_answers_too_slowly_is_left(send: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "SECONDS", 0.2)
    asked_to_end = []

    def never(_: Asked) -> Answer:
        held = threading.Event()
        asked_to_end.append(held)
        held.wait(5)
        return Answer()

    with serving(never) as stub, pytest.raises(DeliveryFailed):
        send(webhook(stub))
    asked_to_end[0].set()


@contextmanager
def _greeting_for_ever() -> Iterator[int]:
    """A server that begins its greeting and goes on a byte at a time; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet(stop: threading.Event) -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                while not stop.wait(0.05):
                    connection.sendall(b"2")

        with background("greeting", greet):
            yield listener.getsockname()[1]


def test_a_mail_server_that_greets_too_slowly_is_left(
    send: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "SECONDS", 0.2)
    with _greeting_for_ever() as port, pytest.raises(DeliveryFailed):
        send(mail_notice(port))


@pytest.mark.parametrize("kind", ["mail", "webhook"])
def test_a_server_that_is_not_there_is_told_as_that(kind: str, send: Callable[..., None]) -> None:
    port = free_port()
    notice: Notice = mail_notice(port)
    if kind == "webhook":
        notice = WebhookNotice(url=f"http://127.0.0.1:{port}/", signing_key=Credential(secret="hook"))
    with pytest.raises(DeliveryFailed, match="refused"):
        send(notice)
