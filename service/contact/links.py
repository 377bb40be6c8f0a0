"""Links to sign in that are sent by mail."""

from __future__ import annotations

import msgspec

from service.contact.mailbox import send
from service.faults import UnavailableError
from service.security.sessions import LINK_S, SIGN_IN


class LinkMail(msgspec.Struct, frozen=True):
    """Sends links to sign in.

    Attributes:
        smtp_url: the server that takes them, as for `service.contact.mailbox.Mailbox`.
        mailbox: the address from which they come.
        url: where the service is found; never what a request says of itself.
    """

    smtp_url: str
    mailbox: str
    url: str

    def send(self, to: str, secret: str) -> None:
        """Send somebody the link with a secret; `to` is what `is_email` holds for one.

        Raises:
            UnavailableError: the server does not take it, or not as secrets are sent.
        """
        # What serves does not load this until somebody asks (docs/adr/0009).
        from email.message import EmailMessage  # noqa: PLC0415 - as above

        mail = EmailMessage()
        mail["Subject"] = "Your link to sign in"
        mail["From"] = self.mailbox
        mail["To"] = to
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(
            f"Sign in by this link, once and within {LINK_S // 60} minutes:\n\n"
            f"{link_of(self.url, secret)}\n\n"
            "Whoever has it can sign in as you: pass it on to nobody. If you did not expect it, "
            "let it expire, and tell the coalition by an answer to this mail.\n"
        )
        try:
            send(self.smtp_url, mail, secret=True)
        except OSError:
            # What servers say may quote the mail.
            raise UnavailableError(
                "The mail server did not take the link in time, or is not encrypted by a "
                "certificate that is good: it was not sent, and expires by itself."
            ) from None


def link_of(url: str, secret: str) -> str:
    """Return the link of a secret, where the service is found at a URL."""
    return f"{url.rstrip('/')}{SIGN_IN}?token={secret}"
