"""Plans of mergers of organisations, and of their separation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from domain.decision import Command, Decision, Moment
from domain.ledger.disclosure import revealed
from domain.membership.merging import Two, decide_merge_parties
from domain.membership.party import Party
from domain.membership.separating import decide_separate_parties
from domain.membership.ties import MergeParties, SeparateParties
from domain.terms import MembershipId
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner, about_party, open_votes, party_resource


def heirs(world: World, memberships: frozenset[MembershipId]) -> frozenset[MembershipId]:
    """Return memberships together with those that they were merged into."""
    found: set[MembershipId] = set()
    waiting = list(memberships)
    while waiting:
        each = waiting.pop()
        found.add(each)
        into = world.membership(each).standing.merged_into
        if into is not None and into not in found:
            waiting.append(into)
    return frozenset(found)


def _merge(world: World, command: MergeParties, _: Request, moment: Moment) -> Plan:
    survivor, merged = world.party(command.survivor), world.party(command.merged)
    resource = party_resource(survivor)
    return Plan(
        subject=survivor.id,
        version=survivor.version,
        resource=None if resource is None else replace(resource, against=merged.id),
        decide=lambda: decide_merge_parties(
            _two(world, survivor, merged), command, moment, world.policy
        ),
    )


def _separate(world: World, party: Party, command: SeparateParties, moment: Moment) -> Decision:
    survivor = party if party.merger is None else world.party(revealed(party.merger.survivor))
    return decide_separate_parties(_two(world, survivor, party), command, moment, world.policy)


def _two(world: World, survivor: Party, merged: Party) -> Two:
    register = world.register
    held = [register.membership_of(each.id) for each in (survivor, merged)]
    ended = None if merged.merger is None else revealed(merged.merger.ended)
    named = [each for each in (*held, ended) if each is not None]
    return Two(
        survivor=survivor,
        merged=merged,
        memberships=world.memberships(named),
        coalition=world.coalition,
        register=register,
        applications=[
            world.application(each)
            for party in (survivor, merged)
            for each in register.applying.of(party.id)
        ],
        votes=open_votes(world).votes,
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {MergeParties: _merge, SeparateParties: about_party(_separate)}
)
"""How mergers and separations are planned."""
