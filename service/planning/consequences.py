"""What ends with what was decided, read and added to every decision."""

from __future__ import annotations

from domain.coalition.consequences import (
    Open,
    left_by,
    may_follow,
    over_with,
    with_consequences,
)
from domain.decision import Decision, Fact, Moment
from service.ledger.world import World


def follow(world: World, facts: list[Fact], moment: Moment) -> Decision:
    """Return facts together with what ends by them; most end nothing, and nothing is read."""
    asked = over_with(facts, world.register.applying)
    if not asked and not may_follow(facts):
        return facts
    votes = sorted(world.register.asked.open_votes)
    parties = [world.membership(each).party for each in left_by(facts)]
    world.read_together([*asked, *votes, *parties])
    is_open = Open(
        applications=map(world.application, asked),
        parties=map(world.party, parties),
        votes=map(world.vote, votes),
        ballots=lambda vote: world.ballots(vote.ballots),
        proposal=world.policy_of,
    )
    return with_consequences(facts, is_open, moment)
