"""Plans of the commands that erase."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.coalition.erasure import (
    ErasePerson,
    ExpungeValue,
    decide_erase_person,
    decide_expunge_value,
)
from domain.coalition.vote import Vote
from domain.decision import Command, Decision, Moment
from domain.ledger.disclosure import revealed_or
from domain.membership.application import Application
from domain.membership.contest import Contestable
from domain.membership.membership import Membership
from domain.terms import PartyId
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.appeals import contested
from service.planning.plan import Plan, Planner, written_of
from service.security.access import Kind, Resource
from service.security.principal import Role

_COALITION: Final = Resource(kind=Kind.COALITION)


def _erase_person(world: World, command: ErasePerson, request: Request, moment: Moment) -> Plan:
    coalition = world.coalition

    def decide() -> Decision:
        held = _held(world, PartyId(command.person))
        by_director = request.principal.role is Role.DIRECTOR
        return decide_erase_person(
            coalition,
            world.party(PartyId(command.person)),
            held,
            *world.held_by(command.person),
            command,
            moment,
            policy=world.policy,
            written=written_of(world, held) if held is not None and by_director else None,
            contested=_contested(world, PartyId(command.person), moment),
            applied=_applied(world, PartyId(command.person)),
            is_known=world.is_person(command.person),
        )

    return Plan(
        subject=command.person,
        version=coalition.version,
        resource=_COALITION,
        decide=decide,
    )


def _held(world: World, person: PartyId) -> Membership | None:
    """Return a person's own membership, or one that an appeal may bring back."""
    former = map(world.membership, sorted(world.register.former_of(person)))
    held = world.register.membership_of(person)
    if held is not None:
        return world.membership(held)
    return next((each for each in former if each.standing.may_be_back), None)


def _contested(world: World, person: PartyId, moment: Moment) -> Contestable | None:
    """Return what was decided of a person's membership that they may still appeal, or have."""
    live = world.register.membership_of(person)
    own = [*([] if live is None else [live]), *sorted(world.register.former_of(person))]
    found = (contested(world, world.membership(each), moment.today) for each in own)
    return next((each for each in found if each is not None), None)


def _applied(world: World, person: PartyId) -> list[Application]:
    return [world.application(each) for each in world.register.applying.admissions_of(person)]


def _expunge_value(world: World, command: ExpungeValue, _: Request, __: Moment) -> Plan:
    coalition, found = world.coalition, world.entry(command.entry)
    if found is None:
        return Plan(subject=command.entry, version=coalition.version, resource=None, decide=list)
    return Plan(
        subject=command.entry,
        version=coalition.version,
        resource=_COALITION,
        decide=lambda: decide_expunge_value(
            coalition,
            found.event,
            command,
            effective=found.envelope.effective,
            about=_about(world, found.envelope.stream),
            is_needed=world.needs(found, command.field),
            is_claimed=command.field == "ein"
            and world.register.claims(
                PartyId(found.envelope.stream), revealed_or(getattr(found.event, "ein", None), None)
            ),
        ),
    )


def _about(world: World, stream: str) -> Vote | Membership | None:
    vote, membership = world.vote(stream), world.membership(stream)
    if vote.version:
        return vote
    return membership if membership.version else None


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {ErasePerson: _erase_person, ExpungeValue: _expunge_value}
)
"""How each command that erases is planned."""
