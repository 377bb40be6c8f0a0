"""A mail server on this machine, for tests."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Post(socketserver.StreamRequestHandler):
    """As much of a mail server (RFC 5321) as is needed to receive one mail."""

    server: PostOffice
    timeout = 10.0

    def handle(self) -> None:
        """Receive a mail; whoever is gone, or is not pleased with the certificate, is let go."""
        with suppress(OSError):
            self._receive()

    def _receive(self) -> None:
        self.server.called.set()
        if self.server.drips:
            while not self.server.closing.wait(0.05):
                self.wfile.write(b"2")
            return
        if self.server.tls is not None and self.server.smtps:
            self._encrypt(self.server.tls)
        self._say("220 here")
        while line := self.rfile.readline():
            verb = line.split(b" ", 1)[0].strip().upper()
            if verb == b"DATA":
                self._say("354 go on")
                self.server.mails.append(self._data())
            if verb == b"EHLO" and self.server.tls is not None:
                self._say("250-here")
                self._say("250 STARTTLS")
                continue
            if verb == b"STARTTLS" and self.server.tls is not None:
                self._say("220 go on")
                self._encrypt(self.server.tls)
                continue
            if verb == b"QUIT":
                self._say("221 bye")
                return
            self._say("550 no" if verb == self.server.refuses else "250 ok")

    def finish(self) -> None:
        """Close the connection, which encrypting has made another one."""
        super().finish()
        self.connection.close()

    def _encrypt(self, tls: ssl.SSLContext) -> None:
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.server.encrypted += 1

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionError
            lines.append(line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    """A mail server on this machine.

    Args:
        refuses: the command that it says no to.
        tls: what it encrypts by, when it is asked to; it offers that only with this.
        smtps: whether it encrypts from the first byte on.
        drips: whether it greets byte by byte for ever, and takes nothing.
    """

    daemon_threads = True

    def __init__(
        self, refuses: bytes, tls: ssl.SSLContext | None, *, smtps: bool, drips: bool
    ) -> None:
        self.mails: list[bytes] = []
        self.encrypted = 0
        self.tls = tls
        self.refuses = refuses
        self.smtps = smtps
        self.drips = drips
        self.called = threading.Event()
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), Post)


@contextmanager
def post_office(
    refuses: bytes = b"",
    tls: ssl.SSLContext | None = None,
    *,
    smtps: bool = False,
    drips: bool = False,
) -> Iterator[tuple[PostOffice, str]]:
    """Let a server receive mails, and say how it is called in settings."""
    with PostOffice(refuses, tls, smtps=smtps, drips=drips) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            scheme = "smtps" if smtps else "smtp"
            yield server, f"{scheme}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
