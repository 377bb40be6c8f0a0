"""Every event by its stored name, and the kind of stream that it belongs to."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from domain.coalition import ballots, coalition, vote
from domain.ledger.disclosure import Event
from domain.membership import application, membership, party, review

StateKind: TypeAlias = Literal[
    "party", "application", "review", "membership", "coalition", "vote", "ballot"
]
"""What a stream is about."""

State: TypeAlias = (
    party.Party
    | application.Application
    | review.Review
    | membership.Membership
    | coalition.Coalition
    | vote.Vote
    | ballots.Ballots
)

_UNIONS: Final[Mapping[StateKind, Any]] = {
    "party": party.PartyEvent,
    "application": application.ApplicationEvent,
    "review": review.ReviewEvent,
    "membership": membership.MembershipEvent,
    "coalition": coalition.CoalitionEvent,
    "vote": vote.VoteEvent,
    "ballot": ballots.BallotEvent,
}

_EMPTY: Final[Mapping[StateKind, Callable[..., State]]] = {
    "party": party.Party,
    "application": application.Application,
    "review": review.Review,
    "membership": membership.Membership,
    "coalition": coalition.Coalition,
    "vote": vote.Vote,
    "ballot": ballots.Ballots,
}

_EVOLVE: Final[Mapping[type[State], Callable[..., State]]] = {
    party.Party: party.evolve,
    application.Application: application.evolve,
    review.Review: review.evolve,
    membership.Membership: membership.evolve,
    coalition.Coalition: coalition.evolve,
    vote.Vote: vote.evolve,
    ballots.Ballots: ballots.evolve,
}

_KIND_OF: Final[Mapping[type[Event], StateKind]] = MappingProxyType(
    {event: kind for kind, union in _UNIONS.items() for event in typing.get_args(union) or (union,)}
)

EVENT_TYPES: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {event.stored_name: event for event in _KIND_OF}
)
"""Every event type by its stored name."""


def kind_of(event: Event) -> StateKind:
    """Return what the stream is about that an event belongs to."""
    return _KIND_OF[type(event)]


def empty_state(kind: StateKind, stream: str) -> State:
    """Return the state of a stream without entries: version 0."""
    return _EMPTY[kind](id=stream)


def evolve(state: State, event: Event, effective: date) -> State:
    """Return the state of a stream after one of its events.

    Args:
        state: the stream's state, of the kind that the event belongs to.
        event: the event, with every hidden field opened that is not personal.
        effective: the day from which it holds, as its envelope says.
    """
    return _EVOLVE[type(state)](state, event, effective)
