"""Whatever the director writes down in whatever order, the coalition's record holds together."""

from __future__ import annotations

from datetime import UTC, date, datetime

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.catalog import EVENT_TYPES
from domain.coalition.correction import CorrectEntry, Corrections, WithdrawEntry
from domain.coalition.funding import EndFunding, Funding, RecordFunding
from domain.coalition.history import HistoryRecorded, RecordHistory
from domain.coalition.leadership import (
    AppointDirector,
    ChangeNaming,
    EndTerm,
    NamePartnerLeader,
    Term,
)
from domain.coalition.publications import (
    LineageRecorded,
    PublishLibraryItem,
    PublishStandards,
    StandardsPublished,
)
from domain.coalition.workgroup import DissolveWorkgroup, FormWorkgroup
from domain.decision import Command, Fact, Moment, Refusal
from domain.ledger.disclosure import Level, levels
from domain.ledger.entry import Envelope, encode_entry, open_entry, parse_entry, salts_from
from domain.terms import (
    ClaimId,
    DatePrecision,
    EntryId,
    FundingId,
    Office,
    PersonId,
    PublicationId,
    PublicationKind,
    TermId,
    WorkgroupId,
)
from tests.domain.examples import LANTERN, PARTNER, admitted, founded, organisation
from tests.domain.specification import TODAY
from tests.domain.world import World, an_id, entry_id


def ids(kind: str) -> st.SearchStrategy[str]:
    """Draw one of a few ids of a kind, so that they meet; no two kinds share one."""
    return st.integers(1, 6).map(lambda number: an_id(f"{kind} {number}"))


days = st.sampled_from([date(2005, 1, 1), date(2019, 5, 1), TODAY])
FIELDS = st.sampled_from(["name", "text", "source", "title", "precision", "wave"])


class RecordInAnyOrder(RuleBasedStateMachine):
    """A coalition with one partner, of which everything is written down that may be."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize()
    def found(self) -> None:
        facts = [*founded(seats=2), organisation(), admitted(PARTNER)]
        self.world.append(facts, TODAY)

    def tell(self, command: Command, effective: date = TODAY) -> None:
        """Decide a command, append what it gives, and decide it once more."""
        moment = Moment(TODAY, effective)
        decision = self.world.decide(command, moment)
        if isinstance(decision, Refusal):
            assert decision.rule
            assert all(each.satisfied_by for each in decision.unmet)
            return
        self.world.append(decision, effective)
        again = self.world.decide(command, moment)
        assert isinstance(again, Refusal) or again == []

    @rule(
        term=ids("term"), person=ids("person"), day=days, named=st.booleans(), leads=st.booleans()
    )
    def lead(self, term: str, person: str, day: date, named: bool, leads: bool) -> None:  # noqa: FBT001
        who, since = PersonId(person), TermId(term)
        if leads:
            self.tell(
                NamePartnerLeader(term=since, party=LANTERN, person=who, name="R", named=named), day
            )
        else:
            self.tell(AppointDirector(term=since, person=who, name="R", named=named), day)

    @rule(term=ids("term"), day=days, ends=st.booleans())
    def change(self, term: str, day: date, ends: bool) -> None:  # noqa: FBT001
        self.tell(
            EndTerm(term=TermId(term)) if ends else ChangeNaming(term=TermId(term), named=True), day
        )

    @rule(group=ids("group"), day=days, ends=st.booleans())
    def group(self, group: str, day: date, ends: bool) -> None:  # noqa: FBT001
        workgroup = WorkgroupId(group)
        if ends:
            self.tell(DissolveWorkgroup(workgroup=workgroup), day)
        else:
            self.tell(FormWorkgroup(workgroup=workgroup, name="Standards"), day)

    @rule(publication=ids("wave"), before=st.none() | ids("wave"), wave=st.integers(0, 3))
    def publish(self, publication: str, before: str | None, wave: int) -> None:
        command = PublishStandards(
            publication=PublicationId(publication),
            wave=wave,
            title="Standards",
            supersedes=None if before is None else PublicationId(before),
        )
        self.tell(command)

    @rule(publication=ids("wave"), before=st.none() | ids("wave"))
    def put(self, publication: str, before: str | None) -> None:
        command = PublishLibraryItem(
            publication=PublicationId(publication),
            kind=PublicationKind.TOOLKIT,
            title="A toolkit",
            supersedes=None if before is None else PublicationId(before),
        )
        self.tell(command)

    @rule(
        funding=ids("funding"),
        day=days,
        ends=st.booleans(),
        precision=st.sampled_from(DatePrecision),
    )
    def fund(self, funding: str, day: date, ends: bool, precision: DatePrecision) -> None:  # noqa: FBT001
        grant = FundingId(funding)
        if ends:
            self.tell(EndFunding(funding=grant, precision=precision), day)
        else:
            self.tell(RecordFunding(funding=grant, funder="F", precision=precision), day)

    @rule(
        claim=ids("claim"),
        against=st.lists(ids("claim"), max_size=2),
        precision=st.sampled_from(DatePrecision),
    )
    def remember(self, claim: str, against: list[str], precision: DatePrecision) -> None:
        command = RecordHistory(
            claim=ClaimId(claim),
            text="It began.",
            source="A letter",
            precision=precision,
            contradicts=[ClaimId(each) for each in against],
        )
        self.tell(command, date(2005, 1, 1))

    @rule(which=st.integers(0, 1_000), field=FIELDS, value=st.sampled_from(["This", "That"]))
    def correct(self, which: int, field: str, value: str) -> None:
        place = which % len(self.world.entries) + 1
        self.tell(CorrectEntry(entry=EntryId(entry_id(place)), field=field, value=value))

    @rule(which=st.integers(0, 1_000), day=days)
    def withdraw(self, which: int, day: date) -> None:
        place = which % len(self.world.entries) + 1
        self.tell(WithdrawEntry(entry=EntryId(entry_id(place)), reason="It is wrong."), day)

    @invariant()
    def nothing_ends_or_is_withdrawn_before_it_began(self) -> None:
        began = {entry_id(place): day for place, (_, day) in enumerate(self.world.entries, start=1)}
        for state in self.world.states.values():
            match state:
                case Funding(since=date() as since, until=date() as until):
                    assert until >= since
                case Corrections(withdrawn_on=date() as withdrawn_on):
                    assert withdrawn_on >= began[state.id]
                case _:
                    pass

    @invariant()
    def one_person_directs_at_most(self) -> None:
        terms = [each for each in self.world.states.values() if isinstance(each, Term)]
        directing = [
            each.id for each in terms if each.office is Office.DIRECTOR and each.until is None
        ]
        director = self.world.register.director
        assert directing == ([] if director is None else [director])

    @invariant()
    def lineage_and_contradictions_lead_to_what_came_before(self) -> None:
        known: set[str] = set()
        for fact, _ in self.world.entries:
            match fact.event:
                case StandardsPublished(supersedes=before):
                    assert before is None or before in known
                case LineageRecorded(supersedes=before):
                    assert before in known
                case HistoryRecorded(contradicts=others):
                    assert known.issuperset(others)
                case _:
                    pass
            known.add(fact.stream)

    def teardown(self) -> None:
        """Read everything back as the writer does, without what is personal."""
        folded = World()
        for version, (fact, effective) in enumerate(self.world.entries, start=1):
            envelope = Envelope(
                entry_id=entry_id(version),
                stream=fact.stream,
                version=version,
                at=datetime(2026, 3, 2, 12, tzinfo=UTC),
                effective=effective,
                actor="director",
                actor_id="somebody",
                policy="cate@1",
            )
            encoded = encode_entry(envelope, fact.event, salts_from(bytes(16 * 32)))
            known = [
                each
                for each in encoded.disclosures
                if levels(type(fact.event)).get(each.name) is not Level.PERSONAL
            ]
            opened, event = open_entry(parse_entry(encoded.data), known, EVENT_TYPES)
            folded.append([Fact(opened.stream, event)], opened.effective)
        assert folded.states == self.world.states
        assert folded.register.director == self.world.register.director


TestRecordInAnyOrder = RecordInAnyOrder.TestCase
TestRecordInAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
