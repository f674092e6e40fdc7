"""A mail server on this machine that keeps what it is sent, over TLS where a test wants it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.testing.ports import free_port


@dataclass(kw_only=True)
class Mailbox:
    """What came, and how the server answers: `refusal` is said to whoever sends, where it is set."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refusal: str = ""
    password: bytes = b""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail."""
        if self.refusal:
            return self.refusal
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let in who has the password."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == self.password)


@contextmanager
def mail_server(
    context: ssl.SSLContext | None = None, encryption: str = "none", password: str = ""
) -> Iterator[Mailbox]:
    """Serve a mailbox on a free port; `encryption` is `none`, `starttls` or `tls`, as the settings call it."""
    mailbox = Mailbox(port=free_port(), password=password.encode())
    options: dict[str, Any] = {"ssl_context": context} if encryption == "tls" else {}
    if encryption == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if password:
        options |= {"authenticator": mailbox.login, "auth_required": True, "auth_require_tls": encryption == "starttls"}
    server = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    server.start()
    try:
        yield mailbox
    finally:
        server.stop()
