"""Leading: who directs the coalition, and who leads its partners, from when to when."""

from __future__ import annotations

from domain.coalition.leadership import (
    AppointDirector,
    ChangeNaming,
    DirectorAppointed,
    NamePartnerLeader,
    NamingChanged,
    PartnerLeaderNamed,
    Term,
    TermEnded,
)
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.membership import Membership
from domain.membership.register import Register
from domain.policy import ElectorateId, Policy
from domain.terms import Office, PersonId


def decide_appoint_director(
    term: Term, present: Term | None, command: AppointDirector, moment: Moment
) -> Decision:
    """Let somebody direct the coalition, from the day on which the term before ends.

    Args:
        term: what the new id stands for so far.
        present: the term of the present director, if there is one.
        command: the appointment.
        moment: when it is decided.

    Whoever directs already is not appointed again. Refuses a beginning before the present
    director's.
    """
    if term.version:
        return _begun(term, Office.DIRECTOR, command.person)
    appointed = DirectorAppointed(named=command.named, person=command.person, name=command.name)
    if present is None:
        return [Fact(command.term, appointed)]
    if present.person == command.person:
        return []
    if refusal := refuse_too_early(moment, present.since):
        return refusal
    return [Fact(present.id, TermEnded()), Fact(command.term, appointed)]


def decide_name_partner_leader(
    term: Term,
    register: Register,
    partner: Membership | None,
    command: NamePartnerLeader,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Let an executive leader of a partner share in leading; a partner may have several.

    Args:
        term: what the new id stands for so far.
        register: knows who is a partner.
        partner: the party's live membership.
        command: the naming.
        moment: when it is decided.
        policy: says which tiers partners have.

    Refuses a party without a live membership in one of the partners' tiers, and a day before
    it had its place there.
    """
    if term.version:
        return _begun(term, Office.PARTNER_LEADER, command.person)
    tiers = policy.electorate(ElectorateId.PARTNERS).tiers
    held = register.held_by(command.party)
    if held is None or held.tier not in tiers:
        return refuse(
            RefusalCode.NOT_ELIGIBLE,
            "partners-lead",
            "The party is no partner, and only partners share in leading.",
            f"A party with a live membership in: {', '.join(tiers)}.",
            field="party",
        )
    if refusal := refuse_too_early(moment, None if partner is None else partner.placed_on):
        return refusal
    named = PartnerLeaderNamed(
        named=command.named, party=command.party, person=command.person, name=command.name
    )
    return [Fact(command.term, named)]


def decide_change_naming(term: Term, command: ChangeNaming, moment: Moment) -> Decision:
    """Name whoever holds an office to the public, or no longer; also after its end.

    Refuses an unknown term.
    """
    if refusal := _refuse_term(term, moment):
        return refusal
    return (
        [] if term.named is command.named else [Fact(term.id, NamingChanged(named=command.named))]
    )


def decide_end_term(term: Term, moment: Moment) -> Decision:
    """End a term of office; one that has ended stays so.

    Refuses an unknown term, and an end before its beginning.
    """
    if refusal := _refuse_term(term, moment):
        return refusal
    return [Fact(term.id, TermEnded())] if term.until is None else []


def _begun(term: Term, office: Office, person: PersonId) -> Decision:
    if (term.office, term.person) == (office, person):
        return []
    return refuse(
        RefusalCode.WRONG_PHASE,
        "begun-once",
        "This term of office has begun already.",
        "A fresh random id for another term.",
    )


def _refuse_term(term: Term, moment: Moment) -> Refusal | None:
    if not term.version:
        return refuse_unknown("term")
    return refuse_too_early(moment, term.since)
