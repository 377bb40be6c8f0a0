"""What is looked at together, where a rule looks at much."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from domain.coalition.mandate import vote_on_standing
from domain.coalition.question import Question
from domain.coalition.recusal import OpenVotes, UnderWay
from domain.coalition.vote import Vote
from domain.ledger.disclosure import revealed
from domain.membership.admission import Case
from domain.membership.appealing import Appealed
from domain.membership.application import Application
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.grievance import Complaint, FileGrievance, Grievance
from domain.membership.membership import AdmitMember, Membership
from domain.membership.merging import Two
from domain.membership.original import Original
from domain.membership.party import Party
from domain.membership.returning import Return
from domain.membership.standing import ReinstateMembership
from domain.membership.suspending import has_vote
from domain.membership.ties import MergeParties
from domain.membership.waiting import AcceptSeat
from domain.policy import VoteKind
from domain.terms import (
    ApplicationKind,
    MembershipId,
    MembershipStatus,
    PrincipalId,
    VoteOutcome,
    VotePhase,
)
from tests.domain.deciding.asked import Asked

if TYPE_CHECKING:
    from tests.domain.world import World

DIRECTS: Final = PrincipalId("the director")
"""Who directs."""


def case(asked: Asked) -> Case | Return | Appealed | Complaint:
    """Return what a rule looks at that decides on more than it could be told one by one."""
    match asked.command:
        case FileAppeal() | DecideAppeal():
            return _appealed(asked)
        case FileGrievance():
            return _complaint(asked)
        case ReinstateMembership():
            return _return(asked)
        case AdmitMember(membership=new) | AcceptSeat(membership=new):
            return _case(asked, asked.application.membership or new)
        case _:
            return _case(asked, asked.application.membership or "")


def _case(asked: Asked, membership: str) -> Case:
    held = asked.world.membership(membership)
    before = held.assessed_by
    return Case(
        application=asked.application,
        review=asked.review,
        party=asked.world.party(asked.application.party),
        membership=held,
        earlier=None
        if before is None
        else asked.world.review(asked.world.application(before).review),
        coalition=asked.world.coalition,
        register=asked.world.register,
        vote=asked.vote,
    )


def _return(asked: Asked) -> Return:
    world, membership = asked.world, asked.membership
    return Return(
        membership=membership,
        party=world.party(membership.party),
        coalition=world.coalition,
        register=world.register,
        vote=asked.last_vote(membership.id, VoteKind.ADMISSION),
    )


def _complaint(asked: Asked) -> Complaint:
    world, command, membership = asked.world, asked.command, asked.membership
    against = world.membership(command.against or "")
    return Complaint(
        grievance=world.of(Grievance, command.grievance),
        membership=membership,
        against=against,
        are_one=world.register.survivor(against.party) == world.register.survivor(membership.party),
        entry=None if command.entry is None else world.entry(command.entry),
    )


def original(asked: Asked) -> Original | None:
    """Return the entry of a party that is corrected, if there is one."""
    found = asked.world.entry(asked.command.entry)
    if found is None:
        return None
    envelope = found.envelope
    return Original(
        stream=envelope.stream,
        version=envelope.version,
        effective=envelope.effective,
        event=found.event,
    )


def two(asked: Asked) -> Two:
    """Return the two that are to become one, or that are to be told apart again."""
    world, command = asked.world, asked.command
    if isinstance(command, MergeParties):
        return _two(world, world.party(command.survivor), world.party(command.merged))
    merger = asked.party.merger
    into = asked.party.id if merger is None else revealed(merger.survivor)
    return _two(world, world.party(into), asked.party)


def _two(world: World, survivor: Party, merged: Party) -> Two:
    return Two(
        survivor=survivor,
        merged=merged,
        memberships=[
            each for each in world.memberships() if each.party in {survivor.id, merged.id}
        ],
        coalition=world.coalition,
        register=world.register,
        applications=[
            world.application(application)
            for each in (survivor, merged)
            for application in world.register.applying.of(each.id)
        ],
        votes=votes(world).votes,
    )


def votes(world: World) -> OpenVotes:
    """Return the votes that are open, found without the register."""
    return OpenVotes(
        votes=[
            _under_way(world, vote)
            for vote in world.states.values()
            if isinstance(vote, Vote) and vote.phase is VotePhase.OPEN
        ],
        coalition=world.coalition,
        register=world.register,
    )


def _under_way(world: World, vote: Vote) -> UnderWay:
    application, ballots = world.application(vote.application or ""), world.ballots(vote.ballots)
    about = application.party or world.membership(vote.membership or "").party
    return UnderWay(
        vote=vote,
        about=[world.party(each) for each in (about, *world.register.parts(about)) if each],
        conflicted=world.review(application.review).conflicted,
        voters=[world.membership(each) for each in ballots.electorate(vote)],
        recused=ballots.recused(vote),
    )


def _appealed(asked: Asked) -> Appealed:
    subject: Application | Return = asked.application
    if asked.command.application is None and asked.command.membership is not None:
        subject = _return(asked)
    decision = Appealed(subject=subject).decision
    vote = None if decision is None else decision.appeal_vote
    party = subject.party if isinstance(subject, Application) else subject.party.id
    moved = None
    if isinstance(subject, Application) and subject.kind is ApplicationKind.TIER_CHANGE:
        moved = subject.membership
    return Appealed(
        subject=subject,
        vote=None if vote is None else asked.world.vote(vote),
        is_part=asked.world.register.survivor(party) != party,
        asked_by=asked.world.membership(moved) if moved else None,
        written_on=written_on(subject.membership, asked) if isinstance(subject, Return) else None,
    )


def written_on(membership: Membership, asked: Asked) -> date | None:
    """Return the day from which the director wrote down that a member has left, if so."""
    has_left = membership.status is MembershipStatus.WITHDRAWN
    is_written = has_left and membership.id in asked.world.written_down
    return membership.last_effective if is_written else None


def question(asked: Asked) -> Question:
    """Return what the opening of a vote looks at."""
    world, command = asked.world, asked.command
    application, membership = asked.application, asked.membership
    party = application.party or membership.party
    about = command.membership or command.proposal_sha256 or ""
    before, director_aside = frozenset[MembershipId](), False
    earlier = asked.vote or asked.last_vote(about, command.kind)
    if command.kind is VoteKind.APPEAL:
        decision = application.decline if application.version else membership.standing.decision
        before, director_aside = _who_decided(world, decision)
        director_aside |= not application.version and by_director(membership)
        appealed = None if decision is None else decision.appeal_vote
        earlier = None if appealed is None else world.vote(appealed)
    last = vote_on_standing(earlier, membership) if membership.version else earlier
    if last is not None and last.outcome is VoteOutcome.MOOT:
        left = world.ballots(last.ballots).recused(last)
        before |= heirs(world, frozenset(each for each in left if each is not None))
        director_aside = director_aside or None in left
    return Question(
        vote=world.vote(command.vote),
        ballots=world.ballots(command.ballots),
        coalition=world.coalition,
        register=world.register,
        application=application,
        review=asked.review,
        membership=membership,
        party=world.party(party),
        parts=[world.party(each) for each in world.register.parts(party)],
        voters=lambda electorate: [
            each
            for each in map(
                world.membership,
                world.register.live_in(world.policy.electorate(electorate).tiers),
            )
            if has_vote(each, asked.moment.today, lambda _: world.policy)
        ],
        earlier=earlier,
        before=asked.votes_about(command.membership or "", command.kind),
        aside_before=before,
        director_aside=director_aside or DIRECTS in asked.review.recused,
        proposal=asked.proposal,
    )


def by_director(membership: Membership) -> bool:
    """Whether the director alone made the decision on it: to suspend it, or that it has left."""
    standing = membership.standing
    return standing.decision is not None and standing.ended is not MembershipStatus.TERMINATED


def _who_decided(
    world: World, decision: Contestable | None
) -> tuple[frozenset[MembershipId], bool]:
    if decision is None:
        return frozenset(), False
    vote = None if decision.vote is None else world.vote(decision.vote)
    if vote is not None and vote.outcome is VoteOutcome.MOOT:
        vote = None
    cast = {} if vote is None else world.ballots(vote.ballots).cast
    voted = frozenset(each for each in cast if each is not None)
    return heirs(world, voted), None in cast


def heirs(world: World, memberships: frozenset[MembershipId]) -> frozenset[MembershipId]:
    """Return memberships with those that they were merged into, found without the rule."""
    into = (world.membership(each).standing.merged_into for each in memberships)
    more = frozenset(each for each in into if each is not None) - memberships
    return heirs(world, memberships | more) if more else memberships
