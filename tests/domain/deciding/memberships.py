"""Commands of a membership: its agreement, its standing, its term, its grievances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.decision import Command, Decision, Moment
from domain.membership.agreement import decide_send_agreement, decide_sign_agreement
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.grievance import (
    Complaint,
    FileGrievance,
    Grievance,
    ResolveGrievance,
    decide_file_grievance,
    decide_resolve_grievance,
)
from domain.membership.leaving import decide_terminate_membership, decide_withdraw_membership
from domain.membership.membership import (
    Membership,
    SendAgreement,
    SignAgreement,
)
from domain.membership.renewing import (
    decide_lapse_membership,
    decide_open_renewal,
    decide_record_missed_renewal,
    decide_record_participation,
    decide_renew_membership,
)
from domain.membership.resigning import decide_record_missed_resigning, decide_require_resigning
from domain.membership.returning import Return, decide_reinstate_membership
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    ReinstateMembership,
    SuspendMembership,
    TerminateMembership,
    WithdrawMembership,
)
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
from domain.policy import Policy
from domain.terms import VoteId

if TYPE_CHECKING:
    from tests.domain.world import World

TermCommand = (
    OpenRenewal
    | RenewMembership
    | RecordMissedRenewal
    | LapseMembership
    | RecordParticipation
    | RequireResigning
    | RecordMissedResigning
)
StandingCommand = (
    SuspendMembership
    | LiftSuspension
    | EndSuspension
    | WithdrawMembership
    | TerminateMembership
    | ReinstateMembership
)


def decide(world: World, command: Command, moment: Moment, _: Policy | None) -> Decision | None:
    """Decide a command of a membership; ``None`` for anything else."""
    match command:
        case FileGrievance() | ResolveGrievance():
            return _on_grievance(world, command, moment)
        case SendAgreement() | SignAgreement():
            return _on_agreement(world, command, moment)
        case _ if isinstance(command, TermCommand):
            return _on_term(world, command, moment)
        case _ if isinstance(command, StandingCommand):
            return _on_standing(world, command, moment)
        case _:
            return None


def _on_agreement(world: World, command: SendAgreement | SignAgreement, moment: Moment) -> Decision:
    membership = world.membership(command.membership)
    match command:
        case SendAgreement():
            return decide_send_agreement(membership, world.coalition, command, moment, world.policy)
        case SignAgreement():
            return decide_sign_agreement(membership, world.coalition, command, moment, world.policy)


def _on_standing(world: World, command: StandingCommand, moment: Moment) -> Decision:
    membership = world.membership(command.membership)
    match command:
        case SuspendMembership():
            return decide_suspend_membership(membership, command, moment, world.policy)
        case EndSuspension():
            return decide_end_suspension(membership, moment)
        case LiftSuspension():
            return decide_lift_suspension(membership, command, moment)
        case WithdrawMembership():
            return decide_withdraw_membership(membership, command, moment)
        case TerminateMembership():
            vote = world.vote(command.vote)
            return decide_terminate_membership(membership, vote, command, moment, world.policy)
        case ReinstateMembership():
            case = return_of(world, membership, command.vote)
            return decide_reinstate_membership(case, command, moment, world.policy)


def _on_term(world: World, command: TermCommand, moment: Moment) -> Decision:
    membership = world.membership(command.membership)
    match command:
        case OpenRenewal():
            return decide_open_renewal(membership, command, moment, world.policy)
        case RenewMembership():
            party = world.party(membership.party)
            return decide_renew_membership(membership, party, command, moment, world.policy)
        case RecordMissedRenewal():
            return decide_record_missed_renewal(membership, command, moment, world.policy)
        case LapseMembership():
            return decide_lapse_membership(membership, command, moment, world.policy)
        case RecordParticipation():
            return decide_record_participation(membership, command, moment)
        case RequireResigning():
            return decide_require_resigning(
                membership, world.coalition, command, moment, world.policy
            )
        case RecordMissedResigning():
            return decide_record_missed_resigning(membership, command, moment)


def _on_grievance(
    world: World, command: FileGrievance | ResolveGrievance, moment: Moment
) -> Decision:
    if isinstance(command, FileGrievance):
        return decide_file_grievance(_complaint(world, command), command, moment)
    grievance = world.of(Grievance, command.grievance)
    return decide_resolve_grievance(grievance, command, moment)


def _complaint(world: World, command: FileGrievance) -> Complaint:
    place = 0 if command.entry is None else int(command.entry, 16)
    membership = world.membership(command.membership)
    against = world.membership(command.against or "")
    return Complaint(
        grievance=world.of(Grievance, command.grievance),
        membership=membership,
        against=against,
        are_one=world.register.survivor(against.party) == world.register.survivor(membership.party),
        entry=world.recorded(place) if 0 < place <= len(world.entries) else None,
    )


def return_of(world: World, membership: Membership, vote: VoteId | None = None) -> Return:
    return Return(
        membership=membership,
        party=world.party(membership.party),
        coalition=world.coalition,
        register=world.register,
        vote=None if vote is None else world.vote(vote),
    )
