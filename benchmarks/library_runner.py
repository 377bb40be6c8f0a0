"""The library's `ProjectionRunner`: an event a transaction, with its place."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from benchmarks.measure import Share

_EVENTS_EACH = 10


class Member(Aggregate):
    """An aggregate as the library's tutorial has it."""

    @event("Admitted")
    def __init__(self, tier: str, statement: str) -> None:
        self.tier = tier
        self.statement = statement

    @event("Sent")
    def send(self, agreement: str, version: int, sha256: str) -> None:
        """Note that the agreement was sent."""
        self.agreement = agreement
        self.version_sent = version
        self.sha256 = sha256


class Members(Application[UUID]):
    """Keeps members."""


class MembersView(PostgresTrackingRecorder):
    """One row a member, written together with the place reached."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(datastore, **kwargs)
        self.check_identifier_length("members_view")
        self._table = Identifier(self.datastore.schema), Identifier("members_view")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {}.{} (id uuid PRIMARY KEY, changes bigint NOT NULL)"
            ).format(*self._table)
        )
        self._upsert = SQL(
            "INSERT INTO {}.{} AS v VALUES (%s, 1) "
            "ON CONFLICT (id) DO UPDATE SET changes = v.changes + 1"
        ).format(*self._table)

    def note(self, member: object, tracking: Tracking) -> None:
        """Count a change of a member."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._upsert, (member,), prepare=True)


class MembersProjection(Projection[MembersView]):
    """Counts every change."""

    name = "members"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 - the library's
        """Count one."""
        self.view.note(domain_event.originator_id, tracking)


class RunnerContestant:
    """Projects all events into a fresh view, each round."""

    name = "eventsourcing 9.5 ProjectionRunner"

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        self._url = url
        self._environment = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parsed.database or "",
            "POSTGRES_HOST": str(parsed.query["host"]),
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": parsed.username or "",
            "POSTGRES_PASSWORD": "none",
        }
        self._stored = 0
        self._seen = 0

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Store events that are not projected yet."""
        assert callers == 1
        with Members(self._environment) as members:
            for first in range(0, operations, _EVENTS_EACH):
                member = Member(tier="community-network", statement=uuid4().hex * 8)
                for version in range(1, min(_EVENTS_EACH, operations - first)):
                    member.send("memorandum", version, uuid4().hex * 2)
                members.save(member)
        self._stored += operations
        return [self._project]

    def check(self) -> None:
        """Assert that the view has counted every event."""
        assert self._seen == self._stored

    def _project(self) -> None:
        with ProjectionRunner(
            application_class=Members,
            projection_class=MembersProjection,
            view_class=MembersView,
            env=self._environment,
        ) as runner:
            runner.wait(self._stored, timeout=120)
            with runner.view.datastore.get_connection() as connection:
                row = connection.execute("SELECT sum(changes)::bigint AS n FROM members_view")
                counted = row.fetchone()
            assert counted is not None
            self._seen = counted["n"]
