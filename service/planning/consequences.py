"""What ends with what was decided, read and added to every decision."""

from __future__ import annotations

from domain.coalition.consequences import Open, ended_by, may_follow, with_consequences
from domain.decision import Decision, Fact, Moment
from service.ledger.world import World


def follow(world: World, facts: list[Fact], moment: Moment) -> Decision:
    """Return facts together with what ends by them; most end nothing, and nothing is read."""
    if not may_follow(facts):
        return facts
    applying = world.register.applying
    asked = [each for membership in ended_by(facts) for each in applying.of(membership)]
    votes = sorted(world.register.open_votes)
    world.read_together([*asked, *votes])
    is_open = Open(
        applications=map(world.application, asked),
        votes=map(world.vote, votes),
        ballots=lambda vote: world.ballots(vote.ballots),
        proposal=world.policy_of,
    )
    return with_consequences(facts, is_open, moment)
