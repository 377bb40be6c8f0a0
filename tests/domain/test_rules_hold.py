"""Whatever is asked in whatever order, the invariants hold."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.catalog import EVENT_TYPES
from domain.coalition.clearing import ClearText, digest_of
from domain.coalition.coalition import (
    AdoptPolicy,
    FoundCoalition,
    FoundingPartner,
    PublishAgreementTemplate,
    SetSeats,
    seats_of,
)
from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.coalition.voting import Voter
from domain.decision import Command, Fact, Moment, Refusal
from domain.ledger.disclosure import Level, levels, revealed
from domain.ledger.entry import Envelope, encode_entry, open_entry, parse_entry, salts_from
from domain.membership.application import (
    Application,
    AttachEvidence,
    AttestPopulationShare,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.membership.ending import deadline_of
from domain.membership.membership import (
    AdmitMember,
    AgreementSigned,
    ChangeTier,
    DeclineApplication,
    MemberAdmitted,
    Membership,
    SendAgreement,
    SignAgreement,
    TierChanged,
)
from domain.membership.name_correction import CorrectPartyName, IndividualNameCorrected
from domain.membership.party import (
    AddAlias,
    AppointRepresentative,
    EndRepresentation,
    IndividualDetails,
    IndividualListingPublished,
    IndividualRenamed,
    OrganisationDetails,
    PublishListing,
    RenameParty,
    RepresentativeAppointed,
    WithdrawListing,
)
from domain.membership.register import Register, Seats
from domain.membership.review import (
    AssessStandard,
    AssignReviewer,
    CloseImprovementPlan,
    OpenImprovementPlan,
    RecordFinding,
    RecordMilestone,
    RecordOverduePlans,
    RecordReview,
)
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    DiscloseAddress,
    HoldListing,
    RecordAddress,
    ReleaseListing,
)
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    ReinstateMembership,
    SuspendMembership,
    TerminateMembership,
    WithdrawMembership,
)
from domain.membership.term import (
    LapseMembership,
    OpenRenewal,
    RecordMissedRenewal,
    RecordParticipation,
    RenewMembership,
)
from domain.membership.ties import MergeParties, SeparateParties
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
from domain.policy import MembershipClassId, PartyType, RequirementKind, VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationPhase,
    AssentPhase,
    Assessment,
    Ballot,
    BallotsId,
    MembershipId,
    MembershipStatus,
    PartyId,
    PersonId,
    PlanOutcome,
    PrincipalId,
    Recommendation,
    RenewalPhase,
    ReviewId,
    TierChangeReason,
    VoteId,
    VoteOutcome,
)
from tests.domain.examples import PARTNER, policy_with
from tests.domain.policy.files import CATE
from tests.domain.world import COALITION, World, an_id, blind, entry_id

START = date(2026, 3, 2)
TIERS = [tier.id for tier in CATE.tiers]
STANDARDS = [each.id for one in CATE.classes for each in one.standards]
REQUIREMENTS = [each.id for tier in CATE.tiers for each in tier.requirements]
AGREEMENTS = [each.id for each in CATE.agreements]
EINS = ["99-1000001", "99-1000002", "99-1000003"]
TEXTS = [hashlib.sha256(text).hexdigest() for text in (b"first", b"second")]
OPEN_MEMBER = 'class = "provider"\nnumber = "open"'
POLICIES = {
    policy.sha256: policy
    for policy in (
        CATE,
        policy_with(version=2),
        # Places for Coalition Members become few, and then many again.
        policy_with((OPEN_MEMBER, 'class = "provider"\nnumber = "limited"\nseats = 1'), version=3),
        policy_with(("coalition-member", "coalition-friend"), version=4),
        policy_with(version=5),
    )
}

STEPS: tuple[Callable[..., Command], ...] = (
    EndSuspension,
    LapseMembership,
    RecordMissedRenewal,
    OpenRenewal,
    RecordMissedResigning,
    RequireResigning,
)

# Facts whose content is personal, so that no rule can tell a repeat from a change.
PERSONAL = (
    RepresentativeAppointed
    | IndividualListingPublished
    | IndividualRenamed
    | IndividualNameCorrected
    | AddressRecorded
    | AddressDisclosed
)

# Two decoys with one salt would be one digest.
SALTS = b"".join(serial.to_bytes(16) for serial in range(32))

T = TypeVar("T")
picks = st.integers(min_value=0, max_value=1_000)
HOW_FAR = st.integers(min_value=0, max_value=3)
"""How far an application is brought at once: submitted, reviewed, decided, signed."""

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


class EveryCommandInAnyOrder(RuleBasedStateMachine):
    """A coalition to which everything is said that may be said, sensible or not."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.today = START
        self.drawn = 0
        self.parties: list[PartyId] = []

    def new_id(self) -> str:
        self.drawn += 1
        return an_id(f"drawn {self.drawn}")

    def pick(self, which: int, among: list[T], otherwise: Callable[[str], T]) -> T:
        """Return one of a few, the later ones oftener, or an id that nobody knows."""
        recent = among[-4:] + among
        if not recent or which % 20 == 19:
            return otherwise(self.new_id())
        return recent[which % len(recent)]

    def applications(self, *phases: ApplicationPhase) -> list[Application]:
        return [
            state
            for state in self.world.states.values()
            if isinstance(state, Application) and (not phases or state.phase in phases)
        ]

    def an_application(self, which: int) -> ApplicationId:
        return self.pick(which, [each.id for each in self.applications()], ApplicationId)

    def a_membership(self, which: int) -> MembershipId:
        return self.pick(which, [each.id for each in self.world.memberships()], MembershipId)

    def a_party(self, which: int) -> PartyId:
        return self.pick(which, self.parties, PartyId)

    def tell(self, command: Command) -> list[Fact]:
        """Decide a command, append what it gives, and decide it once more."""
        moment = Moment(self.today, self.today)
        policy = None
        if isinstance(command, AdoptPolicy | FoundCoalition):
            policy = POLICIES[command.policy_sha256]
        before = copy.deepcopy((self.world.states, vars(self.world.register)))
        decision = self.world.decide(command, moment, policy)
        # Deciding changes nothing, whatever it says.
        assert (self.world.states, vars(self.world.register)) == before
        if isinstance(decision, Refusal):
            assert decision.rule
            assert decision.unmet
            assert all(each.satisfied_by for each in decision.unmet)
            return []
        for fact in decision:
            if isinstance(fact.event, AgreementSigned):
                current = self.world.coalition.templates[fact.event.agreement]
                assert (fact.event.version, fact.event.sha256) == (current.version, current.sha256)
        self.world.append(decision, self.today)
        if policy is not None:
            self.world.policy = policy
        again = self.world.decide(command, moment, policy)
        assert isinstance(again, Refusal) or all(isinstance(x.event, PERSONAL) for x in again)
        return decision

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
            self.publish_text(CATE.agreement_for(PARTNER).id, TEXTS[0])
            for membership in self.world.memberships():
                self.sign(membership.id)

    @rule(applicant=applicants(), which=picks, how_far=HOW_FAR)
    def submit(
        self,
        applicant: tuple[str, OrganisationDetails | IndividualDetails],
        which: int,
        how_far: int,
    ) -> None:
        tier, details = applicant
        known = which % 3 == 0
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
            self.bring(command.application, how_far)

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

    @rule(which=picks, requirement=st.sampled_from(REQUIREMENTS), share=st.integers(0, 100))
    def give(self, which: int, requirement: str, share: int) -> None:
        application = self.an_application(which)
        self.tell(
            AttachEvidence(
                application=application, requirement=requirement, description="A letter."
            )
        )
        self.tell(
            AttestPopulationShare(
                application=application,
                requirement=f"{PARTNER}.population-share",
                numerator=share,
                denominator=100,
                basis="people served",
                period_start=START - timedelta(days=365),
                period_end=START,
            )
        )

    @rule(
        which=picks,
        requirement=st.sampled_from(REQUIREMENTS),
        met=st.booleans(),
        standard=st.sampled_from(STANDARDS),
        assessment=st.sampled_from(Assessment),
        days=st.integers(0, 400),
    )
    def review_a_little(
        self,
        which: int,
        requirement: str,
        met: bool,  # noqa: FBT001 - hypothesis passes it by name
        standard: str,
        assessment: Assessment,
        days: int,
    ) -> None:
        application = self.an_application(which)
        self.tell(AssignReviewer(application=application, reviewer=PrincipalId("a reviewer")))
        self.tell(RecordFinding(application=application, requirement=requirement, met=met))
        self.tell(AssessStandard(application=application, standard=standard, assessment=assessment))
        due = self.today + timedelta(days=days)
        self.tell(
            OpenImprovementPlan(application=application, standard=standard, due=due, steps="Train.")
        )

    @rule(which=picks, share=st.integers(60, 100))
    def review_whole(self, which: int, share: int) -> None:
        waiting = self.applications(ApplicationPhase.SUBMITTED, ApplicationPhase.IN_REVIEW)
        if not waiting:
            return
        self.review(waiting[which % len(waiting)], share)

    def review(self, application: Application, share: int) -> None:
        """Find everything met that can be, and every standard exhibited."""
        self.tell(AssignReviewer(application=application.id, reviewer=PrincipalId("a reviewer")))
        if self.world.policy.has_tier(application.tier):
            self._find_everything(application, share)
            for standard in self.world.policy.standards_for(application.tier):
                self.tell(
                    AssessStandard(
                        application=application.id,
                        standard=standard.id,
                        assessment=Assessment.EXHIBITS,
                    )
                )
        self.tell(
            RecordReview(
                application=application.id,
                recommendation=Recommendation.ADMIT,
                reasons="As found.",
            )
        )

    def _find_everything(self, application: Application, share: int) -> None:
        for requirement in self.world.policy.tier(application.tier).requirements:
            evidence = AttachEvidence(
                application=application.id, requirement=requirement.id, description="A letter."
            )
            self.tell(evidence)
            if requirement.kind is RequirementKind.POPULATION_SHARE:
                self.tell(
                    AttestPopulationShare(
                        application=application.id,
                        requirement=requirement.id,
                        numerator=share,
                        denominator=100,
                        basis="people served",
                        period_start=START,
                        period_end=START,
                    )
                )
            for met in (False, True):
                self.tell(
                    RecordFinding(application=application.id, requirement=requirement.id, met=met)
                )

    @rule(which=picks)
    def decide_what_is_reviewed(self, which: int) -> None:
        reviewed = self.applications(ApplicationPhase.REVIEWED)
        self.decide(reviewed[which % len(reviewed)].id if reviewed else ApplicationId("none"))

    def decide(self, application: ApplicationId) -> list[Fact]:
        """Say yes to whatever it asks for."""
        admit = AdmitMember(application=application, membership=MembershipId(self.new_id()))
        return self.tell(admit) + self.tell(ChangeTier(application=application))

    @rule(which=picks, clause=st.sampled_from(REQUIREMENTS + STANDARDS))
    def decline(self, which: int, clause: str) -> None:
        self.tell(DeclineApplication(application=self.an_application(which), clauses=[clause]))

    @rule(agreement=st.sampled_from(AGREEMENTS), sha256=st.sampled_from(TEXTS))
    def publish_text(self, agreement: str, sha256: str) -> None:
        self.tell(PublishAgreementTemplate(agreement=agreement, sha256=sha256))

    @rule(which=picks, attested=st.integers(0, 9))
    def renew_and_take_part(self, which: int, attested: int) -> None:
        membership = self.a_membership(which)
        party = self.world.party(self.world.membership(membership).party)
        asked = [
            each.id
            for tier in self.world.policy.tiers
            if tier.id == self.world.membership(membership).tier and party.party_type
            for each in self.world.policy.requirements_for(tier.id, PartyType(party.party_type))
            if each.kind is not RequirementKind.PARTY_TYPE
        ]
        self.tell(RenewMembership(membership=membership, clauses=asked[:attested]))
        day = self.today - timedelta(days=which % 9 - 1)
        self.tell(RecordParticipation(membership=membership, took_part_on=day, occasion="A day"))

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

    @rule(days=st.sampled_from([0, 1, 31, 62, 306]))
    def sweep(self, days: int) -> None:
        """Do whatever is overdue, some time later; a second time, nothing is left to do."""
        if self.today < START + timedelta(days=1_000):
            self.today += timedelta(days=days)
        self.take_steps()
        assert self.take_steps() == []
        for each in self.world.live():
            self.assert_in_time(each)

    def take_steps(self) -> list[Fact]:
        """Give every command of a sweep about every membership."""
        about_members: list[Command] = [
            step(membership=each.id) for each in self.world.memberships() for step in STEPS
        ]
        about_plans = [
            RecordOverduePlans(application=each.id)
            for each in self.applications(ApplicationPhase.APPROVED)
        ]
        return [fact for each in about_members + about_plans for fact in self.tell(each)]

    def assert_in_time(self, membership: Membership) -> None:
        term, assent = membership.term, membership.assent
        suspension = membership.standing.suspension
        if suspension is not None and suspension.until is not None and not suspension.conditional:
            assert suspension.until > self.today
        if membership.status is MembershipStatus.RENEWAL_DUE or term.phase is RenewalPhase.OPEN:
            assert term.day >= self.today
        current = self.world.coalition.templates.get(membership.agreement)
        if membership.status is MembershipStatus.ACTIVE and current is not None:
            # Invariant 1: the present text is signed, or to be signed in the grace.
            assert assent.version == current.version
            assert assent.phase is AssentPhase.SIGNED or assent.day >= self.today

    @rule(which=picks, send=st.booleans(), behind=st.integers(0, 1))
    def send_and_sign(self, which: int, send: bool, behind: int) -> None:  # noqa: FBT001
        self.sign(self.a_membership(which), send=send, behind=behind)

    def sign(self, membership: MembershipId, *, send: bool = True, behind: int = 0) -> None:
        """Sign the current text, or one that is so many versions behind it."""
        if send:
            self.tell(SendAgreement(membership=membership))
        agreement = self.world.membership(membership).agreement or AGREEMENTS[0]
        template = self.world.coalition.templates.get(agreement)
        self.tell(
            SignAgreement(
                membership=membership,
                agreement=agreement,
                version=(template.version if template else 1) - behind,
                sha256=template.sha256 if template else TEXTS[0],
                signatory=PersonId("a person"),
                signatory_name="Robin Example",
                capacity="chair",
            )
        )

    @rule(which=picks)
    def appeal(self, which: int) -> None:
        declined = self.applications(ApplicationPhase.DECLINED)
        known = [each.id for each in declined] or [each.id for each in self.applications()]
        application = self.pick(which, known, ApplicationId)
        self.tell(FileAppeal(application=application, grounds="Nobody asked us."))
        # Without a vote of those who took no part, nothing is decided.
        assert self.tell(DecideAppeal(application=application)) == []

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
        """Offer a seat: nobody is passed over who came to the tier's waitlist before."""
        tier, came = self.world.application(application).tier, self.came()
        if self.tell(OfferSeat(application=application)):
            assert came[application] == min(
                place for each, place in came.items() if self.world.application(each).tier == tier
            )

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
        clock = self.world.application(application).clock
        if self.tell(ExpireApplication(application=application)):
            assert deadline_of(clock, self.world.policy.deadlines)[1] < self.today

    @rule(
        which=picks,
        clause=st.sampled_from(STANDARDS),
        days=st.integers(0, 60),
        overturned=st.none() | st.booleans(),
    )
    def suspend(self, which: int, clause: str, days: int, overturned: bool | None) -> None:  # noqa: FBT001
        membership = self.a_membership(which)
        until = self.today + timedelta(days=days)
        suspend = SuspendMembership(
            membership=membership,
            clauses=[clause],
            reason="As found.",
            until=until,
            condition="An audit." if which % 5 == 0 else None,
        )
        if self.tell(suspend) and overturned is not None:
            self.contest(membership, passes=overturned)
        if which % 3 == 0:
            self.tell(LiftSuspension(membership=membership))

    @rule(which=picks, back=st.booleans())
    def leave_and_return(self, which: int, back: bool) -> None:  # noqa: FBT001
        membership = self.a_membership(which)
        self.tell(WithdrawMembership(membership=membership))
        if back:
            self.sign(membership)
            self.tell(ReinstateMembership(membership=membership))

    @rule(which=picks)
    def come_back(self, which: int) -> None:
        ended = [
            each.id
            for each in self.world.memberships()
            if each.status in {MembershipStatus.WITHDRAWN, MembershipStatus.TERMINATED}
        ]
        membership = self.pick(which, ended, MembershipId)
        self.sign(membership)
        self.tell(ReinstateMembership(membership=membership))

    @rule(which=picks, passes=st.booleans(), clause=st.sampled_from(STANDARDS))
    def vote_out(self, which: int, passes: bool, clause: str) -> None:  # noqa: FBT001
        membership = self.a_membership(which)
        vote = self.hold_vote(VoteKind.TERMINATION, membership, passes=passes)
        ended = self.tell(
            TerminateMembership(
                membership=membership, vote=vote, clauses=[clause], reason="As found."
            )
        )
        # Without a vote that passed nobody is put out.
        assert not ended or self.world.vote(vote).outcome is VoteOutcome.PASSED

    @rule(which=picks, passes=st.booleans())
    def appeal_a_standing(self, which: int, passes: bool) -> None:  # noqa: FBT001
        contested = [each.id for each in self.world.memberships() if each.standing.decision]
        self.contest(self.pick(which, contested, MembershipId), passes=passes)

    def contest(self, membership: MembershipId, *, passes: bool) -> None:
        """Appeal, put the appeal to a vote, and let that take effect."""
        self.tell(FileAppeal(membership=membership, grounds="Nobody asked us."))
        decision = self.world.membership(membership).standing.decision
        vote = self.hold_vote(VoteKind.APPEAL, membership, passes=passes)
        opened = self.world.vote(vote)
        if opened.version and decision is not None:
            cast = self.world.ballots(self.world.vote(decision.vote or "").ballots).cast
            assert opened.electorate.isdisjoint(each for each in cast if each is not None)
        self.tell(DecideAppeal(membership=membership))

    def hold_vote(self, kind: VoteKind, membership: MembershipId, *, passes: bool) -> VoteId:
        """Put a question about a membership to a vote, and let everybody say the same."""
        vote, ballots = VoteId(self.new_id()), BallotsId(self.new_id())
        ask = OpenVote(
            vote=vote, ballots=ballots, kind=kind, closes_on=self.today, membership=membership
        )
        self.tell(ask)
        ballot = Ballot.APPROVE if passes else Ballot.AGAINST
        moment = Moment(self.today, self.today)
        for voter in sorted(self.world.vote(vote).electorate):
            command = CastVote(vote=vote, ballot=ballot)
            decision = self.world.decide_as(Voter(membership=voter), command, moment)
            assert not isinstance(decision, Refusal)
            self.world.append(decision, self.today)
        self.tell(CloseVote(vote=vote))
        return vote

    @rule(tier=st.sampled_from(TIERS), seats=st.integers(0, 4))
    def set_seats(self, tier: str, seats: int) -> None:
        self.tell(SetSeats(tier=tier, seats=seats))

    @rule(step=st.integers(0, 2))
    def adopt(self, step: int) -> None:
        wanted = self.world.policy.version + step
        for policy in POLICIES.values():
            if policy.version == wanted:
                self.tell(AdoptPolicy(policy_sha256=policy.sha256))

    @rule(which=picks, website=st.sampled_from([None, "https://lantern.example.org"]))
    def list_and_appoint(self, which: int, website: str | None) -> None:
        party = self.a_party(which)
        self.tell(PublishListing(party=party, name="Lantern House", website=website))
        self.tell(
            AppointRepresentative(
                party=party,
                person=PersonId("a person"),
                capacity="director",
                name="Robin Example",
                email="robin@example.org",
            )
        )
        self.tell(RenameParty(party=party, name=f"Lantern House {which % 3}"))
        self.tell(AddAlias(party=party, alias=f"Lantern {which % 4}"))
        entry = entry_id(which % (len(self.world.entries) + 1) + 1)
        self.tell(CorrectPartyName(party=party, entry=entry, name=f"Lantern {which % 3}"))
        if which % 3:
            self.tell(EndRepresentation(party=party, person=PersonId("a person")))
        if which % 2:
            self.tell(WithdrawListing(party=party))

    @rule(which=picks)
    def hold_and_release(self, which: int) -> None:
        party = self.a_party(which)
        self.tell(HoldListing(party=party))
        assert self.world.party(party).is_held == (party in self.parties)
        if which % 3:
            self.tell(ReleaseListing(party=party))
            assert not self.world.party(party).is_held

    @rule(which=picks, other=picks, apart=st.booleans())
    def merge_and_separate(self, which: int, other: int, apart: bool) -> None:  # noqa: FBT001
        survivor, merged = self.a_party(which), self.a_party(other)
        register = self.world.register
        held = [register.membership_of(each) for each in (survivor, merged)]
        chosen = None if None in held else held[which % 2]
        merging = MergeParties(
            survivor=survivor, merged=merged, membership=chosen, reason="They are one."
        )
        if self.tell(merging):
            assert register.membership_of(merged) is None
            assert merged in register.parts(survivor)
        if apart:
            self.tell(SeparateParties(party=merged, reason="They are two."))

    @rule(which=picks)
    def keep_and_disclose_an_address(self, which: int) -> None:
        party = self.a_party(which)
        disclose = DiscloseAddress(party=party, recipient="A partner", purpose="A delivery.")
        if not self.world.party(party).has_address:
            assert self.tell(disclose) == []
        self.tell(RecordAddress(party=party, address="1 Invented Street" if which % 3 else None))
        self.tell(disclose)

    @rule(which=picks)
    def clear(self, which: int) -> None:
        text = f"The client Spring gave us {which % 5} beds."
        self.tell(ClearText(text=text, reason="It is a laundry."))
        if self.world.coalition.version:
            assert digest_of(text) in self.world.coalition.cleared

    @rule(which=picks)
    def erase(self, which: int) -> None:
        people = [PersonId("a person"), *map(PersonId, self.parties)]
        person = self.pick(which, people, PersonId)
        self.tell(ErasePerson(person=person))

    @rule(which=picks, field=picks)
    def expunge(self, which: int, field: int) -> None:
        place = which % len(self.world.entries)
        names = [*levels(type(self.world.entries[place][0].event)), "nonsense"]
        name = names[field % len(names)]
        if self.tell(ExpungeValue(entry=entry_id(place + 1), field=name)):
            # As the service does: whatever was folded is folded again without the value.
            self.world = self.world.without(place, name)

    @precondition(lambda self: self.today < START + timedelta(days=30))
    @rule()
    def sleep(self) -> None:
        self.today += timedelta(days=1)

    @precondition(lambda self: self.today < START + timedelta(days=300))
    @rule()
    def sleep_long(self) -> None:
        self.today += timedelta(days=100)

    @invariant()
    def seats_are_never_exceeded(self) -> None:
        occupied = Counter(each.tier for each in self.world.live())
        occupied.update(each.tier for each in self.applications(ApplicationPhase.SEAT_OFFERED))
        for tier_id, number in occupied.items():
            tier = self.world.policy.tier(tier_id)
            seats = seats_of(self.world.coalition, tier)
            assert not tier.is_limited or (seats is not None and number <= seats)

    @invariant()
    def a_party_has_one_live_membership(self) -> None:
        live = Counter(each.party for each in self.world.live())
        assert all(number == 1 for number in live.values())

    @invariant()
    def an_ein_has_one_live_provider(self) -> None:
        world = self.world
        providers = [
            ein
            for each in world.live()
            if world.policy.tier(each.tier).membership_class is MembershipClassId.PROVIDER
            for ein in {
                world.party(party).ein for party in (each.party, *world.register.parts(each.party))
            }
        ]
        eins = [ein for ein in providers if ein is not None]
        assert len(eins) == len(set(eins))

    @invariant()
    def who_is_active_has_signed_the_agreement_of_their_tier(self) -> None:
        for each in self.world.live():
            if each.status is MembershipStatus.ACTIVE:
                assert self.world.policy.agreement_for(each.tier).id in each.signed

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
    def the_register_is_what_the_streams_say(self) -> None:
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
        merged = {
            party: revealed(merger.survivor)
            for party in self.parties
            if (merger := world.party(party).merger) is not None
        }
        offered = {each.id: each.tier for each in self.applications(ApplicationPhase.SEAT_OFFERED)}
        line = sorted(self.came(), key=self.came().__getitem__)
        seats = Seats(offered, [ApplicationId(each) for each in line])
        loaded = Register.load(blind, rows, eins, seats=seats, survivors=merged)
        assert +loaded._occupied == +world.register._occupied
        held = ("_live", "_by_party", "_ein_by_party", "_provider_by_ein")
        for name in (*held, "_offered", "_survivors"):
            assert vars(loaded)[name] == vars(world.register)[name]
        assert [*loaded.waiting] == [*world.register.waiting]

    def teardown(self) -> None:
        """The stored entries, without anything personal, fold to the same states."""
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


TestEveryCommandInAnyOrder = EveryCommandInAnyOrder.TestCase
TestEveryCommandInAnyOrder.settings = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
