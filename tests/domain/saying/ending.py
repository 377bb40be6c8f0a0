"""Members leave while something of theirs is open, and nothing of it outlives that."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule
from msgspec import UNSET

from domain.coalition.coalition import SetSeats
from domain.coalition.leadership import NamePartnerLeader
from domain.membership.application import RequestTierChange, SubmitApplication
from domain.membership.contest import FileAppeal
from domain.membership.details import OrganisationDetails
from domain.membership.membership import DeclineApplication
from domain.membership.phases import UNDECIDED
from domain.membership.standing import (
    StandingAppealDecided,
    SuspendMembership,
    WithdrawMembership,
)
from domain.membership.waiting import OfferSeat, WaitlistApplication, WithdrawApplication
from domain.policy import ElectorateId, VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    MembershipId,
    PartyId,
    PersonId,
    PrincipalId,
    ReviewId,
    TermId,
    TierChangeReason,
    VotePhase,
)
from tests.domain.examples import PARTNER
from tests.domain.saying.applying import Applying
from tests.domain.saying.belonging import Belonging
from tests.domain.saying.speaking import POLICIES, STANDARDS, TIERS, picks


class Ending(Applying, Belonging):
    """Something is asked for, voted on, kept or appealed, and then the member leaves."""

    def won(self) -> list[MembershipId]:
        """Return who waits for its place since an appeal was won, in the order in which they won.

        By its entries: of what has ended, the last appeal that was decided.
        """
        last = {
            fact.stream: place
            for place, (fact, _) in enumerate(self.world.entries)
            if isinstance(fact.event, StandingAppealDecided)
        }
        ended = [each for each in self.world.memberships() if each.standing.ended]
        waiting = [each.id for each in ended if each.standing.won is not UNSET]
        return sorted(waiting, key=last.__getitem__)

    @rule(
        which=picks,
        tier=st.just(PARTNER) | st.sampled_from(TIERS),
        appeals=st.none() | st.booleans(),
        voting=st.booleans(),
        stays=st.booleans(),
    )
    def ask_and_leave(
        self,
        which: int,
        tier: str,
        appeals: bool | None,  # noqa: FBT001 - hypothesis passes it by name
        voting: bool,  # noqa: FBT001 - as above
        stays: bool,  # noqa: FBT001 - as above
    ) -> None:
        membership = self.pick(which, [each.id for each in self.world.live()], MembershipId)
        application = ApplicationId(self.new_id())
        ask = RequestTierChange(
            application=application,
            review=ReviewId(self.new_id()),
            applicant=PrincipalId("somebody"),
            membership=membership,
            tier=tier,
            reason=TierChangeReason.SERVICES_CHANGED,
        )
        if not self.tell(ask):
            return
        self.review(self.world.application(application), 80)
        if appeals is None:
            if voting:
                self.put_to_vote(VoteKind.TIER_CHANGE, application=application)
            else:
                self.keep_a_seat(application, tier)
        else:
            self.tell(DeclineApplication(application=application, clauses=STANDARDS[:1]))
            if appeals:
                self.tell(FileAppeal(application=application, grounds="Nobody asked us."))
            if voting:
                self.put_to_vote(VoteKind.APPEAL, application=application)
        if not stays:
            self.tell(WithdrawMembership(membership=membership))
            assert self.tell(FileAppeal(application=application, grounds="And still.")) == []

    def keep_a_seat(self, application: ApplicationId, tier: str) -> None:
        """Let an application wait for a seat until there is another one."""
        taken = self.world.register.occupied(tier)
        self.tell(SetSeats(tier=tier, seats=taken))
        self.vote_in(application)
        if self.tell(WaitlistApplication(application=application)):
            self.tell(SetSeats(tier=tier, seats=taken + 1))
            self.tell(OfferSeat(application=application))

    @rule(which=picks, comes_back=st.booleans())
    def come_while_another_waits(self, which: int, comes_back: bool) -> None:  # noqa: FBT001
        """Let somebody wait for a seat, and ask for the next one that is free beside it."""
        waiting, beside = (self.apply_as_partner(ein) for ein in ("99-1000004", "99-1000005"))
        taken = self.world.register.occupied(PARTNER)
        self.tell(SetSeats(tier=PARTNER, seats=taken))
        self.vote_in(waiting)
        waits = self.tell(WaitlistApplication(application=waiting))
        self.tell(SetSeats(tier=PARTNER, seats=taken + 1))
        if comes_back:
            self.come_back(which, voted=True)
        assert not (waits and self.decide(beside))
        self.tell(WaitlistApplication(application=beside))
        self.tell(WithdrawApplication(application=waiting))

    def apply_as_partner(self, ein: str) -> ApplicationId:
        """Let a new organisation ask to be a partner, and review it."""
        application = ApplicationId(self.new_id())
        ask = SubmitApplication(
            application=application,
            review=ReviewId(self.new_id()),
            party=PartyId(self.new_id()),
            applicant=PrincipalId("somebody"),
            tier=PARTNER,
            organisation=OrganisationDetails(
                name="Ferry", party_type="nonprofit-501c3", ein=ein, counties=["29189"]
            ),
        )
        if self.tell(ask):
            self.parties.append(ask.party)
            self.review(self.world.application(application), 80)
        return application

    @rule(
        which=picks,
        tier=st.just(PARTNER) | st.sampled_from(TIERS),
        leaves=st.booleans(),
        twice=st.booleans(),
    )
    def apply_to_come_back(
        self,
        which: int,
        tier: str,
        leaves: bool,  # noqa: FBT001 - hypothesis passes it by name
        twice: bool,  # noqa: FBT001 - as above
    ) -> None:
        """Let whoever was a member, or is one no more, apply; for two tiers if asked."""
        if leaves:
            live = [each.id for each in self.world.live()]
            self.tell(WithdrawMembership(membership=self.pick(which, live, MembershipId)))
        ended = [each for each in self.world.memberships() if each.standing.ended is not None]
        if not ended:
            return
        former = ended[which % len(ended)]
        asked = []
        for asked_for in dict.fromkeys([tier, *TIERS[: 2 if twice else 0]]):
            ask = SubmitApplication(
                application=ApplicationId(self.new_id()),
                review=ReviewId(self.new_id()),
                party=former.party,
                applicant=PrincipalId("somebody"),
                tier=asked_for,
            )
            if self.tell(ask):
                asked.append(self.world.application(ask.application))
        for each in asked:
            self.review(each, 80)
            if self.decide(each.id):
                back = self.world.membership(each.membership or "")
                assert (back.party, back.tier, back.assessed_by) == (each.party, each.tier, each.id)
                assert self.world.register.membership_of(each.party) == back.id

    @rule(which=picks, voting=st.booleans(), stays=st.booleans())
    def appeal_and_leave(self, which: int, voting: bool, stays: bool) -> None:  # noqa: FBT001
        membership = self.pick(which, [each.id for each in self.world.live()], MembershipId)
        suspend = SuspendMembership(
            membership=membership, clauses=STANDARDS[:1], reason="As found.", condition="An audit."
        )
        if not self.tell(suspend):
            return
        self.tell(FileAppeal(membership=membership, grounds="We answered."))
        if voting:
            self.put_to_vote(VoteKind.APPEAL, membership)
        if not stays:
            self.tell(WithdrawMembership(membership=membership))

    @rule(which=picks)
    def name_a_leader(self, which: int) -> None:
        party = self.a_party(which)
        name = NamePartnerLeader(
            term=TermId(self.new_id()),
            party=party,
            person=PersonId("a leader"),
            name="Teal Example",
        )
        if self.tell(name):
            # That a leader leads no longer than that holds follows from the memberships.
            held = self.world.membership(self.world.register.membership_of(party) or "")
            assert held.tier in self.world.policy.electorate(ElectorateId.PARTNERS).tiers
            assert held.standing.ended is None

    @invariant()
    def nothing_that_a_membership_asked_for_outlives_it(self) -> None:
        waiting = self.applications(*UNDECIDED, ApplicationPhase.APPEALED)
        for each in waiting:
            if each.kind is ApplicationKind.TIER_CHANGE:
                assert self.world.membership(each.membership or "").standing.ended is None
        # So no seat is kept for it either.
        assert self.world.register.line._offered.keys() <= {each.id for each in waiting}

    @rule(step=st.integers(1, 3))
    def leave_a_policy_to_a_vote(self, step: int) -> None:
        wanted = self.world.policy.version + step
        for policy in [each for each in POLICIES.values() if each.version == wanted]:
            self.put_to_vote(VoteKind.POLICY, proposal_sha256=policy.sha256)

    @invariant()
    def no_policy_is_voted_on_that_can_be_adopted_no_more(self) -> None:
        for vote in self.votes(VotePhase.OPEN):
            if vote.proposal_sha256 is not None:
                proposed = POLICIES[vote.proposal_sha256]
                assert proposed.version > self.world.policy.version
