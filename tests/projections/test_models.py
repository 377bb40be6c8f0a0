"""What the read models hold, and what they must not."""

from __future__ import annotations

import typing
from datetime import date

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from domain.coalition.coalition import CoalitionEvent
from domain.coalition.correction import CorrectionEvent
from domain.coalition.funding import FundingEvent
from domain.coalition.history import HistoryEvent
from domain.coalition.leadership import LeadershipEvent
from domain.coalition.publications import LibraryEvent
from domain.coalition.vote import VoteEvent
from domain.coalition.webhook import WebhookEvent
from domain.coalition.workgroup import WorkgroupEvent
from domain.ledger.disclosure import Event, HiddenValueMissingError, Level, levels
from domain.ledger.entry import canonical_json
from domain.membership import membership as membership_rules
from domain.membership.application import ApplicationEvent, ApplicationSubmitted
from domain.membership.membership import MemberAdmitted, MembershipEvent
from domain.membership.party import OrganisationRegistered, Party, PartyEvent, evolve
from domain.membership.review import ReviewEvent
from domain.terms import MembershipId, PartyId, PartyKind
from projections import listings, membership_folds, parties, tables
from projections.as_of import AsOf
from projections.inline import InlineProjector
from projections.membership_folds import MembershipRow
from projections.replay import Replay
from service.ledger.engine import begin_writing
from tests.projections.held import rows_as_of
from tests.projections.ledgers import MODEL, MODELS, OPENS, MemoryLedger, batches, blind
from tests.projections.simulated.simulation import HIDDEN, PERSONAL
from tests.projections.streams import as_opened, generate

DAY = date(2030, 1, 1)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Views of a varied ledger, as the writer keeps them, with every hidden value at hand."""
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS)
    for batch in batches(generate(1_500, seed=46), 64):
        ledger.append(batch, projector)
    return engine


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("coalition", CoalitionEvent),
        ("parties", PartyEvent),
        ("applications", ApplicationEvent),
        ("reviews", ReviewEvent),
        ("memberships", MembershipEvent),
        ("votes", VoteEvent),
        ("terms_of_office", LeadershipEvent),
        ("workgroups", WorkgroupEvent),
        ("publications", LibraryEvent),
        ("fundings", FundingEvent),
        ("claims", HistoryEvent),
        ("corrections", CorrectionEvent),
        ("webhooks", WebhookEvent),
    ],
)
def test_every_event_of_a_stream_reaches_its_read_model(name: str, events: object) -> None:
    # How plans go on is in a view of its own.
    beside = MODEL["improvement_plans"].folds.keys() if name == "reviews" else ()
    assert {*MODEL[name].folds, *beside} == set(typing.get_args(events) or (events,))


def test_every_event_occurs_in_the_generated_ledger() -> None:
    happened = {type(entry.event) for entry in generate(5_000, seed=42)}
    assert happened == {event_type for model in MODELS for event_type in model.folds}


def test_the_generated_ledger_marks_what_is_hidden() -> None:
    clear = {"party", "review", "applicant", "membership", "application", "reviewer", "person"}
    clear |= {"affiliate", "against", "against_party", "ballots", "declarer", "fiscal_sponsor"}
    clear |= {"home", "vote", "owner", "entry", "file"}
    clear |= {"survivor", "absorbed", "ended", "returned", "reinstated"}
    for entry in generate(2_000, seed=43):
        event = entry.event
        for name, level in levels(type(event)).items():
            value = getattr(event, name)
            if level is Level.PERSONAL and isinstance(value, str):
                assert value.startswith(PERSONAL)
            elif (
                level is not Level.PUBLIC
                and isinstance(value, str)
                and len(value) > 16
                and name not in clear | {"signatory"}
                and "listing" not in event.stored_name
            ):
                assert HIDDEN in value or name == "reason"


def test_no_hidden_value_is_in_any_view(filled: Engine) -> None:
    with filled.connect() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                assert HIDDEN not in repr(row)
                assert PERSONAL not in repr(row)


def test_only_the_events_named_are_opened_and_personal_values_never() -> None:
    entries = list(generate(1_500, seed=46))
    opened, whole = Replay(MODELS), Replay(MODELS)
    opened.extend(as_opened(entry, OPENS) for entry in entries)
    whole.extend(entries)
    for model in MODELS:
        assert opened.rows(model, 1_500, DAY) == whole.rows(model, 1_500, DAY)


@pytest.mark.parametrize("event_type", [ApplicationSubmitted, MemberAdmitted])
def test_a_reference_that_nobody_can_open_is_a_fault(event_type: type[Event]) -> None:
    entries = list(generate(500, seed=44))
    place = next(i for i, entry in enumerate(entries) if isinstance(entry.event, event_type))
    replay = Replay(MODELS)
    replay.extend(entries[:place])
    with pytest.raises(HiddenValueMissingError):
        replay.extend([as_opened(entries[place], frozenset())])


def test_an_expunged_ein_is_no_fault_and_finds_nothing() -> None:
    entries = list(generate(500, seed=44))
    place = next(
        i for i, entry in enumerate(entries) if isinstance(entry.event, OrganisationRegistered)
    )
    replay = Replay(MODELS)
    replay.extend([as_opened(entries[place], frozenset())])
    (row,) = replay.rows(MODEL["parties"], place + 1, DAY)
    assert row.ein_index is None


def test_a_party_is_found_by_its_last_ein_as_it_reads_now_with_the_key_alone(
    filled: Engine,
) -> None:
    known: dict[str, Party] = {}
    said: dict[str, set[str]] = {}
    for entry in generate(1_500, seed=46):
        event, stream = entry.event, entry.envelope.stream
        if isinstance(event, PartyEvent):
            party = known.get(stream, Party(id=PartyId(stream)))
            known[stream] = evolve(party, event, entry.envelope.effective)
            if (ein := getattr(event, "ein", None)) is not None:
                said.setdefault(stream, set()).add(ein)
    as_of = AsOf(1_500, DAY, current=True)
    with filled.connect() as connection:
        index = tables.parties.c.ein_index
        for owner, ein in ((party, ein) for party, eins in said.items() for ein in eins):
            found = parties.VIEW.rows(connection, as_of, index == blind(ein))
            assert [row.id for row in found] == ([owner] if ein == known[owner].ein else [])
            assert parties.VIEW.rows(connection, as_of, index == ein) == []
    assert any(len(eins) > 1 for eins in said.values())


def test_a_person_in_the_directory_shows_only_which_fields(filled: Engine) -> None:
    with filled.connect() as connection:
        rows = rows_as_of(connection, listings.MODEL, AsOf(1_500, DAY))
        individuals = {row.id for row in rows if row.kind is PartyKind.INDIVIDUAL}
        terms = connection.execute(sa.select(tables.listing_terms.c.party)).scalars().all()
    assert individuals
    assert individuals.isdisjoint(terms)
    for row in rows:
        if row.kind is PartyKind.INDIVIDUAL:
            assert row.fields
            assert (row.name, row.description, row.website, row.email, row.phone) == (None,) * 5
            assert row.counties == row.populations == row.services == ()
            assert row.sort_name == row.search_text == ""


def test_a_withdrawn_listing_is_gone_with_its_terms(filled: Engine) -> None:
    with filled.connect() as connection:
        rows = rows_as_of(connection, listings.MODEL, AsOf(1_500, DAY))
        held = AsOf(1_500, DAY).rows_of(tables.listing_terms)
        found = connection.execute(sa.select(tables.listing_terms).where(held)).all()
    declared = {
        (facet, term, row.id)
        for row in rows
        for facet, term in (
            [(listings.COUNTY, county) for county in row.counties]
            + [(listings.SERVICE, service) for service in row.services]
        )
    }
    assert {(row.facet, row.term, row.party) for row in found} == declared


def test_memberships_stand_as_the_rules_see_them() -> None:
    replay = Replay(MODELS)
    states: dict[str, membership_rules.Membership] = {}
    for entry in generate(3_000, seed=45):
        replay.extend([entry])
        if isinstance(entry.event, MembershipEvent):
            stream = entry.envelope.stream
            state = states.get(stream) or membership_rules.Membership(id=MembershipId(stream))
            states[stream] = membership_rules.evolve(state, entry.event, entry.envelope.effective)
    rows: dict[str, MembershipRow] = {
        row.id: row for row in replay.rows(membership_folds.MODEL, 3_000, DAY)
    }
    assert rows.keys() == states.keys()
    for stream, state in states.items():
        row = rows[stream]
        assert (row.tier, row.status, row.party) == (state.tier, state.status, state.party)
        assert (row.version, row.since) == (state.version, state.since)
        assert row.signed_version == state.signed.get(state.agreement)
        assert row.sent_version == state.sent.get(state.agreement)


def test_composed_columns_are_canonical_json(filled: Engine) -> None:
    composed = {
        "agreements", "sent", "evidence", "shares", "clauses", "reviewers", "finding_positions",
        "representatives", "names", "former", "fields", "counties",
        "services", "seats", "templates", "policies",
    }  # fmt: skip
    with begin_writing(filled) as connection:
        for model in MODELS:
            for row in connection.execute(sa.select(model.table)).mappings():
                for name in composed & row.keys():
                    value = orjson.loads(row[name])
                    assert canonical_json(value).decode() == row[name]
