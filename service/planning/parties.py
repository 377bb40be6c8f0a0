"""Plans of what is said of a party: names, particulars, representatives, listing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
from service.ledger.world import World
from service.planning.plan import Planner, about_party, by_policy, original_of, plain


def _correct_party_name(
    world: World, party: Party, command: CorrectPartyName, moment: Moment
) -> Decision:
    return decide_correct_party_name(party, original_of(world, command.entry), command, moment)


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
        RenameParty: about_party(plain(decide_rename_party)),
        AddAlias: about_party(plain(decide_add_alias)),
        CorrectPartyName: about_party(_correct_party_name),
        ChangeParticulars: about_party(_change_particulars),
        CorrectParticulars: about_party(_correct_particulars),
        PublishListing: about_party(by_policy(decide_publish_listing)),
        WithdrawListing: about_party(plain(decide_withdraw_listing)),
    }
)
"""How the commands about parties are planned."""
