"""Entries are found by both of their times: when they were recorded, and from when they count."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.coalition import SetSeats
from domain.terms import Ballot
from projections.as_of import position_at
from projections.paging import Window
from service.graphql import entries
from service.graphql.entries import EntryFilter
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.security.principal import Role
from tests.reads import counted
from tests.service.assembly import PARTNER, Assembly
from tests.service.coalition import new_id
from tests.service.graphql.api import Api

FOUND = """query ($filter: EntryFilter) { ledger { entries(filter: $filter, first: 100) {
    nodes { position recordedAt effectiveOn type } } } }"""
DAY = timedelta(days=1)
MANY = 20_000
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


class Log:
    """A log of some days, in which some things count from before they were recorded."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=1)
        self.coalition = self.assembly.coalition
        self.api = Api(self.coalition)
        for seats in range(3, 9):
            self.coalition.clock.advance(days=1)
            earlier = self.assembly.today - (seats % 3) * DAY
            command = SetSeats(tier=PARTNER, seats=seats)
            self.coalition.must(command, Role.DIRECTOR, effective_on=max(earlier, self.first))

    @property
    def first(self) -> date:
        return date(2023, 3, 1)

    def found(self, who: Role = Role.AUDITOR, **wanted: object) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self.api.ask(FOUND, who, filter=wanted)["ledger"]["entries"][
            "nodes"
        ]
        return nodes

    def positions(self, who: Role = Role.AUDITOR, **wanted: object) -> list[int]:
        return [each["position"] for each in self.found(who, **wanted)]


@pytest.fixture
def log(database_url: str, tmp_path: Path) -> Iterator[Log]:
    made = Log(database_url, tmp_path)
    yield made
    made.coalition.close()


def test_entries_are_found_by_when_they_were_recorded(log: Log) -> None:
    every = log.found()
    times = sorted({each["recordedAt"] for each in every})
    assert len(times) > 5
    for since, until in itertools.combinations([None, *times, None], 2):
        expected = [
            each["position"]
            for each in every
            if (since is None or since <= each["recordedAt"])
            and (until is None or each["recordedAt"] <= until)
        ]
        assert log.positions(recordedFrom=since, recordedUntil=until) == expected
        assert log.positions(Role.PUBLIC, recordedFrom=since, recordedUntil=until) == expected
    assert log.positions(recordedFrom="2999-01-01T00:00:00Z") == []
    assert log.positions(recordedUntil="0001-01-01T00:00:00Z") == []


def test_a_part_of_a_second_is_between_two(log: Log) -> None:
    last = log.found()[-1]
    second = last["recordedAt"].removesuffix("Z")
    assert log.positions(recordedFrom=f"{second}.000Z") == [last["position"]]
    assert log.positions(recordedFrom=f"{second}.500Z") == []
    assert log.positions(recordedUntil=f"{second}.500Z")[-1] == last["position"]


def test_where_a_clock_went_back_the_latest_time_before_counts(log: Log) -> None:
    last = log.found()[-1]
    log.coalition.clock.advance(hours=-2)
    log.coalition.must(SetSeats(tier=PARTNER, seats=20), Role.DIRECTOR)
    (*_, late, back) = log.found()
    assert late == last
    assert back["recordedAt"] < late["recordedAt"]
    both = [late["position"], back["position"]]
    assert log.positions(recordedFrom=late["recordedAt"]) == both
    assert set(both).isdisjoint(log.positions(recordedUntil=back["recordedAt"]))


def test_entries_are_found_by_the_days_from_which_they_count(log: Log) -> None:
    every = [each for each in log.found() if each["effectiveOn"] is not None]
    days = sorted({each["effectiveOn"] for each in every})
    assert any(each["effectiveOn"] < each["recordedAt"][:10] for each in every)
    for since, until in itertools.combinations([None, *days, None], 2):
        expected = [
            each["position"]
            for each in every
            if (since is None or since <= each["effectiveOn"])
            and (until is None or each["effectiveOn"] <= until)
        ]
        if (since, until) != (None, None):
            assert log.positions(effectiveFrom=since, effectiveUntil=until) == expected
    late = [
        each["position"]
        for each in every
        if each["effectiveOn"] <= days[2] and each["recordedAt"] > f"{days[2]}T23:59:59Z"
    ]
    found = log.positions(effectiveUntil=days[2], recordedFrom=f"{days[2]}T23:59:59.5Z")
    assert found == late != []


def test_what_hides_its_day_is_found_by_it_for_those_who_may_read_it(log: Log) -> None:
    vote = log.assembly.open(log.assembly.apply())
    day = log.assembly.today.isoformat()
    on_the_day: dict[str, Any] = {"effectiveFrom": day, "effectiveUntil": day}
    reviewed = [each["position"] for each in log.found(**on_the_day) if "review." in each["type"]]
    assert reviewed
    public = log.found(Role.PUBLIC, **on_the_day)
    assert {each["position"] for each in public}.isdisjoint(reviewed)
    assert {each["effectiveOn"] for each in public} == {day}
    # Nobody tells the ballots of an open vote apart.
    log.assembly.cast(vote, 0, Ballot.APPROVE)
    ballot = log.found()[-1]["position"]
    assert ballot not in log.positions(**on_the_day)
    log.coalition.clock.advance(days=8)
    log.assembly.close(vote)
    assert ballot in log.positions(**on_the_day)


def grow(log: Log) -> None:
    """Add entries of many days, two of an hour."""
    with begin_writing(log.coalition.ledger.engine) as connection:
        (size,) = connection.execute(sa.select(sa.func.max(tables.entries.c.position))).one()
        rows = []
        for number in range(MANY):
            at = BEGINNING + timedelta(minutes=30 * number)
            rows.append(
                {
                    "position": size + 1 + number,
                    "stream": new_id(),
                    "version": 1,
                    "type": "coalition.seats_set.v1",
                    "entry_id": new_id(),
                    "recorded_at": int(at.timestamp()),
                    "recorded_max": int(at.timestamp()),
                    "effective": at.date(),
                    "data": b"{}",
                    "leaf_hash": b"",
                }
            )
        connection.execute(sa.insert(tables.entries), rows)
        connection.exec_driver_sql("ANALYZE")


def plan_of(connection: Connection, wanted: EntryFilter) -> str:
    """Return how the database finds a page of entries."""
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        asked.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    entries.page(connection, wanted, Window(limit=50))
    sa.event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return str(connection.exec_driver_sql(f"{how} {statement}", parameters).all())


def test_either_time_is_found_by_an_index(log: Log) -> None:
    grow(log)
    day = BEGINNING.date() + 200 * DAY
    by_day = EntryFilter(effective_from=day, effective_until=day)
    since = int((BEGINNING + 200 * DAY).timestamp())
    with log.coalition.ledger.read() as snapshot:
        connection = snapshot.connection
        assert "entries_effective" in plan_of(connection, by_day)
        with counted(connection) as counting:
            upto = position_at(connection, since + 86_399)
            by_time = EntryFilter(after=position_at(connection, since - 1), upto=upto)
            for wanted in (by_day, by_time):
                assert len(entries.page(connection, wanted, Window(limit=50)).rows) == 48
                assert entries.total(connection, wanted) == 48
    # On SQLite it takes some steps to read a row.
    assert counting["work"] < MANY / 4
