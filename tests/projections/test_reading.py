"""Pages, counts and look-ups give what a plain loop over a replay gives."""

from __future__ import annotations

import functools
import operator
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.membership.party import ListingWithdrawn
from domain.terms import ApplicationKind, ApplicationPhase, Awaited, MembershipStatus
from projections import (
    applications,
    changes,
    coalition,
    directory,
    listings,
    membership_folds,
    memberships,
    parties,
    queue,
    reviews,
    tables,
)
from projections.applications import ApplicationFilter
from projections.as_of import AsOf
from projections.changes import Between, Change
from projections.directory import DirectoryFilter
from projections.inline import InlineProjector
from projections.listings import ListingRow
from projections.membership_folds import MembershipRow
from projections.memberships import MembershipFilter, MembershipOrder
from projections.paging import Key, Page, Window
from projections.queue import QueueFilter, QueueOrder
from projections.replay import Replay
from tests.projections.ledgers import MODEL, MODELS, MemoryLedger, batches
from tests.projections.simulated.simulation import COUNTIES, REVIEWERS, SERVICES, TIERS
from tests.projections.streams import generate

ENTRIES = 3_000
DAY = date(2021, 4, 20)
HEAD = AsOf(ENTRIES, DAY, current=True)
PAST = AsOf(1_700, DAY)

Fetch = Callable[[Window], Page[Any]]


SHOWN = (MembershipStatus.AGREEMENT_PENDING, MembershipStatus.ACTIVE)


class Answers:
    """A replay of the same entries."""

    def __init__(self) -> None:
        self.replay = Replay(MODELS)
        self.entries = list(generate(ENTRIES, seed=65))
        self.replay.extend(self.entries)

    def rows(self, name: str, as_of: AsOf) -> list[Any]:
        """Return the rows of a read model."""
        return self.replay.rows(MODEL[name], as_of.position, as_of.effective)

    def by_id(self, name: str, as_of: AsOf) -> dict[str, Any]:
        """Return the rows of a read model by id."""
        return {row.id: row for row in self.rows(name, as_of)}

    def up(self) -> set[str]:
        """Return the parties whose listings are not down, by their last standing."""
        rows = self.replay.rows(membership_folds.MODEL, ENTRIES, tables.LAST_DAY)
        return {row.party for row in rows if row.status in SHOWN}

    def shown(self) -> dict[str, ListingRow]:
        """Return the listings that are shown now: those of members, that nobody holds back."""
        held, up = self.by_id("listing_holds", HEAD), self.up()
        listed = self.by_id("listings", HEAD)
        return {party: row for party, row in listed.items() if party in up and party not in held}

    def listed_at(self, position: int) -> dict[str, ListingRow]:
        """Return what was listed at a position, which no view has kept."""
        replay = Replay([listings.MODEL])
        replay.extend(
            entry for entry in self.entries[:position] if type(entry.event) in listings.MODEL.folds
        )
        return {row.id: row for row in replay.rows(listings.MODEL, position, DAY)}


@pytest.fixture(scope="module")
def answers() -> Answers:
    """The replay."""
    return Answers()


@pytest.fixture
def connection(engine: Engine, answers: Answers) -> Any:  # noqa: ANN401 - a generator
    """A reader of views that the writer kept."""
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS)
    for batch in batches(answers.entries, 256):
        ledger.append(batch, projector)
    with engine.connect() as connection:
        yield connection


def read_all(fetch: Fetch, key: Callable[[Any], Key], *, limit: int, descending: bool) -> list[Any]:
    """Read page after page, forward, and check that backward gives the same."""
    forward: list[Any] = []
    page = fetch(Window(limit=limit, descending=descending))
    while True:
        forward += page.rows
        if not page.more:
            break
        assert len(page.rows) == limit
        page = fetch(Window(limit=limit, after=key(page.rows[-1]), descending=descending))
    backward: list[Any] = []
    page = fetch(Window(limit=limit, backward=True, descending=descending))
    while True:
        backward = [*page.rows, *backward]
        if not page.more:
            break
        window = Window(limit=limit, before=key(page.rows[0]), backward=True, descending=descending)
        page = fetch(window)
    assert forward == backward
    if len(forward) > 4:
        between = Window(
            limit=100, after=key(forward[0]), before=key(forward[3]), descending=descending
        )
        assert list(fetch(between).rows) == forward[1:3]
    return forward


@pytest.mark.parametrize("as_of", [HEAD, PAST])
@pytest.mark.parametrize("order", list(MembershipOrder))
def test_memberships_by_page(
    connection: Connection, answers: Answers, as_of: AsOf, order: MembershipOrder
) -> None:
    listed = answers.shown()
    some = [row.party for row in answers.rows("memberships", as_of)][::3]
    cases: list[tuple[MembershipFilter, Callable[[MembershipRow], bool]]] = [
        (MembershipFilter(), lambda _: True),
        (MembershipFilter(tiers=TIERS[:2]), lambda row: row.tier in TIERS[:2]),
        (
            MembershipFilter(statuses=[MembershipStatus.ACTIVE]),
            lambda row: row.status is MembershipStatus.ACTIVE,
        ),
        (MembershipFilter(parties=some), lambda row: row.party in some),
        (MembershipFilter(tiers=[]), lambda _: False),
        (
            MembershipFilter(counties=COUNTIES[:2]),
            lambda row: (
                row.party in listed and bool({*COUNTIES[:2]} & {*listed[row.party].counties})
            ),
        ),
    ]
    for descending in (False, True):
        for wanted, matches in cases:

            def fetch(window: Window, wanted: MembershipFilter = wanted) -> Page[MembershipRow]:
                return memberships.page(connection, as_of, wanted, order, window)

            found = read_all(
                fetch, lambda row: memberships.key(row, order), limit=7, descending=descending
            )
            expected = [row for row in answers.rows("memberships", as_of) if matches(row)]
            expected.sort(key=lambda row: memberships.key(row, order), reverse=descending)
            assert found == expected
            assert memberships.total(connection, as_of, wanted) == len(expected)


@pytest.mark.parametrize("as_of", [HEAD, PAST])
def test_applications_by_page(connection: Connection, answers: Answers, as_of: AsOf) -> None:
    rows = answers.rows("applications", as_of)
    assigned = {row.id: row.reviewers for row in answers.rows("reviews", as_of)}
    applicant = rows[0].applicant
    cases = [
        (ApplicationFilter(), lambda _: True),
        (
            ApplicationFilter(phases=[ApplicationPhase.IN_REVIEW, ApplicationPhase.REVIEWED]),
            lambda row: row.phase in {"in-review", "reviewed"},
        ),
        (
            ApplicationFilter(kinds=[ApplicationKind.TIER_CHANGE], tiers=TIERS[1:]),
            lambda row: row.kind == "tier-change" and row.tier in TIERS[1:],
        ),
        (ApplicationFilter(applicant=applicant), lambda row: row.applicant == applicant),
        (ApplicationFilter(parties=[rows[1].party]), lambda row: row.party == rows[1].party),
        (
            ApplicationFilter(reviewer=REVIEWERS[2]),
            lambda row: REVIEWERS[2] in assigned.get(row.review, ()),
        ),
    ]
    for wanted, matches in cases:

        def fetch(window: Window, wanted: ApplicationFilter = wanted) -> Page[Any]:
            return applications.page(connection, as_of, wanted, window)

        found = read_all(fetch, applications.key, limit=9, descending=False)
        expected = sorted(filter(matches, rows), key=applications.key)
        assert found == expected
        assert applications.total(connection, as_of, wanted) == len(expected) > 0


@pytest.mark.parametrize("as_of", [HEAD, PAST])
def test_the_directory_by_page(connection: Connection, answers: Answers, as_of: AsOf) -> None:
    members = {row.party: row for row in answers.rows("memberships", as_of) if row.status in SHOWN}
    listed = [row for row in answers.shown().values() if row.id in members]
    found_by = random.Random(51).choice(listed[-5:]).sort_name or "tern"  # noqa: S311
    word = found_by.split()[0]
    cases: list[tuple[DirectoryFilter, Callable[[ListingRow], bool]]] = [
        (DirectoryFilter(), lambda _: True),
        (DirectoryFilter(tiers=[TIERS[2]]), lambda row: members[row.id].tier == TIERS[2]),
        (
            DirectoryFilter(counties=[COUNTIES[0], COUNTIES[3]], services=[SERVICES[1]]),
            lambda row: (
                bool({COUNTIES[0], COUNTIES[3]} & {*row.counties}) and SERVICES[1] in row.services
            ),
        ),
        (DirectoryFilter(populations=["youth"]), lambda row: "youth" in row.populations),
        (DirectoryFilter(text=word.upper()), lambda row: word in row.search_text),
        (DirectoryFilter(text="ÉLAN"), lambda row: "élan" in row.search_text),
        (DirectoryFilter(text="100%"), lambda row: "100%" in row.search_text),
    ]
    for wanted, matches in cases:

        def fetch(window: Window, wanted: DirectoryFilter = wanted) -> Page[Any]:
            return directory.page(connection, as_of, wanted, window)

        found = read_all(fetch, directory.key, limit=5, descending=False)
        expected = sorted(filter(matches, listed), key=operator.attrgetter("sort_name", "id"))
        assert [row.listing.id for row in found] == [row.id for row in expected]
        assert [row.membership for row in found] == [members[row.id] for row in expected]
        assert directory.total(connection, as_of, wanted) == len(expected)
    assert directory.total(connection, as_of, DirectoryFilter(text="élan"))


def test_the_directory_of_the_past_shows_members_of_then_as_they_are_listed_now(
    connection: Connection, answers: Answers
) -> None:
    then = answers.listed_at(PAST.position)
    now = answers.shown()
    members = {row.party for row in answers.rows("memberships", PAST) if row.status in SHOWN}
    assert then.keys() - now.keys()
    assert [party for party in then.keys() & now.keys() & members if then[party] != now[party]]
    page = directory.page(connection, PAST, DirectoryFilter(), Window(limit=ENTRIES))
    shown = {row.listing.id: row.listing for row in page.rows}
    assert shown == {party: row for party, row in now.items() if party in members}
    consented = answers.by_id("listings", HEAD)
    assert directory.listings_of(connection, then, down=True) == {
        party: row for party, row in consented.items() if party in then
    }
    assert directory.listings_of(connection, then) == {
        party: row for party, row in now.items() if party in then
    }
    assert consented.keys() - answers.up()


def test_rows_by_id_and_by_reference(connection: Connection, answers: Answers) -> None:
    for as_of in (HEAD, PAST):
        held = answers.by_id("memberships", as_of)
        wanted = [*list(held)[::2], "unknown"]
        found = memberships.by_ids(connection, as_of, wanted)
        assert found == {each: held[each] for each in wanted[:-1]}
        by_party = memberships.by_parties(connection, as_of, [row.party for row in held.values()])
        assert {row.party: [row] for row in held.values()} == by_party
        assert memberships.count_by_tier(connection, as_of) == {
            tier: sum(row.tier == tier and row.status.is_live for row in held.values())
            for tier in {row.tier for row in held.values()}
        }
        cases = answers.by_id("applications", as_of)
        assert applications.by_ids(connection, as_of, cases) == cases
        judged = answers.by_id("reviews", as_of)
        assert reviews.by_ids(connection, as_of, judged) == judged
        assert reviews.by_application(connection, as_of, cases) == {
            each: judged[row.review] for each, row in cases.items() if row.review in judged
        }
        known = answers.by_id("parties", as_of)
        assert parties.by_ids(connection, as_of, known) == known
        (founded,) = answers.rows("coalition", as_of)
        assert coalition.at(connection, as_of) == founded
    assert coalition.at(connection, AsOf(0, DAY)) is None


def test_changes_are_what_each_entry_made_of_a_membership(
    connection: Connection, answers: Answers
) -> None:
    row: dict[str, MembershipRow] = {}
    made = []
    for entry in answers.entries:
        if type(entry.event) in membership_folds.MODEL.folds:
            stream = entry.envelope.stream
            after = membership_folds.MODEL.apply(row.get(stream), entry)
            assert after is not None
            made.append(Change(entry.position, row.get(stream), after))
            row[stream] = after
    for between in (Between(0, ENTRIES), Between(900, 1_700), Between(1_700, 1_700)):
        wanted = [each for each in made if between.after < each.position <= between.upto]
        found = read_all(
            functools.partial(changes.page, connection, between),
            changes.key,
            limit=40,
            descending=False,
        )
        assert found == wanted
        assert changes.total(connection, between) == len(wanted)
    assert len(made) > 400


def test_a_listing_is_withdrawn_somewhere_in_the_past(answers: Answers) -> None:
    positions = [
        entry.position for entry in answers.entries if isinstance(entry.event, ListingWithdrawn)
    ]
    assert min(positions) < PAST.position < max(positions)


def test_pages_of_what_holds_now_come_from_indexes_in_order(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by size, and these tables are small")
    connection.begin()
    asked: list[tuple[str, Any]] = []
    sa.event.listen(
        connection,
        "before_cursor_execute",
        lambda _, __, statement, parameters, *___: asked.append((statement, parameters)),
    )
    window = Window(limit=5, after=(DAY, "0"))
    memberships.page(connection, HEAD, MembershipFilter(), MembershipOrder.SINCE, window)
    applications.page(connection, HEAD, ApplicationFilter(), Window(limit=5, backward=True))
    directory.page(connection, HEAD, DirectoryFilter(services=SERVICES[:2]), Window(limit=5))
    waiting = QueueFilter(on=[Awaited.DIRECTOR, Awaited.REVIEWER])
    for order in QueueOrder:
        queue.page(connection, HEAD, waiting, order, Window(limit=5))
    changes.page(connection, Between(5, ENTRIES), Window(limit=5, after=(700,)))
    indexes = [
        "memberships_by_since",
        "applications_by_submission",
        "listings_by_name",
        "applications_by_age",
        "applications_by_waiting",
        "memberships_by_change",
    ]
    for index, (statement, parameters) in zip(indexes, list(asked), strict=True):
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
        assert index in plan
        assert "TEMP B-TREE" not in plan
