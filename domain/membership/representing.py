"""Representation: who speaks for an organisation, one after another."""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.parts import refuse_merged
from domain.membership.party import (
    AppointRepresentative,
    EndRepresentation,
    Party,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.terms import PartyKind, PersonId


def decide_appoint_representative(
    party: Party, command: AppointRepresentative, moment: Moment
) -> Decision:
    """Let a person speak for an organisation; each appointment is recorded.

    A repeat cannot be told from new contacts, since no rule reads a personal field.
    Refuses an unknown party, an individual, who speaks for themself, and to replace
    whoever never spoke for it, or the very person who is appointed.
    """
    if refusal := _refuse_party(party) or refuse_merged(party):
        return refusal
    if refusal := refuse_too_early(moment, party.since):
        return refusal
    appointed = Fact(
        party.id,
        RepresentativeAppointed(
            person=command.person,
            capacity=command.capacity,
            name=command.name,
            email=command.email,
            phone=command.phone,
        ),
    )
    if command.replaces is None:
        return [appointed]
    if command.replaces == command.person:
        return refuse_input(
            "replaces", "another-person", "A person does not succeed themself.", "Another person."
        )
    ended = _end(party, command.replaces, "replaces", moment)
    return ended if isinstance(ended, Refusal) else [*ended, appointed]


def decide_end_representation(party: Party, command: EndRepresentation, moment: Moment) -> Decision:
    """Let a person speak for an organisation no longer.

    Refuses an unknown party, an individual, whoever never spoke for it, and a day before
    their appointment or to come.
    """
    return _refuse_party(party) or _end(party, command.person, "person", moment)


def _end(party: Party, person: PersonId, field: str, moment: Moment) -> Decision:
    if person in party.former:
        return []
    if person not in party.representatives:
        return refuse_unknown(field)
    since = party.representatives[person]
    if refusal := refuse_too_early(moment, since) or refuse_not_yet(moment):
        return refusal
    return [Fact(party.id, RepresentativeEnded(person=person))]


def _refuse_party(party: Party) -> Refusal | None:
    if party.version == 0:
        return refuse_unknown("party")
    if party.kind is not PartyKind.ORGANISATION:
        return refuse_input(
            "party",
            "party-kind",
            "An individual speaks for themself and has no representatives.",
            "A party that is an organisation.",
        )
    return None
