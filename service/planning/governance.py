"""Plans of the commands by which the coalition keeps its own record.

All of them are the director's. A plan about something that does not exist yet has version 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from domain.coalition.correction import (
    CorrectEntry,
    WithdrawEntry,
    decide_correct_entry,
    decide_withdraw_entry,
)
from domain.coalition.funding import (
    EndFunding,
    RecordFunding,
    decide_end_funding,
    decide_record_funding,
)
from domain.coalition.history import RecordHistory, decide_record_history
from domain.coalition.leadership import AppointDirector, ChangeNaming, EndTerm, NamePartnerLeader
from domain.coalition.leading import (
    decide_appoint_director,
    decide_change_naming,
    decide_end_term,
    decide_name_partner_leader,
)
from domain.coalition.publications import (
    PublishLibraryItem,
    PublishStandards,
    decide_publish_library_item,
    decide_publish_standards,
)
from domain.coalition.workgroup import (
    DissolveWorkgroup,
    FormWorkgroup,
    decide_dissolve_workgroup,
    decide_form_workgroup,
)
from domain.decision import Command, Decision, Moment
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner
from service.security.access import Kind, Resource

_COALITION: Final = Resource(kind=Kind.COALITION)


def _appoint_director(world: World, command: AppointDirector, _: Request, moment: Moment) -> Plan:
    term = world.term(command.term)
    present = world.register.director
    return Plan(
        subject=command.term,
        version=term.version,
        resource=_COALITION,
        since_founding=False,
        decide=lambda: decide_appoint_director(
            term, None if present is None else world.term(present), command, moment
        ),
    )


def _name_partner_leader(
    world: World, command: NamePartnerLeader, _: Request, moment: Moment
) -> Plan:
    term, held = world.term(command.term), world.register.membership_of(command.party)
    return Plan(
        subject=command.term,
        version=term.version,
        resource=_COALITION if world.party(command.party).version else None,
        decide=lambda: decide_name_partner_leader(
            term,
            world.register,
            None if held is None else world.membership(held),
            command,
            moment,
            world.policy,
        ),
    )


def _change_naming(world: World, command: ChangeNaming, _: Request, moment: Moment) -> Plan:
    term = world.term(command.term)
    return Plan(
        subject=command.term,
        version=term.version,
        resource=_known(term.version),
        since_founding=False,
        decide=lambda: decide_change_naming(term, command, moment),
    )


def _end_term(world: World, command: EndTerm, _: Request, moment: Moment) -> Plan:
    term = world.term(command.term)
    return Plan(
        subject=command.term,
        version=term.version,
        resource=_known(term.version),
        since_founding=False,
        decide=lambda: decide_end_term(term, moment),
    )


def _form_workgroup(world: World, command: FormWorkgroup, _: Request, moment: Moment) -> Plan:
    workgroup = world.workgroup(command.workgroup)
    return Plan(
        subject=command.workgroup,
        version=workgroup.version,
        resource=_COALITION,
        since_founding=False,
        decide=lambda: decide_form_workgroup(workgroup, command, moment),
    )


def _dissolve_workgroup(
    world: World, command: DissolveWorkgroup, _: Request, moment: Moment
) -> Plan:
    workgroup = world.workgroup(command.workgroup)
    return Plan(
        subject=command.workgroup,
        version=workgroup.version,
        resource=_known(workgroup.version),
        since_founding=False,
        decide=lambda: decide_dissolve_workgroup(workgroup, command, moment),
    )


def _publish_standards(world: World, command: PublishStandards, _: Request, moment: Moment) -> Plan:
    publication = world.publication(command.publication)
    superseded, workgroup = command.supersedes, command.workgroup
    return Plan(
        subject=command.publication,
        version=publication.version,
        resource=_COALITION,
        since_founding=False,
        decide=lambda: decide_publish_standards(
            publication,
            None if superseded is None else world.publication(superseded),
            None if workgroup is None else world.workgroup(workgroup),
            command,
            moment,
        ),
    )


def _publish_library_item(
    world: World, command: PublishLibraryItem, _: Request, moment: Moment
) -> Plan:
    publication = world.publication(command.publication)
    superseded = command.supersedes
    return Plan(
        subject=command.publication,
        version=publication.version,
        resource=_COALITION,
        since_founding=False,
        decide=lambda: decide_publish_library_item(
            publication,
            None if superseded is None else world.publication(superseded),
            command,
            moment,
        ),
    )


def _record_funding(world: World, command: RecordFunding, _: Request, moment: Moment) -> Plan:
    funding = world.funding(command.funding)
    return Plan(
        subject=command.funding,
        version=funding.version,
        resource=_COALITION,
        since_founding=False,
        decide=lambda: decide_record_funding(funding, command, moment),
    )


def _end_funding(world: World, command: EndFunding, _: Request, moment: Moment) -> Plan:
    funding = world.funding(command.funding)
    return Plan(
        subject=command.funding,
        version=funding.version,
        resource=_known(funding.version),
        since_founding=False,
        decide=lambda: decide_end_funding(funding, command, moment),
    )


def _record_history(world: World, command: RecordHistory, _: Request, moment: Moment) -> Plan:
    claim = world.claim(command.claim)
    return Plan(
        subject=command.claim,
        version=claim.version,
        resource=_COALITION,
        since_founding=False,
        decide=lambda: decide_record_history(
            claim, [world.claim(each) for each in command.contradicts], command, moment
        ),
    )


def _correcting(decide: Callable[..., Decision]) -> Planner:
    """Plan a command about an entry of the log by its rule."""

    def plan(
        world: World, command: CorrectEntry | WithdrawEntry, _: Request, moment: Moment
    ) -> Plan:
        corrections = world.corrections(command.entry)
        found = world.entry(command.entry)
        if found is None:
            return Plan(subject=command.entry, version=0, resource=None, decide=list)
        return Plan(
            subject=command.entry,
            version=corrections.version,
            resource=_COALITION,
            since_founding=False,
            decide=lambda: decide(
                corrections, found.event, found.envelope.effective, command, moment
            ),
        )

    return plan


def _known(version: int) -> Resource | None:
    return _COALITION if version else None


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        AppointDirector: _appoint_director,
        NamePartnerLeader: _name_partner_leader,
        ChangeNaming: _change_naming,
        EndTerm: _end_term,
        FormWorkgroup: _form_workgroup,
        DissolveWorkgroup: _dissolve_workgroup,
        PublishStandards: _publish_standards,
        PublishLibraryItem: _publish_library_item,
        RecordFunding: _record_funding,
        EndFunding: _end_funding,
        RecordHistory: _record_history,
        CorrectEntry: _correcting(decide_correct_entry),
        WithdrawEntry: _correcting(decide_withdraw_entry),
    }
)
"""How each command of the coalition's record is planned."""
