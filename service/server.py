"""uvicorn, with what it lacks: time and size limits on headers, and an orderly stop."""

# ruff: noqa: E402 - uvicorn's imports follow what they are to be spared.

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from starlette.types import ASGIApp
from websockets.frames import CloseCode
from websockets.http11 import Request

from service.faults import NotReadyError
from service.graphql.connections import READ_TIMEOUT_S, TAKING, UNHINDERED
from service.imports import defer
from service.settings import Settings

# By itself, uvicorn imports its command line, what starts several processes and what starts them
# anew when a file changes; and a way to configure logs by files.
defer("uvicorn")
defer("logging.config")

import uvicorn
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server as Uvicorn

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

# Its lifespan asks the package for it.
uvicorn.Config = Config  # type: ignore[misc]  # the class that it would have

BACKLOG: Final = 2_048
MAX_MESSAGE_BYTES: Final = 65_536
UNREAD_S: Final = 2 * READ_TIMEOUT_S
"""How long a client may leave unread what was sent, before the connection is given up."""
_WHOLE_TEXT: Final = 0x81
_SHORT: Final = 126
_BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
MAX_HEADER_BYTES: Final = 65_536


class BoundedProtocol(HttpToolsProtocol):
    """Hangs up on clients whose headers are endless, in time or in size.

    Without it a client that sends a byte now and then holds a connection for ever, and one
    that never ends its headers fills the memory.
    """

    receive_timeout_s = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: the first request is due."""
        super().connection_made(transport)
        self._header_bytes = 0
        self._due: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_clock()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what arrives while headers are due."""
        counting = self._due is not None
        if counting:
            self._header_bytes += len(data)
        super().data_received(data)
        # Still due: what has arrived so far were headers only.
        if counting and self._due is not None and self._header_bytes > MAX_HEADER_BYTES:
            self._hang_up()

    def pause_writing(self) -> None:
        """Start the clock: what was sent is to be read."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that clock."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def on_message_begin(self) -> None:
        """Start the clock for a further request on the same connection."""
        super().on_message_begin()
        extensions: dict[str, Any] = {UNHINDERED: self.flow.resume_writing}
        self.scope["extensions"] = extensions
        if self._due is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().on_headers_complete()

    def _expect_headers(self) -> None:
        self._header_bytes = 0
        self._due = self.loop.call_later(self.receive_timeout_s, self._hang_up)

    def _stop_clock(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _hang_up(self) -> None:
        self._stop_clock()
        if not self.transport.is_closing():
            self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket, which a client that does not read loses."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready for a connection."""
        super().connection_made(transport)
        self._unread: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Start the clock: what was sent is to be read."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that clock."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop that clock."""
        super().connection_lost(exc)
        if self._unread is not None:
            self._unread.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what arrived; what is no handshake is refused at once, and not waited on."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()) or _BAD_REQUEST)
            self.transport.close()

    def handle_ping(self) -> None:
        """Answer, unless what was sent before is unread: who only asks would fill the memory."""
        output = self.conn.data_to_send()
        if self.writable.is_set():
            self.transport.write(b"".join(output))

    def send_receive_event_to_app(self) -> None:
        """Hand on a message; a text that is not UTF-8 ends the connection, and is no fault here."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a text is made a frame here, in a tenth of the time that the library takes."""
        if self.handshake_complete and (self.close_sent or self.transport.is_closing()):
            # The protocol has closed it, which the application has not heard of yet.
            raise ClientDisconnected
        text = message.get("text")
        plain = self.handshake_complete and not self.conn.extensions
        if message["type"] != "websocket.send" or not isinstance(text, str) or not plain:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected:
            raise ClientDisconnected
        self.transport.write(text_frame(text))

    def shutdown(self) -> None:
        """Leave it to the application to close what is open, with a reason."""
        if not self.handshake_complete:
            super().shutdown()

    def handle_connect(self, event: Request) -> None:
        """Say whether the client reads, and how a last word goes out although it does not."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[UNHINDERED] = self.writable.set
            extensions[TAKING] = self.writable.is_set


def text_frame(text: str) -> bytes:
    """Return a message as a server sends it: one frame of text, unmasked (RFC 6455, §5.2)."""
    data = text.encode()
    size = len(data)
    if size < _SHORT:
        return bytes((_WHOLE_TEXT, size)) + data
    if size < 1 << 16:
        return struct.pack("!BBH", _WHOLE_TEXT, _SHORT, size) + data
    return struct.pack("!BBQ", _WHOLE_TEXT, _SHORT + 1, size) + data


def _settle() -> None:
    """Keep for good what starting has made, and return to the system what it has freed.

    The collector would look through all of it again, while a request waits a tenth of a second;
    where the C library cannot give memory back, it does not.
    """
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Server(Uvicorn):
    """Stops in order: says that it is not ready, waits, answers what is open, ends.

    Args:
        config: as for uvicorn.
        drain_s: how long it goes on after saying so, for load balancers to hear of it.
        on_stop: called at once; it is to make the process unready.
        on_drained: called when that time is over; it is to end what would go on for ever.
        on_start: called when connections are accepted.
    """

    def __init__(
        self,
        config: Config,
        *,
        drain_s: float,
        on_stop: Callable[[], None],
        on_drained: Callable[[], None] = lambda: None,
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._drain_s = drain_s
        self._on_stop = on_stop
        self._on_drained = on_drained
        self._on_start = on_start
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_to_stop = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            _settle()
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would go on for ever, then the rest."""
        self._on_drained()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second signal does not wait, and a third Ctrl-C breaks off."""
        # uvicorn would keep the signal and die of it after an orderly stop.
        del frame
        again = self._asked_to_stop
        self._asked_to_stop = True
        self._on_stop()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        elif again or sig == signal.SIGINT or self._loop is None:
            # Ctrl-C is a person's, who waits for no load balancer.
            self.should_exit = True
        else:
            self._loop.call_soon_threadsafe(self._stop_after_drain)

    def _stop_after_drain(self) -> None:
        if self._loop is not None:
            self._loop.call_later(self._drain_s, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, so that an address in use is known before all else.

    Raises:
        NotReadyError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise NotReadyError(
            f"{host}:{port} cannot be listened on ({error.strerror}): "
            "choose another with --host and --port."
        ) from None


def address_of(listener: socket.socket) -> str:
    """Return where a socket listens, as the beginning of a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configuration(app: ASGIApp, settings: Settings) -> Config:
    """Return how uvicorn is to run an application."""

    class Protocol(BoundedProtocol):
        receive_timeout_s = settings.receive_timeout_s

    return Config(
        app,
        loop="uvloop",
        http=Protocol,
        ws=SocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        # Compression takes 60 KiB a connection, and what is told is small.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # A header is no proof of where a client is, except where a proxy of ours sets it.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=30,
        # What is open then has been told by its own time limit.
        timeout_graceful_shutdown=int(settings.request_timeout_s) + 1,
    )
