"""The library's `ProjectionRunner`, making the same read models from the same ledger."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent, Tracking
from eventsourcing.projection import Projection, ProjectionRunner

from benchmarks.measure import Share
from projections.inline import InlineProjector
from projections.models import opened_events, read_models
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.ledger.reader import read_between
from service.ledger.recorder import LedgerTrackingRecorder
from service.ledger.sql import driver_cursor

_WAIT_S: Final = 120.0


class ViewsContestant:
    """Our folds and tables, at the library's pace: an entry a transaction, with its place.

    Every round goes on where the one before it stopped. The views of the ledger are emptied first.

    Args:
        ledger: on PostgreSQL, and nobody else's.
    """

    name = "eventsourcing 9.5 ProjectionRunner, the same read models"

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._models = read_models(blind=ledger.blind)
        self._opens = opened_events(self._models)
        self._projector = InlineProjector(self._models)
        self._position = 0
        self._reached = 0
        with begin_writing(ledger.engine) as connection:
            for model in self._models:
                for table in model.tables:
                    connection.execute(sa.delete(table))

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Name the entries of the round."""
        assert callers == 1
        upto = self._position + operations
        return [lambda: self._project(upto)]

    def check(self) -> None:
        """Assert that every entry of the round was taken in."""
        assert self._reached >= self._position
        self._position = self._reached

    def _project(self, upto: int) -> None:
        ledger, projector, opens = self._ledger, self._projector, self._opens

        class Folds(Projection[LedgerTrackingRecorder]):
            """The folds."""

            name = "views"

            def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401, ARG002 - the library's
                """Take one entry in."""
                position = tracking.notification_id
                advance = self.view.datastore.statements.advance_tracking
                with begin_writing(ledger.engine) as connection:
                    entries = read_between(connection, ledger.opener, position - 1, position, opens)
                    projector.apply_batch(connection, list(entries))
                    with closing(driver_cursor(connection)) as cursor:
                        values = {
                            "application_name": tracking.application_name,
                            "notification_id": position,
                        }
                        advance.run(cursor, values)

        with ProjectionRunner(
            application_class=_Entries,
            projection_class=Folds,
            view_class=LedgerTrackingRecorder,
            env={
                "PERSISTENCE_MODULE": "service.ledger.factory",
                "LEDGER_DATABASE_URL": ledger.engine.url.render_as_string(hide_password=False),
            },
        ) as runner:
            runner.wait(upto, timeout=_WAIT_S)
            self._reached = runner.view.max_tracking_id(_Entries.__name__) or 0


class _Bytes(Mapper[UUID]):
    """Leaves an entry as it is: the fold reads it together with its hidden values."""

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401 - the library's
        """Return what was stored."""
        return stored_event


class _Entries(Application[UUID]):
    """The ledger, as the library sees it."""

    def construct_mapper(self) -> Mapper[UUID]:
        """Return what decodes nothing."""
        return _Bytes(transcoder=self.construct_transcoder())
