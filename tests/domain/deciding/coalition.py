"""Commands of the coalition itself: founded, governed, led, recorded, forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.coalition.clearing import ClearText, decide_clear_text
from domain.coalition.coalition import (
    AdoptPolicy,
    FoundCoalition,
    PublishAgreementTemplate,
    SetSeats,
    TransferHome,
)
from domain.coalition.correction import CorrectEntry, Corrections, decide_correct_entry
from domain.coalition.erasure import (
    ErasePerson,
    ExpungeValue,
    decide_erase_person,
    decide_expunge_value,
)
from domain.coalition.founding import decide_found_coalition
from domain.coalition.funding import Funding, RecordFunding, decide_record_funding
from domain.coalition.governing import (
    decide_adopt_policy,
    decide_publish_agreement_template,
    decide_set_seats,
)
from domain.coalition.history import Claim, RecordHistory, decide_record_history
from domain.coalition.home import decide_transfer_home
from domain.coalition.leadership import (
    AppointDirector,
    ChangeNaming,
    EndTerm,
    NamePartnerLeader,
    Term,
)
from domain.coalition.leading import (
    decide_appoint_director,
    decide_change_naming,
    decide_end_term,
    decide_name_partner_leader,
)
from domain.coalition.mandate import Mandate
from domain.coalition.publications import (
    Publication,
    PublishLibraryItem,
    PublishStandards,
    decide_publish_library_item,
    decide_publish_standards,
)
from domain.coalition.workgroup import (
    DissolveWorkgroup,
    FormWorkgroup,
    Workgroup,
    decide_dissolve_workgroup,
    decide_form_workgroup,
)
from domain.decision import Command, Decision, Moment
from domain.ledger.disclosure import hidden_fields
from domain.policy import Policy

if TYPE_CHECKING:
    from tests.domain.world import World


def decide(
    world: World, command: Command, moment: Moment, proposal: Policy | None
) -> Decision | None:
    """Decide a command of the coalition; ``None`` for anything else."""
    match command:
        case ErasePerson() | ExpungeValue():
            return _on_erasure(world, command, moment)
        case ClearText():
            of = world.coalition
            return decide_clear_text(of.id, of.cleared, of.last_effective, command, moment)
        case TransferHome():
            named = [each for each in (command.home, command.fiscal_sponsor) if each]
            hosts = [world.party(each) for each in named]
            return decide_transfer_home(world.coalition, hosts, command, moment)
        case FoundCoalition():
            return decide_found_coalition(
                world.coalition, command, moment, proposal or world.policy
            )
        case AdoptPolicy():
            vote = None if command.vote is None else world.vote(command.vote)
            return decide_adopt_policy(
                world.coalition,
                world.register,
                Mandate(in_force=world.policy, vote=vote),
                command,
                moment,
                proposal or world.policy,
            )
        case SetSeats():
            return decide_set_seats(world.coalition, world.register, command, moment, world.policy)
        case PublishAgreementTemplate():
            return decide_publish_agreement_template(world.coalition, command, moment, world.policy)
        case _:
            return _on_record(world, command, moment)


def _on_erasure(world: World, command: ErasePerson | ExpungeValue, moment: Moment) -> Decision:
    if isinstance(command, ErasePerson):
        return decide_erase_person(
            world.coalition,
            world.party(command.person),
            command,
            moment,
            is_known=world.is_person(command.person),
        )
    event = world.entries[int(command.entry, 16) - 1][0].event
    hidden = command.field in hidden_fields(type(event))
    is_needed = hidden and world.needs(command.entry, command.field)
    return decide_expunge_value(world.coalition, event, command, is_needed=is_needed)


def _on_record(world: World, command: Command, moment: Moment) -> Decision | None:
    match command:
        case FormWorkgroup():
            workgroup = world.of(Workgroup, command.workgroup)
            return decide_form_workgroup(workgroup, command, moment)
        case DissolveWorkgroup():
            workgroup = world.of(Workgroup, command.workgroup)
            return decide_dissolve_workgroup(workgroup, command, moment)
        case PublishStandards():
            before, by = command.supersedes, command.workgroup
            return decide_publish_standards(
                world.of(Publication, command.publication),
                None if before is None else world.of(Publication, before),
                None if by is None else world.of(Workgroup, by),
                command,
                moment,
            )
        case PublishLibraryItem():
            publication = world.of(Publication, command.publication)
            return decide_publish_library_item(publication, command, moment)
        case RecordFunding():
            return decide_record_funding(world.of(Funding, command.funding), command, moment)
        case RecordHistory():
            contradicted = [world.of(Claim, each) for each in command.contradicts]
            claim = world.of(Claim, command.claim)
            return decide_record_history(claim, contradicted, command, moment)
        case CorrectEntry():
            fact, effective = world.entries[int(command.entry, 16) - 1]
            corrections = world.of(Corrections, command.entry)
            return decide_correct_entry(corrections, fact.event, effective, command, moment)
        case _:
            return _on_leadership(world, command, moment)


def _on_leadership(world: World, command: Command, moment: Moment) -> Decision | None:
    match command:
        case AppointDirector():
            director = world.register.director
            present = None if director is None else world.of(Term, director)
            term = world.of(Term, command.term)
            return decide_appoint_director(term, present, command, moment)
        case NamePartnerLeader():
            term = world.of(Term, command.term)
            return decide_name_partner_leader(term, world.register, command, world.policy)
        case ChangeNaming():
            return decide_change_naming(world.of(Term, command.term), command, moment)
        case EndTerm():
            return decide_end_term(world.of(Term, command.term), moment)
        case _:
            return None
