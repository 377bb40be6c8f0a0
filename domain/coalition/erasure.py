"""Erasure: of whatever is personal to somebody, or of one value that should not have been written.

The entry comes first and is kept for ever. What it says is then done to the keys, and applied
again at every start; no byte that was hashed changes. The facts stand in the coalition's stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from typing import Final

from msgspec import UNSET

from domain.coalition.coalition import Coalition, PersonErased, ValueExpunged
from domain.coalition.leadership import Term, TermEnded
from domain.coalition.vote import TerminationAnswered, Vote, VoteOpened
from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import Event, Level, hidden_fields, levels, person_of, revealed
from domain.membership.application import Application, ApplicationSubmitted
from domain.membership.contest import Contestable
from domain.membership.leaving import Written, refuse_around_vote
from domain.membership.membership import MemberAdmitted, Membership
from domain.membership.party import ListingWithdrawn, Party, RepresentativeEnded
from domain.membership.standing import (
    MembershipReinstated,
    MembershipSuspended,
    MembershipWithdrawn,
)
from domain.membership.waiting import ApplicationWithdrawn
from domain.policy import Policy
from domain.terms import EntryId, Line, PartyId, PartyKind, PersonId, VotePhase


class ErasePerson(Command, frozen=True, kw_only=True):
    """Let nobody read what is personal to somebody, for ever.

    Attributes:
        person: who.
        is_done: whether that is so already, as after a start on an older backup.
    """

    person: PersonId
    is_done: bool = False


class ExpungeValue(Command, frozen=True, kw_only=True):
    """Let nobody read one hidden value of an entry, for ever.

    Attributes:
        entry: id of the entry.
        field: the name that the field has in it, such as ``note``.
    """

    entry: EntryId
    field: Line


_DESCRIBING: Final = """
    address alias answer basis capacity condition counties description details digest ein email
    funder grounds link milestones name note occasion phone populations purpose question reason
    reasons recipient resolution services signatory_name source sponsor statement steps
    stipulations text title url value website
    """
DESCRIBES: Final = frozenset(_DESCRIBING.split())
"""What fields are called in which somebody wrote a text, a name or a place, or a number of theirs.

Any other says what was decided, about whom and by whom. That entries of earlier releases lack
some of these, so that they are read without, lets nobody take them away.
"""

_COMING: Final = ApplicationSubmitted | MemberAdmitted | MembershipReinstated


def decide_erase_person(  # noqa: PLR0913 - what ends with a person, each by its name
    coalition: Coalition,
    party: Party,
    held: Membership | None,
    speaks_for: Sequence[Party],
    offices: Sequence[Term],
    command: ErasePerson,
    moment: Moment,
    *,
    policy: Policy,
    written: Written | None,
    contested: Contestable | None,
    applied: Sequence[Application],
    is_known: bool,
) -> Decision:
    """Erase a person, who is no member, speaks for nobody and has no office or listing any more.

    Args:
        coalition: what was erased before.
        party: the party of the person's id; version 0 where they are none.
        held: their own membership, if they have one that is live, or that an appeal may bring back.
        speaks_for: the organisations that they represent.
        offices: the terms of office that they hold.
        command: whom to erase.
        moment: when it is decided.
        policy: the policy in force.
        written: what was voted on of their membership, where the director has them erased.
        contested: what was decided of their own membership and they may still appeal, or have.
        applied: their own open applications for admission.
        is_known: whether anything personal was ever recorded about them.

    Refuses a person of whom nothing is known, who may still appeal or has, and a day before what
    ends with it began. A member whoever runs the service erases once it has left; and so does the
    director where a vote is open or passed, or has just not ended it: nobody takes this back.
    Whoever was erased is not erased again; what they still have from before this was so ends.
    """
    is_erased = command.person in coalition.erased
    if not is_known and not is_erased:
        return refuse_unknown("person")
    if not (is_erased or command.is_done) and (
        refusal := _refuse_member(held, contested, written, moment, policy)
    ):
        return refusal
    spoke = [
        (each.id, RepresentativeEnded(person=command.person), each.representatives[command.person])
        for each in speaks_for
    ]
    ends = [*spoke, *_roles(party, held, offices, applied)]
    for _, __, since in ends:
        if refusal := refuse_too_early(moment, since):
            return refusal
    facts: list[Fact] = [Fact(stream, event) for stream, event, _ in ends]
    if not is_erased:
        facts.append(Fact(coalition.id, PersonErased(person=command.person)))
    return facts


def _refuse_member(
    held: Membership | None,
    contested: Contestable | None,
    written: Written | None,
    moment: Moment,
    policy: Policy,
) -> Refusal | None:
    """Refuse to end a membership by erasing who has it, where one alone does not end it."""
    leaves = "The member's own withdrawal: after that they are erased at once."
    if contested is not None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "erasure.appeal",
            "What was decided of their membership can still be appealed, or is under appeal.",
            "The end of the days for an appeal, or the decision on it; or where the director"
            f" wrote down that they leave, or they are suspended: {leaves[0].lower()}{leaves[1:]}",
        )
    if held is None:
        return None
    if written is None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "erasure.member",
            "They are a member, and whoever runs the service ends no membership.",
            f"{leaves} Or the director has them erased.",
        )
    around = refuse_around_vote(written, held, moment, policy)
    if around is None:
        return None
    return refuse(around.code, around.rule, around.message, leaves)


def _roles(
    party: Party,
    held: Membership | None,
    offices: Sequence[Term],
    applied: Sequence[Application],
) -> Iterator[tuple[str, Event, date | None]]:
    """Yield what ends of a person's own, and when each began."""
    if party.kind is PartyKind.INDIVIDUAL and party.is_listed:
        yield party.id, ListingWithdrawn(), party.since
    if held is not None:
        yield held.id, MembershipWithdrawn(reason=None), held.last_effective
    for each in offices:
        yield each.id, TermEnded(), each.since
    for asked in applied:
        yield asked.id, ApplicationWithdrawn(reason=None), asked.clock.since


def decide_expunge_value(
    coalition: Coalition,
    event: Event,
    command: ExpungeValue,
    *,
    effective: date,
    about: Vote | Membership | None,
    is_needed: bool,
    is_claimed: bool,
) -> Decision:
    """Expunge one hidden value.

    Args:
        coalition: what was expunged before.
        event: what the entry says.
        command: which value.
        effective: the day from which the entry holds.
        about: the vote or the membership in whose stream it is; ``None`` in any other.
        is_needed: whether a rule or a view cannot do without it.
        is_claimed: whether it is the EIN by which a live provider is known.

    Refuses a field that the entry does not have, one that stands in clear in bytes that are
    public for ever, one that says nothing or does more than describe, and the EIN of a live
    provider, beside which there could be a second one then (invariant 6). Of an open vote it
    refuses why it is held and what the member answers, and of a suspension what ends it. What was
    expunged is not expunged again.
    """
    if refusal := _refuse_field(event, command.field):
        return refusal
    if (command.entry, command.field) in coalition.expunged:
        return []
    # Why another tier is asked for is a reason of a few, which the change itself gives again.
    decides = command.field not in DESCRIBES or isinstance(getattr(event, command.field), Enum)
    if is_needed or decides:
        return refuse_input(
            "field",
            "needed-fields",
            f"Rules go by {command.field} of {event.stored_name}: a reference or a decision.",
            "A field that only describes.",
        )
    if refusal := _refuse_in_force(about, event, effective, command.field):
        return refusal
    if is_claimed:
        return refuse_input(
            "field",
            "one-provider-per-ein",
            "By this EIN a live provider is known, and no other one may have it.",
            "The EIN of one that is a provider no more, or that has another EIN: correct it first.",
        )
    return [Fact(coalition.id, ValueExpunged(entry=command.entry, field=command.field))]


def _refuse_field(event: Event, field: str) -> Refusal | None:
    """Refuse what an entry of this type does not have, or does not hide."""
    if field not in levels(type(event)):
        return refuse_input(
            "field",
            "known-field",
            f"{event.stored_name} has no such field.",
            f"One of: {', '.join(hidden_fields(type(event))) or 'none'}.",
        )
    if field not in hidden_fields(type(event)):
        return refuse_input(
            "field",
            "hidden-fields",
            f"{field} of {event.stored_name} is public: its bytes were published.",
            "A field that is hidden.",
        )
    return None


def _refuse_in_force(
    about: Vote | Membership | None, event: Event, effective: date, field: str
) -> Refusal | None:
    """Refuse to take away what says nothing, what is voted on, and what a suspension waits for."""
    name = event.stored_name
    # That there was none is a decision, which a value that nobody can read any more hides.
    if getattr(event, field) is None:
        return refuse_input(
            "field",
            "needed-fields",
            f"This {name} has no {field}, and goes by that.",
            "A field that says something.",
        )
    match about, event:
        case Vote(phase=VotePhase.OPEN), VoteOpened():
            until = "The close of the vote."
        case Vote(phase=VotePhase.OPEN), TerminationAnswered() if event.answer == about.answer:
            until = "The close of the vote, or another answer of the member."
        case Membership(), MembershipSuspended() if field == "condition" and _is_on(
            about, effective
        ):
            until = "The end of the suspension."
        case _:
            return None
    return refuse_input(
        "field",
        "needed-fields",
        f"Until it is over, whom this is about goes by {field} of {name}, and who decides.",
        until,
    )


def _is_on(membership: Membership, since: date) -> bool:
    """Whether a membership is suspended since a day."""
    standing = membership.standing
    suspension = standing.suspension
    return standing.ended is None and suspension is not None and suspension.since == since


def refuse_erased(coalition: Coalition, facts: list[Fact]) -> Refusal | None:
    """Refuse to record anything personal about somebody who was erased, and that they come back.

    Nothing could hide it: their key is gone, and a second one would undo the erasure. As a member
    they would be nobody whom the coalition knows.
    """
    for fact in facts:
        if isinstance(fact.event, _COMING) and (
            refusal := refuse_erased_party(coalition, revealed(fact.event.party))
        ):
            return refusal
        if _is_personal(fact.event) and person_of(fact.stream, fact.event) in coalition.erased:
            field = type(fact.event).person_field
            return refuse(
                RefusalCode.INVALID_INPUT,
                "erased-person",
                "This person was erased: nothing personal is recorded about them any more.",
                "Somebody else, or the same person under a new id if they come back.",
                field="party" if field == "@stream" else field,
            )
    return None


def refuse_erased_party(coalition: Coalition, party: PartyId) -> Refusal | None:
    """Refuse that somebody who was erased is a member, or asks to be one."""
    if PersonId(party) not in coalition.erased:
        return None
    return refuse(
        RefusalCode.INVALID_INPUT,
        "erased-person",
        "This person was erased: they are no member any more, nor ask to be one.",
        "The same person under a new id if they come back.",
        field="party",
    )


def _is_personal(event: Event) -> bool:
    return any(
        level is Level.PERSONAL and getattr(event, name) is not UNSET
        for name, level in levels(type(event)).items()
    )
