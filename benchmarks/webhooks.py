"""Webhooks: how fast receivers that were away are told what they missed."""

from __future__ import annotations

import functools
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.databases import DATABASES, Databases
from benchmarks.founded import DIRECTOR, found_ledger, new_id, request
from benchmarks.measure import Share, take_turns
from benchmarks.report import Section, Table
from domain.coalition.coalition import SetSeats
from domain.coalition.webhook import RegisterWebhook, RemoveWebhook
from domain.decision import Command
from domain.terms import WebhookId
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted
from service.partners import progress
from service.partners.messages import MEDIA_TYPE, to_tell
from service.partners.telling import Teller
from service.security import api_keys, issuing

_ENTRIES: Final = 2_000
_WEBHOOKS: Final = (1, 8)
_LOOK_S: Final = 0.005
_WITHIN_S: Final = 120.0


class Receiver:
    """A receiver in another process, which only counts."""

    def __init__(self, port: int) -> None:
        self.port = port

    def counts(self) -> dict[str, int]:
        """Return how many messages came, by path."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port)
        asking.request("GET", "/")
        found: dict[str, int] = json.loads(asking.getresponse().read())
        asking.close()
        return found


class _Ours:
    """The follower: reads entries, signs messages, and saves how far it got."""

    name = "the follower"

    def __init__(self, ledger: Ledger, receiver: Receiver) -> None:
        self._ledger = ledger
        self._receiver = receiver
        self._paths: dict[str, WebhookId] = {}
        self._each = 0
        self._teller: Teller | None = None

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Register a webhook for each caller, as if it had been away for a while."""
        self._each = operations // callers
        self._paths = {f"/{new_id()}": WebhookId(new_id()) for _ in range(callers)}
        for path, webhook in self._paths.items():
            url = f"http://127.0.0.1:{self._receiver.port}{path}"
            _do(self._ledger, RegisterWebhook(webhook=webhook, url=url))
        head = _head(self._ledger)
        with begin_writing(self._ledger.engine) as connection:
            # Whoever has no key is told nothing.
            if not api_keys.list_keys(connection):
                issuing.create(connection, DIRECTOR, "measuring", now=self._ledger.clock())
            for webhook in self._paths.values():
                away = progress.Progress(webhook=webhook, position=head - self._each)
                progress.save(connection, away)
        self._teller = Teller(self._ledger, private=True)
        begin, *others = self._paths
        return [
            functools.partial(self._begun, begin, self._teller),
            *(functools.partial(self._told, path) for path in others),
        ]

    def check(self) -> None:
        """Assert that each was told of everything once, and that this is remembered."""
        assert self._teller is not None
        self._teller.close()
        counts = self._receiver.counts()
        assert all(counts[path] == self._each for path in self._paths)
        for webhook in self._paths.values():
            _do(self._ledger, RemoveWebhook(webhook=webhook))

    def _begun(self, path: str, teller: Teller) -> None:
        teller.start()
        self._told(path)

    def _told(self, path: str) -> None:
        until = time.monotonic() + _WITHIN_S
        while self._receiver.counts().get(path, 0) < self._each:
            assert time.monotonic() < until
            time.sleep(_LOOK_S)


class _Raw:
    """The same bodies, sent over one connection for each caller, and nothing else."""

    name = "http.client, the same bodies from memory, not signed"

    def __init__(self, ledger: Ledger, receiver: Receiver) -> None:
        self._ledger = ledger
        self._receiver = receiver
        self._paths: list[str] = []
        self._each = 0

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Read what is to be sent."""
        self._each = operations // callers
        self._paths = [f"/{new_id()}" for _ in range(callers)]
        with self._ledger.read() as snapshot:
            told = to_tell(
                snapshot.connection,
                self._ledger.origin,
                None,
                after=snapshot.position - self._each,
                upto=snapshot.position,
                most=self._each,
            )
        bodies = [each.body for each in told]
        return [functools.partial(self._send, path, bodies) for path in self._paths]

    def check(self) -> None:
        """Assert that all of it arrived."""
        counts = self._receiver.counts()
        assert all(counts[path] == self._each for path in self._paths)

    def _send(self, path: str, bodies: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._receiver.port)
        for body in bodies:
            connection.request("POST", path, body, {"Content-Type": MEDIA_TYPE})
            assert connection.getresponse().read() == b""
        connection.close()


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Let receivers that were away catch up, on each database."""
    section = Section(
        "webhooks",
        "Webhooks: receivers that were away catch up",
        note="Messages a second to a receiver in another process on this machine that does "
        "nothing but count, from the start of the follower to the last message. Sending waits for "
        "each answer, since messages come in order.",
    )
    entries = _ENTRIES // 4 if quick else _ENTRIES
    for kind in DATABASES:
        with databases.fresh(kind) as url, _receiver() as receiver:
            ledger = found_ledger(url, databases.folder, partners=1)
            try:
                for seats in range(entries):
                    _do(ledger, SetSeats(tier="collaborative-partner", seats=2 + seats % 50))
                for webhooks in _WEBHOOKS:
                    _measure(section, ledger, receiver, webhooks, entries, rounds, kind)
            finally:
                ledger.close()
    return section


def _measure(
    section: Section,
    ledger: Ledger,
    receiver: Receiver,
    webhooks: int,
    entries: int,
    rounds: int,
    kind: str,
) -> None:
    ours, raw = take_turns(
        [(_Ours(ledger, receiver), entries), (_Raw(ledger, receiver), entries)], webhooks, rounds
    )
    table = Table(f"{kind}, {webhooks} webhook{'s' * (webhooks > 1)}", "messages/s")
    table.rows += [ours.figures(ours), raw.figures(ours)]
    section.tables.append(table)


@contextmanager
def _receiver() -> Iterator[Receiver]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Receiver(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate()


def _do(ledger: Ledger, command: Command) -> None:
    outcome = ledger.execute(request(command, DIRECTOR))
    assert isinstance(outcome, Accepted), outcome


def _head(ledger: Ledger) -> int:
    with ledger.read() as snapshot:
        return snapshot.position
