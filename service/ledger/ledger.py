"""A ledger that is open: its database, key store, writer, and consistent reads."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.coalition.custody import Custody
from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.ledger.checkpoint import SigningKey
from domain.ledger.entry import Disclosure
from domain.ledger.note import VerifierKey
from domain.membership.evidence_files import DeleteEvidenceFile, DeleteEvidenceFiles
from domain.policy import Policy
from domain.terms import PrincipalId
from projections.inline import InlineProjector
from projections.models import read_models
from service.faults import NotReadyError, UnavailableError
from service.ledger import tables
from service.ledger.commits import Commits
from service.ledger.custody import custody_of
from service.ledger.erasing import Eraser
from service.ledger.execution import Decide, Executor
from service.ledger.keys import KeyStore
from service.ledger.lookups import read_policy
from service.ledger.reader import StreamReader
from service.ledger.request import Outcome, Request
from service.ledger.roll import load_register
from service.ledger.signing import first_key, known_keys
from service.ledger.vault import Opener, Sealer
from service.ledger.world import World
from service.ledger.writer import Writer
from service.security.principal import Principal, Role

if TYPE_CHECKING:
    from service.credentials import Issuer


class Snapshot(msgspec.Struct, frozen=True):
    """One read transaction: everything in it is as of the same position.

    Attributes:
        connection: for queries of `projections`.
        position: the last position; 0 in an empty ledger.
        recorded_at: the greatest recorded time so far.
    """

    connection: Connection
    position: int
    recorded_at: datetime


def _nothing_to_delete() -> None:
    """Delete nothing: this process has no folder of files."""


class Ledger:
    """Commands go in through `submit`, reads come out of `read`.

    Attributes:
        origin: the log's name, as its checkpoints will bear it.
        coalition: id of the coalition's stream.
        keys: the key store that belongs to this ledger.
        commits: tells of what was committed, by this process and by others.
        finish_deletions: deletes what is left of files that entries say were deleted, where this
            process has their folder.
    """

    finish_deletions: Callable[[], None] = staticmethod(_nothing_to_delete)

    def __init__(
        self,
        engine: Engine,
        keys: KeyStore,
        decide: Decide,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        identity = _identity(engine)
        if identity.key_store != keys.store_id:
            message = (
                f"This ledger needs the key store {identity.key_store}, and {keys.store_id} was "
                "given: name the place of its own key store, or restore that from its backup."
            )
            raise NotReadyError(message)
        self.engine = engine
        # On PostgreSQL each statement would otherwise see a snapshot of its own.
        self._readers = (
            engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if engine.dialect.name == "postgresql"
            else engine
        )
        self.keys = keys
        self.clock = clock
        self.origin: str = identity.origin
        self.coalition: str = identity.coalition
        self.opener = Opener(self.origin, keys)
        # What the first command used cannot be made anew: hashes made with it are stored.
        made = not identity.size
        blind_key = keys.named_key("blind-index", made=made)
        self.blind: Callable[[str], str] = lambda value: hmac.digest(
            blind_key, value.encode(), "sha256"
        ).hex()
        self.eraser = Eraser(engine, keys, self.opener, self.coalition, self.blind)
        self._generation: int | None = None
        self._known_keys: tuple[SigningKey, ...] | None = None
        self._policies: dict[str, Policy] = {}
        self._executor = Executor(
            engine=engine,
            world=World(
                dialect=engine.dialect,
                streams=StreamReader(engine.dialect, self.opener),
                coalition=self.coalition,
                blind=self.blind,
                load_register=load_register,
            ),
            sealer=Sealer(engine.dialect, self.origin, keys),
            opener=self.opener,
            projector=InlineProjector(read_models(blind=self.blind)),
            decide=decide,
            input_key=keys.named_key("command-inputs", made=made),
            clock=clock,
        )
        self.writer = Writer(self._executor)
        self.commits = Commits(engine)
        self.writer.on_commit(lambda _size: self.commits.ring())

    def prepare(self) -> None:
        """Have PostgreSQL prepare for commands, before the first one of whoever runs many.

        SQLite prepares in this process, in next to no time, when a statement is needed.
        """
        if self.engine.dialect.name == "postgresql":
            self._executor.prepare()

    def submit(self, request: Request) -> Future[Outcome]:
        """Queue a command; see `Writer.submit`."""
        return self.writer.submit(request)

    def execute(self, request: Request, timeout_s: float = 15.0) -> Outcome:
        """Run a command and wait until it is durable, and if it erases, until that is done.

        Raises:
            UnavailableError: as for `submit`, or there was no answer in time.
        """
        try:
            outcome = self.submit(request).result(timeout_s)
        except TimeoutError:
            raise UnavailableError(
                f"no answer within {timeout_s:g} s; send the command again with its command id"
            ) from None
        # A repeat too: the first time, it may not have come to this.
        if isinstance(request.command, (ErasePerson, ExpungeValue)):
            self.finish_erasures()
        elif isinstance(request.command, (DeleteEvidenceFile, DeleteEvidenceFiles)):
            self.finish_deletions()
        return outcome

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Give a read transaction, pinned at the ledger's present end."""
        head = tables.head
        with self._readers.connect() as connection, connection.begin():
            size, recorded_max, generation = connection.execute(
                sa.select(head.c.size, head.c.recorded_max, head.c.generation)
            ).one()
            if generation != self._generation:
                # Another process may have destroyed keys that this one still remembers.
                self.keys.forget()
                self._generation = generation
            yield Snapshot(connection, size, datetime.fromtimestamp(recorded_max, UTC))

    @property
    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The keys that sign the log now, made where there are none; as `known_keys`."""
        retired = self.custody.retired
        return tuple(key for key in self.known_keys if str(key.verifier) not in retired)

    @property
    def known_keys(self) -> tuple[SigningKey, ...]:
        """The keys that sign the log or did, the first one first.

        Raises:
            NotReadyError: the origin cannot be the name of a key, or one is not in the key store.
        """
        added = self.custody.added
        # The key store is asked again only when the log names another key.
        if self._known_keys is None or len(self._known_keys) != 1 + len(added):
            self._known_keys = known_keys(self.keys, self.origin, added)
        return self._known_keys

    @cached_property
    def first_key(self) -> VerifierKey:
        """The public half of the key that no entry names; raises as `known_keys`."""
        return first_key(self.keys, self.origin).verifier

    @property
    def custody(self) -> Custody:
        """What the log says of itself, as of now."""
        with self.engine.connect() as connection:
            return custody_of(connection, self.coalition)

    def policy(self, connection: Connection, sha256: str) -> Policy:
        """Return the policy of a stored file; files never change, so it is kept."""
        policy = self._policies.get(sha256)
        if policy is None:
            policy = self._policies[sha256] = read_policy(connection, sha256)
        return policy

    def disclosures(
        self, connection: Connection, positions: list[int], paths: frozenset[str] | None = None
    ) -> dict[int, dict[str, Disclosure]]:
        """Open hidden values of entries, for a reader who was found entitled to them.

        Args:
            connection: the transaction to read in.
            positions: the entries.
            paths: which values, such as ``data.name``; ``None`` is all.

        Returns:
            By position, by path. A value that was erased is left out.
        """
        if not positions:
            return {}
        hidden, entries = tables.hidden, tables.entries
        rows = connection.execute(
            sa.select(hidden.c.position, entries.c.entry_id, hidden.c.sealed)
            .join(entries, entries.c.position == hidden.c.position)
            .where(hidden.c.position.in_(positions))
        ).all()
        opened = self.opener.open_all([(row.entry_id, row.sealed, paths) for row in rows])
        return {
            row.position: {disclosure.path: disclosure for disclosure in disclosures}
            for row, disclosures in zip(rows, opened, strict=True)
        }

    def erased(self, connection: Connection, positions: list[int]) -> dict[int, frozenset[str]]:
        """Return the paths of the values of entries that were erased, by position."""
        hidden = tables.hidden
        rows = connection.execute(
            sa.select(hidden.c.position, hidden.c.sealed).where(hidden.c.position.in_(positions))
        ).all()
        erased = self.opener.erased([bytes(row.sealed) for row in rows])
        return {row.position: paths for row, paths in zip(rows, erased, strict=True)}

    @cached_property
    def issuer(self) -> Issuer:
        """What signs credentials and presentations in the coalition's name."""
        # What few ask for is in nobody's memory before.
        from service.credentials import Issuer  # noqa: PLC0415

        return Issuer(self.keys, self.origin)

    def finish_erasures(self) -> None:
        """Do to keys and views what entries say was erased, wherever that is not done yet.

        After a start on an older backup, an erasure that its entries do not have, and of which
        the key store knows, is recorded again first.

        Raises:
            KeyStoreUnavailable: a key could not be destroyed; it will be at the next start.
            NotReadyError: a key was destroyed that nobody asked to destroy.
        """
        for person in sorted(self.eraser.finish()):
            self.execute(
                Request(
                    principal=Principal(PrincipalId("erasure-list"), Role.OPERATOR),
                    command=ErasePerson(person=person, is_done=True),
                    command_id=f"erase-{person}",
                    content=person.encode(),
                )
            )

    def close(self) -> None:
        """Finish what waits, and close every connection."""
        self.writer.close()
        self.commits.close()
        self.keys.close()
        self.engine.dispose()


def document_hash(content: bytes) -> str:
    """Return the SHA-256 by which entries name a text, lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def _identity(engine: Engine) -> sa.Row[str, str, str, int]:
    ledger, head = tables.ledger, tables.head
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(ledger.name):
            message = "There is no ledger in this database: run `coalition init`."
            raise NotReadyError(message)
        row = connection.execute(
            sa.select(ledger.c.origin, ledger.c.key_store, ledger.c.coalition, head.c.size).join(
                head, head.c.id == ledger.c.id
            )
        ).one_or_none()
    if row is None:
        message = "The ledger was not founded: run `coalition init`."
        raise NotReadyError(message)
    return row
