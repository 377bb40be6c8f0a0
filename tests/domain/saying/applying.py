"""Everything that is said of applications, until they are decided."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule
from msgspec.structs import replace

from domain.coalition.coalition import PolicyAdopted
from domain.decision import Fact, Moment
from domain.membership.admission import DECIDED_BY
from domain.membership.application import RequestTierChange, SubmitApplication
from domain.membership.details import (
    IndividualDetails,
    OrganisationDetails,
    Sponsor,
    UnlistedSponsor,
)
from domain.membership.ending import deadline_of
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
    MemberAdmitted,
    TierChanged,
)
from domain.membership.phases import UNDECIDED
from domain.membership.plans import CloseImprovementPlan, OpenImprovementPlan, RecordMilestone
from domain.membership.ties import sponsors_in
from domain.membership.waiting import (
    AcceptSeat,
    ApplicationWaitlisted,
    ExpireApplication,
    ExpireSeatOffer,
    OfferSeat,
    ProvideInformation,
    RequestInformation,
    SeatOfferExpired,
    WaitlistApplication,
    WithdrawApplication,
)
from domain.policy import PartyType, VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationPhase,
    MembershipId,
    PartyId,
    PlanOutcome,
    PrincipalId,
    ReviewId,
    TierChangeReason,
    VoteOutcome,
)
from tests.domain.policy.files import CATE
from tests.domain.saying.reviewing import Reviewing
from tests.domain.saying.speaking import (
    EINS,
    POLICIES,
    REQUIREMENTS,
    STANDARDS,
    TEXTS,
    TIERS,
    picks,
)

HOW_FAR = st.integers(min_value=0, max_value=3)
"""How far an application is brought at once: submitted, reviewed, decided, signed."""


@st.composite
def applicants(draw: st.DrawFn) -> tuple[str, OrganisationDetails | IndividualDetails]:
    """Draw a tier and who asks for it, mostly of a type that the tier admits."""
    tier = draw(st.sampled_from(CATE.tiers))
    admitted = st.sampled_from(tier.party_types)
    party_type = draw(admitted | admitted | st.sampled_from(PartyType))
    if party_type.is_person:
        return tier.id, IndividualDetails(
            name="Wren", party_type=party_type, email="wren@example.org", counties=["29510"]
        )
    return tier.id, OrganisationDetails(
        name="Lantern House",
        party_type=party_type,
        ein=draw(st.sampled_from([*EINS, None])),
        counties=["29189"],
    )


class Applying(Reviewing):
    """Applications are made and decided, or wait for a seat."""

    @rule(applicant=applicants(), which=picks, how_far=HOW_FAR)
    def submit(
        self,
        applicant: tuple[str, OrganisationDetails | IndividualDetails],
        which: int,
        how_far: int,
    ) -> None:
        tier, details = applicant
        known = which % 3 == 0
        if isinstance(details, OrganisationDetails) and details.ein in {None, EINS[0]}:
            details = replace(details, sponsored_by=self.a_sponsor(which))
        command = SubmitApplication(
            application=ApplicationId(self.new_id()),
            review=ReviewId(self.new_id()),
            party=self.a_party(which) if known else PartyId(self.new_id()),
            applicant=PrincipalId("somebody"),
            tier=tier,
            organisation=(
                details if isinstance(details, OrganisationDetails) and not known else None
            ),
            individual=details if isinstance(details, IndividualDetails) and not known else None,
        )
        if self.tell(command):
            if not known:
                self.parties.append(command.party)
            if command.organisation is not None and command.organisation.sponsored_by is not None:
                sponsor = command.organisation.sponsored_by.party
                self.parties += [] if sponsor in self.parties else [sponsor]
                assert sponsors_in(self.world.party(command.party).affiliates) == {sponsor}
            self.bring(command.application, how_far)

    def a_sponsor(self, which: int) -> Sponsor:
        """Name a party, or one that is not known, with the EIN of another half the time."""
        if which % 2:
            return Sponsor(party=self.a_party(which))
        unlisted = UnlistedSponsor(name="River City", party_type="government", ein=EINS[which % 3])
        return Sponsor(party=PartyId(self.new_id()), unlisted=unlisted)

    @rule(
        which=picks,
        tier=st.sampled_from(TIERS),
        reason=st.sampled_from(TierChangeReason),
        how_far=HOW_FAR,
    )
    def request_tier_change(
        self, which: int, tier: str, reason: TierChangeReason, how_far: int
    ) -> None:
        command = RequestTierChange(
            application=ApplicationId(self.new_id()),
            review=ReviewId(self.new_id()),
            applicant=PrincipalId("somebody"),
            membership=self.a_membership(which),
            tier=tier,
            reason=reason,
        )
        if self.tell(command):
            self.bring(command.application, how_far)

    def bring(self, application: ApplicationId, how_far: int) -> None:
        """Review an application, decide it, send and sign the agreement, or less of that."""
        if how_far >= 1:
            self.review(self.world.application(application), 80)
        if how_far >= 2:
            for fact in self.decide(application):
                if how_far == 3 and isinstance(fact.event, MemberAdmitted | TierChanged):
                    self.publish_text(fact.event.agreement, TEXTS[0])
                    self.sign(MembershipId(fact.stream))

    @rule(which=picks)
    def decide_what_is_reviewed(self, which: int) -> None:
        reviewed = self.applications(ApplicationPhase.REVIEWED)
        self.decide(reviewed[which % len(reviewed)].id if reviewed else ApplicationId("none"))

    def decide(self, application: ApplicationId) -> list[Fact]:
        """Say yes to whatever it asks for, after a vote where there has to be one."""
        return self._say_yes(application) or (
            self._say_yes(application) if self.vote_in(application) else []
        )

    def _say_yes(self, application: ApplicationId) -> list[Fact]:
        admit = AdmitMember(application=application, membership=MembershipId(self.new_id()))
        return self.tell(admit) + self.tell(ChangeTier(application=application))

    def vote_in(self, application: ApplicationId) -> bool:
        """Let those who decide on an application say yes, as long as nobody has voted on it."""
        asked = self.world.application(application)
        if asked.phase is not ApplicationPhase.REVIEWED or asked.vote is not None:
            return False
        vote = self.hold_vote(DECIDED_BY[asked.kind], application=application, passes=True)
        # There is always somebody who may vote.
        assert self.world.vote(vote).outcome is VoteOutcome.PASSED
        return True

    @invariant()
    def nobody_comes_or_changes_its_tier_without_a_vote_where_there_has_to_be_one(self) -> None:
        required = False
        for fact, _ in self.world.entries:
            match fact.event:
                case PolicyAdopted(sha256=sha256):
                    required = POLICIES[sha256].vote_rule(VoteKind.ADMISSION).required
                case TierChanged(from_tier=before, to_tier=after) if before == after:
                    pass
                case MemberAdmitted(application=by) | TierChanged(application=by) if (
                    required and by is not None
                ):
                    vote = self.world.application(by).vote
                    assert vote is not None
                    assert self.world.vote(vote).outcome is VoteOutcome.PASSED
                case _:
                    pass

    @rule(which=picks, clause=st.sampled_from(REQUIREMENTS + STANDARDS))
    def decline(self, which: int, clause: str) -> None:
        self.tell(DeclineApplication(application=self.an_application(which), clauses=[clause]))

    @rule(which=picks, ask=st.booleans(), withdraw=st.booleans())
    def ask_and_answer(self, which: int, ask: bool, withdraw: bool) -> None:  # noqa: FBT001
        application = self.an_application(which)
        if ask:
            self.tell(RequestInformation(application=application, question="Which counties?"))
        else:
            self.tell(ProvideInformation(application=application, answer="Both."))
        if withdraw and which % 4 == 0:
            self.tell(WithdrawApplication(application=application, reason=None))

    @rule(which=picks, accept=st.booleans(), lapse=st.booleans())
    def take_seats(self, which: int, accept: bool, lapse: bool) -> None:  # noqa: FBT001
        for phase in (ApplicationPhase.REVIEWED, ApplicationPhase.WAITLISTED):
            found = self.applications(phase)
            application = found[which % len(found)].id if found else self.an_application(which)
            if not self.tell(WaitlistApplication(application=application)) and accept:
                self.vote_in(application)
                self.tell(WaitlistApplication(application=application))
            self.offer(application)
        offered = self.applications(ApplicationPhase.SEAT_OFFERED)
        application = offered[which % len(offered)].id if offered else self.an_application(which)
        if lapse:
            self.tell(ExpireSeatOffer(application=application))
        if accept:
            membership = MembershipId(self.new_id())
            self.tell(AcceptSeat(application=application, membership=membership))

    def offer(self, application: ApplicationId) -> None:
        """Offer a seat: nobody is passed over who came to the tier's waitlist before.

        But who could not take it, whose place is theirs still.
        """
        tier, came = self.world.application(application).tier, self.came()
        ahead = [
            OfferSeat(application=ApplicationId(each))
            for each, place in came.items()
            if place < came.get(application, 0) and self.world.application(each).tier == tier
        ]
        moment = Moment(self.today, self.today)
        could = [each for each in ahead if isinstance(self.world.decide(each, moment), list)]
        if self.tell(OfferSeat(application=application)):
            assert could == []
            # No seat is kept for whom cannot take it.
            own = self.world.application(application).membership or MembershipId(self.new_id())
            accept = AcceptSeat(application=application, membership=own)
            assert isinstance(self.world.decide(accept, moment), list)

    def came(self) -> dict[str, int]:
        """Return when each application came to the waitlist that it is on, by its entries."""
        last = {
            fact.stream: place
            for place, (fact, _) in enumerate(self.world.entries)
            if isinstance(fact.event, ApplicationWaitlisted | SeatOfferExpired)
        }
        return {each.id: last[each.id] for each in self.applications(ApplicationPhase.WAITLISTED)}

    @rule(which=picks)
    def expire(self, which: int) -> None:
        application = self.an_application(which)
        before = self.world.application(application)
        if self.tell(ExpireApplication(application=application)):
            assert deadline_of(before.clock, self.world.policy.deadlines)[1] < self.today
            # Who was voted down is told why, and not left to the calendar.
            said_no = before.vote is not None and self.world.vote(before.vote).said_no
            assert not said_no or before.clock.due is not None

    @rule(which=picks, standard=st.sampled_from(STANDARDS), outcome=st.sampled_from(PlanOutcome))
    def carry_out_a_plan(self, which: int, standard: str, outcome: PlanOutcome) -> None:
        approved = self.applications(ApplicationPhase.APPROVED)
        application = self.pick(which, [each.id for each in approved], ApplicationId)
        due, steps = self.today + timedelta(days=which % 40), "Train."
        self.tell(
            OpenImprovementPlan(
                application=application,
                standard=standard,
                due=due,
                steps=steps,
                milestones=["Half.", "All."][: which % 3],
            )
        )
        self.tell(RecordMilestone(application=application, standard=standard, milestone=which % 3))
        if which % 2:
            self.tell(
                CloseImprovementPlan(application=application, standard=standard, outcome=outcome)
            )

    @invariant()
    def nobody_is_left_with_an_application(self) -> None:
        """Whoever applies is an organisation of its own."""
        survivor = self.world.register.survivor
        for each in self.applications(*UNDECIDED, ApplicationPhase.APPEALED):
            assert survivor(each.party) == each.party
