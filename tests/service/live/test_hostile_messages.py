"""Whatever is said over WebSocket, the protocol is kept, and nobody else notices.

`make test` says the same few dozen things each time; `make drill` says thousands of others.
"""

from __future__ import annotations

import copy
import gc
import re
import socket as sockets
import struct
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from service.graphql.connections import Connections
from service.graphql.feed import _Group
from service.graphql.operations import MOST_NESTED
from service.graphql.websocket import LONGEST_ID, MOST_OPERATIONS, _Socket
from tests.service.coalition import Coalition
from tests.service.generated_variables import DEEP, ODD, as_json
from tests.service.live.frames import Said, frame, said
from tests.service.live.served import ENTRIES, Socket, served, socket_to
from tests.service.live.test_entries import end, grow
from tests.service.test_generated_requests import DOCUMENTED, DRILL, FAULTS, INSIDE, UNLIMITED

EXAMPLES = 1_500 if DRILL else 60
DRAWN = settings(
    max_examples=EXAMPLES,
    derandomize=not DRILL,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LIVE: dict[str, Any] = {"query": ENTRIES, "variables": {"after": 0}}
LONG = "é" * LONGEST_ID


PAYLOADS: list[Any] = [
    *[LIVE, {"query": ENTRIES}, {"query": "{ nothing }"}] * 8,
    {"query": "{ viewer { role } }", "operationName": None, "extensions": {}},
    {"query": "{ viewer { role } }", "operationName": "A"},
    {"query": "query A { __typename } query B { __typename }", "operationName": "B"},
    {"query": "{"},
    {"query": "subscription { entries(after: -1) { position } }"},
    {"query": "subscription { entries(after: 2147483647) { position } }"},
    {"query": "subscription { entries(first: 0) { position } }"},
    {"query": "subscription { entries @skip(if: true) { position } }"},
    {"query": "subscription { a: entries { position } b: entries { position } }"},
    {"query": "subscription { reviewQueueChanged { position } }"},
    {"query": 'subscription { membershipChanged(id: "x") { position } }'},
    {"query": 'mutation { removeWebhook(input: {commandId: "x", webhook: "y"}) { __typename } }'},
    {"query": "query (" + "$a: [" * 300 + "Int"},
    {"query": "{ " + "a " * 20_000 + "}"},
    {"query": ENTRIES, "variables": {"after": f"{DEEP}45"}},
    {"query": ENTRIES, "variables": {"after": f"{DEEP}60"}},
    {"query": ENTRIES, "variables": {"after": f"{DEEP}5000"}},
    {"query": " "},
    {"documentId": f"sha256:{'0' * 64}"},
    *(None, 7, [], {}),
]
NAMES: list[Any] = ["1", "2", LONG, "\x00", "\u202e"] * 8 + ["", "x" * 256, 7, None, {}]
SMALL_ODD = [each for each in ODD if len(as_json(each)) < 20_000]


@st.composite
def any_message(draw: st.DrawFn) -> Said:
    """Return a strategy of messages: most are of the protocol, some are damaged."""
    kinds = ["subscribe"] * 16 + ["complete"] * 12 + ["ping", "pong"] * 4 + ["connection_init"]
    message: dict[str, Any] = {"type": draw(st.sampled_from(kinds))}
    if message["type"] in ("subscribe", "complete"):
        message["id"] = draw(st.sampled_from(NAMES))
    if message["type"] == "subscribe":
        message["payload"] = copy.copy(draw(st.sampled_from(PAYLOADS)))
    odd = st.sampled_from(SMALL_ODD)
    what = draw(st.integers(0, 80))
    if what == 0:
        message[draw(st.sampled_from(["type", "id", "payload", "unknown"]))] = draw(odd)
    elif what == 1 and isinstance(message.get("payload"), dict):
        names = ["query", "variables", "operationName", "extensions", "documentId"]
        message["payload"][draw(st.sampled_from(names))] = draw(odd)
    elif what == 2:
        message["type"] = draw(st.sampled_from(["next", "error", "connection_ack", "Subscribe"]))
    content = as_json(message)
    if what == 3:
        content = content[: draw(st.integers(0, len(content)))]
    elif what == 4:
        content = draw(st.sampled_from([b"[" * 50_000, b"[]", b"null", b'"\xf0\x9f\x98\x80"', b""]))
    opcode = Opcode.BINARY if what == 5 else Opcode.TEXT
    return Said(content, opcode, draw(st.sampled_from([1, 1, 1, 2, 7])))


SUBSCRIBED = [said(type="subscribe", id=f"{n}", payload=LIVE) for n in range(3)]
MANY = [said(type="subscribe", id=f"of many {n}", payload=LIVE) for n in range(40)]
MESSAGES = st.lists(any_message(), max_size=12)

INIT = said(type="connection_init")
LAST: dict[str, tuple[bytes, set[int]]] = {
    "invalid UTF-8": (frame(Opcode.TEXT, b'{"type":"\xff"}'), {1007}),
    "invalid UTF-8, and leaving": (
        frame(Opcode.TEXT, b"\xff") + frame(Opcode.CLOSE, struct.pack("!H", 1000)),
        {1000, 1007},
    ),
    "half a character": (frame(Opcode.TEXT, b'{"type":"ping\xc3'), {1007}),
    "reserved bits": (b"\xf1\x80\x00\x00\x00\x00", {1002}),
    "no mask": (b"\x81\x02{}", {1002}),
    "a reserved opcode": (b"\x83\x80\x00\x00\x00\x00", {1002}),
    "a reserved control": (b"\x8b\x80\x00\x00\x00\x00", {1002}),
    "a control in parts": (b"\x09\x80\x00\x00\x00\x00", {1002}),
    "a long control": (b"\x89\xfe\x00\x7e" + b"\x00" * 130, {1002}),
    "the end of nothing": (frame(Opcode.CONT, b"{}"), {1002}),
    "two beginnings": (frame(Opcode.TEXT, b"{", fin=False) + frame(Opcode.TEXT, b"}"), {1002}),
    "much is announced": (b"\x81\xff" + struct.pack("!Q", 2**62) + b"\x00" * 4, {1009}),
    "too much is announced": (b"\x81\xff" + struct.pack("!Q", 2**64 - 1) + b"\x00" * 4, {1009}),
    "too much in parts": (
        frame(Opcode.TEXT, b" " * 40_000, fin=False) + frame(Opcode.CONT, b" " * 40_000)[:14],
        {1009},
    ),
    "a code that is none": (frame(Opcode.CLOSE, struct.pack("!H", 1005)), {1002}),
    "half a code": (frame(Opcode.CLOSE, b"\x03"), {1002}),
    "a reason that is none": (frame(Opcode.CLOSE, b"\x03\xe8\xff"), {1007}),
    "leaving": (frame(Opcode.CLOSE, struct.pack("!H", 1000)), {1000}),
    "leaving without a word": (frame(Opcode.CLOSE), {1005}),
    "half a frame": (b"\x81\xfe\x10", set()),
    "the middle of a message": (frame(Opcode.TEXT, b'{"type"', fin=False), set()),
    "many pings": (frame(Opcode.PING, b"x" * 125) * 500, set()),
    "unasked pongs": (frame(Opcode.PONG, b"x" * 125) * 500, set()),
    "nothing": (b"", set()),
}
"""What comes at the end, and with which code that is answered; with none of these, the client
breaks off instead."""


class Talk:
    """A client that says anything, and knows what docs/live.md has it hear.

    Args:
        socket: a connection on which nothing was said.
    """

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._ready = False
        self._live: set[str] = set()
        self._unsure: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._pings = 0

    def say(self, message: Said) -> int | None:
        """Say something; return the code with which that closes the connection, if it does."""
        content = _object(message)
        outcomes = {4400} if content is None else self._outcomes(content)
        if content is not None and None in outcomes:
            self._note(content)
        self.send(message.frames)
        # Where an earlier operation may be over or not, that is for the server to say.
        outcome = self.hear() if len(outcomes) > 1 else next(iter(outcomes))
        assert outcome in outcomes, (message, outcome)
        return outcome

    def send(self, content: bytes) -> None:
        """Send bytes."""
        with suppress(OSError):
            self._socket.connection.socket.sendall(content)

    def hear(self) -> int | None:
        """Hear on until pings are answered, or the connection is closed: with which code."""
        self._pings += 1
        self.send(said(type="ping").frames)
        while self._pings:
            code = self._hear()
            if code is not None:
                return code
        return None

    def closed(self) -> int:
        """Hear on until the connection is closed; return the code."""
        while (code := self._hear()) is None:
            pass
        return code

    def _hear(self) -> int | None:
        try:
            message = self._socket.hear()
        except ConnectionClosed as closed:
            close = closed.rcvd
        else:
            self._told(message)
            return None
        assert close is not None
        assert not INSIDE.search(close.reason)
        return close.code

    def _told(self, message: dict[str, Any]) -> None:
        kind, name = message.pop("type"), message.pop("id", None)
        payload = message.pop("payload", None)
        assert message == {}
        assert (name in self._asked) == (kind in ("next", "error", "complete")), (kind, name)
        assert (kind in ("next", "error")) == (payload is not None)
        if kind == "pong":
            self._pings -= 1
        elif kind == "connection_ack":
            assert self._ready
        elif kind != "next":
            self._ended[name] += 1
            assert self._ended[name] <= self._asked[name]
        errors = payload if kind == "error" else (payload or {}).get("errors", ())
        for error in errors:
            assert error["extensions"]["code"] in DOCUMENTED - FAULTS, error
            assert re.fullmatch(r"[0-9a-f]{16}", error["extensions"]["requestId"])
            assert not INSIDE.search(error["message"]), error

    def _outcomes(self, content: dict[str, Any]) -> set[int | None]:
        """Return with which code a message may close the connection, ``None`` for not at all."""
        payload, kind = content.get("payload"), content.get("type")
        if kind == "connection_init" and self._ready:
            return {4429}
        if kind in ("connection_init", "ping", "pong"):
            return {None if isinstance(payload, dict | None) else 4400}
        if kind == "complete":
            return {None if _is_name(content.get("id")) else 4400}
        if kind != "subscribe" or not _is_name(content.get("id")):
            return {4400}
        if not isinstance(payload, dict | None):
            return {4400}
        if not self._ready:
            return {4401}
        if content["id"] in self._live:
            return {4409}
        named = _is_named(payload or {})
        outcomes: set[int | None] = {None if named or _is_request(payload or {}) else 4400}
        if len(self._live | self._unsure) >= MOST_OPERATIONS and not named:
            outcomes = {4400} if len(self._live) >= MOST_OPERATIONS else outcomes | {4400}
        return outcomes | ({4409} if content["id"] in self._unsure else set())

    def _note(self, content: dict[str, Any]) -> None:
        """Keep in mind what is said."""
        name = str(content.get("id"))
        self._ready |= content["type"] == "connection_init"
        self._pings += content["type"] == "ping"
        if content["type"] in ("subscribe", "complete"):
            self._live.discard(name)
            self._unsure.discard(name)
        if content["type"] == "subscribe":
            self._asked[name] += 1
            (self._live if content["payload"] == LIVE else self._unsure).add(name)


def _object(message: Said) -> dict[str, Any] | None:
    """Return a message, where it is a JSON object in a text."""
    try:
        content = orjson.loads(message.content)
    except orjson.JSONDecodeError:
        return None
    return content if message.opcode is Opcode.TEXT and isinstance(content, dict) else None


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_ID


def _is_named(payload: dict[str, Any]) -> bool:
    """Whether a payload names a document, of which none is known: an error of the operation."""
    return isinstance(payload.get("documentId"), str) and payload.get("query") is None


def _is_request(payload: dict[str, Any]) -> bool:
    """Whether a payload names a document and has parameters of the right types."""
    query, variables = payload.get("query"), payload.get("variables")
    return (
        isinstance(query, str)
        and bool(query.strip())
        and payload.get("documentId") is None
        and isinstance(payload.get("operationName"), str | None)
        and isinstance(payload.get("extensions"), dict | None)
        and isinstance(variables, dict | None)
        and _depth(variables or {}) <= MOST_NESTED
    )


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level := [
        each
        for one in level
        if isinstance(one, dict | list)
        for each in (one.values() if isinstance(one, dict) else one)
    ]:
        depth += 1
    return depth


def left(kind: type, most: int) -> None:
    """Wait until there are no more than so many objects of a class."""
    until = time.monotonic() + 10
    while (found := _alive(kind)) > most:
        assert time.monotonic() < until, (kind, found)
        time.sleep(0.05)


def _alive(kind: type) -> int:
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())


def has_room(connections: Connections) -> None:
    """Wait until there is room for another connection."""
    until = time.monotonic() + 10
    while connections.full:
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.timeout(3_600)
def test_whatever_is_said_the_protocol_is_kept_and_others_hear_on(
    small_coalition: Coalition, caplog: pytest.LogCaptureFixture
) -> None:
    connections = Connections(2)
    with (
        served(small_coalition, connections, **UNLIMITED) as address,
        socket_to(address) as other,
    ):
        other.subscribe(ENTRIES, after=end(small_coalition))

        def holds(*, begins: bool, messages: list[Said], last: str) -> None:
            with socket_to(address, ready=False) as hostile:
                talk = Talk(hostile)
                messages = [INIT] * begins + messages
                code = next((code for one in messages if (code := talk.say(one))), None)
                content, codes = LAST[last]
                if code is None:
                    talk.send(content)
                    assert not codes or talk.closed() in codes
                else:
                    # What comes after is no longer looked at.
                    talk.send(LAST["many pings"][0] + INIT.frames + messages[0].frames)
                    assert talk.closed() == code
                break_off(hostile)
            position = grow(small_coalition)
            assert other.entries(position) == [position]
            has_room(connections)
            # The client's own library minds that its socket is taken away.
            logged = [one for one in caplog.records if one.name != "websockets.client"]
            assert logged == []

        for last in LAST:
            holds(begins=True, messages=SUBSCRIBED, last=last)
        holds(begins=True, messages=MANY, last="nothing")
        begins, lasts = st.sampled_from([True] * 9 + [False]), st.sampled_from(sorted(LAST))
        DRAWN(given(begins=begins, messages=MESSAGES, last=lasts)(holds))()
        left(_Socket, 1)
        left(_Group, 1)


def break_off(socket: Socket) -> None:
    """Have the system forget a connection, so that the server's next word is not taken."""
    with suppress(OSError):
        linger = struct.pack("ii", 1, 0)
        socket.connection.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, linger)
        socket.connection.socket.close()
