"""Whatever is sent as a file of evidence is kept whole or not at all, and the answer says which.

`make test` sends the same few dozen requests each time; `make drill` sends thousands of others.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.evidence.store import LARGEST_BYTES, MEDIA_TYPES
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.security.principal import Role
from tests.service.coalition import Coalition, new_id, organisation
from tests.service.http.conftest import new_key
from tests.service.live.served import served
from tests.service.test_generated_requests import DRILL, INSIDE

DRAWN = settings(
    max_examples=1_000 if DRILL else 40,
    derandomize=not DRILL,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
IDLE_S = 1.0
REFUSALS = {
    401: {"UNAUTHENTICATED"},
    404: {"NOT_FOUND"},
    408: {"BROKEN_OFF"},
    413: {"TOO_LARGE"},
    415: {"MEDIA_TYPE"},
}


def chunked(body: bytes, size: int) -> bytes:
    """Return a body in chunks, without their end."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def framed(body: bytes) -> dict[str, tuple[bytes, bytes, bytes | None]]:
    """Return the ways to send a body: a header, what follows, and what is to be kept of it."""
    of, chunks, end = b"Content-Length: %d", b"Transfer-Encoding: chunked", b"0\r\n\r\n"
    size, some = len(body), chunked(body, 10_000)
    return {
        "length": (of % size, body, body),
        "expect": (of % size + b"\r\nExpect: 100-continue", body, body),
        "chunks": (chunks, some + end, body),
        "small chunks": (chunks, chunked(body[:99], 1) + chunked(body[99:], 70_000) + end, body),
        "trailer": (chunks, some + b"0\r\nX: y\r\n\r\n", body),
        "too short": (of % (size // 2), body, body[: size // 2]),
        "no length": (b"", body, b""),
        "cut": (of % (size + 10), body, None),
        "cut chunks": (chunks, some, None),
        "reset": (of % (size + 10), body, None),
        "idle": (of % (size + 10), body, None),
        "both": (of % size + b"\r\n" + chunks, body, None),
        "two lengths": (of % (size + 1) + b"\r\nContent-Length: 1", body, None),
        "negative": (b"Content-Length: -1", body, None),
        "no number": (b"Content-Length: 1e3", body, None),
        "huge": (of % 2**64, body, None),
        "bad chunk": (chunks, b"zz\r\n" + body, None),
        "huge chunk": (chunks, b"f" * 17 + b"\r\n" + body, None),
    }


FRAMINGS = list(framed(b""))
USUAL = FRAMINGS[:5]


class Sent(msgspec.Struct, frozen=True):
    """A request.

    Attributes:
        framing: how the body is sent; see `framed`.
        extra: further headers.
    """

    body: bytes
    method: bytes = b"POST"
    framing: str = "length"
    media_type: bytes = b"text/plain"
    bearer: bytes = b"Bearer KEY"
    path: bytes = b"/evidence/APPLICATION"
    extra: bytes = b""

    @property
    def is_right(self) -> bool:
        """Whether it is to be kept."""
        usual = Sent(self.body, framing=self.framing, media_type=self.media_type)
        known = self.media_type.decode("latin-1") in MEDIA_TYPES
        return self == usual and known and self.framing in USUAL

    @property
    def content(self) -> bytes:
        """The bytes that are sent."""
        length, body, _ = framed(self.body)[self.framing]
        parts = [b"%s %s HTTP/1.1" % (self.method, self.path), b"Host: localhost"]
        parts += [b"Connection: close", b"Authorization: " + self.bearer]
        parts += [b"Content-Type: " + self.media_type, self.extra, length]
        return b"\r\n".join(part for part in parts if part) + b"\r\n\r\n" + body


@st.composite
def any_sent(draw: st.DrawFn) -> Sent:
    """Return a strategy of requests, most of them right but for one thing."""
    sizes = st.sampled_from([0, 1, 17, 65_535, 65_536, 65_537, 131_072, 200_000])
    body = draw(st.one_of(st.binary(max_size=40), sizes.map(lambda n: bytes(range(256)) * n)))
    sent = Sent(body[:200_000], framing=draw(st.sampled_from([*USUAL * 4, *FRAMINGS])))
    media = [each.encode() for each in MEDIA_TYPES]
    odd: dict[str, list[bytes]] = {
        "media_type": [
            *media,
            *(b"TEXT/PLAIN ; charset=\xff", b"text/plain;;;", b" application/pdf", b"text/html"),
            *(b"multipart/form-data; boundary=x", b"multipart/form-data", b"", b"/", b"\xff", b","),
        ],
        "method": [b"PUT", b"PATCH", b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE", b"POST "],
        "bearer": [b"", b"Bearer", b"Bearer x", b"Basic KEY", b"Bearer KEY KEY", b"Bearer \xff"],
        "path": [
            *(
                b"/evidence/",
                b"/evidence/x",
                b"/evidence/%00",
                b"/evidence/%ff",
                b"/evidence/OTHER",
            ),
            *(b"/evidence/APPLICATION/", b"/evidence/APPLICATION/%00", b"/evidence/..%2f..%2fx"),
            *(b"/evidence/APPLICATION/" + b"0" * 64, b"/evidence/" + b"x" * 9_000, b"/evidence"),
            *(
                b"/evidence/APPLICATION?x=%00",
                b"/evidence/%41PPLICATION",
                b"/evidence/APPLICATION=",
            ),
        ],
        "extra": [
            b'Content-Disposition: attachment; filename="../../x"',
            b'Content-Disposition: attachment; filename="a\x01\x7f.pdf"',
            b'Content-Disposition: attachment; filename="\xff\xfe"',
            *(b"Content-Encoding: gzip", b"Content-Range: bytes 5-9/10", b"X: " + b"y" * 40_000),
            *(b"Authorization: Bearer KEY", b"Content-Type: text/html", b"Content-MD5: x"),
        ],
    }
    for name in draw(st.lists(st.sampled_from([*odd]), max_size=2, unique=True)):
        sent = msgspec.structs.replace(sent, **{name: draw(st.sampled_from(odd[name]))})
    return sent


class Uploads:
    """An application that is served, and whoever sends files to it."""

    def __init__(self, coalition: Coalition, address: str, folder: Path) -> None:
        self._coalition, self._folder = coalition, folder
        host, port = address.removeprefix("http://").split(":")
        self._place = (host, int(port))
        application = coalition.submit("coalition-member", organisation(ein=coalition.ein()))
        self._names = {
            b"APPLICATION": global_id(NodeKind.APPLICATION, application.application).encode(),
            b"OTHER": global_id(NodeKind.APPLICATION, new_id()).encode(),
            b"KEY": new_key(coalition, Role.APPLICANT).encode(),
        }

    def send(self, sent: Sent) -> tuple[int, bytes, str | None]:
        """Send a request; return the status, the body and its type, or 0 for no answer."""
        named = {name: self._named(getattr(sent, name)) for name in ("bearer", "path", "extra")}
        content = msgspec.structs.replace(sent, **named).content
        with socket.create_connection(self._place, timeout=20) as raw:
            with suppress(OSError):
                raw.sendall(content)
            if sent.framing == "reset":
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return 0, b"", None
            if sent.framing in ("cut", "cut chunks"):
                with suppress(OSError):
                    raw.shutdown(socket.SHUT_WR)
            answer = http.client.HTTPResponse(raw, method=sent.method.decode("latin-1").strip())
            try:
                answer.begin()
                return answer.status, answer.read(), answer.getheader("content-type")
            except (http.client.HTTPException, ConnectionError):
                return 0, b"", None

    def _named(self, text: bytes) -> bytes:
        for name, known in self._names.items():
            text = text.replace(name, known)
        return text

    def kept(self) -> list[str]:
        """Wait until what is written has come to an end; return the ids of the files."""
        until = time.monotonic() + 10
        while True:
            with self._coalition.ledger.engine.connect() as connection:
                rows = sorted(connection.scalars(sa.select(tables.evidence_files.c.id)))
            there = sorted(file.name for file in self._folder.iterdir()) if rows else self._files()
            if rows == there:
                return rows
            assert time.monotonic() < until, (rows, there)
            time.sleep(0.02)

    def _files(self) -> list[str]:
        return sorted(file.name for file in self._folder.iterdir()) if self._folder.exists() else []


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    coalition, folder = Coalition(database_url, tmp_path), tmp_path / "evidence"
    with served(coalition, evidence_folder=str(folder), receive_timeout_s=IDLE_S) as address:
        yield Uploads(coalition, address, folder)
    coalition.close()


def says_why(status: int, body: bytes, content_type: str | None) -> None:
    """Hold a refusal to its code and a sentence that tells nothing of the inside."""
    assert not INSIDE.search(body.decode("latin-1")), body
    if content_type == "application/json" and body:
        error: dict[str, Any] = json.loads(body)["error"]
        assert error["code"] in REFUSALS[status]
        assert error["message"].endswith(".")
    else:
        assert status in (0, 307, 400, 401, 404, 405), (status, body)


def keeps_it_or_says_why(uploads: Uploads, sent: Sent) -> None:
    status, body, content_type = uploads.send(sent)
    kept = framed(sent.body)[sent.framing][2]
    is_right = sent.is_right and len(sent.body) <= LARGEST_BYTES
    assert status == 201 or not is_right, (status, body)
    if status != 201:
        says_why(status, body, content_type)
        assert uploads.kept() == []
        return
    assert kept is not None
    sha256 = hashlib.sha256(kept).hexdigest()
    assert json.loads(body) == {"sha256": sha256, "size": len(kept)}
    assert len(uploads.kept()) == 1
    path = b"/evidence/APPLICATION/" + sha256.encode()
    assert uploads.send(Sent(b"", method=b"GET", path=path))[:2] == (200, kept)
    assert uploads.send(Sent(b"", method=b"DELETE", path=path))[0] == 204
    assert uploads.kept() == []


@pytest.mark.timeout(3_600)
def test_whatever_is_sent_is_kept_whole_or_not_at_all(
    uploads: Uploads, caplog: pytest.LogCaptureFixture
) -> None:
    @DRAWN
    @given(any_sent())
    def holds(sent: Sent) -> None:
        keeps_it_or_says_why(uploads, sent)
        assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []

    for framing in FRAMINGS:
        keeps_it_or_says_why(uploads, Sent(b"%PDF" * 40_000, framing=framing))
    for size in (LARGEST_BYTES, LARGEST_BYTES + 1):
        keeps_it_or_says_why(uploads, Sent(b"x" * size, framing="chunks"))
    for method in (b"GET", b"DELETE"):
        for name in (b"%00", b"%ff", b"..", b"x" * 5_000, b"0" * 64):
            sent = Sent(b"", method=method, path=b"/evidence/APPLICATION/" + name)
            keeps_it_or_says_why(uploads, sent)
    holds()
