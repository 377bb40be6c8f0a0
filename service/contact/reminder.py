"""Reminders that are sent by mail."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from service.contact.mailbox import send
from service.faults import UnavailableError
from service.security.sessions import SIGN_IN

CHOICE: Final = "/reminders"
"""Where somebody says whether they want reminders."""


class ReminderMail(msgspec.Struct, frozen=True):
    """Sends reminders, which say nothing that others may not read on a telephone that is locked.

    Attributes:
        smtp_url: the server that takes them, as for `service.contact.mailbox.Mailbox`.
        mailbox: the address from which they come.
        url: where the service is found.
    """

    smtp_url: str
    mailbox: str
    url: str

    def send(self, to: str, day: date, token: str) -> None:
        """Send somebody a reminder.

        Args:
            to: their address.
            day: the last day of what they have to do.
            token: by which they say that they want no reminders.

        Raises:
            UnavailableError: the server does not take it, or not over an encrypted connection.
        """
        # What serves does not load this until somebody is reminded (docs/adr/0009).
        from email.message import EmailMessage  # noqa: PLC0415 - as above

        url = self.url.rstrip("/")
        choice = f"{url}{CHOICE}?token={token}"
        mail = EmailMessage()
        mail["Subject"] = "Your coalition has something for you to do"
        mail["From"] = self.mailbox
        mail["To"] = to
        mail["Auto-Submitted"] = "auto-generated"
        # A button of the mail program's own (RFC 8058).
        mail["List-Unsubscribe"] = f"<{choice}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(
            f"Its last day is {day.isoformat()}. To see what it is, ask for a link and sign in:\n\n"
            f"{url}{SIGN_IN}\n\n"
            f"Hay algo que debe hacer hasta el {day.isoformat()}. Para verlo, pida un enlace en la "
            "misma página.\n\n"
            "You are told of it once. No reminders any more / No recibir más avisos:\n\n"
            f"{choice}\n"
        )
        try:
            send(self.smtp_url, mail, secret=True)
        except OSError:
            # What servers say may quote the mail.
            raise UnavailableError(
                "The mail server did not take the reminder in time, or is not encrypted by a "
                "certificate that is good."
            ) from None
