"""One transaction of the ledger: decide under the lock, append, project, store outcomes.

Lock, take in what other processes appended, decide each command against the states that
the commands before it left, append, project, store outcomes, commit. So the last seat,
one vote a partner and one live membership hold by construction, without retries.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.decision import Fact, Moment, Refusal
from domain.ledger.entry import Envelope, encode_entry
from domain.ledger.recorded import Recorded
from service.ledger import tables
from service.ledger.drawing import entry_id, fresh_ids, fresh_salts
from service.ledger.engine import WriterConnection
from service.ledger.insertion import Insertion, NotInserted, Place, gather
from service.ledger.log import Head, Log, NewEntry
from service.ledger.naming import named_entries, named_streams
from service.ledger.reader import CONFIDENTIAL, read_between
from service.ledger.request import (
    Accepted,
    CommandIdReused,
    Conflict,
    Decided,
    Document,
    EntryReceipt,
    NotAllowed,
    Outcome,
    Request,
)
from service.ledger.sql import (
    Insert,
    Statement,
    driver_cursor,
    end_transaction,
    pairs,
    pairs_bind,
    pipelined,
)
from service.ledger.vault import Opener, Sealer, Unsealed
from service.ledger.world import World


class Projector(Protocol):
    """Writes the views of new entries in the append transaction."""

    def prepare(self, connection: Connection) -> None:
        """Have the database prepare every statement."""
        ...

    def unknown(self, recorded: Sequence[Recorded]) -> list[Any]:
        """Return whose rows entries need that are not remembered."""
        ...

    def ask(self, connection: Connection, unknown: list[Any]) -> list[Any]:
        """Send for rows that are not remembered."""
        ...

    def take(self, asked: list[Any]) -> None:
        """Remember the rows that were sent for."""
        ...

    def apply_batch(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        """Project entries that are being appended."""
        ...

    def follow(self, recorded: Sequence[Recorded]) -> None:
        """Take in entries that another process appended and projected."""
        ...

    def forget(self) -> None:
        """Drop what is remembered of a transaction that did not commit."""
        ...


class Decide(Protocol):
    """Authorizes and decides one command; `service.planning.deciding` provides it."""

    def __call__(
        self, world: World, request: Request, moment: Moment
    ) -> Decided | Refusal | NotAllowed | Conflict:
        """Return the facts to append, or why not."""
        ...


class _Accepted(msgspec.Struct, gc=False):
    """An accepted command whose leaf hashes are not known yet."""

    key: tuple[str, str]
    mac: bytes
    subject: str
    places: range


class _Batch(msgspec.Struct):
    """What one transaction gathers before it writes."""

    size: int
    entries: list[NewEntry] = []
    unsealed: dict[int, Unsealed] = {}
    taken: set[Place] = set()
    recorded: list[Recorded] = []
    documents: dict[str, Document] = {}
    accepted: dict[tuple[str, str], _Accepted] = {}
    stored: dict[tuple[str, str], tuple[bytes, bytes]] = {}


class Executor:
    """Runs transactions; one thread at a time."""

    def __init__(  # noqa: PLR0913 - the parts that `Ledger` puts together
        self,
        *,
        engine: Engine,
        world: World,
        sealer: Sealer,
        opener: Opener,
        projector: Projector,
        decide: Decide,
        input_key: bytes,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._world = world
        self._sealer = sealer
        self._opener = opener
        self._projector = projector
        self._decide = decide
        self._input_key = input_key
        self._clock = clock
        self._log = Log(engine.dialect)
        self._connection = WriterConnection(engine)
        self._position: int | None = None
        self._generation: int | None = None
        self._salts = fresh_salts()
        self._ids = fresh_ids()
        dialect = engine.dialect
        self._find_outcomes = Statement(
            dialect,
            sa.text(
                "SELECT outcomes.principal, outcomes.command_id, input_mac, outcome "  # noqa: S608 - fixed text
                f"FROM {pairs(dialect, 'asked', 'principal', 'command_id')} CROSS JOIN outcomes "
                "WHERE outcomes.principal = asked.principal "
                "AND outcomes.command_id = asked.command_id"
            ),
        )
        self._insert_outcomes = Insert(dialect, tables.outcomes)
        self._insert_document = Statement(
            dialect,
            sa.text(
                "INSERT INTO documents (sha256, kind, content) VALUES (:sha256, :kind, :content) "
                "ON CONFLICT (sha256) DO NOTHING"
            ),
        )

    def prepare(self) -> None:
        """Have the database prepare what few commands need, which they would wait for."""
        with self._connection.begin() as connection, pipelined(connection):
            cursor = driver_cursor(connection)
            self._log.plan(cursor)
            self._world.prepare(cursor)
            self._sealer.ask(cursor, [])
            self._projector.prepare(connection)
        cursor.close()

    def execute(self, works: list[Request | Insertion]) -> tuple[list[Any], int]:
        """Run work in one transaction; return the answers in order, and the log's size.

        The answer to a request is its `Outcome`, that to an insertion its positions or
        `NotInserted`.
        """
        with self._connection.begin() as connection:
            cursor, found, *named = (driver_cursor(connection) for _ in range(4))
            asked = (named[0], named[1])
            requests = [work for work in works if isinstance(work, Request)]
            with pipelined(connection):
                self._log.lock(driver_cursor(connection))
                self._log.ask_head(cursor)
                self._ask_outcomes(found, requests)
                self._world.ask(asked, named_streams(requests), named_entries(requests))
            head = self._log.take_head(connection, cursor)
            self._follow_others(connection, head)
            self._world.begin(connection, cursor, asked)
            batch = _Batch(head.size, stored=_stored_outcomes(found, requests))
            gathered = [self._gather(work, batch, cursor) for work in works]
            self._learn(connection, cursor, batch)
            self._seal(batch)
            with pipelined(connection):
                new_head, answers = self._write(connection, cursor, head, batch, gathered)
                end_transaction(connection, cursor)
            cursor.close()
        self._world.commit()
        self._sealer.committed()
        self._log.committed(new_head)
        self._position = new_head.size
        return answers, new_head.size

    def drop(self) -> None:
        """Forget whatever a transaction touched that may not have committed."""
        self._world.rollback()
        self._sealer.forget()
        self._projector.forget()
        self._log.forget()
        # It may be what is broken.
        self._connection.close()

    def close(self) -> None:
        """Close the connection; it is the last call."""
        self._connection.close()

    def _follow_others(self, connection: Connection, head: Head) -> None:
        if self._position is not None and self._position < head.size:
            others = list(read_between(connection, self._opener, self._position, head.size))
            self._world.follow(others)
            self._projector.follow(others)
        self._position = head.size
        if head.generation != self._generation:
            self._projector.forget()
            self._world.forget()
            self._sealer.forget_all()
            self._generation = head.generation

    def _ask_outcomes(self, cursor: DBAPICursor, requests: list[Request]) -> None:
        asked = [(request.principal.id, request.command_id) for request in requests]
        if asked:
            self._find_outcomes.run(cursor, pairs_bind(asked))

    def _gather(
        self, work: Request | Insertion, batch: _Batch, cursor: DBAPICursor
    ) -> Outcome | _Accepted | range | NotInserted:
        now = self._clock().astimezone(UTC).replace(microsecond=0)
        first = len(batch.entries)
        if not isinstance(work, Request):
            return gather(work, cursor, int(now.timestamp()), batch.entries, batch.taken)
        key = (work.principal.id, work.command_id)
        mac = hmac.digest(self._input_key, work.content, "sha256")
        earlier = _earlier(key, mac, batch)
        if earlier is not None:
            return earlier
        today = now.astimezone(self._world.zone).date()
        moment = Moment(today, work.effective_on or today)
        decided = self._decide(self._world, work, moment)
        if not isinstance(decided, Decided):
            return decided
        batch.documents.update({each.sha256: each for each in work.documents})
        for fact in decided.facts:
            self._append(fact, work, decided.policy, (now, moment.effective), batch)
        accepted = _Accepted(key, mac, decided.subject, range(first, len(batch.entries)))
        batch.accepted[key] = accepted
        return accepted

    def _append(
        self,
        fact: Fact,
        request: Request,
        policy: str,
        when: tuple[datetime, date],
        batch: _Batch,
    ) -> None:
        """Encode a fact into the batch, and evolve the states with it."""
        recorded_at, effective = when
        event = fact.event
        version = self._world.append(fact.stream, event, effective)
        envelope = Envelope(
            entry_id=entry_id(recorded_at, next(self._ids)),
            stream=fact.stream,
            version=version,
            at=recorded_at,
            effective=effective,
            actor=request.principal.role,
            actor_id=request.principal.id,
            policy=policy,
        )
        encoded = encode_entry(envelope, event, self._salts)
        batch.unsealed[len(batch.entries)] = Unsealed(envelope, event, encoded.disclosures)
        batch.entries.append(
            NewEntry(
                stream=fact.stream,
                version=version,
                type=CONFIDENTIAL if event.confidential else event.stored_name,
                entry_id=envelope.entry_id,
                recorded_at=int(recorded_at.timestamp()),
                effective=effective.isoformat(),
                data=encoded.data,
            )
        )
        position = batch.size + len(batch.entries)
        batch.recorded.append(Recorded(position, recorded_at, envelope, event))

    def _learn(self, connection: Connection, cursor: DBAPICursor, batch: _Batch) -> None:
        """Know what keys and rows new entries need; what is not remembered is read together."""
        subjects = self._sealer.unknown(list(batch.unsealed.values()))
        rows = self._projector.unknown(batch.recorded)
        if not subjects and not rows:
            return
        with pipelined(connection):
            if subjects:
                self._sealer.ask(cursor, subjects)
            asked = self._projector.ask(connection, rows)
        if subjects:
            self._sealer.take(cursor)
        self._projector.take(asked)

    def _seal(self, batch: _Batch) -> None:
        """Seal the hidden values of the whole batch."""
        sealed = self._sealer.seal(list(batch.unsealed.values()))
        for place, values in zip(batch.unsealed, sealed, strict=True):
            batch.entries[place] = msgspec.structs.replace(batch.entries[place], sealed=values)

    def _write(
        self,
        connection: Connection,
        cursor: DBAPICursor,
        head: Head,
        batch: _Batch,
        gathered: list[Outcome | _Accepted | range | NotInserted],
    ) -> tuple[Head, list[Any]]:
        """Write what was gathered, and return the log's new end and the answers."""
        hashes: list[bytes] = []
        if batch.entries:
            head, hashes = self._log.append(cursor, head, batch.entries)
            self._sealer.store_new_subjects(cursor)
            self._insert_document.run_many(
                cursor, [msgspec.structs.asdict(each) for each in batch.documents.values()]
            )
            self._projector.apply_batch(connection, batch.recorded)
        outcomes = {key: _outcome(each, batch, hashes) for key, each in batch.accepted.items()}
        self._insert_outcomes.run(
            cursor,
            [
                {
                    "principal": principal,
                    "command_id": command_id,
                    "input_mac": batch.accepted[principal, command_id].mac,
                    "outcome": msgspec.msgpack.encode(outcome),
                }
                for (principal, command_id), outcome in outcomes.items()
            ],
        )
        answers: list[Any] = []
        for answer in gathered:
            if isinstance(answer, _Accepted):
                answers.append(outcomes[answer.key])
            elif isinstance(answer, range):
                answers.append([batch.size + place + 1 for place in answer])
            else:
                answers.append(answer)
        return head, answers


def _stored_outcomes(
    cursor: DBAPICursor, requests: list[Request]
) -> dict[tuple[str, str], tuple[bytes, bytes]]:
    """Return the outcomes that were asked for, by principal and command id."""
    return {
        (principal, command_id): (bytes(mac), bytes(outcome))
        for principal, command_id, mac, outcome in (cursor.fetchall() if requests else ())
    }


def _earlier(key: tuple[str, str], mac: bytes, batch: _Batch) -> Outcome | _Accepted | None:
    """Return the first outcome of a repeated command, or that its id was reused."""
    if key in batch.accepted:
        first = batch.accepted[key]
        return first if hmac.compare_digest(first.mac, mac) else CommandIdReused(key[1])
    if key in batch.stored:
        first_mac, outcome = batch.stored[key]
        if hmac.compare_digest(first_mac, mac):
            return msgspec.msgpack.decode(outcome, type=Accepted)
        return CommandIdReused(key[1])
    return None


def _outcome(accepted: _Accepted, batch: _Batch, hashes: list[bytes]) -> Accepted:
    return Accepted(
        accepted.subject,
        tuple(
            EntryReceipt(
                batch.size + place + 1, batch.entries[place].entry_id or "", hashes[place].hex()
            )
            for place in accepted.places
        ),
    )
