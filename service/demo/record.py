"""What the demonstration coalition keeps of itself: its leaders, and its history as sources tell.

The words are data, in ``record.toml``; here is when they are written down, and by whom.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from importlib.resources import files
from typing import Final

import msgspec

from domain.coalition.correction import CorrectEntry, WithdrawEntry
from domain.coalition.funding import EndFunding, RecordFunding
from domain.coalition.history import RecordHistory
from domain.coalition.leadership import AppointDirector, NamePartnerLeader
from domain.coalition.partial_date import PartialDate
from domain.coalition.publications import PublishLibraryItem, PublishStandards
from domain.coalition.workgroup import FormWorkgroup
from domain.decision import Command
from domain.terms import (
    ClaimId,
    DatePrecision,
    EntryId,
    FundingId,
    PersonId,
    PublicationId,
    PublicationKind,
    TermId,
    WorkgroupId,
)
from service.demo.cast import Member
from service.demo.scene import DIRECTOR, Scene
from service.demo.stage import Stage

_LEADERS_MONTH: Final = "2023-04"


class _Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that the director writes down.

    Attributes:
        month: when.
        on: when it was, as exactly as the source says; by the day of writing where it says nothing.
    """

    key: str
    month: str
    on: str | None = None


class _Claim(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    source: str
    contradicts: list[str] = []
    corrected: str | None = None


class _Workgroup(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    purpose: str
    source: str


class _Standards(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    wave: int
    title: str
    workgroup: str
    based_on: list[str]
    source: str


class _Item(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: PublicationKind
    title: str
    source: str
    withdrawn: str | None = None


class _Funding(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    funder: str
    stipulations: str | None = None
    source: str
    ended: str | None = None


class _Director(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    named: bool


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    directors: list[_Director]
    workgroups: list[_Workgroup]
    standards: list[_Standards]
    library: list[_Item]
    funding: list[_Funding]
    claims: list[_Claim]


def keep(stage: Stage, founders: list[Member]) -> None:
    """Add what the director writes down of the coalition, month by month."""
    content = (files("service.demo") / "record.toml").read_text(encoding="utf-8")
    record = msgspec.convert(tomllib.loads(content), _Record)
    _name_leaders(stage, founders)
    said: list[_Said] = [
        *record.directors,
        *record.workgroups,
        *record.standards,
        *record.library,
        *record.funding,
        *record.claims,
    ]
    # Within a month in the order of the file, since one thing may name another.
    for month in sorted({each.month for each in said}):
        at = stage.diary.within(month)
        for each in said:
            if each.month == month:
                at = stage.diary.next(at)
                _write_down(stage, at, each)


def _name_leaders(stage: Stage, founders: list[Member]) -> None:
    at = stage.diary.within(_LEADERS_MONTH)
    for member in founders:
        at = stage.diary.next(at)
        command = NamePartnerLeader(
            term=TermId(f"{member.key}/leader"),
            party=member.party,
            person=member.person,
            name=member.speaker.name,
        )
        stage.add(at, DIRECTOR, command)


def _write_down(stage: Stage, at: datetime, said: _Said) -> None:
    effective_on, precision = _when(said)
    entry = f"{said.key}/entry"
    command = _command(said, precision)
    stage.steps.append(
        Scene(at=at, by=DIRECTOR, command=command, effective_on=effective_on, entry=entry)
    )
    at = stage.diary.later(at, 20, 40)
    match said:
        case _Claim(corrected=str(corrected)):
            correction = CorrectEntry(
                entry=EntryId(entry),
                field="text",
                value=corrected,
                reason="Misspelt when it was written down.",
            )
            stage.add(at, DIRECTOR, correction)
        case _Item(withdrawn=str(reason)):
            withdrawal = WithdrawEntry(entry=EntryId(entry), reason=reason)
            stage.steps.append(
                Scene(at=at, by=DIRECTOR, command=withdrawal, effective_on=effective_on)
            )
        case _Funding(ended=str(ended)):
            last = PartialDate.parse(ended)
            end = EndFunding(
                funding=FundingId(said.key), source=said.source, precision=last.precision
            )
            stage.steps.append(Scene(at=at, by=DIRECTOR, command=end, effective_on=last.first_day))
        case _:
            pass


def _when(said: _Said) -> tuple[date | None, DatePrecision]:
    if said.on is None:
        return None, DatePrecision.UNDATED
    known = PartialDate.parse(said.on)
    return known.first_day, known.precision


def _command(said: _Said, precision: DatePrecision) -> Command:
    match said:
        case _Claim():
            return RecordHistory(
                claim=ClaimId(said.key),
                text=said.text,
                source=said.source,
                precision=precision,
                contradicts=[ClaimId(each) for each in said.contradicts],
            )
        case _Workgroup():
            workgroup = WorkgroupId(said.key)
            return FormWorkgroup(
                workgroup=workgroup,
                name=said.name,
                purpose=said.purpose,
                source=said.source,
                precision=precision,
            )
        case _Standards():
            return PublishStandards(
                publication=PublicationId(said.key),
                wave=said.wave,
                title=said.title,
                workgroup=WorkgroupId(said.workgroup),
                based_on=said.based_on,
                source=said.source,
                precision=precision,
            )
        case _Item():
            return PublishLibraryItem(
                publication=PublicationId(said.key),
                kind=said.kind,
                title=said.title,
                source=said.source,
                precision=precision,
            )
        case _Funding():
            return RecordFunding(
                funding=FundingId(said.key),
                funder=said.funder,
                stipulations=said.stipulations,
                source=said.source,
                precision=precision,
            )
        case _Director():
            return AppointDirector(
                term=TermId(said.key),
                person=PersonId(f"{said.key}/person"),
                name=said.name,
                named=said.named,
            )
        case _:
            raise TypeError(said)
