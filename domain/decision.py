"""What a decider answers: facts to append, nothing, or a refusal.

``decide(state, command) -> Decision``. A list of facts is accepted and appended; the
empty list says that the command has already happened; a `Refusal` changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeAlias

import msgspec

from domain.ledger.disclosure import Event
from domain.policy.errors import quoted


class Fact(msgspec.Struct, frozen=True, gc=False):
    """An event and the stream that it belongs to."""

    stream: str
    event: Event


class RefusalCode(StrEnum):
    """Why a command was refused; part of the API's contract."""

    INVALID_INPUT = "invalid-input"
    NOT_ELIGIBLE = "not-eligible"
    REQUIREMENT_UNMET = "requirement-unmet"
    STANDARD_UNMET = "standard-unmet"
    TIER_FULL = "tier-full"
    WRONG_PHASE = "wrong-phase"
    AGREEMENT_VERSION = "agreement-version"
    SECOND_MEMBERSHIP = "second-membership"
    EIN_HELD = "ein-held"
    TOO_EARLY = "too-early"
    NOT_YET = "not-yet"
    POLICY_VERSION = "policy-version"
    EMPTY_ELECTORATE = "empty-electorate"
    NOT_IN_ELECTORATE = "not-in-electorate"
    ALREADY_VOTED = "already-voted"
    VOTE_REQUIRED = "vote-required"
    VOTE_FAILED = "vote-failed"
    CONFLICT_OF_INTEREST = "conflict-of-interest"


class Unmet(msgspec.Struct, frozen=True):
    """One thing that is missing.

    Attributes:
        clause: the policy's clause, such as ``collaborative-partner.population-share``.
        message: what is missing, in a sentence.
        satisfied_by: what would satisfy it, in a sentence.
    """

    clause: str
    message: str
    satisfied_by: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A rule said no. Nothing has changed.

    Attributes:
        code: the kind of refusal, for programs.
        rule: the clause or invariant that refused, such as
            ``collaborative-partner.seats`` or ``phase``.
        message: the refusal in a sentence, for people.
        field: the input field that is wrong, where one is.
        unmet: what is missing, and what would satisfy it.
    """

    code: RefusalCode
    rule: str
    message: str
    field: str | None = None
    unmet: tuple[Unmet, ...] = ()


Decision: TypeAlias = list[Fact] | Refusal


class Moment(msgspec.Struct, frozen=True):
    """When a command is decided.

    Attributes:
        today: the day of recording, in the coalition's time zone.
        effective: the day from which the facts are to hold.
    """

    today: date
    effective: date


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An intention, named in the imperative.

    New ids arrive inside the command, drawn by whoever made it, so that deciding
    stays a function. Text limits are declared on the fields with `msgspec.Meta`.
    """


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to refuse. Rules that can object together are reported together."""

    code: RefusalCode
    unmet: Unmet
    field: str | None = None


def object_to(
    code: RefusalCode, rule: str, message: str, satisfied_by: str, *, field: str | None = None
) -> Objection:
    """Return one objection; see `Unmet` for the three texts."""
    return Objection(code=code, unmet=Unmet(rule, message, satisfied_by), field=field)


def refuse_for(objections: Sequence[Objection]) -> Refusal | None:
    """Return one refusal that lists every objection, or ``None`` where there is none.

    Its code, rule and field are those of the first.
    """
    if not objections:
        return None
    first = objections[0]
    message = first.unmet.message
    if len(objections) > 1:
        message = f"{len(objections)} rules are not met; the first: {message}"
    return Refusal(
        code=first.code,
        rule=first.unmet.clause,
        message=message,
        field=first.field,
        unmet=tuple(objection.unmet for objection in objections),
    )


def refuse(
    code: RefusalCode, rule: str, message: str, satisfied_by: str, *, field: str | None = None
) -> Refusal:
    """Return a refusal for one reason, with what would satisfy the rule."""
    return Refusal(
        code=code,
        rule=rule,
        message=message,
        field=field,
        unmet=(Unmet(rule, message, satisfied_by),),
    )


def refuse_input(field: str, rule: str, message: str, satisfied_by: str) -> Refusal:
    """Return the refusal of one input field."""
    return refuse(RefusalCode.INVALID_INPUT, rule, message, satisfied_by, field=field)


def refuse_name(
    field: str, name: str, allowed: Collection[str], noun: str | None = None
) -> Refusal:
    """Return the refusal of a name that the policy does not know in this place.

    Args:
        field: the input field.
        name: what it holds, or one of what it holds.
        allowed: what it may hold.
        noun: what it names, where that is not the field's name.
    """
    listed = ", ".join(allowed) if allowed else "none"
    message = f"There is no {noun or field} {quoted(name)} here."
    return refuse_input(field, f"known-{field}", message, f"One of: {listed}.")


def refuse_unknown(field: str) -> Refusal:
    """Return the refusal of an id that names nothing; ``field`` is also what it should name."""
    return refuse_input(
        field,
        f"known-{field}",
        f"There is no such {field}.",
        "The id of one that the ledger knows.",
    )


def refuse_too_early(
    moment: Moment, since: date | None, began: str = "what it is about began on"
) -> Refusal | None:
    """Refuse facts that would hold before what they are about began.

    Args:
        moment: when it is decided.
        since: the first day on which they can hold; ``None`` is any.
        began: what happened on that day, as the refusal has it.
    """
    if since is None or moment.effective >= since:
        return None
    return refuse(
        RefusalCode.TOO_EARLY,
        "effective-date",
        f"This cannot hold from {moment.effective}: {began} {since}.",
        f"An effective date of {since} or later.",
        field="effectiveOn",
    )


def refuse_backdated(moment: Moment, because: str) -> Refusal | None:
    """Refuse facts that would hold from a day before they are recorded.

    Args:
        moment: when it is decided.
        because: why they hold from today at the earliest, as the rest of a sentence.
    """
    if moment.effective >= moment.today:
        return None
    return refuse(
        RefusalCode.TOO_EARLY,
        "effective-date.today",
        f"This cannot hold from {moment.effective}: {because}.",
        f"An effective date of {moment.today}, which it is if none is given.",
        field="effectiveOn",
    )


def refuse_without_notice(moment: Moment) -> Refusal | None:
    """Refuse to begin the days that somebody has to answer before they can know of it."""
    return refuse_backdated(moment, "the days to answer it begin with it")


def refuse_not_yet(moment: Moment) -> Refusal | None:
    """Refuse facts that would hold from a day that has not come.

    Rules judge by the order of entries: they would already go by such a fact, and reads
    would not show it yet.
    """
    if moment.effective <= moment.today:
        return None
    return refuse(
        RefusalCode.NOT_YET,
        "effective-date",
        f"This cannot hold from {moment.effective}: that day has not come.",
        f"An effective date of {moment.today} or earlier.",
        field="effectiveOn",
    )


def refuse_shared_ids(*ids: str) -> Refusal | None:
    """Refuse a command that uses one new id for two things: a stream has one kind."""
    if len(set(ids)) == len(ids):
        return None
    return refuse_input(
        "id", "distinct-ids", "One id stands for two things.", "A fresh random id for each."
    )


def coded(*values: str) -> str:
    """Return stored values that a caller gives, in back quotes, ```submitted`, `in-review```.

    They are what files have; an edge that has other names for them says those.
    """
    return ", ".join(f"`{value}`" for value in values)


def in_words(*values: str) -> str:
    """Return stored values as people say them: ``submitted, in review or reviewed``."""
    *others, last = (value.replace("-", " ") for value in values)
    return f"{', '.join(others)} or {last}" if others else last
