"""A ledger in memory: streams and the register, folded as the writer folds them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec

from domain import catalog
from domain.catalog import State
from domain.coalition.ballots import Ballots
from domain.coalition.clearing import ClearText, decide_clear_text
from domain.coalition.coalition import (
    AdoptPolicy,
    Coalition,
    FoundCoalition,
    PublishAgreementTemplate,
    SetSeats,
    TransferHome,
)
from domain.coalition.correction import CorrectEntry, Corrections, decide_correct_entry
from domain.coalition.erasure import (
    ErasePerson,
    ExpungeValue,
    decide_erase_person,
    decide_expunge_value,
    refuse_erased,
)
from domain.coalition.founding import decide_found_coalition
from domain.coalition.funding import Funding, RecordFunding, decide_record_funding
from domain.coalition.governing import (
    decide_adopt_policy,
    decide_publish_agreement_template,
    decide_set_seats,
)
from domain.coalition.history import Claim, RecordHistory, decide_record_history
from domain.coalition.home import decide_transfer_home
from domain.coalition.leadership import (
    AppointDirector,
    ChangeNaming,
    EndTerm,
    NamePartnerLeader,
    Term,
)
from domain.coalition.leading import (
    decide_appoint_director,
    decide_change_naming,
    decide_end_term,
    decide_name_partner_leader,
)
from domain.coalition.library import (
    Publication,
    PublishLibraryItem,
    PublishStandards,
    decide_publish_library_item,
    decide_publish_standards,
)
from domain.coalition.mandate import Mandate
from domain.coalition.opening import Question, decide_open_vote
from domain.coalition.vote import CastVote, CloseVote, OpenVote, Vote
from domain.coalition.voting import Voter, decide_cast_vote, decide_close_vote
from domain.coalition.workgroup import (
    DissolveWorkgroup,
    FormWorkgroup,
    Workgroup,
    decide_dissolve_workgroup,
    decide_form_workgroup,
)
from domain.decision import Command, Decision, Fact, Moment, Refusal
from domain.ledger.disclosure import (
    UNSET,
    HiddenValueMissingError,
    hidden_fields,
    person_of,
    revealed,
)
from domain.ledger.entry import Envelope
from domain.ledger.recorded import Recorded
from domain.membership.addresses import decide_disclose_address, decide_record_address
from domain.membership.admission import (
    Case,
    decide_admit_member,
    decide_change_tier,
    decide_decline_application,
)
from domain.membership.affiliation import decide_declare_affiliation
from domain.membership.agreement import decide_send_agreement, decide_sign_agreement
from domain.membership.appealing import Appealed, decide_decide_appeal, decide_file_appeal
from domain.membership.application import (
    Application,
    AttachEvidence,
    AttestPopulationShare,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.conflicts import decide_declare_conflict, decide_recuse_reviewer
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.ending import decide_expire_application, decide_withdraw_application
from domain.membership.enquiring import decide_provide_information, decide_request_information
from domain.membership.evidence import decide_attach_evidence, decide_attest_population_share
from domain.membership.grievance import (
    Complaint,
    FileGrievance,
    Grievance,
    ResolveGrievance,
    decide_file_grievance,
    decide_resolve_grievance,
)
from domain.membership.holding import decide_hold_listing, decide_release_listing
from domain.membership.improving import (
    decide_close_improvement_plan,
    decide_record_milestone,
    decide_record_overdue_plans,
)
from domain.membership.leaving import decide_terminate_membership, decide_withdraw_membership
from domain.membership.listing import decide_publish_listing, decide_withdraw_listing
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
    Membership,
    SendAgreement,
    SignAgreement,
)
from domain.membership.merging import (
    Two,
    UnderWay,
    decide_merge_parties,
    decide_separate_parties,
)
from domain.membership.name_correction import CorrectPartyName
from domain.membership.naming import (
    Named,
    decide_add_alias,
    decide_correct_party_name,
    decide_rename_party,
)
from domain.membership.party import (
    AddAlias,
    AppointRepresentative,
    EndRepresentation,
    Party,
    PublishListing,
    RenameParty,
    WithdrawListing,
)
from domain.membership.register import Register
from domain.membership.renewing import (
    decide_lapse_membership,
    decide_open_renewal,
    decide_record_missed_renewal,
    decide_record_participation,
    decide_renew_membership,
)
from domain.membership.representing import (
    decide_appoint_representative,
    decide_end_representation,
)
from domain.membership.resigning import decide_record_missed_resigning, decide_require_resigning
from domain.membership.returning import Return, decide_reinstate_membership
from domain.membership.review import (
    AssessStandard,
    AssignReviewer,
    CloseImprovementPlan,
    DeclareConflict,
    OpenImprovementPlan,
    RecordFinding,
    RecordMilestone,
    RecordOverduePlans,
    RecordReview,
    RecuseReviewer,
    Review,
)
from domain.membership.reviewing import (
    decide_assess_standard,
    decide_assign_reviewer,
    decide_open_improvement_plan,
    decide_record_finding,
    decide_record_review,
)
from domain.membership.safety import DiscloseAddress, HoldListing, RecordAddress, ReleaseListing
from domain.membership.seating import (
    decide_accept_seat,
    decide_expire_seat_offer,
    decide_offer_seat,
    decide_waitlist_application,
)
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    ReinstateMembership,
    SuspendMembership,
    TerminateMembership,
    WithdrawMembership,
)
from domain.membership.submission import decide_request_tier_change, decide_submit_application
from domain.membership.suspending import (
    decide_end_suspension,
    decide_lift_suspension,
    decide_suspend_membership,
)
from domain.membership.term import (
    LapseMembership,
    OpenRenewal,
    RecordMissedRenewal,
    RecordParticipation,
    RenewMembership,
)
from domain.membership.ties import DeclareAffiliation, MergeParties, SeparateParties
from domain.membership.waiting import (
    AcceptSeat,
    ExpireApplication,
    ExpireSeatOffer,
    OfferSeat,
    ProvideInformation,
    RequestInformation,
    WaitlistApplication,
    WithdrawApplication,
)
from domain.policy import Policy, VoteKind
from domain.terms import (
    ApplicationId,
    BallotsId,
    CoalitionId,
    EntryId,
    MembershipId,
    MembershipStatus,
    PartyId,
    ReviewId,
    VoteId,
    VotePhase,
)
from tests.domain.policy.files import CATE

S = TypeVar("S", bound=State)

LEADING = {AppointDirector, NamePartnerLeader, ChangeNaming, EndTerm}
RECORDING = {
    FormWorkgroup,
    DissolveWorkgroup,
    PublishStandards,
    PublishLibraryItem,
    RecordFunding,
    RecordHistory,
    CorrectEntry,
}


def an_id(name: str) -> str:
    """Return a stream's id that is the same in every run: 128 bits, lower-case hex."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


PlanCommand = RecordMilestone | CloseImprovementPlan | RecordOverduePlans
TermCommand = (
    OpenRenewal
    | RenewMembership
    | RecordMissedRenewal
    | LapseMembership
    | RecordParticipation
    | RequireResigning
    | RecordMissedResigning
)
PartyCommand = (
    AppointRepresentative
    | EndRepresentation
    | RenameParty
    | AddAlias
    | CorrectPartyName
    | PublishListing
    | WithdrawListing
    | HoldListing
    | ReleaseListing
    | RecordAddress
    | DiscloseAddress
)

StandingCommand = (
    SuspendMembership
    | LiftSuspension
    | EndSuspension
    | WithdrawMembership
    | TerminateMembership
    | ReinstateMembership
)


def blind(ein: str) -> str:
    """Stand in for the keyed hash of an EIN."""
    return hashlib.sha256(b"a key" + ein.encode()).hexdigest()


def entry_id(place: int) -> EntryId:
    """Return the id by which a specification names the entry at a place, from 1."""
    return EntryId(f"{place:032x}")


ACTOR = "somebody"
"""Who gave the commands that a specification's entries came of."""

COALITION = CoalitionId(an_id("the coalition"))


class World:
    """Every state, and which states each command is decided on."""

    def __init__(self, policy: Policy = CATE) -> None:
        self.policy = policy
        self.states: dict[str, State] = {}
        self.register = Register(blind)
        self.entries: list[tuple[Fact, date]] = []
        # Whoever has a key: that stays, also when the entry's reference to them is expunged.
        self.people: set[str] = set()
        # Which files were sent, for which application.
        self.files: set[tuple[str, str | None]] = set()

    def append(self, facts: Iterable[Fact], effective: date) -> None:
        for fact in facts:
            state = self.states.get(fact.stream) or catalog.empty_state(
                catalog.kind_of(fact.event), fact.stream
            )
            self.states[fact.stream] = catalog.evolve(state, fact.event, effective)
            self.register.apply(fact.stream, fact.event)
            self.entries.append((fact, effective))
            with contextlib.suppress(HiddenValueMissingError):
                if type(fact.event).person_field:
                    self.people.add(person_of(fact.stream, fact.event))

    # As in the writer, an id of another kind of thing names nothing of this kind.

    @property
    def coalition(self) -> Coalition:
        state = self.states.get(COALITION)
        return state if isinstance(state, Coalition) else Coalition(id=COALITION)

    def party(self, party: str) -> Party:
        state = self.states.get(party)
        return state if isinstance(state, Party) else Party(id=PartyId(party))

    def application(self, application: str) -> Application:
        state = self.states.get(application)
        if isinstance(state, Application):
            return state
        return Application(id=ApplicationId(application))

    def review(self, review: str) -> Review:
        state = self.states.get(review)
        return state if isinstance(state, Review) else Review(id=ReviewId(review))

    def membership(self, membership: str) -> Membership:
        state = self.states.get(membership)
        if isinstance(state, Membership):
            return state
        return Membership(id=MembershipId(membership))

    def vote(self, vote: str) -> Vote:
        state = self.states.get(vote)
        return state if isinstance(state, Vote) else Vote(id=VoteId(vote))

    def ballots(self, ballots: str) -> Ballots:
        state = self.states.get(ballots)
        return state if isinstance(state, Ballots) else Ballots(id=BallotsId(ballots))

    def decide_as(self, voter: Voter, command: CastVote, moment: Moment) -> Decision:
        """Decide on a ballot of somebody."""
        vote = self.vote(command.vote)
        return decide_cast_vote(vote, self.ballots(vote.ballots), voter, command, moment)

    def memberships(self) -> list[Membership]:
        return [state for state in self.states.values() if isinstance(state, Membership)]

    def live(self) -> list[Membership]:
        """Return the memberships that count, found without the register."""
        live = {
            MembershipStatus.AGREEMENT_PENDING,
            MembershipStatus.ACTIVE,
            MembershipStatus.SUSPENDED,
            MembershipStatus.RENEWAL_DUE,
        }
        return [each for each in self.memberships() if each.status in live]

    def decide(self, command: Command, moment: Moment, policy: Policy | None = None) -> Decision:
        """Decide a command, as `service.commands` does."""
        if isinstance(command, ErasePerson | ExpungeValue):
            return self._decide_on_erasure(command, moment)
        if isinstance(command, ClearText):
            of = self.coalition
            return decide_clear_text(of.id, of.cleared, of.last_effective, command, moment)
        if isinstance(command, MergeParties | SeparateParties):
            decision = self._decide_on_two(command, moment)
        else:
            decision = self._decide(command, moment, policy)
        if isinstance(decision, Refusal):
            return decision
        return refuse_erased(self.coalition, decision) or decision

    def _named(self, entry: str) -> Named | None:
        place = int(entry, 16)
        if place > len(self.entries):
            return None
        fact, effective = self.entries[place - 1]
        before = [each for each, _ in self.entries[:place] if each.stream == fact.stream]
        return Named(stream=fact.stream, version=len(before), effective=effective, event=fact.event)

    def is_person(self, person: str) -> bool:
        """Whether anything personal was recorded about somebody."""
        return person in self.people

    def needs(self, entry: str, field: str) -> bool:
        """Whether rules cannot do without a field of an entry."""
        place = int(entry, 16) - 1
        stream = self.entries[place][0].stream
        folded: State | None = None
        try:
            for serial, (fact, effective) in enumerate(self.entries):
                if fact.stream != stream:
                    continue
                event = fact.event
                if serial == place:
                    event = msgspec.structs.replace(event, **{field: UNSET})
                state = folded or catalog.empty_state(catalog.kind_of(event), stream)
                folded = catalog.evolve(state, event, effective)
        except HiddenValueMissingError:
            return True
        return False

    def without(self, place: int, field: str) -> World:
        """Return the same world folded without a value that was expunged."""
        folded = World(self.policy)
        folded.people = {*self.people}
        for serial, (fact, effective) in enumerate(self.entries):
            event = fact.event
            if serial == place:
                event = msgspec.structs.replace(event, **{field: UNSET})
            folded.append([Fact(fact.stream, event)], effective)
        return folded

    def _decide_on_erasure(self, command: ErasePerson | ExpungeValue, moment: Moment) -> Decision:
        if isinstance(command, ErasePerson):
            return decide_erase_person(
                self.coalition,
                self.party(command.person),
                command,
                moment,
                is_known=self.is_person(command.person),
            )
        event = self.entries[int(command.entry, 16) - 1][0].event
        hidden = command.field in hidden_fields(type(event))
        is_needed = hidden and self.needs(command.entry, command.field)
        return decide_expunge_value(self.coalition, event, command, is_needed=is_needed)

    def _decide(self, command: Command, moment: Moment, policy: Policy | None) -> Decision:
        """Decide a command; ``policy`` is the file of the commands that bring one."""
        together = self._decide_together(command, moment, policy)
        if together is None:
            together = self._decide_on_waiting(command, moment)
        if together is not None:
            return together
        match command:
            case FoundCoalition():
                return decide_found_coalition(
                    self.coalition, command, moment, policy or self.policy
                )
            case AdoptPolicy():
                vote = None if command.vote is None else self.vote(command.vote)
                return decide_adopt_policy(
                    self.coalition,
                    self.register,
                    Mandate(in_force=self.policy, vote=vote),
                    command,
                    moment,
                    policy or self.policy,
                )
            case SetSeats():
                return decide_set_seats(self.coalition, self.register, command, moment, self.policy)
            case PublishAgreementTemplate():
                return decide_publish_agreement_template(
                    self.coalition, command, moment, self.policy
                )
            case _ if isinstance(command, PartyCommand):
                return self._decide_on_party(command, moment)
            case SubmitApplication():
                return decide_submit_application(
                    self.application(command.application),
                    self.party(command.party),
                    self.register,
                    command,
                    moment,
                    self.policy,
                )
            case SendAgreement() | SignAgreement() | RequestTierChange():
                return self._decide_on_membership(command, moment)
            case _ if type(command) in LEADING | RECORDING:
                return self._decide_on_record(command, moment)
            case _:
                return self._decide_on_application(command, moment)

    def _decide_together(
        self, command: Command, moment: Moment, policy: Policy | None
    ) -> Decision | None:
        """Decide what belongs to standing, votes and recusals; ``None`` for anything else."""
        match command:
            case FileGrievance() | ResolveGrievance():
                return self._decide_on_grievance(command, moment)
            case _ if isinstance(command, TermCommand | PlanCommand | StandingCommand):
                return self._decide_on_standing(command, moment)
            case FileAppeal() | DecideAppeal():
                return self._decide_on_appeal(command, moment)
            case OpenVote():
                question = self._question(command, policy)
                return decide_open_vote(question, command, moment, self.policy)
            case CloseVote():
                vote = self.vote(command.vote)
                return decide_close_vote(vote, self.ballots(vote.ballots), command, moment)
            case TransferHome():
                named = [each for each in (command.home, command.fiscal_sponsor) if each]
                hosts = [self.party(each) for each in named]
                return decide_transfer_home(self.coalition, hosts, command, moment)
            case DeclareAffiliation():
                party, affiliate = self.party(command.party), self.party(command.affiliate)
                return decide_declare_affiliation(party, affiliate, command, moment)
            case DeclareConflict():
                application = self.application(command.application)
                review, vote_on = self.review(application.review), self._vote_on(application)
                return decide_declare_conflict(
                    application, review, vote_on, self.register, command, moment
                )
            case RecuseReviewer():
                application = self.application(command.application)
                review = self.review(application.review)
                return decide_recuse_reviewer(application, review, command, moment)
            case _:
                return None

    def _decide_on_waiting(self, command: Command, moment: Moment) -> Decision | None:
        """Decide what an application waits for; ``None`` for anything else."""
        application = self.application(getattr(command, "application", None) or "")
        match command:
            case RequestInformation():
                return decide_request_information(application, command, moment, self.policy)
            case ProvideInformation():
                return decide_provide_information(application, command, moment)
            case WithdrawApplication():
                return decide_withdraw_application(application, command, moment)
            case ExpireApplication():
                vote = self._vote_on(application)
                return decide_expire_application(application, vote, command, moment, self.policy)
            case _:
                return self._decide_on_seat(application, command, moment)

    def _decide_on_seat(
        self, application: Application, command: Command, moment: Moment
    ) -> Decision | None:
        match command:
            case WaitlistApplication():
                case = self._case(application, application.membership or "")
                return decide_waitlist_application(case, command, moment, self.policy)
            case OfferSeat():
                waitlist = [self.application(each) for each in self.register.waiting]
                return decide_offer_seat(
                    application,
                    waitlist,
                    self.coalition,
                    self.register,
                    command,
                    moment,
                    self.policy,
                )
            case AcceptSeat():
                case = self._case(application, application.membership or command.membership)
                return decide_accept_seat(case, command, moment, self.policy)
            case ExpireSeatOffer():
                return decide_expire_seat_offer(application, command, moment)
            case _:
                return None

    def _decide_on_plan(self, command: PlanCommand, moment: Moment) -> Decision:
        application = self.application(command.application)
        review = self.review(application.review)
        match command:
            case RecordMilestone():
                return decide_record_milestone(application, review, command, moment)
            case CloseImprovementPlan():
                return decide_close_improvement_plan(application, review, command, moment)
            case RecordOverduePlans():
                return decide_record_overdue_plans(application, review, moment)

    def _decide_on_term(self, command: TermCommand, moment: Moment) -> Decision:
        membership = self.membership(command.membership)
        match command:
            case OpenRenewal():
                return decide_open_renewal(membership, command, moment, self.policy)
            case RenewMembership():
                party = self.party(membership.party)
                return decide_renew_membership(membership, party, command, moment, self.policy)
            case RecordMissedRenewal():
                return decide_record_missed_renewal(membership, command, moment, self.policy)
            case LapseMembership():
                return decide_lapse_membership(membership, command, moment, self.policy)
            case RecordParticipation():
                return decide_record_participation(membership, command, moment)
            case RequireResigning():
                return decide_require_resigning(
                    membership, self.coalition, command, moment, self.policy
                )
            case RecordMissedResigning():
                return decide_record_missed_resigning(membership, command, moment)

    def _decide_on_name(
        self, party: Party, command: RenameParty | AddAlias | CorrectPartyName, moment: Moment
    ) -> Decision:
        match command:
            case RenameParty():
                return decide_rename_party(party, command, moment)
            case AddAlias():
                return decide_add_alias(party, command, moment)
            case CorrectPartyName():
                named = self._named(command.entry)
                return decide_correct_party_name(party, named, command, moment)

    def _decide_on_party(self, command: PartyCommand, moment: Moment) -> Decision:
        party = self.party(command.party)
        match command:
            case AppointRepresentative():
                return decide_appoint_representative(party, command, moment)
            case EndRepresentation():
                return decide_end_representation(party, command, moment)
            case RenameParty() | AddAlias() | CorrectPartyName():
                return self._decide_on_name(party, command, moment)
            case PublishListing():
                return decide_publish_listing(party, command, moment, self.policy)
            case WithdrawListing():
                return decide_withdraw_listing(party, command, moment)
            case HoldListing():
                return decide_hold_listing(party, command, moment)
            case ReleaseListing():
                return decide_release_listing(party, command, moment)
            case RecordAddress():
                return decide_record_address(party, command, moment)
            case DiscloseAddress():
                return decide_disclose_address(party, command, moment)

    def _decide_on_leadership(self, command: Command, moment: Moment) -> Decision:
        match command:
            case AppointDirector():
                director = self.register.director
                present = None if director is None else self._of(Term, director)
                term = self._of(Term, command.term)
                return decide_appoint_director(term, present, command, moment)
            case NamePartnerLeader():
                term = self._of(Term, command.term)
                return decide_name_partner_leader(term, self.register, command, self.policy)
            case ChangeNaming():
                return decide_change_naming(self._of(Term, command.term), command, moment)
            case EndTerm():
                return decide_end_term(self._of(Term, command.term), moment)
            case _:
                raise AssertionError(command)

    def _decide_on_record(self, command: Command, moment: Moment) -> Decision:
        match command:
            case FormWorkgroup():
                workgroup = self._of(Workgroup, command.workgroup)
                return decide_form_workgroup(workgroup, command, moment)
            case DissolveWorkgroup():
                workgroup = self._of(Workgroup, command.workgroup)
                return decide_dissolve_workgroup(workgroup, command, moment)
            case PublishStandards():
                before, by = command.supersedes, command.workgroup
                return decide_publish_standards(
                    self._of(Publication, command.publication),
                    None if before is None else self._of(Publication, before),
                    None if by is None else self._of(Workgroup, by),
                    command,
                    moment,
                )
            case PublishLibraryItem():
                publication = self._of(Publication, command.publication)
                return decide_publish_library_item(publication, command, moment)
            case RecordFunding():
                return decide_record_funding(self._of(Funding, command.funding), command, moment)
            case RecordHistory():
                contradicted = [self._of(Claim, each) for each in command.contradicts]
                claim = self._of(Claim, command.claim)
                return decide_record_history(claim, contradicted, command, moment)
            case CorrectEntry():
                fact, effective = self.entries[int(command.entry, 16) - 1]
                corrections = self._of(Corrections, command.entry)
                return decide_correct_entry(corrections, fact.event, effective, command, moment)
            case _:
                return self._decide_on_leadership(command, moment)

    def _of(self, kind: Callable[..., S], stream: str) -> S:
        """Return a state of one kind; an empty one where the id names none of it."""
        state = self.states.get(stream)
        empty = kind(id=stream)
        return state if isinstance(state, type(empty)) else empty

    def _decide_on_membership(
        self, command: SendAgreement | SignAgreement | RequestTierChange, moment: Moment
    ) -> Decision:
        membership = self.membership(command.membership)
        match command:
            case SendAgreement():
                return decide_send_agreement(
                    membership, self.coalition, command, moment, self.policy
                )
            case SignAgreement():
                return decide_sign_agreement(
                    membership, self.coalition, command, moment, self.policy
                )
            case RequestTierChange():
                return decide_request_tier_change(
                    self.application(command.application),
                    membership,
                    self.party(membership.party),
                    self.register,
                    command,
                    moment,
                    self.policy,
                )

    def _decide_on_standing(
        self, command: StandingCommand | TermCommand | PlanCommand, moment: Moment
    ) -> Decision:
        if isinstance(command, TermCommand):
            return self._decide_on_term(command, moment)
        if isinstance(command, PlanCommand):
            return self._decide_on_plan(command, moment)
        membership = self.membership(command.membership)
        match command:
            case SuspendMembership():
                return decide_suspend_membership(membership, command, moment, self.policy)
            case EndSuspension():
                return decide_end_suspension(membership, moment)
            case LiftSuspension():
                return decide_lift_suspension(membership, command, moment)
            case WithdrawMembership():
                return decide_withdraw_membership(membership, command, moment)
            case TerminateMembership():
                vote = self.vote(command.vote)
                return decide_terminate_membership(membership, vote, command, moment, self.policy)
            case ReinstateMembership():
                case = self._return(membership, command.vote)
                return decide_reinstate_membership(case, command, moment, self.policy)

    def _return(self, membership: Membership, vote: VoteId | None = None) -> Return:
        return Return(
            membership=membership,
            party=self.party(membership.party),
            coalition=self.coalition,
            register=self.register,
            vote=None if vote is None else self.vote(vote),
        )

    def _appealed(self, command: FileAppeal | DecideAppeal) -> Appealed:
        subject: Application | Return = self.application(command.application or "")
        if command.application is None and command.membership is not None:
            subject = self._return(self.membership(command.membership))
        asked = Appealed(subject=subject).decision
        vote = None if asked is None or asked.appeal_vote is None else asked.appeal_vote
        return Appealed(subject=subject, vote=None if vote is None else self.vote(vote))

    def _who_decided(self, decision: Contestable | None) -> tuple[frozenset[MembershipId], bool]:
        if decision is None:
            return frozenset(), False
        vote = None if decision.vote is None else self.vote(decision.vote)
        cast = {} if vote is None else self.ballots(vote.ballots).cast
        voted = frozenset(each for each in cast if each is not None)
        return self._heirs(voted), decision.by_director or None in cast

    def _heirs(self, memberships: frozenset[MembershipId]) -> frozenset[MembershipId]:
        into = (self.membership(each).standing.merged_into for each in memberships)
        more = frozenset(each for each in into if each is not None) - memberships
        return self._heirs(memberships | more) if more else memberships

    def _decide_on_two(self, command: MergeParties | SeparateParties, moment: Moment) -> Decision:
        if isinstance(command, MergeParties):
            two = self._two(self.party(command.survivor), self.party(command.merged))
            return decide_merge_parties(two, command, moment, self.policy)
        party = self.party(command.party)
        into = None if party.merger is None else revealed(party.merger.survivor)
        two = self._two(party if into is None else self.party(into), party)
        return decide_separate_parties(two, command, moment, self.policy)

    def _two(self, survivor: Party, merged: Party) -> Two:
        return Two(
            survivor=survivor,
            merged=merged,
            memberships=[
                each for each in self.memberships() if each.party in {survivor.id, merged.id}
            ],
            coalition=self.coalition,
            register=self.register,
            votes=[
                UnderWay(vote, self._about(vote))
                for vote in self.states.values()
                if isinstance(vote, Vote) and vote.phase is VotePhase.OPEN
            ],
        )

    def _about(self, vote: Vote) -> PartyId | None:
        if vote.application is not None:
            return self.application(vote.application).party
        return None if vote.membership is None else self.membership(vote.membership).party

    def _decide_on_appeal(self, command: FileAppeal | DecideAppeal, moment: Moment) -> Decision:
        if isinstance(command, FileAppeal):
            return decide_file_appeal(self._appealed(command), command, moment, self.policy)
        return decide_decide_appeal(self._appealed(command), command, moment, self.policy)

    def _decide_on_grievance(
        self, command: FileGrievance | ResolveGrievance, moment: Moment
    ) -> Decision:
        if isinstance(command, FileGrievance):
            return decide_file_grievance(self._complaint(command), command, moment)
        grievance = self._of(Grievance, command.grievance)
        return decide_resolve_grievance(grievance, command, moment)

    def _complaint(self, command: FileGrievance) -> Complaint:
        place = 0 if command.entry is None else int(command.entry, 16)
        membership = self.membership(command.membership)
        against = self.membership(command.against or "")
        return Complaint(
            grievance=self._of(Grievance, command.grievance),
            membership=membership,
            against=against,
            are_one=self.register.survivor(against.party)
            == self.register.survivor(membership.party),
            entry=self.recorded(place) if 0 < place <= len(self.entries) else None,
        )

    def recorded(self, place: int) -> Recorded:
        """Return the entry at a place, from 1, as if it had been recorded."""
        fact, effective = self.entries[place - 1]
        at = datetime(2026, 3, 2, 12, tzinfo=UTC)
        envelope = Envelope(
            entry_id=entry_id(place),
            stream=fact.stream,
            version=1,
            at=at,
            effective=effective,
            actor="director",
            actor_id=ACTOR,
            policy=self.policy.ref,
        )
        return Recorded(place, at, envelope, fact.event)

    def _decide_on_application(self, command: Command, moment: Moment) -> Decision:
        application = self.application(getattr(command, "application", ""))
        review = self.review(application.review)
        party = self.party(application.party)
        match command:
            case AttachEvidence():
                is_kept = (command.application, command.sha256) in self.files
                return decide_attach_evidence(
                    application, review, party, command, moment, self.policy, is_kept=is_kept
                )
            case AttestPopulationShare():
                return decide_attest_population_share(
                    application, review, party, command, moment, self.policy
                )
            case AssignReviewer():
                return decide_assign_reviewer(application, review, command, moment)
            case RecordFinding():
                return decide_record_finding(
                    application, review, party, command, moment, self.policy
                )
            case AssessStandard():
                return decide_assess_standard(application, review, command, moment, self.policy)
            case OpenImprovementPlan():
                return decide_open_improvement_plan(
                    application, review, command, moment, self.policy
                )
            case RecordReview():
                return decide_record_review(
                    application, review, party, command, moment, self.policy
                )
            case DeclineApplication():
                return decide_decline_application(
                    application, review, self._vote_on(application), command, moment, self.policy
                )
            case AdmitMember():
                case = self._case(application, command.membership)
                return decide_admit_member(case, command, moment, self.policy)
            case ChangeTier():
                case = self._case(application, application.membership or "")
                return decide_change_tier(case, command, moment, self.policy)
            case _:
                raise AssertionError(command)

    def _case(self, application: Application, membership: str) -> Case:
        return Case(
            application=application,
            review=self.review(application.review),
            party=self.party(application.party),
            membership=self.membership(membership),
            coalition=self.coalition,
            register=self.register,
            vote=self._vote_on(application),
        )

    def _vote_on(self, application: Application) -> Vote | None:
        return None if application.vote is None else self.vote(application.vote)

    def _question(self, command: OpenVote, proposal: Policy | None) -> Question:
        application = self.application(command.application or "")
        membership = self.membership(command.membership or "")
        earlier = self._vote_on(application)
        decided_before, director_decided = frozenset[MembershipId](), False
        if command.kind is VoteKind.APPEAL:
            decision = application.decline if application.version else membership.standing.decision
            decided_before, director_decided = self._who_decided(decision)
        return Question(
            vote=self.vote(command.vote),
            ballots=self.ballots(command.ballots),
            coalition=self.coalition,
            register=self.register,
            application=application,
            review=self.review(application.review),
            membership=membership,
            party=self.party(application.party or membership.party),
            parts=[
                self.party(each)
                for each in self.register.parts(application.party or membership.party)
            ],
            members=lambda electorate: [
                self.membership(each)
                for each in self.register.live_in(self.policy.electorate(electorate).tiers)
            ],
            earlier=earlier,
            decided_before=decided_before,
            director_decided=director_decided,
            proposal=proposal,
        )
