"""Commands of a party: its names, its people, its listing, what it is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.coalition.vote import Vote
from domain.decision import Command, Decision, Moment
from domain.ledger.disclosure import revealed
from domain.membership.addresses import decide_disclose_address, decide_record_address
from domain.membership.affiliation import decide_declare_affiliation
from domain.membership.holding import decide_hold_listing, decide_release_listing
from domain.membership.listing import decide_publish_listing, decide_withdraw_listing
from domain.membership.merging import (
    Two,
    UnderWay,
    decide_merge_parties,
    decide_separate_parties,
)
from domain.membership.name_correction import CorrectPartyName
from domain.membership.naming import (
    Named,
    decide_add_alias,
    decide_correct_party_name,
    decide_rename_party,
)
from domain.membership.party import (
    AddAlias,
    AppointRepresentative,
    EndRepresentation,
    Party,
    PublishListing,
    RenameParty,
    WithdrawListing,
)
from domain.membership.representing import (
    decide_appoint_representative,
    decide_end_representation,
)
from domain.membership.safety import DiscloseAddress, HoldListing, RecordAddress, ReleaseListing
from domain.membership.ties import DeclareAffiliation, MergeParties, SeparateParties
from domain.policy import Policy
from domain.terms import (
    PartyId,
    VotePhase,
)

if TYPE_CHECKING:
    from tests.domain.world import World

PartyCommand = (
    AppointRepresentative
    | EndRepresentation
    | RenameParty
    | AddAlias
    | CorrectPartyName
    | PublishListing
    | WithdrawListing
    | HoldListing
    | ReleaseListing
    | RecordAddress
    | DiscloseAddress
)


def decide(world: World, command: Command, moment: Moment, _: Policy | None) -> Decision | None:
    """Decide a command of a party; ``None`` for anything else."""
    match command:
        case MergeParties() | SeparateParties():
            return _on_two(world, command, moment)
        case DeclareAffiliation():
            party, affiliate = world.party(command.party), world.party(command.affiliate)
            return decide_declare_affiliation(party, affiliate, command, moment)
        case _ if isinstance(command, PartyCommand):
            return _on_party(world, command, moment)
        case _:
            return None


def _on_party(world: World, command: PartyCommand, moment: Moment) -> Decision:
    party = world.party(command.party)
    match command:
        case AppointRepresentative():
            return decide_appoint_representative(party, command, moment)
        case EndRepresentation():
            return decide_end_representation(party, command, moment)
        case RenameParty() | AddAlias() | CorrectPartyName():
            return _on_name(world, party, command, moment)
        case PublishListing():
            return decide_publish_listing(party, command, moment, world.policy)
        case WithdrawListing():
            return decide_withdraw_listing(party, command, moment)
        case HoldListing():
            return decide_hold_listing(party, command, moment)
        case ReleaseListing():
            return decide_release_listing(party, command, moment)
        case RecordAddress():
            return decide_record_address(party, command, moment)
        case DiscloseAddress():
            return decide_disclose_address(party, command, moment)


def _on_name(
    world: World, party: Party, command: RenameParty | AddAlias | CorrectPartyName, moment: Moment
) -> Decision:
    match command:
        case RenameParty():
            return decide_rename_party(party, command, moment)
        case AddAlias():
            return decide_add_alias(party, command, moment)
        case CorrectPartyName():
            named = _named(world, command.entry)
            return decide_correct_party_name(party, named, command, moment)


def _named(world: World, entry: str) -> Named | None:
    place = int(entry, 16)
    if place > len(world.entries):
        return None
    fact, effective = world.entries[place - 1]
    before = [each for each, _ in world.entries[:place] if each.stream == fact.stream]
    return Named(stream=fact.stream, version=len(before), effective=effective, event=fact.event)


def _on_two(world: World, command: MergeParties | SeparateParties, moment: Moment) -> Decision:
    if isinstance(command, MergeParties):
        two = _two(world, world.party(command.survivor), world.party(command.merged))
        return decide_merge_parties(two, command, moment, world.policy)
    party = world.party(command.party)
    into = None if party.merger is None else revealed(party.merger.survivor)
    two = _two(world, party if into is None else world.party(into), party)
    return decide_separate_parties(two, command, moment, world.policy)


def _two(world: World, survivor: Party, merged: Party) -> Two:
    return Two(
        survivor=survivor,
        merged=merged,
        memberships=[
            each for each in world.memberships() if each.party in {survivor.id, merged.id}
        ],
        coalition=world.coalition,
        register=world.register,
        votes=[
            UnderWay(vote, _about(world, vote))
            for vote in world.states.values()
            if isinstance(vote, Vote) and vote.phase is VotePhase.OPEN
        ],
    )


def _about(world: World, vote: Vote) -> PartyId | None:
    if vote.application is not None:
        return world.application(vote.application).party
    return None if vote.membership is None else world.membership(vote.membership).party
