"""Plans of what is said of a party: names, particulars, representatives, listing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.decision import Command, Decision, Moment
from domain.membership.changing import decide_change_particulars
from domain.membership.correcting import decide_correct_particulars
from domain.membership.listing import decide_publish_listing, decide_withdraw_listing
from domain.membership.name_correction import CorrectPartyName
from domain.membership.names import AddAlias, RenameParty
from domain.membership.naming import (
    decide_add_alias,
    decide_correct_party_name,
    decide_rename_party,
)
from domain.membership.particulars import ChangeParticulars
from domain.membership.particulars_correction import CorrectParticulars
from domain.membership.party import (
    AppointRepresentative,
    EndRepresentation,
    Party,
    PublishListing,
    WithdrawListing,
)
from domain.membership.representing import decide_appoint_representative, decide_end_representation
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import (
    Decide,
    Plan,
    Planner,
    about_party,
    by_policy,
    original_of,
    party_resource,
    plain,
)
from service.security.principal import Role


def _naming(decide: Decide, field: str) -> Planner:
    """Plan a command that says by what name a party is known, in a field."""

    def plan(world: World, command: Any, request: Request, moment: Moment) -> Plan:  # noqa: ANN401
        party = world.party(command.party)

        def decided() -> Decision:
            by_director = request.principal.role is Role.DIRECTOR
            is_taken = not by_director and _is_taken(world, party, getattr(command, field))
            return decide(world, party, command, moment, is_taken=is_taken)

        return Plan(
            subject=party.id,
            version=party.version,
            resource=party_resource(party),
            decide=decided,
        )

    return plan


def _is_taken(world: World, party: Party, name: str) -> bool:
    """Whether another organisation that is a member or listed is known by a name."""
    own = {world.register.survivor(party.id)}
    return any(
        world.register.membership_of(each) is not None or world.party(each).is_listed
        for each in {*map(world.register.survivor, world.named(name))} - own
    )


def _correct_party_name(
    world: World, party: Party, command: CorrectPartyName, moment: Moment, *, is_taken: bool
) -> Decision:
    original = original_of(world, command.entry)
    return decide_correct_party_name(party, original, command, moment, is_taken=is_taken)


def _correct_particulars(
    world: World, party: Party, command: CorrectParticulars, moment: Moment
) -> Decision:
    return decide_correct_particulars(
        party,
        world.register,
        original_of(world, command.entry),
        command,
        moment,
        world.policy,
    )


def _change_particulars(
    world: World, party: Party, command: ChangeParticulars, moment: Moment
) -> Decision:
    return decide_change_particulars(party, world.register, command, moment, world.policy)


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        AppointRepresentative: about_party(plain(decide_appoint_representative)),
        EndRepresentation: about_party(plain(decide_end_representation)),
        RenameParty: _naming(plain(decide_rename_party), "name"),
        AddAlias: _naming(plain(decide_add_alias), "alias"),
        CorrectPartyName: _naming(_correct_party_name, "name"),
        ChangeParticulars: about_party(_change_particulars),
        CorrectParticulars: about_party(_correct_particulars),
        PublishListing: about_party(by_policy(decide_publish_listing)),
        WithdrawListing: about_party(plain(decide_withdraw_listing)),
    }
)
"""How the commands about parties are planned."""
