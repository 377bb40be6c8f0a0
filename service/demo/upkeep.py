"""What a coalition sees to between decisions: names, ties, offices, its home, what is erased."""

from __future__ import annotations

from typing import Final

from domain.coalition.coalition import SetSeats, TransferHome
from domain.coalition.erasure import ErasePerson
from domain.coalition.leadership import ChangeNaming, EndTerm, NamePartnerLeader
from domain.coalition.workgroup import DissolveWorkgroup, FormWorkgroup
from domain.membership.name_correction import CorrectPartyName
from domain.membership.names import AddAlias, RenameParty
from domain.membership.particulars import ChangeParticulars
from domain.membership.particulars_correction import CorrectParticulars
from domain.membership.party import EndRepresentation
from domain.membership.ties import DeclareAffiliation, EndAffiliation
from domain.terms import Affiliation, DatePrecision, EntryId, TermId, WorkgroupId
from service.demo.cast import Member
from service.demo.scene import DIRECTOR, Scene, representative_of
from service.demo.stage import Stage
from service.demo.storyboard import PARTNER, SEATS

_SPRING_CAMPAIGN: Final = WorkgroupId("spring-campaign")


def see_to(stage: Stage, founders: list[Member], providers: list[Member]) -> None:
    """Add it all.

    Args:
        stage: where scenes are gathered.
        founders: the founding partners.
        providers: other organisations, in the order in which they came, from before 2024.
    """
    _place(stage, founders)
    _name(stage, providers)
    for member in [*founders, *providers]:
        _let_go(stage, member, is_leader=member in founders)


def _place(stage: Stage, founders: list[Member]) -> None:
    """Give the coalition a home, one more seat, and a workgroup for some months."""
    home, sponsor = founders[0].party, founders[2].party
    at = stage.diary.within("2023-05")
    source = "Minutes of the partners' meeting"
    stage.add(at, DIRECTOR, TransferHome(home=home, fiscal_sponsor=home, source=source))
    at = stage.diary.within("2024-07")
    stage.add(at, DIRECTOR, TransferHome(home=home, fiscal_sponsor=sponsor, source=source))
    stage.add(stage.diary.within("2025-06"), DIRECTOR, SetSeats(tier=PARTNER, seats=SEATS))
    form = FormWorkgroup(
        workgroup=_SPRING_CAMPAIGN,
        name="Spring Campaign Workgroup",
        purpose="To prepare the month of prevention in schools.",
        source=source,
        precision=DatePrecision.DAY,
    )
    stage.add(stage.diary.within("2024-01"), DIRECTOR, form)
    stage.add(
        stage.diary.within("2024-06"), DIRECTOR, DissolveWorkgroup(workgroup=_SPRING_CAMPAIGN)
    )
    named = ChangeNaming(term=_leads(founders[2]), named=True)
    stage.add(stage.diary.within("2024-08"), DIRECTOR, named)


def _name(stage: Stage, providers: list[Member]) -> None:
    """Let one organisation take another name, misspelt at first, one grow, and two be tied."""
    renamed, parent, daughter = providers[:3]
    first_word = renamed.name.partition(" ")[0]
    at = stage.diary.within("2025-03")
    by = representative_of(renamed)
    stage.add(at, by, RenameParty(party=renamed.party, name=f"{first_word} Alliance"))
    at = stage.diary.next(at)
    entry = EntryId(f"{renamed.key}/alias")
    alias = AddAlias(party=renamed.party, alias=f"Teh {first_word}")
    stage.steps.append(Scene(at=at, by=by, command=alias, entry=entry))
    correct = CorrectPartyName(
        party=renamed.party, entry=entry, name=f"The {first_word}", reason="A slip of the keyboard."
    )
    stage.add(stage.diary.later(at, 1, 3), by, correct)
    _grow(stage, daughter)
    tie = DeclareAffiliation(
        party=daughter.party, affiliate=parent.party, affiliation=Affiliation.CONTROLLED_BY
    )
    stage.add(stage.diary.within("2024-02"), representative_of(daughter), tie)
    parted = EndAffiliation(
        party=daughter.party,
        affiliate=parent.party,
        affiliation=Affiliation.CONTROLLED_BY,
        reason="It has a board of its own.",
    )
    stage.add(stage.diary.within("2025-08"), DIRECTOR, parted)


def _grow(stage: Stage, member: Member) -> None:
    """Let an organisation work in one more county, of which another was written down at first."""
    at = stage.diary.within("2025-05")
    entry = EntryId(f"{member.key}/counties")
    also_in = ChangeParticulars(
        party=member.party,
        counties=["29189", "29510", "29099"],
        reason="It has opened an office.",
    )
    stage.steps.append(Scene(at=at, by=DIRECTOR, command=also_in, entry=entry))
    correct = CorrectParticulars(
        party=member.party,
        entry=entry,
        counties=["29189", "29510", "29183"],
        reason="The office is in St. Charles, not in Jefferson County.",
    )
    stage.add(stage.diary.later(at, 1, 3), DIRECTOR, correct)


def _let_go(stage: Stage, member: Member, *, is_leader: bool) -> None:
    """Let whoever was succeeded speak no more; one who led is followed, another is erased."""
    succeeded_at = stage.successions.get(member.key)
    if succeeded_at is None:
        return
    at = stage.diary.later(succeeded_at, 10, 30)
    end = EndRepresentation(party=member.party, person=member.person)
    stage.add(at, representative_of(member), end)
    if not is_leader:
        # Long gone, they ask for it when the files of the year are looked through.
        stage.add(stage.ends_at, DIRECTOR, ErasePerson(person=member.person))
        return
    at = stage.diary.next(at)
    stage.add(at, DIRECTOR, EndTerm(term=_leads(member)))
    follower = NamePartnerLeader(
        term=TermId(f"{member.key}/next-leader"),
        party=member.party,
        person=member.second_person,
        name=member.successor.name,
    )
    stage.add(stage.diary.next(at), DIRECTOR, follower)


def _leads(member: Member) -> TermId:
    """Return the name for the id of a founding partner's term of leading; see `record`."""
    return TermId(f"{member.key}/leader")
