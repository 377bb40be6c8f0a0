"""Ballots: who said what in one vote, confidential and in a stream of their own.

Being a stream of their own, they are sealed under a key of their own. That somebody stands aside
since the opening is told there too: in the vote's stream, whose length is public, it would show.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.vote import Tally, Vote
from domain.ledger.disclosure import UNSET, Event, Staff, revealed
from domain.terms import Ballot, BallotsId, MembershipId, PrincipalId, VoteId


class VoteCast(Event, frozen=True, kw_only=True):
    """Somebody entitled to voted. Nobody reads it before the vote is closed.

    Attributes:
        vote: the vote.
        membership: whose vote it is; ``None`` for the director's.
        ballot: what was said.
    """

    stored_name: ClassVar[str] = "ballot.cast.v1"
    confidential: ClassVar[bool] = True

    vote: Staff[VoteId] = UNSET
    membership: Staff[MembershipId | None] = UNSET
    ballot: Staff[Ballot] = UNSET


class VoterRecused(Event, frozen=True, kw_only=True):
    """A member of the electorate stands aside since the opening; a ballot of theirs does not count.

    Attributes:
        vote: the vote.
        membership: who stands aside; ``None`` is the director.
        declarer: who said so of their organisation, or of themself, in a vote that is not about an
            application: `ConflictDeclared` tells it of those.
        details: what keeps them from judging.
    """

    stored_name: ClassVar[str] = "ballot.voter_recused.v1"
    confidential: ClassVar[bool] = True

    vote: Staff[VoteId] = UNSET
    membership: Staff[MembershipId | None] = UNSET
    declarer: Staff[PrincipalId] = UNSET
    details: Staff[str] = UNSET


BallotEvent = VoteCast | VoterRecused


class Ballots(msgspec.Struct, frozen=True, kw_only=True):
    """What was said in a vote so far, by who has the vote; ``None`` is the director.

    Attributes:
        aside: who stands aside since the opening.
    """

    id: BallotsId
    version: int = 0
    cast: dict[MembershipId | None, Ballot] = {}
    aside: frozenset[MembershipId | None] = frozenset()

    def recused(self, vote: Vote) -> frozenset[MembershipId | None]:
        """Return who stands aside in the vote, since its opening or later."""
        return vote.recused | self.aside

    def electorate(self, vote: Vote) -> frozenset[MembershipId]:
        """Return the memberships that have a vote still."""
        return vote.electorate - self.aside

    def size(self, vote: Vote) -> int:
        """Return how many may vote: the recused have left, and the director counts as one."""
        director = vote.director_votes and None not in self.aside
        return len(self.electorate(vote)) + director

    def counting(self, vote: Vote) -> dict[MembershipId | None, Ballot]:
        """Return the ballots that count, one for each who has a vote.

        Of two memberships that are one since, the vote is the survivor's: by its own ballot, or
        else by the other's. Who stands aside since has none.
        """
        said: dict[MembershipId | None, Ballot] = {}
        for membership, ballot in self.cast.items():
            heir = None if membership is None else vote.heirs.get(membership, membership)
            if heir in self.recused(vote) or (heir != membership and heir in self.cast):
                continue
            said.setdefault(heir, ballot)
        return said

    def count(self, vote: Vote) -> Tally:
        """Return how many ballots that count said what."""
        counted = Counter(self.counting(vote).values())
        return Tally(
            approve=counted[Ballot.APPROVE],
            against=counted[Ballot.AGAINST],
            abstain=counted[Ballot.ABSTAIN],
        )


def evolve(state: Ballots, event: BallotEvent, _effective: date) -> Ballots:
    """Return the ballots after an event; from when it holds makes no difference here."""
    state = replace(state, version=state.version + 1)
    match event:
        case VoteCast():
            said = {revealed(event.membership): revealed(event.ballot)}
            return replace(state, cast=state.cast | said)
        case VoterRecused():
            return replace(state, aside=state.aside | {revealed(event.membership)})
        case _:
            assert_never(event)
