"""The library: standards, which come in waves, and toolkits, reports, guides and plans.

A document itself stays outside the ledger. Its SHA-256, where it is known, lets anybody check a
copy; its title and address are text, and so are hidden in the entry and shown beside the log.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.partial_date import PartialDate, refuse_precision
from domain.coalition.workgroup import Workgroup
from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    coded,
    refuse,
    refuse_input,
    refuse_shared_ids,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Member, Public
from domain.terms import (
    DatePrecision,
    Line,
    PublicationId,
    PublicationKind,
    Sha256,
    Web,
    WorkgroupId,
)

LAST_WAVE = 1_000
MOST_SOURCES = 20


class StandardsPublished(Event, frozen=True, kw_only=True):
    """A wave of the standards is out, with where it comes from. Stream: the publication."""

    stored_name: ClassVar[str] = "library.standards_published.v1"

    wave: Public[int]
    sha256: Public[str | None]
    supersedes: Public[PublicationId | None]
    workgroup: Public[WorkgroupId | None]
    precision: Public[DatePrecision]
    title: Member[str] = UNSET
    link: Member[str | None] = UNSET
    based_on: Member[list[str]] = UNSET
    source: Member[str] = UNSET


class LibraryItemPublished(Event, frozen=True, kw_only=True):
    """A toolkit, report, guide or plan is out. Stream: the publication."""

    stored_name: ClassVar[str] = "library.item_published.v1"

    kind: Public[PublicationKind]
    wave: Public[int | None]
    sha256: Public[str | None]
    precision: Public[DatePrecision]
    title: Member[str] = UNSET
    link: Member[str | None] = UNSET
    source: Member[str] = UNSET


class LineageRecorded(Event, frozen=True, kw_only=True):
    """It takes the place of something else that is no standards. Stream: the publication."""

    stored_name: ClassVar[str] = "library.lineage_recorded.v1"

    supersedes: Public[PublicationId]


LibraryEvent = StandardsPublished | LibraryItemPublished | LineageRecorded


class PublishStandards(Command, frozen=True, kw_only=True):
    """Put a wave of the standards into the library.

    Attributes:
        wave: its number, from 1.
        supersedes: the standards that it takes the place of.
        workgroup: the workgroup that worked it out.
        based_on: titles of what it rests on.
        source: where it is documented that they are out.
    """

    publication: PublicationId
    wave: int
    title: Line
    sha256: Sha256 | None = None
    link: Web | None = None
    supersedes: PublicationId | None = None
    workgroup: WorkgroupId | None = None
    based_on: Annotated[list[Line], msgspec.Meta(max_length=MOST_SOURCES)] = msgspec.field(
        default_factory=list
    )
    source: Line | None = None
    precision: DatePrecision = DatePrecision.DAY


class PublishLibraryItem(Command, frozen=True, kw_only=True):
    """Put a toolkit, report, guide or plan into the library.

    Attributes:
        supersedes: what it takes the place of.
        source: where it is documented that it is out.
    """

    publication: PublicationId
    kind: PublicationKind
    title: Line
    sha256: Sha256 | None = None
    link: Web | None = None
    wave: int | None = None
    supersedes: PublicationId | None = None
    source: Line | None = None
    precision: DatePrecision = DatePrecision.DAY


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a publication. Version 0 is one that nobody published.

    Attributes:
        published: how it was.
        published_on: the first day on which it may have been out.
        supersedes: what it takes the place of, if it is no standards.
    """

    id: PublicationId
    version: int = 0
    published: StandardsPublished | LibraryItemPublished | None = None
    published_on: date | None = None
    supersedes: PublicationId | None = None


def evolve(state: Publication, event: LibraryEvent, effective: date) -> Publication:
    """Return the publication after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1)
    match event:
        case StandardsPublished() | LibraryItemPublished():
            return replace(state, published=event, published_on=effective)
        case LineageRecorded():
            return replace(state, supersedes=event.supersedes)
        case _:
            assert_never(event)


def decide_publish_standards(
    publication: Publication,
    superseded: Publication | None,
    workgroup: Workgroup | None,
    command: PublishStandards,
    moment: Moment,
) -> Decision:
    """Put a wave of the standards into the library.

    Args:
        publication: what the new id stands for so far.
        superseded: what ``command.supersedes`` names, if anything.
        workgroup: what ``command.workgroup`` names, if anything.
        command: the standards.
        moment: when it is decided.

    Refuses a number that is no wave, a lineage or workgroup that the ledger does not know,
    standards in the place of themselves, of a later wave, of later ones or of something else, and
    a day that says more than its precision.
    """
    published = StandardsPublished(
        wave=command.wave,
        sha256=command.sha256,
        supersedes=command.supersedes,
        workgroup=command.workgroup,
        precision=command.precision,
        title=command.title,
        link=command.link,
        based_on=list(dict.fromkeys(command.based_on)),
        source=UNSET if command.source is None else command.source,
    )
    if publication.version:
        return _repeat(publication, published, None)
    refusal = (
        _refuse_wave(command.wave)
        or _refuse_lineage(command, superseded, moment)
        or _refuse_workgroup(workgroup)
        or refuse_precision(moment, command.precision)
    )
    return refusal or [Fact(command.publication, published)]


def decide_publish_library_item(
    publication: Publication,
    superseded: Publication | None,
    command: PublishLibraryItem,
    moment: Moment,
) -> Decision:
    """Put something else than standards into the library.

    Args:
        publication: what the new id stands for so far.
        superseded: what ``command.supersedes`` names, if anything.
        command: what is published.
        moment: when it is decided.

    Refuses standards, which come in waves, what is refused of their wave and day, and a lineage
    that the ledger does not know, or that leads to itself, to standards or to something later.
    """
    published = LibraryItemPublished(
        kind=command.kind,
        wave=command.wave,
        sha256=command.sha256,
        precision=command.precision,
        title=command.title,
        link=command.link,
        source=UNSET if command.source is None else command.source,
    )
    if publication.version:
        return _repeat(publication, published, command.supersedes)
    if command.kind is PublicationKind.STANDARDS:
        others = [each for each in PublicationKind if each is not command.kind]
        return refuse_input(
            "kind",
            "standards-lineage",
            "Standards come in waves, and say what they take the place of.",
            f"To publish standards as such; here one of: {coded(*others)}.",
        )
    refusal = (
        _refuse_wave(command.wave)
        or _refuse_lineage(command, superseded, moment)
        or refuse_precision(moment, command.precision)
    )
    if refusal is not None:
        return refusal
    facts = [Fact(command.publication, published)]
    if command.supersedes is not None:
        lineage = LineageRecorded(supersedes=command.supersedes)
        facts.append(Fact(command.publication, lineage))
    return facts


def _repeat(
    publication: Publication,
    published: StandardsPublished | LibraryItemPublished,
    supersedes: PublicationId | None,
) -> Decision:
    if (publication.published, publication.supersedes) == (published, supersedes):
        return []
    return refuse(
        RefusalCode.WRONG_PHASE,
        "published-once",
        "This publication is in the library already.",
        "A fresh random id for another publication.",
    )


def _refuse_wave(wave: int | None) -> Refusal | None:
    if wave is None or 1 <= wave <= LAST_WAVE:
        return None
    return refuse_input(
        "wave", "wave", f"{wave} is not the number of a wave.", f"A number from 1 to {LAST_WAVE}."
    )


def _refuse_lineage(
    command: PublishStandards | PublishLibraryItem, superseded: Publication | None, moment: Moment
) -> Refusal | None:
    if superseded is None:
        return None
    if command.supersedes == command.publication:
        return refuse_shared_ids(command.publication, command.publication)
    before = superseded.published
    if before is None:
        return refuse_unknown("supersedes")
    match command, before:
        case PublishStandards(wave=wave), StandardsPublished(wave=earlier) if earlier <= wave:
            return _refuse_order(command, superseded, moment)
        case PublishStandards(wave=wave), _:
            return refuse_input(
                "supersedes",
                "standards-lineage",
                "Standards take the place of standards, and never of a later wave.",
                f"Standards of wave {wave} or an earlier one.",
            )
        case _, LibraryItemPublished():
            return _refuse_order(command, superseded, moment)
        case _:
            return refuse_input(
                "supersedes",
                "library-lineage",
                "Other standards alone take the place of standards.",
                "A toolkit, report, guide or plan.",
            )


def _refuse_order(
    command: PublishStandards | PublishLibraryItem, superseded: Publication, moment: Moment
) -> Refusal | None:
    before, earliest = superseded.published, superseded.published_on
    if before is None or earliest is None or before.precision is DatePrecision.UNDATED:
        return None
    latest = PartialDate(moment.effective, command.precision).last_day
    if latest >= earliest:
        return None
    return refuse_input(
        "effectiveOn",
        "standards-lineage" if isinstance(command, PublishStandards) else "library-lineage",
        f"What it is to take the place of came out later, on {earliest}.",
        f"{earliest} or a later day.",
    )


def _refuse_workgroup(workgroup: Workgroup | None) -> Refusal | None:
    # A workgroup may have ended before what it wrote came out.
    if workgroup is None or workgroup.version:
        return None
    return refuse_unknown("workgroup")
