"""Whatever is asked in whatever order, the invariants hold."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, invariant, rule

from domain.catalog import EVENT_TYPES
from domain.coalition.coalition import (
    AdoptPolicy,
    FoundCoalition,
    FoundingPartner,
    SetSeats,
    seats_of,
)
from domain.decision import Command, Fact, Moment, Refusal
from domain.ledger.disclosure import Level, levels
from domain.ledger.entry import Envelope, encode_entry, open_entry, parse_entry, salts_from
from domain.membership.applying import Applying
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.details import OrganisationDetails
from domain.membership.line import Line, Seats
from domain.membership.membership import MemberAdmitted, TierChanged
from domain.membership.phases import UNDECIDED
from domain.membership.register import Register
from domain.membership.standing import MembershipMerged, MembershipPassed, MembershipReinstated
from domain.membership.ties import sponsors_in
from domain.membership.waiting import (
    AWAITED,
    ApplicationWaitlisted,
    SeatOffered,
    SeatOfferExpired,
)
from domain.policy import MembershipClassId, Policy, VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    AssentPhase,
    MembershipId,
    MembershipStatus,
    PartyId,
    PersonId,
    VoteOutcome,
)
from tests.domain.examples import PARTNER
from tests.domain.policy.files import CATE
from tests.domain.saying.complaining import Complaining
from tests.domain.saying.ending import Ending
from tests.domain.saying.knowing import Knowing
from tests.domain.saying.partnering import Partnering
from tests.domain.saying.recusing import Recusing
from tests.domain.saying.rolls import applied, ties_of
from tests.domain.saying.speaking import AGREEMENTS, EINS, POLICIES, TEXTS, TIERS
from tests.domain.world import COALITION, World, an_id, blind

# Two decoys with one salt would be one digest.
SALTS = b"".join(serial.to_bytes(16) for serial in range(32))

partners_details = st.builds(
    OrganisationDetails,
    name=st.just("Lantern House"),
    party_type=st.just("nonprofit-501c3"),
    ein=st.sampled_from(EINS),
    counties=st.just(["29189"]),
)

THREE = [
    OrganisationDetails(
        name="Lantern House", party_type="nonprofit-501c3", ein=ein, counties=["29189"]
    )
    for ein in EINS
]
"""Partners enough for the others to decide on one of them."""


class EveryCommandInAnyOrder(Recusing, Ending, Knowing, Complaining, Partnering):
    """A coalition to which everything is said that may be said, sensible or not."""

    def __init__(self) -> None:
        super().__init__()
        # How many entries the invariant on seats has looked at, and what it found of each
        # application that waited for one.
        self.seen = 0
        self.last: dict[str, object] = {}

    @initialize(
        seats=st.just(3) | st.integers(0, 3),
        details=st.just(THREE) | st.lists(partners_details, max_size=3),
        signs=st.booleans(),
    )
    def found(self, seats: int, details: list[OrganisationDetails], signs: bool) -> None:  # noqa: FBT001
        partners = [
            FoundingPartner(
                party=PartyId(self.new_id()),
                membership=MembershipId(self.new_id()),
                tier=PARTNER,
                organisation=each,
            )
            for each in details
        ]
        for tried in (partners, []):
            founding = FoundCoalition(
                coalition=COALITION,
                name="C",
                source="minutes",
                policy_sha256=CATE.sha256,
                seats={PARTNER: seats},
                partners=tried,
            )
            if self.tell(founding):
                self.parties += [partner.party for partner in tried]
        if signs:
            for agreement in AGREEMENTS:
                self.publish_text(agreement, TEXTS[0])
            for membership in self.world.memberships():
                self.sign(membership.id)

    @rule(tier=st.sampled_from(TIERS), seats=st.integers(0, 4))
    def set_seats(self, tier: str, seats: int) -> None:
        self.tell(SetSeats(tier=tier, seats=seats))

    @rule(step=st.integers(0, 2))
    def adopt(self, step: int) -> None:
        wanted = self.world.policy.version + step
        for policy in POLICIES.values():
            if policy.version == wanted:
                self.adopt_file(policy)

    def adopt_file(self, policy: Policy) -> list[Fact]:
        """Adopt a policy; the seats that it says hold then, whoever said others before."""
        adopted = self.tell(AdoptPolicy(policy_sha256=policy.sha256))
        for tier in policy.tiers if adopted else ():
            if tier.seats is not None:
                assert seats_of(self.world.coalition, tier) == tier.seats
        return adopted

    @rule(step=st.integers(1, 2), passes=st.booleans())
    def vote_on_a_policy(self, step: int, passes: bool) -> None:  # noqa: FBT001
        wanted = self.world.policy.version + step
        for policy in [each for each in POLICIES.values() if each.version == wanted]:
            vote = self.put_to_vote(VoteKind.POLICY, proposal_sha256=policy.sha256)
            adopt = AdoptPolicy(policy_sha256=policy.sha256)
            if self.world.vote(vote).version:
                assert self.tell(adopt) == []
            self.answer(vote, passes=passes)
            # What was put to a vote is not adopted against it.
            adopted, held = self.adopt_file(policy), self.world.vote(vote)
            assert not adopted or not held.version or held.outcome is VoteOutcome.PASSED

    @invariant()
    def seats_are_never_exceeded(self) -> None:
        occupied = Counter(each.tier for each in self.world.live())
        occupied.update(each.tier for each in self.applications(ApplicationPhase.SEAT_OFFERED))
        for tier_id, number in occupied.items():
            tier = self.world.policy.tier(tier_id)
            seats = seats_of(self.world.coalition, tier)
            assert not tier.is_limited or (seats is not None and number <= seats)

    @invariant()
    def nobody_takes_a_seat_that_others_wait_for(self) -> None:
        """What took a seat was offered it, or came back by an appeal, or nobody waited for it.

        Whatever was decided since is looked at, by who waits at the end of it.
        """
        register, last = self.world.register, self.last
        entries = self.world.entries
        for fact, _ in entries[self.seen :]:
            self.seen += 1
            match fact.event:
                case MemberAdmitted(tier=tier, application=by) if by is not None:
                    kept = isinstance(last.get(by), SeatOffered)
                case TierChanged(from_tier=left, to_tier=tier, application=by) if by is not None:
                    kept = left == tier or isinstance(last.get(by), SeatOffered)
                case MembershipReinstated(tier=tier, vote=vote):
                    kept = vote is not None and self.world.vote(vote).kind is VoteKind.APPEAL
                    for then, _ in entries[self.seen : self.seen + 1]:
                        if then.stream == fact.stream and isinstance(then.event, TierChanged):
                            # It came back by an application, which is what took the seat.
                            kept = isinstance(last.get(then.event.application), SeatOffered)
                case ApplicationWaitlisted() | SeatOffered() | SeatOfferExpired():
                    last[fact.stream] = fact.event
                    continue
                case _:
                    continue
            is_limited = self.world.policy.tier(tier).is_limited
            assert kept or not is_limited or not register.line.waiting_for(tier)

    @invariant()
    def a_party_has_one_live_membership(self) -> None:
        live = Counter(each.party for each in self.world.live())
        assert all(number == 1 for number in live.values())

    @invariant()
    def a_party_has_two_memberships_by_a_merger_alone(self) -> None:
        merged = {
            fact.stream
            for fact, _ in self.world.entries
            if isinstance(fact.event, MembershipMerged | MembershipPassed)
        }
        own = Counter(each.party for each in self.world.memberships() if each.id not in merged)
        assert all(number == 1 for number in own.values())

    @invariant()
    def who_has_a_membership_or_was_erased_asks_for_no_admission(self) -> None:
        for each in self.applications(*UNDECIDED, ApplicationPhase.APPEALED):
            if each.kind is ApplicationKind.ADMISSION:
                assert self.world.register.membership_of(each.party) is None
                assert PersonId(each.party) not in self.world.coalition.erased
                if each.membership is not None:
                    assert self.world.membership(each.membership).party == each.party

    @invariant()
    def an_ein_has_one_live_provider(self) -> None:
        world = self.world
        providers = [
            ein
            for each in world.live()
            if world.policy.tier(each.tier).membership_class is MembershipClassId.PROVIDER
            for ein in {
                party.ein
                for party in map(world.party, (each.party, *world.register.parts(each.party)))
                if party.ein not in {world.party(by).ein for by in sponsors_in(party.affiliates)}
            }
        ]
        eins = [ein for ein in providers if ein is not None]
        assert len(eins) == len(set(eins))

    @invariant()
    def who_is_active_has_signed_what_their_tier_asks_for_or_is_asked_to(self) -> None:
        moment = Moment(self.today, self.today)
        for each in self.world.live():
            if each.status is not MembershipStatus.ACTIVE:
                continue
            agreement = self.world.policy.agreement_for(each.tier).id
            current = self.world.coalition.templates.get(agreement)
            if each.assent.phase is AssentPhase.RESIGNING:
                # In the grace; once that is over, the next sweep ends it.
                command: Command = RecordMissedResigning(membership=each.id)
                due = each.assent.day < self.today
            else:
                assert each.signed[each.agreement] == each.assent.version
                # The present text is signed, or the next sweep asks for it.
                command = RequireResigning(membership=each.id)
                due = current is not None and not each.is_bound_by(agreement, current.version)
            decision = self.world.decide(command, moment)
            assert due == (not isinstance(decision, Refusal) and decision != [])

    @invariant()
    def a_member_is_held_to_its_newest_assessment_alone(self) -> None:
        decided: dict[str, list[ApplicationId]] = {each.id: [] for each in self.world.memberships()}
        for fact, _ in self.world.entries:
            match fact.event:
                case MemberAdmitted(application=by) | TierChanged(application=by):
                    decided[fact.stream] += [] if by is None else [by]
                case _:
                    pass
        for each in self.world.memberships():
            assert each.assessed_by == next(reversed(decided[each.id]), None)
            for application in decided[each.id]:
                review = self.world.review(self.world.application(application).review)
                if application != each.assessed_by:
                    assert not review.plans
                else:
                    assert not review.replaced

    @invariant()
    def who_may_not_act_is_suspended_or_has_ended_and_says_so(self) -> None:
        for each in self.world.memberships():
            standing = each.standing
            acting = each.status in {
                MembershipStatus.AGREEMENT_PENDING,
                MembershipStatus.ACTIVE,
                MembershipStatus.RENEWAL_DUE,
            }
            assert acting == (standing.ended is None and not standing.suspension)
            held = self.world.register.membership_of(each.party) == each.id
            assert held == (standing.ended is None)

    @invariant()
    def whoever_was_erased_speaks_for_nobody_and_holds_no_office(self) -> None:
        for person in self.world.coalition.erased:
            assert self.world.held_by(person) == ([], [])

    def loaded(self) -> Register:
        """Return the register of what the streams say, as the views have it."""
        policy, world = self.world.policy, self.world
        rows = [
            (
                each.id,
                each.party,
                each.tier,
                policy.tier(each.tier).membership_class.value,
            )
            for each in world.live()
        ]
        eins = {
            party: blind(ein)
            for party in self.parties
            if (ein := world.party(party).ein) is not None
        }
        ended = [each for each in world.memberships() if each.standing.ended]
        loaded = Register.load(
            blind,
            rows,
            eins,
            former=[
                (each.id, each.party, each.tier, world.register._left[each.id].membership_class)
                for each in ended
            ],
            won=self.won(),
            ties=ties_of(map(world.party, self.parties)),
        )
        loaded.line = Line.load(self.seats())
        loaded.applying = Applying.load(
            (each.id, applied(each)) for each in self.applications(*AWAITED)
        )
        return loaded

    def seats(self) -> Seats:
        """Return for whom a seat is kept, and who waits for one."""
        offered = {each.id: each.tier for each in self.applications(ApplicationPhase.SEAT_OFFERED)}
        came = self.came()
        line = [ApplicationId(each) for each in sorted(came, key=came.__getitem__)]
        return Seats(offered, {each: self.world.application(each).tier for each in line})

    @invariant()
    def the_register_is_what_the_streams_say(self) -> None:
        loaded, register = self.loaded(), self.world.register
        assert +loaded._occupied == +register._occupied
        held = ("_live", "_by_party", "_ein_by_party", "_provider_by_ein")
        for name in (*held, "_former", "_left", "_won", "_survivors", "_sponsors"):
            assert vars(loaded)[name] == vars(register)[name]
        assert [*loaded._won] == [*register._won]
        assert loaded.line._offered == register.line._offered
        assert loaded.applying == register.applying
        for tier in TIERS:
            assert [*loaded.line.waiting_for(tier)] == [*register.line.waiting_for(tier)]

    def teardown(self) -> None:
        """The stored entries, without anything personal, fold to the same states.

        So nothing else made them what they are: deciding changes nothing, whatever it says.
        """
        folded = World()
        for serial, (fact, effective) in enumerate(self.world.entries):
            envelope = Envelope(
                entry_id=an_id(f"entry {serial}"),
                stream=fact.stream,
                version=1,
                at=datetime(2026, 3, 2, 12, tzinfo=UTC),
                effective=effective,
                actor="director",
                actor_id="somebody",
                policy="cate@1",
            )
            encoded = encode_entry(envelope, fact.event, salts_from(SALTS))
            field_levels = levels(type(fact.event))
            known = [
                each
                for each in encoded.disclosures
                if field_levels.get(each.name) is not Level.PERSONAL
            ]
            opened, event = open_entry(parse_entry(encoded.data), known, EVENT_TYPES)
            folded.append([Fact(opened.stream, event)], opened.effective)
        assert folded.states == self.world.states
        assert vars(folded.register) | {"_blind": 0} == vars(self.world.register) | {"_blind": 0}


# A run takes a quarter of a minute, and to find the shortest case of a failure more.
TestEveryCommandInAnyOrder = pytest.mark.timeout(600)(EveryCommandInAnyOrder.TestCase)
TestEveryCommandInAnyOrder.settings = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
