"""Where messages go: to the coalition's mailbox, or to a folder that somebody empties.

Nothing else keeps them: no table, no entry, no line of a log.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import msgspec

from domain.terms import Email
from service.contact.message import Message
from service.faults import UnavailableError

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

MOST_FILES: Final = 1_000
"""How many messages a folder takes; then somebody has to empty it."""

SMTP_TIMEOUT_S: Final = 10.0


class Mailbox:
    """Hands messages on; safe to use from many threads.

    Args:
        to: the coalition's address.
        smtp_url: ``smtp://`` or ``smtps://``, with user and password if the server asks for them;
            ``None`` where messages go to the folder.
        folder: where messages are put without a server, or when it does not take them.
    """

    def __init__(self, to: str, smtp_url: str | None, folder: Path | None) -> None:
        self._to = to
        self._smtp_url = smtp_url
        self._folder = folder

    def deliver(self, message: Message) -> None:
        """Hand a message on.

        Raises:
            UnavailableError: neither the server nor the folder takes it.
        """
        mail = self._mail(message)
        if self._smtp_url is not None:
            with contextlib.suppress(OSError):
                self._send(self._smtp_url, mail)
                return
        if self._folder is None:
            raise UnavailableError("The mailbox does not take messages now: send it again later.")
        try:
            _put(self._folder, mail.as_bytes())
        except OSError:
            raise UnavailableError("The mailbox is full: send it again later.") from None

    def _mail(self, message: Message) -> EmailMessage:
        # What serves does not load these until somebody writes (docs/adr/0009).
        from email.message import EmailMessage  # noqa: PLC0415 - as above

        mail = EmailMessage()
        mail["Subject"] = "A message through the contact form"
        mail["From"] = self._to
        mail["To"] = self._to
        if message.reply is not None and _is_email(message.reply):
            mail["Reply-To"] = message.reply
        lines = [
            f"Name: {message.name or 'not said'}",
            f"Answer to: {message.reply or 'no answer asked for'}",
            "",
            message.text,
        ]
        mail.set_content("\n".join(lines))
        return mail

    @staticmethod
    def _send(url: str, mail: EmailMessage) -> None:
        """Give a mail to a server; its faults are all `OSError`."""
        parts = urlsplit(url)
        with _connected(url) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)


@contextlib.contextmanager
def _connected(url: str) -> Iterator[smtplib.SMTP]:
    import smtplib  # noqa: PLC0415 - as in `Mailbox._mail`

    parts = urlsplit(url)
    context = ssl.create_default_context()
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        port = parts.port or smtplib.SMTP_SSL_PORT
        with smtplib.SMTP_SSL(host, port, timeout=SMTP_TIMEOUT_S, context=context) as server:
            yield server
        return
    with smtplib.SMTP(host, parts.port or smtplib.SMTP_PORT, timeout=SMTP_TIMEOUT_S) as server:
        server.ehlo()
        # A password goes over an encrypted connection or nowhere.
        if parts.username or server.has_extn("starttls"):
            server.starttls(context=context)
        yield server


def _is_email(text: str) -> bool:
    try:
        msgspec.convert(text, Email)
    except msgspec.ValidationError:
        return False
    return text.isascii() and "," not in text


def _put(folder: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sum(1 for _ in folder.iterdir()) >= MOST_FILES:
        raise OSError
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(8)}"
    written = folder / f".{name}"
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    written.replace(folder / f"{name}.eml")
