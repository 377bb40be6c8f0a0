"""Every event by its stored name, and the kind of stream that it belongs to."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from domain.coalition import (
    ballots,
    coalition,
    correction,
    custody,
    funding,
    history,
    leadership,
    publications,
    vote,
    webhook,
    workgroup,
)
from domain.ledger.disclosure import Event
from domain.membership import application, grievance, membership, party, review

StateKind: TypeAlias = Literal[
    "party",
    "application",
    "review",
    "membership",
    "grievance",
    "coalition",
    "vote",
    "ballot",
    "leadership",
    "workgroup",
    "library",
    "funding",
    "history",
    "correction",
    "webhook",
    "ledger",
]
"""What a stream is about."""

State: TypeAlias = (
    party.Party
    | application.Application
    | review.Review
    | membership.Membership
    | grievance.Grievance
    | coalition.Coalition
    | vote.Vote
    | ballots.Ballots
    | leadership.Term
    | workgroup.Workgroup
    | publications.Publication
    | funding.Funding
    | history.Claim
    | correction.Corrections
    | webhook.Webhook
    | custody.Custody
)

_UNIONS: Final[Mapping[StateKind, Any]] = {
    "party": party.PartyEvent,
    "application": application.ApplicationEvent,
    "review": review.ReviewEvent,
    "membership": membership.MembershipEvent,
    "grievance": grievance.GrievanceEvent,
    "coalition": coalition.CoalitionEvent,
    "vote": vote.VoteEvent,
    "ballot": ballots.BallotEvent,
    "leadership": leadership.LeadershipEvent,
    "workgroup": workgroup.WorkgroupEvent,
    "library": publications.LibraryEvent,
    "funding": funding.FundingEvent,
    "history": history.HistoryEvent,
    "correction": correction.CorrectionEvent,
    "webhook": webhook.WebhookEvent,
    "ledger": custody.CustodyEvent,
}

_EMPTY: Final[Mapping[StateKind, Callable[..., State]]] = {
    "party": party.Party,
    "application": application.Application,
    "review": review.Review,
    "membership": membership.Membership,
    "grievance": grievance.Grievance,
    "coalition": coalition.Coalition,
    "vote": vote.Vote,
    "ballot": ballots.Ballots,
    "leadership": leadership.Term,
    "workgroup": workgroup.Workgroup,
    "library": publications.Publication,
    "funding": funding.Funding,
    "history": history.Claim,
    "correction": correction.Corrections,
    "webhook": webhook.Webhook,
    "ledger": custody.Custody,
}

_EVOLVE: Final[Mapping[type[State], Callable[..., State]]] = {
    party.Party: party.evolve,
    application.Application: application.evolve,
    review.Review: review.evolve,
    membership.Membership: membership.evolve,
    grievance.Grievance: grievance.evolve,
    coalition.Coalition: coalition.evolve,
    vote.Vote: vote.evolve,
    ballots.Ballots: ballots.evolve,
    leadership.Term: leadership.evolve,
    workgroup.Workgroup: workgroup.evolve,
    publications.Publication: publications.evolve,
    funding.Funding: funding.evolve,
    history.Claim: history.evolve,
    correction.Corrections: correction.evolve,
    webhook.Webhook: webhook.evolve,
    custody.Custody: custody.evolve,
}

_KIND_OF: Final[Mapping[type[Event], StateKind]] = MappingProxyType(
    {
        event: kind
        for kind, union in _UNIONS.items()
        # A union of one event is the event.
        for event in typing.get_args(union) or (union,)
    }
)

EVENT_TYPES: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {event.stored_name: event for event in _KIND_OF}
)
"""Every event type by its stored name."""

KINDS: Final = tuple((kind, event) for event, kind in _KIND_OF.items())
"""Every kind of stream, with each event type that belongs to it."""


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
