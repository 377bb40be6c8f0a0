"""Votes: who has one says the same, and who stands aside is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from domain.coalition.vote import CastVote, CloseVote, OpenVote, Vote
from domain.coalition.voting import Voter
from domain.decision import Moment, Refusal
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    Ballot,
    BallotsId,
    MembershipId,
    RenewalPhase,
    VoteId,
    VotePhase,
)
from tests.domain.saying.speaking import Speaking


class Voting(Speaking):
    """Questions are put to a vote."""

    def hold_vote(
        self,
        kind: VoteKind,
        membership: MembershipId | None = None,
        application: ApplicationId | None = None,
        *,
        clauses: Sequence[str] = (),
        passes: bool,
    ) -> VoteId:
        """Put a question to a vote, and let everybody say the same."""
        vote = self.put_to_vote(kind, membership, application, clauses=clauses)
        self.answer(vote, passes=passes)
        return vote

    def put_to_vote(
        self,
        kind: VoteKind,
        membership: MembershipId | None = None,
        application: ApplicationId | None = None,
        proposal_sha256: str | None = None,
        clauses: Sequence[str] = (),
    ) -> VoteId:
        """Put a question to a vote, of the fallback where nobody else may vote."""
        vote, ballots = VoteId(self.new_id()), BallotsId(self.new_id())
        ask = OpenVote(
            vote=vote,
            ballots=ballots,
            kind=kind,
            closes_on=self.today + timedelta(days=1),
            membership=membership,
            application=application,
            proposal_sha256=proposal_sha256,
            clauses=[*clauses],
            reason="As found." if clauses else None,
        )
        if not self.tell(ask):
            self.tell(replace(ask, by_fallback=True))
        self.nobody_is_suspended_out_of(self.world.vote(vote))
        return vote

    def nobody_is_suspended_out_of(self, vote: Vote) -> None:
        """Whoever may appeal a suspension still, or has it behind them, is asked like everybody."""
        policy = self.world.policy
        if vote.kind is None or self.world.ballots(vote.ballots).version:
            return
        tiers = policy.electorate(policy.vote_rule(vote.kind).electorate).tiers
        window = timedelta(days=policy.deadlines.appeal_window_days)
        for each in self.world.live():
            decision = each.standing.decision
            if each.tier not in tiers or decision is None or not each.assent.holds:
                continue
            suspension = each.standing.suspension
            may = (
                (suspension is not None and suspension.ends_by(self.today))
                or decision.under_appeal
                or (decision.appeal is None and self.today <= decision.on + window)
            )
            asked = each.id in vote.electorate | vote.recused
            assert asked == (may and each.term.phase is not RenewalPhase.MISSED)

    def votes(self, phase: VotePhase) -> list[Vote]:
        """Return the votes of a phase, in the order of their opening."""
        votes = (each for each in self.world.states.values() if isinstance(each, Vote))
        return [each for each in votes if each.phase is phase]

    def cast(self, vote: VoteId, voter: MembershipId, ballot: Ballot) -> None:
        """Cast a ballot, if it may be cast."""
        moment = Moment(self.today, self.today)
        command = CastVote(vote=vote, ballot=ballot)
        decision = self.world.decide_as(Voter(membership=voter), command, moment)
        if not isinstance(decision, Refusal):
            self.world.append(decision, self.today)

    def answer(self, vote: VoteId, *, passes: bool) -> None:
        """Let everybody say the same, and count it."""
        command = CastVote(vote=vote, ballot=Ballot.APPROVE if passes else Ballot.AGAINST)
        moment = Moment(self.today, self.today)
        opened = self.world.vote(vote)
        ballots = self.world.ballots(opened.ballots)
        for voter in sorted(ballots.electorate(opened)):
            decision = self.world.decide_as(Voter(membership=voter), command, moment)
            assert not isinstance(decision, Refusal)
            self.world.append(decision, self.today)
        if self.world.vote(vote).director_votes:
            decision = self.world.decide_as(Voter(is_director=True), command, moment)
            assert not isinstance(decision, Refusal)
            self.world.append(decision, self.today)
        for recused in ballots.recused(opened):
            decision = self.world.decide_as(Voter(membership=recused), command, moment)
            assert isinstance(decision, Refusal)
            assert decision.rule == "votes.recused"
        self.tell(CloseVote(vote=vote))
