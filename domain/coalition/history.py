"""The coalition's history, as claims: what a source says happened, and when.

Sources that disagree are both kept, each pointing at what it contradicts; nothing is merged.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.partial_date import refuse_precision
from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_not_yet,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Member, Public
from domain.terms import ClaimId, DatePrecision, Line, Text

MOST_CONTRADICTED = 20


class HistoryRecorded(Event, frozen=True, kw_only=True):
    """A source says that something happened. Stream: the claim.

    The envelope's effective date is the first day that it may have been.
    """

    stored_name: ClassVar[str] = "history.recorded.v1"

    precision: Public[DatePrecision]
    contradicts: Public[list[ClaimId]]
    text: Member[str] = UNSET
    source: Member[str] = UNSET


HistoryEvent = HistoryRecorded


class RecordHistory(Command, frozen=True, kw_only=True):
    """Write down what a source says.

    Attributes:
        text: what happened, as the source has it. Organisations may be named, people not.
        source: where it says so.
        contradicts: claims of other sources that cannot be true together with it.
    """

    claim: ClaimId
    text: Text
    source: Line
    precision: DatePrecision
    contradicts: Annotated[list[ClaimId], msgspec.Meta(max_length=MOST_CONTRADICTED)] = (
        msgspec.field(default_factory=list)
    )


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a claim. Version 0 is one that nobody recorded."""

    id: ClaimId
    version: int = 0
    recorded: HistoryRecorded | None = None
    happened_on: date | None = None


def evolve(state: Claim, event: HistoryEvent, effective: date) -> Claim:
    """Return the claim after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1)
    match event:
        case HistoryRecorded():
            return replace(state, recorded=event, happened_on=effective)
        case _:
            assert_never(event)


def decide_record_history(
    claim: Claim, contradicted: list[Claim], command: RecordHistory, moment: Moment
) -> Decision:
    """Write down what a source says.

    Args:
        claim: what the new id stands for so far.
        contradicted: what ``command.contradicts`` names.
        command: the claim.
        moment: when it is decided; effective from when it happened.

    Refuses a day that is still to come or says more than its precision, and a contradiction of
    itself, or of what the ledger does not know.
    """
    recorded = HistoryRecorded(
        precision=command.precision,
        contradicts=list(dict.fromkeys(command.contradicts)),
        text=command.text,
        source=command.source,
    )
    if claim.version:
        if claim.recorded == recorded:
            return []
        return refuse(
            RefusalCode.WRONG_PHASE,
            "recorded-once",
            "This claim was recorded already.",
            "A fresh random id for another claim; or a correction of its texts.",
        )
    refusal = (
        refuse_not_yet(moment)
        or refuse_precision(moment, command.precision)
        or _refuse_contradiction(contradicted, command)
    )
    return refusal or [Fact(command.claim, recorded)]


def _refuse_contradiction(contradicted: list[Claim], command: RecordHistory) -> Refusal | None:
    if command.claim in command.contradicts:
        return refuse_input(
            "contradicts",
            "distinct-claims",
            "A claim does not contradict itself.",
            "Claims of other sources.",
        )
    if all(each.version for each in contradicted):
        return None
    return refuse_unknown("contradicts")
