"""Commands of a vote and of appeals, which votes decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.coalition.opening import Question, decide_open_vote
from domain.coalition.vote import CloseVote, OpenVote
from domain.coalition.voting import decide_close_vote
from domain.decision import Command, Decision, Moment
from domain.membership.appealing import Appealed, decide_decide_appeal, decide_file_appeal
from domain.membership.application import Application
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.returning import Return
from domain.policy import Policy, VoteKind
from domain.terms import MembershipId
from tests.domain.deciding.applications import vote_on
from tests.domain.deciding.memberships import return_of

if TYPE_CHECKING:
    from tests.domain.world import World


def decide(
    world: World, command: Command, moment: Moment, proposal: Policy | None
) -> Decision | None:
    """Decide a command of a vote or an appeal; ``None`` for anything else."""
    match command:
        case FileAppeal() | DecideAppeal():
            return _on_appeal(world, command, moment)
        case OpenVote():
            question = _question(world, command, proposal)
            return decide_open_vote(question, command, moment, world.policy)
        case CloseVote():
            vote = world.vote(command.vote)
            return decide_close_vote(vote, world.ballots(vote.ballots), command, moment)
        case _:
            return None


def _on_appeal(world: World, command: FileAppeal | DecideAppeal, moment: Moment) -> Decision:
    if isinstance(command, FileAppeal):
        return decide_file_appeal(_appealed(world, command), command, moment, world.policy)
    return decide_decide_appeal(_appealed(world, command), command, moment, world.policy)


def _appealed(world: World, command: FileAppeal | DecideAppeal) -> Appealed:
    subject: Application | Return = world.application(command.application or "")
    if command.application is None and command.membership is not None:
        subject = return_of(world, world.membership(command.membership))
    asked = Appealed(subject=subject).decision
    vote = None if asked is None or asked.appeal_vote is None else asked.appeal_vote
    return Appealed(subject=subject, vote=None if vote is None else world.vote(vote))


def _question(world: World, command: OpenVote, proposal: Policy | None) -> Question:
    application = world.application(command.application or "")
    membership = world.membership(command.membership or "")
    earlier = vote_on(world, application)
    decided_before, director_decided = frozenset[MembershipId](), False
    if command.kind is VoteKind.APPEAL:
        decision = application.decline if application.version else membership.standing.decision
        decided_before, director_decided = _who_decided(world, decision)
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
        members=lambda electorate: [
            world.membership(each)
            for each in world.register.live_in(world.policy.electorate(electorate).tiers)
        ],
        earlier=earlier,
        decided_before=decided_before,
        director_decided=director_decided,
        proposal=proposal,
    )


def _who_decided(
    world: World, decision: Contestable | None
) -> tuple[frozenset[MembershipId], bool]:
    if decision is None:
        return frozenset(), False
    vote = None if decision.vote is None else world.vote(decision.vote)
    cast = {} if vote is None else world.ballots(vote.ballots).cast
    voted = frozenset(each for each in cast if each is not None)
    return _heirs(world, voted), decision.by_director or None in cast


def _heirs(world: World, memberships: frozenset[MembershipId]) -> frozenset[MembershipId]:
    into = (world.membership(each).standing.merged_into for each in memberships)
    more = frozenset(each for each in into if each is not None) - memberships
    return _heirs(world, memberships | more) if more else memberships
