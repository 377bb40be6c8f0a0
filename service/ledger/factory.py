"""Runs the library's own applications on the ledger.

    PERSISTENCE_MODULE=service.ledger.factory
    LEDGER_DATABASE_URL=sqlite:////var/lib/coalition/ledger.db

The application's events enter the log like any other entry. No commands are run here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool
from sqlalchemy.engine import Connection, Engine

from domain.ledger.merkle import Frontier
from projections import schema
from service.ledger import tables
from service.ledger.engine import begin_writing, create_engine
from service.ledger.insertion import InsertionExecutor
from service.ledger.log import Log
from service.ledger.recorder import (
    Datastore,
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerTrackingRecorder,
)
from service.ledger.sql import driver_cursor
from service.ledger.writer import Writer


class LedgerFactory(InfrastructureFactory[LedgerTrackingRecorder]):
    """Makes recorders from environment variables, which an application's name may prefix.

    ``LEDGER_DATABASE_URL`` is as for `create_engine`. Unless ``CREATE_TABLE`` is false, the
    schema is brought up to date and the log begun where there is none.

    Raises:
        OSError: the database is not named.
    """

    DATABASE_URL: Final = "LEDGER_DATABASE_URL"
    CREATE_TABLE: Final = "CREATE_TABLE"

    aggregate_recorder_class = LedgerAggregateRecorder
    application_recorder_class = LedgerApplicationRecorder
    tracking_recorder_class = LedgerTrackingRecorder
    process_recorder_class = LedgerProcessRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        url = self.env.get(self.DATABASE_URL)
        if not url:
            names = " or ".join(self.env.create_keys(self.DATABASE_URL))
            raise OSError(f"name the ledger's database in the environment variable {names}")
        engine = create_engine(url)
        self.datastore = Datastore(engine, Writer(InsertionExecutor(engine)))

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Return a recorder with a table of its own, named after its purpose."""
        recorder = self.aggregate_recorder_class(self.datastore, f"stored_{purpose}")
        if self._creates_tables():
            with _making(self.datastore.engine) as connection:
                recorder.table.create(connection, checkfirst=True)
        return recorder

    def application_recorder(self) -> ApplicationRecorder:
        """Return a recorder of the class that the environment names, or ours."""
        self._begin_log()
        topic = self.env.get(self.APPLICATION_RECORDER_TOPIC)
        recorder_class: type[LedgerApplicationRecorder] = (
            resolve_topic(topic) if topic else self.application_recorder_class
        )
        return recorder_class(self.datastore)

    def tracking_recorder(
        self, tracking_recorder_class: type[LedgerTrackingRecorder] | None = None
    ) -> LedgerTrackingRecorder:
        """Return a recorder of the given class, of the one the environment names, or ours."""
        self._begin_log()
        if tracking_recorder_class is None:
            topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
            tracking_recorder_class = (
                resolve_topic(topic) if topic else self.tracking_recorder_class
            )
        return tracking_recorder_class(self.datastore)

    def process_recorder(self) -> ProcessRecorder:
        """Return a recorder of the class that the environment names, or ours."""
        self._begin_log()
        topic = self.env.get(self.PROCESS_RECORDER_TOPIC)
        recorder_class: type[LedgerProcessRecorder] = (
            resolve_topic(topic) if topic else self.process_recorder_class
        )
        return recorder_class(self.datastore)

    def close(self) -> None:
        """Finish what waits, and close every connection."""
        self.datastore.writer.close()
        self.datastore.commits.close()
        self.datastore.engine.dispose()

    def _creates_tables(self) -> bool:
        return strtobool(self.env.get(self.CREATE_TABLE) or "yes")

    def _begin_log(self) -> None:
        if not self._creates_tables():
            return
        with _making(self.datastore.engine) as connection:
            schema.upgrade(connection)
            head = tables.head
            if connection.execute(sa.select(head.c.id)).scalar() is None:
                connection.execute(
                    sa.insert(head).values(
                        id=1, size=0, frontier=Frontier().to_bytes(), recorded_max=0
                    )
                )


@contextmanager
def _making(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that makes tables, alone: two at once would collide."""
    with begin_writing(engine) as connection:
        cursor = driver_cursor(connection)
        Log(engine.dialect).lock(cursor)
        cursor.close()
        yield connection
