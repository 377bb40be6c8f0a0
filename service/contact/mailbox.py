"""Mail: messages to the coalition's mailbox or to a folder that somebody empties, and links out.

Nothing else keeps them: no table, no entry, no line of a log. The standard library sends them, in
a thread that serves nobody else: a few an hour are sent, and a client that is asynchronous would be
one dependency more, in the memory of every process, for what a thread of its own does as well.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import msgspec

from domain.terms import Email
from service.contact.message import Message
from service.faults import UnavailableError
from service.settings import is_loopback

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

MOST_FILES: Final = 1_000
"""How many messages a folder takes; then somebody has to empty it."""

SMTP_TIMEOUT_S: Final = 10.0
"""How long a server may take for a mail, to its last answer."""

_SPECIALS: Final = frozenset('()<>[]:;\\,"')
"""What else than the address a header may be made of (RFC 5322, §3.2.3)."""


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
                send(self._smtp_url, mail)
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
        if message.reply is not None and is_email(message.reply):
            mail["Reply-To"] = message.reply
        lines = [
            f"Name: {message.name or 'not said'}",
            f"Answer to: {message.reply or 'no answer asked for'}",
            "",
            message.text,
        ]
        mail.set_content("\n".join(lines))
        return mail


def send(url: str, mail: EmailMessage, *, secret: bool = False) -> None:
    """Give a mail to a server; its faults are all `OSError`.

    Args:
        url: the server's, as for `Mailbox`.
        mail: the mail.
        secret: whether it goes over an encrypted connection or nowhere, except to this machine.
    """
    import smtplib  # noqa: PLC0415 - as in `Mailbox._mail`

    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(timeout=SMTP_TIMEOUT_S, context=context)
        if parts.scheme == "smtps"
        else smtplib.SMTP(timeout=SMTP_TIMEOUT_S)
    )
    # The name that certificates are checked by. Given to the constructor it would connect at once,
    # and `_abort` could not end what it waits for.
    server._host = host  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    # The connection's own limit is for each piece: a server could answer byte by byte for ever.
    late = threading.Timer(SMTP_TIMEOUT_S, _abort, [server])
    late.daemon = True
    late.start()
    try:
        server.connect(host, parts.port or server.default_port)
        server.ehlo()
        # So does a password.
        secret = (secret and not is_loopback(host)) or bool(parts.username)
        if parts.scheme != "smtps" and (secret or server.has_extn("starttls")):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)
        # It has the mail, whatever it says now.
        with contextlib.suppress(OSError):
            server.quit()
    except ValueError:
        # A port or a password that is none.
        raise OSError from None
    finally:
        late.cancel()
        server.close()


def _abort(server: smtplib.SMTP) -> None:
    """End what a connection waits for, from another thread."""
    if (connected := server.sock) is not None:
        with contextlib.suppress(OSError):
            # Not its own method, which takes the encryption off first: what is sent just then would
            # go in clear.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)


def is_email(text: str) -> bool:
    """Whether a text is one address that may stand in the header of a mail."""
    try:
        msgspec.convert(text, Email)
    except msgspec.ValidationError:
        return False
    return text.isascii() and not _SPECIALS.intersection(text)


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
