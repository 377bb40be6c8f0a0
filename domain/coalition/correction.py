"""Corrections: a text that was wrong is shown right, and the entry that had it stays as it is.

Only what describes can be corrected. An entry of the coalition's record that is wrong in anything
else, as in a day or a digest, is withdrawn, and what is right is recorded anew. A decision that was
wrong is answered by another decision.
The corrections of one entry are a stream, whose id is the entry's own: random, like every id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.coalition import CoalitionFounded
from domain.coalition.funding import FundingRecorded
from domain.coalition.history import HistoryRecorded
from domain.coalition.publications import LibraryItemPublished, StandardsPublished
from domain.coalition.workgroup import WorkgroupFormed
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
)
from domain.ledger.disclosure import UNSET, Event, Public, Staff, revealed_or
from domain.terms import EntryId, Key, Line, Name, Text, Web

DESCRIPTIVE: Final[Mapping[type[Event], Mapping[str, Any]]] = MappingProxyType(
    {
        CoalitionFounded: {"source": Line},
        WorkgroupFormed: {"name": Name, "purpose": Text, "source": Line},
        StandardsPublished: {"title": Line, "link": Web, "source": Line},
        LibraryItemPublished: {"title": Line, "link": Web, "source": Line},
        FundingRecorded: {"funder": Name, "stipulations": Text, "source": Line},
        HistoryRecorded: {"text": Text, "source": Line},
    }
)
"""The fields that can be corrected, with what may stand in them: all that describes.

What is personal is not among them: a correction would outlive the person's key.
"""

WITHDRAWABLE: Final[frozenset[type[Event]]] = frozenset(
    {WorkgroupFormed, StandardsPublished, LibraryItemPublished, FundingRecorded, HistoryRecorded}
)
"""The entries that can be withdrawn: each is the first of something that the coalition keeps."""

_SEEN: Final = ", with more in it than white space"
_FORMS: Final[Mapping[Any, str]] = MappingProxyType(
    {
        Line: f"One line of 1 to 500 characters{_SEEN}.",
        Name: f"One line of 1 to 200 characters{_SEEN}.",
        Text: f"A text of 1 to 4,000 characters{_SEEN}.",
        Web: "An address that begins with https://, without spaces, of up to 300 characters.",
    }
)


class EntryCorrected(Event, frozen=True, kw_only=True):
    """A text of an earlier entry reads otherwise. Stream: named by the entry corrected.

    The value is staff-only here whatever the level of what it corrects; the view that shows the
    field shows it in its place.
    """

    stored_name: ClassVar[str] = "correction.entry_corrected.v1"

    entry: Public[EntryId]
    field: Public[str]
    value: Staff[str] = UNSET
    reason: Staff[str | None] = UNSET


class EntryWithdrawn(Event, frozen=True, kw_only=True):
    """What an entry put into the coalition's record stands there no more. Stream: as above.

    The envelope's effective date is the first day on which it does not.
    """

    stored_name: ClassVar[str] = "correction.entry_withdrawn.v1"

    entry: Public[EntryId]
    reason: Staff[str] = UNSET


CorrectionEvent = EntryCorrected | EntryWithdrawn


class CorrectEntry(Command, frozen=True, kw_only=True):
    """Let a text of an earlier entry read otherwise.

    Attributes:
        entry: id of the entry.
        field: the name that the field has in it, such as ``name``.
        value: what it should have said.
    """

    entry: EntryId
    field: Key
    value: Text
    reason: Text | None = None


class WithdrawEntry(Command, frozen=True, kw_only=True):
    """Take what an entry put into the coalition's record out of it."""

    entry: EntryId
    reason: Text


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of the corrections of one entry.

    Attributes:
        id: the entry's.
        values: by field, the last.
        withdrawn_on: the first day on which what it recorded stands no more.
    """

    id: EntryId
    version: int = 0
    values: dict[str, str] = {}
    withdrawn_on: date | None = None


def evolve(state: Corrections, event: CorrectionEvent, effective: date) -> Corrections:
    """Return the corrections after one more."""
    state = replace(state, version=state.version + 1)
    match event:
        case EntryCorrected():
            return replace(state, values=state.values | {event.field: revealed_or(event.value, "")})
        case EntryWithdrawn():
            return replace(state, withdrawn_on=effective)
        case _:
            assert_never(event)


def decide_correct_entry(
    corrections: Corrections,
    original: Event,
    effective: date,
    command: CorrectEntry,
    moment: Moment,
) -> Decision:
    """Let a text of an earlier entry read otherwise; the entry itself is never edited.

    Args:
        corrections: those of the entry so far.
        original: what the entry says.
        effective: the day from which the entry holds.
        command: the correction.
        moment: when it is decided.

    Refuses fields that decide something, or that are personal, and text that the field could
    not have had at first. What it says already is not corrected again.
    """
    allowed = DESCRIPTIVE.get(type(original), {})
    if command.field not in allowed:
        return _refuse_field(original, command.field, list(allowed))
    if refusal := _refuse_text(command, allowed[command.field]):
        return refusal
    said = corrections.values.get(command.field, getattr(original, command.field))
    if said == command.value:
        return []
    if refusal := refuse_too_early(moment, effective):
        return refusal
    corrected = EntryCorrected(
        entry=command.entry, field=command.field, value=command.value, reason=command.reason
    )
    return [Fact(corrections.id, corrected)]


def decide_withdraw_entry(
    corrections: Corrections,
    original: Event,
    effective: date,
    command: WithdrawEntry,
    moment: Moment,
) -> Decision:
    """Take what an entry recorded out of the coalition's record; the entry stays in the log.

    Args:
        corrections: those of the entry so far.
        original: what the entry says.
        effective: the day from which the entry holds.
        command: the withdrawal.
        moment: when it is decided; effective from the entry's own day if it was wrong all along.

    Refuses what decides something, a day before the entry's own, and what was withdrawn already:
    from which day on, and why, is said once.
    """
    if type(original) not in WITHDRAWABLE:
        return refuse_input(
            "entry",
            "record-entries",
            f"What {original.stored_name} says is not withdrawn.",
            "An entry that recorded a workgroup, a publication, a funding or a claim. A decision "
            "is answered by another decision.",
        )
    if corrections.withdrawn_on is not None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "withdrawn-once",
            f"This entry was withdrawn already, from {corrections.withdrawn_on} on.",
            "An entry that stands. What is right is recorded anew.",
            field="entry",
        )
    if refusal := refuse_too_early(moment, effective):
        return refusal
    withdrawn = EntryWithdrawn(entry=command.entry, reason=command.reason)
    return [Fact(corrections.id, withdrawn)]


def _refuse_field(original: Event, field: str, allowed: list[str]) -> Refusal:
    wanted = f"One of: {', '.join(allowed)}." if allowed else "An entry that describes something."
    return refuse_input(
        "field",
        "descriptive-fields",
        f"{field} of {original.stored_name} is no description that can be corrected.",
        f"{wanted} A decision is answered by another decision.",
    )


def _refuse_text(command: CorrectEntry, wanted: object) -> Refusal | None:
    try:
        msgspec.convert(command.value, wanted)
    except msgspec.ValidationError:
        return refuse_input(
            "value",
            "same-form",
            f"{command.field} cannot say this: it has another form.",
            _FORMS[wanted],
        )
    return None
