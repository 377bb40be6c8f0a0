"""Plans of what the coalition decides together: votes, and what they look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from domain.coalition.answering import decide_answer_termination
from domain.coalition.ballots import VoterRecused
from domain.coalition.coalition import AdoptPolicy
from domain.coalition.mandate import Mandate, vote_on_standing
from domain.coalition.opening import decide_open_vote
from domain.coalition.question import Question
from domain.coalition.vote import AnswerTermination, CastVote, CloseVote, OpenVote, Vote
from domain.coalition.voting import Voter, decide_cast_vote, decide_close_vote
from domain.decision import Command, Moment
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.admission import Case
from domain.membership.application import Application
from domain.membership.membership import Membership
from domain.membership.suspending import has_vote
from domain.policy import ElectorateId, VoteKind
from domain.terms import (
    MembershipId,
    MembershipStatus,
    PartyId,
    PrincipalId,
    VoteOutcome,
    VotePhase,
)
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.appeals import vote_on_appeal, who_took_part
from service.planning.merging import heirs
from service.planning.plan import Plan, Planner, application_resource, last_vote, policy_file
from service.planning.recusal import Part, aside_in, nobody_directs
from service.security.access import Kind, Resource
from service.security.principal import Principal, Role


def vote_on(world: World, application: Application) -> Vote | None:
    """Return the last vote on an application, if there was one."""
    return None if application.vote is None else world.vote(application.vote)


def case_of(world: World, application: Application, membership: Membership) -> Case:
    """Return everything that a yes to an application looks at."""
    before = membership.assessed_by
    return Case(
        application=application,
        review=world.review(application.review),
        party=world.party(application.party),
        membership=membership,
        earlier=None if before is None else world.review(world.application(before).review),
        coalition=world.coalition,
        register=world.register,
        vote=vote_on(world, application),
    )


def mandate_of(world: World, command: AdoptPolicy) -> Mandate:
    """Return what a change of policy rests on: the last vote on its file."""
    vote = last_vote(world, command.policy_sha256, VoteKind.POLICY, VoteKind.MISSION_AND_VALUES)
    return Mandate(in_force=world.policy, vote=vote, named=command.vote)


def _open_vote(world: World, command: OpenVote, request: Request, moment: Moment) -> Plan:
    application = world.application(command.application or "")
    membership = world.membership(command.membership or "")
    return Plan(
        subject=command.vote,
        version=application.version or membership.version,
        resource=_opening_resource(world, command, application, membership),
        decide=lambda: decide_open_vote(
            _question(world, command, application, request, moment), command, moment, world.policy
        ),
    )


def _opening_resource(
    world: World, command: OpenVote, application: Application, membership: Membership
) -> Resource | None:
    if command.application is not None:
        return application_resource(world, application)
    return Resource(kind=Kind.VOTE, party=membership.party or None)


def _question(
    world: World, command: OpenVote, application: Application, request: Request, moment: Moment
) -> Question:
    membership = world.membership(command.membership or "")
    subject = application if application.version else membership
    part = Part()
    if command.kind is VoteKind.APPEAL:
        earlier = vote_on_appeal(world, subject)
        part = who_took_part(world, subject)
    else:
        about = command.membership or command.proposal_sha256 or ""
        earlier = vote_on(world, application) or last_vote(world, about, command.kind)
    left = _who_left(world, earlier, membership)
    aside = part.memberships | heirs(world, frozenset(each for each in left if each is not None))
    director_aside = False
    # Who directs is in the database alone, and most votes are without the director.
    if command.by_fallback or world.policy.vote_rule(command.kind).director_votes:
        about = command.membership or command.proposal_sha256 or ""
        gone = _directors_who_left(world, command.kind, about)
        part = replace(part, people=part.people | gone, directed=part.directed or bool(gone))
        director_aside = nobody_directs(world, subject, part)

    def voters(electorate: ElectorateId) -> Sequence[Membership]:
        tiers = world.policy.electorate(electorate).tiers
        live = world.memberships(world.register.live_in(tiers))
        return [each for each in live if has_vote(each, moment.today, world.policy_on)]

    return Question(
        vote=world.vote(command.vote),
        ballots=world.ballots(command.ballots),
        coalition=world.coalition,
        register=world.register,
        application=application,
        review=world.review(application.review),
        membership=membership,
        party=world.party(application.party or membership.party),
        parts=[
            world.party(each)
            for each in world.register.parts(application.party or membership.party)
        ],
        voters=voters,
        earlier=earlier,
        before=_before(world, command),
        aside_before=aside,
        director_aside=director_aside,
        proposal=policy_file(world, request) if request.documents else None,
    )


def _who_left(
    world: World, vote: Vote | None, membership: Membership
) -> frozenset[MembershipId | None]:
    """Return who stood aside in the last vote on the same, where all had left that."""
    last = vote_on_standing(vote, membership) if membership.version else vote
    if last is None or last.outcome is not VoteOutcome.MOOT:
        return frozenset()
    return world.ballots(last.ballots).recused(last)


def _before(world: World, command: OpenVote) -> list[Vote]:
    """Return the votes of the kind on the membership that one is to be about, in order."""
    votes = world.register.asked.about(command.membership or "", [command.kind])
    world.read_together(votes)
    return [world.vote(each) for each in votes]


def _directors_who_left(world: World, kind: VoteKind, about: str) -> frozenset[PrincipalId]:
    """Return who directed and stood aside in a vote on the same, which all had left.

    Whoever directs in their place votes. Of an application its review tells who stands aside.

    Args:
        world: the states.
        kind: what the votes decide.
        about: the membership or policy file that they are about.
    """
    left = (
        each
        for ballots in world.moot_about(kind, about)
        if None in world.ballots(ballots).aside
        for each in world.entries_of(ballots, VoterRecused)
        if _is_directors(each)
    )
    return frozenset(PrincipalId(each.envelope.actor_id) for each in left)


def _is_directors(recorded: Recorded) -> bool:
    event = recorded.event
    return isinstance(event, VoterRecused) and revealed(event.membership) is None


def _answer_termination(
    world: World, command: AnswerTermination, _: Request, moment: Moment
) -> Plan:
    vote = world.vote(command.vote)
    membership = world.membership(vote.membership or "")
    resource = vote_resource(world, vote)
    if resource is not None and vote.kind is VoteKind.TERMINATION:
        resource = replace(resource, party=membership.party)
    return Plan(
        subject=vote.id,
        version=vote.shown_version,
        resource=resource,
        decide=lambda: decide_answer_termination(vote, membership, command, moment),
        policy=world.policy_of(vote.policy_sha256) if vote.version else None,
    )


def _cast_vote(world: World, command: CastVote, request: Request, moment: Moment) -> Plan:
    vote = world.vote(command.vote)
    principal = request.principal
    party = principal.party if principal.role is Role.REPRESENTATIVE else None
    membership = None if party is None else _membership_of(world, party, vote)
    voter = Voter(
        membership=membership,
        is_director=principal.role is Role.DIRECTOR,
        is_merged=party is not None and world.party(party).merger is not None,
        status=None if membership is None else world.membership(membership).status,
        over=_over(world, vote),
        stands_aside=_stands_aside(world, vote, principal),
    )
    return Plan(
        subject=vote.id,
        version=vote.shown_version,
        resource=vote_resource(world, vote),
        decide=lambda: decide_cast_vote(vote, world.ballots(vote.ballots), voter, command, moment),
        policy=world.policy_of(vote.policy_sha256) if vote.version else None,
    )


def _membership_of(world: World, party: PartyId, vote: Vote) -> MembershipId | None:
    """Return the live membership of a party; or the one that had a vote, and has ended."""
    live = world.register.membership_of(party)
    if live is not None:
        return live
    had = world.memberships(sorted(vote.electorate))
    return next((each.id for each in had if each.party == party), None)


def _over(world: World, vote: Vote) -> MembershipStatus | None:
    """Return how a membership has ended that a vote was to end."""
    if vote.kind is not VoteKind.TERMINATION:
        return None
    status = world.membership(vote.membership or "").status
    return None if status is None or status.is_live else status


def _stands_aside(world: World, vote: Vote, principal: Principal) -> bool:
    """Whether somebody has no part in a vote whatever its electorate: its rules were told since."""
    application = world.application(vote.application or "")
    subject = application if application.version else world.membership(vote.membership or "")
    part = who_took_part(world, subject) if vote.kind is VoteKind.APPEAL else Part()
    about = vote.membership or vote.proposal_sha256
    if principal.role is Role.DIRECTOR and vote.kind is not None and about is not None:
        part = replace(part, people=part.people | _directors_who_left(world, vote.kind, about))
    if principal.role is Role.REPRESENTATIVE:
        # What interest a member has is told by the electorate.
        return part.includes(principal.id, principal.party)
    return aside_in(world, subject, part).includes(principal.id, principal.belongs_to)


def _close_vote(world: World, command: CloseVote, _: Request, moment: Moment) -> Plan:
    vote = world.vote(command.vote)
    return Plan(
        subject=vote.id,
        version=vote.shown_version,
        resource=vote_resource(world, vote),
        decide=lambda: decide_close_vote(vote, world.ballots(vote.ballots), command, moment),
        policy=world.policy_of(vote.policy_sha256) if vote.version else None,
    )


def vote_resource(world: World, vote: Vote) -> Resource | None:
    """Return what a vote is to whoever gives a command about it."""
    if not vote.version:
        return None
    recused = frozenset[Any]()
    if vote.application is not None:
        recused = world.review(world.application(vote.application).review).recused
    return Resource(kind=Kind.VOTE, sealed=vote.phase is VotePhase.OPEN, recused=recused)


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        OpenVote: _open_vote,
        AnswerTermination: _answer_termination,
        CastVote: _cast_vote,
        CloseVote: _close_vote,
    }
)
"""How the commands by which the coalition decides together are planned."""
