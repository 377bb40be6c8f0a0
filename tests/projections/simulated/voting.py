"""Simulated votes on applications."""

from __future__ import annotations

from collections import Counter

from domain.coalition.ballots import VoteCast, VoterRecused
from domain.coalition.vote import Tally, TerminationAnswered, VoteClosed, VoteOpened, VotersMerged
from domain.membership.application import ApplicationPutToVote
from domain.policy import Share, VoteKind
from domain.terms import ApplicationId, Ballot, BallotsId, MembershipId, VoteId, VoteOutcome
from tests.projections.simulated.simulation import HIDDEN, Case, Simulation


class Voting(Simulation):
    """Members vote on applications."""

    def vote(self, case: Case) -> None:
        """Hold a vote, which is not always closed."""
        vote, ballots = VoteId(self.new_id()), BallotsId(self.new_id())
        electorate = [MembershipId(each.id) for each in self._members[:7]]
        share = Share(numerator=1, denominator=2, strict=True)
        kind = VoteKind.ADMISSION if case.membership is None else VoteKind.TIER_CHANGE
        opened = VoteOpened(
            kind=kind,
            application=ApplicationId(case.id),
            proposal_sha256=None,
            policy_sha256=self.sha256(),
            quorum=share,
            threshold=share,
            director_votes=False,
            tally_minimum_electorate=5,
            by_fallback=False,
            closes_on=self.now.date(),
            membership=None,
            electorate=electorate,
            recused=[],
            ballots=ballots,
        )
        self.append(vote, opened)
        self.append(case.id, ApplicationPutToVote(vote=vote))
        said = {each: self.random.choice(list(Ballot)) for each in electorate}
        for membership, ballot in said.items():
            self.append(ballots, VoteCast(vote=vote, membership=membership, ballot=ballot))
        if len(electorate) > 3:
            self.append(ballots, VoterRecused(vote=vote, membership=electorate[2]))
        if len(electorate) > 1:
            one = VotersMerged(survivor=electorate[0], ended=electorate[1], stands_aside=False)
            self.append(vote, one)
            self.append(vote, TerminationAnswered(answer=f"{HIDDEN} answer"))
        if self.random.random() < 0.8:
            count = Counter(said.values())
            tally = Tally(
                approve=count[Ballot.APPROVE],
                against=count[Ballot.AGAINST],
                abstain=count[Ballot.ABSTAIN],
            )
            self.append(
                vote,
                VoteClosed(
                    outcome=VoteOutcome.PASSED,
                    quorum_met=True,
                    threshold_met=True,
                    tally=tally if min(tally.approve, tally.against) > 1 else None,
                    counted=tally,
                ),
            )
