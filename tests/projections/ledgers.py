"""A ledger in memory beside real views, and what tests ask of both."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy.engine import Connection, Engine

from domain.ledger.recorded import Recorded
from projections.digest import digest, digest_of, row_hash
from projections.inline import InlineProjector
from projections.model import ReadModel
from projections.models import opened_events, read_models
from projections.replay import Replay
from projections.statements import ModelStatements, term_values
from service.ledger.engine import begin_writing
from tests.projections.streams import as_opened


def blind(ein: str) -> str:
    """Hash an EIN; tests need no key."""
    return hashlib.sha256(ein.encode()).hexdigest()


MODELS: tuple[ReadModel[Any], ...] = read_models(blind=blind)
OPENS = opened_events(MODELS)
MODEL = {model.name: model for model in MODELS}


class MemoryLedger:
    """The entries as a rebuild reads them, with views in a real database."""

    def __init__(self, engine: Engine, recorded: Iterable[Recorded] = ()) -> None:
        self.engine = engine
        self.recorded = list(recorded)

    def append(self, recorded: Sequence[Recorded], projector: InlineProjector) -> None:
        """Append entries in one transaction, as the writer does."""
        with begin_writing(self.engine) as connection:
            projector.apply_batch(connection, recorded)
            self.recorded += recorded

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a transaction that sees one state."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.begin() as connection:
            yield connection

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a transaction that may write."""
        return begin_writing(self.engine)

    def locked(self) -> AbstractContextManager[Connection]:
        """Give a transaction that holds the ledger lock; nobody else is here to take it."""
        return begin_writing(self.engine)

    def entries(self, connection: Connection, after: int) -> Generator[Recorded, None, None]:
        """Yield the entries after a position, with hidden values as a rebuild opens them."""
        assert connection.in_transaction()
        return (as_opened(recorded, OPENS) for recorded in self.recorded[after:])


def batches(recorded: Iterable[Recorded], size: int) -> Iterator[list[Recorded]]:
    """Cut entries into batches."""
    entries = list(recorded)
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def digests(engine: Engine) -> dict[str, str]:
    """Return the digest of each read model's tables."""
    with engine.connect() as connection:
        return {model.name: digest(connection, model) for model in MODELS}


def replayed_digests(engine: Engine, recorded: Iterable[Recorded]) -> dict[str, str]:
    """Return the same of a replay in memory."""
    replay = Replay(MODELS)
    replay.extend(recorded)
    found = {}
    with engine.connect() as connection:
        for model in MODELS:
            statements = ModelStatements(model, connection)
            rows = [row_hash(statements.values(version)) for version in replay.versions(model)]
            terms = [row_hash(term_values(term)) for term in replay.terms(model)]
            found[model.name] = digest_of([rows] if model.index is None else [rows, terms])
    return found
