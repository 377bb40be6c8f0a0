"""Workgroups: who works out the coalition's standards, from when to when.

What a group is called names no person, so it is shown to everybody; it stays out of the entry's
bytes all the same, since it is text and may have to be taken back.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.partial_date import refuse_precision
from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    RefusalCode,
    refuse,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Member, Public
from domain.terms import DatePrecision, Line, Name, Text, WorkgroupId


class WorkgroupFormed(Event, frozen=True, kw_only=True):
    """A group of members took up a task. Stream: the workgroup."""

    stored_name: ClassVar[str] = "workgroup.formed.v1"

    precision: Public[DatePrecision]
    name: Member[str] = UNSET
    purpose: Member[str | None] = UNSET
    source: Member[str] = UNSET


class WorkgroupDissolved(Event, frozen=True, kw_only=True):
    """The group has come to its end. Stream: the workgroup."""

    stored_name: ClassVar[str] = "workgroup.dissolved.v1"


WorkgroupEvent = WorkgroupFormed | WorkgroupDissolved


class FormWorkgroup(Command, frozen=True, kw_only=True):
    """Let a workgroup begin.

    Attributes:
        source: where that is documented.
    """

    workgroup: WorkgroupId
    name: Name
    purpose: Text | None = None
    source: Line | None = None
    precision: DatePrecision = DatePrecision.DAY


class DissolveWorkgroup(Command, frozen=True, kw_only=True):
    """Let a workgroup end."""

    workgroup: WorkgroupId


class Workgroup(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a workgroup. Version 0 is one that nobody formed.

    Attributes:
        formed: how it was formed.
        since: the day from which it exists.
        dissolved_on: the first day on which it does not; ``None`` while it does.
    """

    id: WorkgroupId
    version: int = 0
    formed: WorkgroupFormed | None = None
    since: date | None = None
    dissolved_on: date | None = None


def evolve(state: Workgroup, event: WorkgroupEvent, effective: date) -> Workgroup:
    """Return the workgroup after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case WorkgroupFormed():
            return replace(state, formed=event)
        case WorkgroupDissolved():
            return replace(state, dissolved_on=effective)
        case _:
            assert_never(event)


def decide_form_workgroup(workgroup: Workgroup, command: FormWorkgroup, moment: Moment) -> Decision:
    """Let a workgroup begin, possibly on a day that is known to the year or month only.

    Refuses an id that stands for another workgroup already, and a day that says more than
    its precision.
    """
    formed = WorkgroupFormed(
        precision=command.precision,
        name=command.name,
        purpose=command.purpose,
        source=UNSET if command.source is None else command.source,
    )
    if workgroup.version:
        if workgroup.formed == formed:
            return []
        return refuse(
            RefusalCode.WRONG_PHASE,
            "formed-once",
            "This workgroup was formed already.",
            "A fresh random id for another workgroup.",
        )
    if refusal := refuse_precision(moment, command.precision):
        return refusal
    return [Fact(command.workgroup, formed)]


def decide_dissolve_workgroup(
    workgroup: Workgroup, command: DissolveWorkgroup, moment: Moment
) -> Decision:
    """Let a workgroup end; one that has ended stays so.

    Refuses an unknown workgroup, and an end before its beginning.
    """
    if not workgroup.version:
        return refuse_unknown("workgroup")
    if workgroup.dissolved_on is not None:
        return []
    if refusal := refuse_too_early(moment, workgroup.since):
        return refusal
    return [Fact(command.workgroup, WorkgroupDissolved())]
