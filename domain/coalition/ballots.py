"""Ballots: who said what in one vote, confidential and in a stream of their own.

Being a stream of their own, they are sealed under a key of their own.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.vote import Tally
from domain.ledger.disclosure import UNSET, Event, Staff, revealed
from domain.terms import Ballot, BallotsId, MembershipId, VoteId


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


BallotEvent = VoteCast


class Ballots(msgspec.Struct, frozen=True, kw_only=True):
    """What was said in a vote so far, by who has the vote; ``None`` is the director."""

    id: BallotsId
    version: int = 0
    cast: dict[MembershipId | None, Ballot] = {}

    def count(self) -> Tally:
        """Return how many ballots said what."""
        counted = Counter(self.cast.values())
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
        case _:
            assert_never(event)
