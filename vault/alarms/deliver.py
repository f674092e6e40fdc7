"""Delivers one notification to the log, a file, by e-mail or to a webhook; whatever fails is told without values.

Nothing takes longer than `SECONDS`, however slowly the other side answers.
"""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from strongroom.kernel.background import background
from strongroom.kernel.secretvalue import SecretValue
from vault.alarms.notices import FileNotice, LogNotice, MailNotice, Notice, WebhookNotice
from vault.domain.notifications import Notification

SECONDS = 30.0
_SILENCE = 10.0
"""Seconds that a connection may say nothing."""
TIMESTAMP, SIGNATURE, IDENTITY = "Strongroom-Timestamp", "Strongroom-Signature", "Strongroom-Notification-Id"
_log = logging.getLogger("strongroom.alarms")
_MAIL = Template((Path(__file__).parent / "mail.txt").read_text(encoding="utf-8"))

Reveal = Callable[[Any], SecretValue]
"""From where a credential is to what it is. Raises `DeliveryFailed`."""


class DeliveryFailed(Exception):
    """A notification did not arrive; the message says why and holds no value."""


def deliver(notice: Notice, notification: Notification, reveal: Reveal, now: datetime) -> None:
    """Deliver a notification. Raises `DeliveryFailed`."""
    try:
        if isinstance(notice, LogNotice):
            _to_log(notification)
        elif isinstance(notice, FileNotice):
            _to_file(notice, notification)
        elif isinstance(notice, MailNotice):
            _by_mail(notice, notification, reveal, now)
        else:
            _to_webhook(notice, notification, reveal, now)
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(f"the mail server answered {error.smtp_code}") from None
    except (smtplib.SMTPException, http.client.HTTPException) as error:
        raise DeliveryFailed(f"the conversation failed: {type(error).__name__}") from None
    except ssl.SSLError as error:
        raise DeliveryFailed(f"TLS failed: {error.reason or type(error).__name__}") from None
    except OSError as error:
        raise DeliveryFailed(error.strerror or type(error).__name__) from None


def signature(key: SecretValue, timestamp: str, body: bytes) -> str:
    """Return what stands in `Strongroom-Signature`: HMAC-SHA-256 (RFC 2104) over timestamp, a point, and body."""
    return f"v1={hmac.new(key.reveal(), timestamp.encode() + b'.' + body, 'sha256').hexdigest()}"


def _to_log(notification: Notification) -> None:
    told = notification.message
    line = f"alarm {told['AlarmName']}: {told['OldStateValue']} -> {told['NewStateValue']}: {told['NewStateReason']}"
    _log.warning("%s", " ".join(line.split()))


def _to_file(notice: FileNotice, notification: Notification) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(notice.path, flags, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            raise DeliveryFailed(f"{notice.path} is open to other users")
        # One write, so that lines of several servers do not run into each other.
        os.write(descriptor, _body(notification) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _by_mail(notice: MailNotice, notification: Notification, reveal: Reveal, now: datetime) -> None:
    password = None if notice.password is None else reveal(notice.password)
    context = ssl.create_default_context(cafile=notice.ca_file)
    if notice.encryption == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=_SILENCE, context=context)
    else:
        server = smtplib.SMTP(timeout=_SILENCE)
    # Whose certificate TLS checks for; made with a host, it would connect at once, outside of the bound.
    server._host = notice.host  # type: ignore[attr-defined]
    with _within(lambda: server.sock), server:
        server.connect(notice.host, notice.port)
        if notice.encryption == "starttls":
            server.starttls(context=context)
        if password is not None:
            server.login(notice.username, password.reveal_text())
        refused = server.send_message(_mail(notice, notification, now))
    if refused:
        _log.warning("%d recipients of [notify.%s] were refused", len(refused), notification.target)


def _mail(notice: MailNotice, notification: Notification, now: datetime) -> EmailMessage:
    told = notification.message
    made = EmailMessage()
    made["Subject"] = _line(f'{told["NewStateValue"]}: "{told["AlarmName"]}" in {told["Region"]}')
    made["From"] = notice.sender
    made["To"] = ", ".join(notice.recipients)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{notification.notification_id}@strongroom>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_text(told))
    return made


def _text(told: Any) -> str:
    trigger = told["Trigger"]
    return _MAIL.substitute(
        name=told["AlarmName"],
        region=told["Region"],
        account=told["AWSAccountId"],
        old=told["OldStateValue"],
        new=told["NewStateValue"],
        description=f"{told['AlarmDescription']}\n" if told["AlarmDescription"] else "",
        reason=told["NewStateReason"],
        time=told["StateChangeTime"],
        namespace=trigger["Namespace"],
        metric=trigger["MetricName"],
        statistic=trigger["Statistic"],
        periods=trigger["EvaluationPeriods"],
        period=trigger["Period"],
        arn=told["AlarmArn"],
    )


def _to_webhook(notice: WebhookNotice, notification: Notification, reveal: Reveal, now: datetime) -> None:
    key, body, timestamp = reveal(notice.signing_key), _body(notification), str(int(now.timestamp()))
    place = urlsplit(notice.url)
    connection = _connection(notice)
    # A program may have switched on `http.client`'s printing for all connections.
    connection.set_debuglevel(0)
    try:
        with _within(lambda: connection.sock):
            connection.request(
                "POST",
                f"{place.path or '/'}{'?' + place.query if place.query else ''}",
                body=body,
                headers={
                    "Content-Type": "application/json",
                    TIMESTAMP: timestamp,
                    SIGNATURE: signature(key, timestamp, body),
                    IDENTITY: notification.notification_id,
                },
            )
            status = connection.getresponse().status
    finally:
        connection.close()
    # What answers with another place is not followed: the signature is for who was named.
    if not http.client.OK <= status < http.client.MULTIPLE_CHOICES:
        raise DeliveryFailed(f"the webhook answered {status}")


def _connection(notice: WebhookNotice) -> http.client.HTTPConnection:
    place = urlsplit(notice.url)
    host = place.hostname or ""
    if place.scheme == "http":
        return http.client.HTTPConnection(host, place.port, timeout=_SILENCE)
    context = ssl.create_default_context(cafile=notice.ca_file)
    return http.client.HTTPSConnection(host, place.port, timeout=_SILENCE, context=context)


def _body(notification: Notification) -> bytes:
    told = {"NotificationId": notification.notification_id, **notification.message}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def _line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


@contextmanager
def _within(find_socket: Callable[[], Any]) -> Iterator[None]:
    """Shut a connection down when the block takes longer than `SECONDS`: its next read then fails."""

    def end(stop: threading.Event) -> None:
        wait = SECONDS
        # It may be connecting just then, and have no socket yet.
        while not stop.wait(wait):
            with suppress(OSError, AttributeError):
                find_socket().shutdown(socket.SHUT_RDWR)
            wait = 1.0

    with background("notify-bound", end):
        yield
