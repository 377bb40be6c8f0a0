"""Leadership: the director, and the executive leaders of the partners, by terms of office.

That an office is held, and since when, is public. Who holds it is hidden like every person, and
shown by name to those alone whom the person lets know it.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Personal, Public, Staff, revealed
from domain.terms import Name, Office, PartyId, PersonId, TermId


class DirectorAppointed(Event, frozen=True, kw_only=True):
    """Somebody directs the coalition. Stream: the term of office."""

    stored_name: ClassVar[str] = "leadership.director_appointed.v1"
    person_field: ClassVar[str | None] = "person"

    named: Public[bool]
    person: Staff[PersonId] = UNSET
    name: Personal[str] = UNSET


class PartnerLeaderNamed(Event, frozen=True, kw_only=True):
    """An executive leader of a partner shares in leading. Stream: the term of office."""

    stored_name: ClassVar[str] = "leadership.partner_leader_named.v1"
    person_field: ClassVar[str | None] = "person"

    named: Public[bool]
    party: Staff[PartyId] = UNSET
    person: Staff[PersonId] = UNSET
    name: Personal[str] = UNSET


class NamingChanged(Event, frozen=True, kw_only=True):
    """Whoever holds the office lets the public know their name, or no longer does."""

    stored_name: ClassVar[str] = "leadership.naming_changed.v1"

    named: Public[bool]


class TermEnded(Event, frozen=True, kw_only=True):
    """Whoever held the office holds it no more. Stream: the term of office."""

    stored_name: ClassVar[str] = "leadership.term_ended.v1"


LeadershipEvent = DirectorAppointed | PartnerLeaderNamed | NamingChanged | TermEnded


class AppointDirector(Command, frozen=True, kw_only=True):
    """Let somebody direct the coalition; the term of whoever did so ends that day.

    Attributes:
        named: the person wants to be named to the public.
    """

    term: TermId
    person: PersonId
    name: Name
    named: bool = False


class NamePartnerLeader(Command, frozen=True, kw_only=True):
    """Let an executive leader of a partner share in leading."""

    term: TermId
    party: PartyId
    person: PersonId
    name: Name
    named: bool = False


class ChangeNaming(Command, frozen=True, kw_only=True):
    """Name whoever holds an office to the public, or no longer."""

    term: TermId
    named: bool


class EndTerm(Command, frozen=True, kw_only=True):
    """End a term of office."""

    term: TermId


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a term of office. Version 0 is one that nobody began.

    Attributes:
        party: the partner that somebody leads; a director leads none.
        since: the day from which the office is held.
        until: the first day on which it is not; ``None`` while it is.
    """

    id: TermId
    version: int = 0
    office: Office | None = None
    party: PartyId | None = None
    person: PersonId | None = None
    named: bool = False
    since: date | None = None
    until: date | None = None


def evolve(state: Term, event: LeadershipEvent, effective: date) -> Term:
    """Return the term after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case DirectorAppointed():
            person = revealed(event.person)
            return replace(state, office=Office.DIRECTOR, person=person, named=event.named)
        case PartnerLeaderNamed():
            return replace(
                state,
                office=Office.PARTNER_LEADER,
                party=revealed(event.party),
                person=revealed(event.person),
                named=event.named,
            )
        case NamingChanged():
            return replace(state, named=event.named)
        case TermEnded():
            return replace(state, until=effective)
        case _:
            assert_never(event)
