"""Commands of an application: submitted, shown, reviewed, waiting, decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.coalition.vote import Vote
from domain.decision import Command, Decision, Moment
from domain.membership.admission import (
    Case,
    decide_admit_member,
    decide_change_tier,
    decide_decline_application,
)
from domain.membership.application import (
    Application,
    AttachEvidence,
    AttestPopulationShare,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.conflicts import decide_declare_conflict, decide_recuse_reviewer
from domain.membership.ending import decide_expire_application, decide_withdraw_application
from domain.membership.enquiring import decide_provide_information, decide_request_information
from domain.membership.evidence import decide_attach_evidence, decide_attest_population_share
from domain.membership.improving import (
    decide_close_improvement_plan,
    decide_record_milestone,
    decide_record_overdue_plans,
)
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
)
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
)
from domain.membership.reviewing import (
    decide_assess_standard,
    decide_assign_reviewer,
    decide_open_improvement_plan,
    decide_record_finding,
    decide_record_review,
)
from domain.membership.seating import (
    decide_accept_seat,
    decide_expire_seat_offer,
    decide_offer_seat,
    decide_waitlist_application,
)
from domain.membership.submission import decide_request_tier_change, decide_submit_application
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
from domain.policy import Policy

if TYPE_CHECKING:
    from tests.domain.world import World

PlanCommand = RecordMilestone | CloseImprovementPlan | RecordOverduePlans


def decide(world: World, command: Command, moment: Moment, _: Policy | None) -> Decision | None:
    """Decide a command of an application; ``None`` for anything else."""
    if isinstance(command, PlanCommand):
        return _on_plan(world, command, moment)
    for decide_on in (_on_asking, _on_review, _on_decision, _on_waiting):
        if (decision := decide_on(world, command, moment)) is not None:
            return decision
    return None


def _on_asking(world: World, command: Command, moment: Moment) -> Decision | None:
    match command:
        case SubmitApplication():
            return decide_submit_application(
                world.application(command.application),
                world.party(command.party),
                world.register,
                command,
                moment,
                world.policy,
            )
        case RequestTierChange():
            membership = world.membership(command.membership)
            return decide_request_tier_change(
                world.application(command.application),
                membership,
                world.party(membership.party),
                world.register,
                command,
                moment,
                world.policy,
            )
        case DeclareConflict():
            application = world.application(command.application)
            review, vote = world.review(application.review), vote_on(world, application)
            return decide_declare_conflict(
                application, review, vote, world.register, command, moment
            )
        case RecuseReviewer():
            application = world.application(command.application)
            review = world.review(application.review)
            return decide_recuse_reviewer(application, review, command, moment)
        case _:
            return None


def _on_review(world: World, command: Command, moment: Moment) -> Decision | None:
    application = world.application(getattr(command, "application", None) or "")
    review = world.review(application.review)
    party = world.party(application.party)
    match command:
        case AttachEvidence():
            is_kept = (command.application, command.sha256) in world.files
            return decide_attach_evidence(
                application, review, party, command, moment, world.policy, is_kept=is_kept
            )
        case AttestPopulationShare():
            return decide_attest_population_share(
                application, review, party, command, moment, world.policy
            )
        case AssignReviewer():
            return decide_assign_reviewer(application, review, command, moment)
        case RecordFinding():
            return decide_record_finding(application, review, party, command, moment, world.policy)
        case AssessStandard():
            return decide_assess_standard(application, review, command, moment, world.policy)
        case OpenImprovementPlan():
            return decide_open_improvement_plan(application, review, command, moment, world.policy)
        case RecordReview():
            return decide_record_review(application, review, party, command, moment, world.policy)
        case _:
            return None


def _on_decision(world: World, command: Command, moment: Moment) -> Decision | None:
    application = world.application(getattr(command, "application", None) or "")
    review = world.review(application.review)
    match command:
        case DeclineApplication():
            return decide_decline_application(
                application, review, vote_on(world, application), command, moment, world.policy
            )
        case AdmitMember():
            case = case_of(world, application, command.membership)
            return decide_admit_member(case, command, moment, world.policy)
        case ChangeTier():
            case = case_of(world, application, application.membership or "")
            return decide_change_tier(case, command, moment, world.policy)
        case _:
            return None


def _on_waiting(world: World, command: Command, moment: Moment) -> Decision | None:
    """Decide what an application waits for; ``None`` for anything else."""
    application = world.application(getattr(command, "application", None) or "")
    match command:
        case RequestInformation():
            return decide_request_information(application, command, moment, world.policy)
        case ProvideInformation():
            return decide_provide_information(application, command, moment)
        case WithdrawApplication():
            return decide_withdraw_application(application, command, moment)
        case ExpireApplication():
            vote = vote_on(world, application)
            return decide_expire_application(application, vote, command, moment, world.policy)
        case _:
            return _on_seat(world, application, command, moment)


def _on_seat(
    world: World, application: Application, command: Command, moment: Moment
) -> Decision | None:
    match command:
        case WaitlistApplication():
            case = case_of(world, application, application.membership or "")
            return decide_waitlist_application(case, command, moment, world.policy)
        case OfferSeat():
            waitlist = [world.application(each) for each in world.register.waiting]
            return decide_offer_seat(
                application,
                waitlist,
                world.coalition,
                world.register,
                command,
                moment,
                world.policy,
            )
        case AcceptSeat():
            case = case_of(world, application, application.membership or command.membership)
            return decide_accept_seat(case, command, moment, world.policy)
        case ExpireSeatOffer():
            return decide_expire_seat_offer(application, command, moment)
        case _:
            return None


def _on_plan(world: World, command: PlanCommand, moment: Moment) -> Decision:
    application = world.application(command.application)
    review = world.review(application.review)
    match command:
        case RecordMilestone():
            return decide_record_milestone(application, review, command, moment)
        case CloseImprovementPlan():
            return decide_close_improvement_plan(application, review, command, moment)
        case RecordOverduePlans():
            return decide_record_overdue_plans(application, review, moment)


def case_of(world: World, application: Application, membership: str) -> Case:
    return Case(
        application=application,
        review=world.review(application.review),
        party=world.party(application.party),
        membership=world.membership(membership),
        coalition=world.coalition,
        register=world.register,
        vote=vote_on(world, application),
    )


def vote_on(world: World, application: Application) -> Vote | None:
    return None if application.vote is None else world.vote(application.vote)
