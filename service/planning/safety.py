"""Plans of the commands that keep a party safe."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from domain.decision import Command, Moment
from domain.membership.addresses import decide_disclose_address, decide_record_address
from domain.membership.holding import (
    decide_hold_listing,
    decide_release_listing,
    is_releasable,
)
from domain.membership.party import Party
from domain.membership.safety import (
    DiscloseAddress,
    HoldListing,
    ListingHeld,
    RecordAddress,
    ReleaseListing,
)
from domain.terms import PrincipalId
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner, about_party, party_resource, plain


def _hold(world: World, command: HoldListing, request: Request, moment: Moment) -> Plan:
    party = world.party(command.party)
    return Plan(
        subject=party.id,
        version=party.version,
        resource=party_resource(party),
        decide=lambda: decide_hold_listing(
            party, command, moment, _held_by(world, party) != request.principal.id
        ),
    )


def _release(world: World, command: ReleaseListing, _: Request, moment: Moment) -> Plan:
    party = world.party(command.party)
    resource = party_resource(party)
    if resource is not None and is_releasable(party, moment):
        resource = replace(resource, applicant=_held_by(world, party))
    return Plan(
        subject=party.id,
        version=party.version,
        resource=resource,
        decide=lambda: decide_release_listing(party, command, moment),
    )


def _held_by(world: World, party: Party) -> PrincipalId | None:
    """Return who set the hold that stands, if one does."""
    held = next(world.entries_of(party.id, ListingHeld), None) if party.is_held else None
    return None if held is None else PrincipalId(held.envelope.actor_id)


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        HoldListing: _hold,
        ReleaseListing: _release,
        RecordAddress: about_party(plain(decide_record_address)),
        DiscloseAddress: about_party(plain(decide_disclose_address)),
    }
)
"""How the commands that keep a party safe are planned."""
