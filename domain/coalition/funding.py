"""Funding: who pays for the coalition's work, from when to when, and what it asks for it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.partial_date import PartialDate, refuse_inexact, refuse_precision
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
from domain.ledger.disclosure import UNSET, Event, Member, Public
from domain.terms import DatePrecision, FundingId, Line, Name, Text


class FundingRecorded(Event, frozen=True, kw_only=True):
    """Money comes with conditions for a time. Stream: the funding."""

    stored_name: ClassVar[str] = "funding.recorded.v1"

    precision: Public[DatePrecision]
    until: Public[date | None]
    until_precision: Public[DatePrecision | None]
    funder: Member[str] = UNSET
    stipulations: Member[str | None] = UNSET
    source: Member[str | None] = UNSET


class FundingEnded(Event, frozen=True, kw_only=True):
    """The money comes no more. Stream: the funding.

    The envelope's effective date is the last day on which it came, as exactly as it is known.
    """

    stored_name: ClassVar[str] = "funding.ended.v1"

    precision: Public[DatePrecision]
    source: Member[str] = UNSET


FundingEvent = FundingRecorded | FundingEnded


class RecordFunding(Command, frozen=True, kw_only=True):
    """Write down who funds the coalition, and on what conditions.

    Attributes:
        until: the last day, or the first of the last month or year; ``None`` while no end is
            known.
        source: where that is documented.
    """

    funding: FundingId
    funder: Name
    stipulations: Text | None = None
    source: Line | None = None
    precision: DatePrecision = DatePrecision.DAY
    until: date | None = None
    until_precision: DatePrecision = DatePrecision.DAY


class EndFunding(Command, frozen=True, kw_only=True):
    """Write down that a funding has ended.

    Attributes:
        source: where that is documented.
    """

    funding: FundingId
    source: Line | None = None
    precision: DatePrecision = DatePrecision.DAY


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a funding. Version 0 is one that nobody recorded.

    Attributes:
        recorded: how it was recorded.
        since: the first day on which it may have come.
        ended: how its end was written down, if it was since.
        until: the last day, or the first of the last month or year; ``None`` while no end is
            known.
        until_precision: how exactly that is known.
    """

    id: FundingId
    version: int = 0
    recorded: FundingRecorded | None = None
    since: date | None = None
    ended: FundingEnded | None = None
    until: date | None = None
    until_precision: DatePrecision | None = None


def evolve(state: Funding, event: FundingEvent, effective: date) -> Funding:
    """Return the funding after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1)
    match event:
        case FundingRecorded():
            return replace(
                state,
                recorded=event,
                since=effective,
                until=event.until,
                until_precision=event.until_precision,
            )
        case FundingEnded():
            return replace(state, ended=event, until=effective, until_precision=event.precision)
        case _:
            assert_never(event)


def decide_record_funding(funding: Funding, command: RecordFunding, moment: Moment) -> Decision:
    """Write down who funds the coalition, and on what conditions.

    Refuses an end before the beginning, and days that say more than their precision.
    """
    recorded = FundingRecorded(
        precision=command.precision,
        until=command.until,
        until_precision=None if command.until is None else command.until_precision,
        funder=command.funder,
        stipulations=command.stipulations,
        source=command.source,
    )
    if funding.version:
        if funding.recorded == recorded:
            return []
        return refuse(
            RefusalCode.WRONG_PHASE,
            "recorded-once",
            "This funding was recorded already.",
            "A fresh random id for another funding.",
        )
    refusal = refuse_precision(moment, command.precision) or _refuse_end(command, moment)
    return refusal or [Fact(command.funding, recorded)]


def decide_end_funding(funding: Funding, command: EndFunding, moment: Moment) -> Decision:
    """Write down that a funding has ended, whatever end was expected of it before.

    Refuses an unknown funding, one of which another end was written down, an end before the
    beginning, and a day that says more than its precision.
    """
    if not funding.version:
        return refuse_unknown("funding")
    ended = FundingEnded(
        precision=command.precision, source=UNSET if command.source is None else command.source
    )
    if funding.ended is not None:
        if (funding.ended, funding.until) == (ended, moment.effective):
            return []
        return refuse(
            RefusalCode.WRONG_PHASE,
            "ended-once",
            "Of this funding another end was written down already.",
            "To withdraw its entry, and to record it once more with the right end.",
        )
    refusal = refuse_too_early(moment, funding.since) or refuse_precision(moment, command.precision)
    return refusal or [Fact(command.funding, ended)]


def _refuse_end(command: RecordFunding, moment: Moment) -> Refusal | None:
    if command.until is None:
        return None
    if refusal := refuse_inexact(command.until, command.until_precision, "until"):
        return refusal
    if PartialDate(command.until, command.until_precision).last_day >= moment.effective:
        return None
    return refuse_input(
        "until",
        "funding-period",
        f"The funding would end in {command.until}, before it begins on {moment.effective}.",
        f"A last day of {moment.effective} or later.",
    )
