"""Who has no part in a decision, of all that may keep somebody from it (invariants 4 and 7).

- Their organisation is whom it is about, or tied to that: `interested_in`, by the rule of
  `domain.coalition.recusal`, which also divides the members at the opening of a vote and lets go
  whoever turns out to have an interest later. An entry says who acted by a principal alone; what
  organisation they belong to their keys say, as far as the operator named it.
- They said that they are too close, or the director said so of them: `Review.recused`, and of
  members `Review.conflicted` (`domain.membership.conflicts`). `may` keeps them from the application
  and from votes on it, `refuse_recused` from all else about whoever made it.
- They took part in the decision that is appealed: a `Part`, told by `who_took_part`.
- They left a vote on the same, which all had left: `service.planning.voting`.

Members are divided once, when a vote is opened. Of everybody else `aside_in` is asked.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from domain.coalition.coalition import TransferHome
from domain.coalition.recusal import interested_parties, refuse_own_cause
from domain.decision import Refusal, RefusalCode, refuse
from domain.membership.application import Application
from domain.membership.membership import Membership
from domain.membership.review import RecuseReviewer
from domain.terms import MembershipId, PartyId, PrincipalId
from service.ledger.request import Request
from service.ledger.world import World
from service.security.access import Resource
from service.security.causes import DECISIONS, SAFETY, STANDING_ASIDE
from service.security.principal import Role

_STAFF: Final = (Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Who took part in a decision, and has none in the appeal against it (invariant 7).

    Attributes:
        people: who opened the vote on it, recommended it, or carried it out; and who directed and
            voted on it.
        directed: whether any of them did so as the director.
        parties: the organisations of these people, as far as their keys say; colleagues of theirs
            do not come in their place.
        memberships: who voted on it, and those organisations' memberships.
    """

    people: frozenset[PrincipalId] = frozenset()
    directed: bool = False
    parties: frozenset[PartyId] = frozenset()
    memberships: frozenset[MembershipId] = frozenset()

    def includes(self, who: PrincipalId, party: PartyId | None) -> bool:
        """Whether somebody is among these, or belongs to one of the organisations."""
        return who in self.people or party in self.parties


def organisations_of(world: World, principal: PrincipalId) -> frozenset[PartyId]:
    """Return the parties that any key of a principal names, with what they are part of."""
    return world.register.with_survivors(world.named_by_keys(principal))


def interested_in(world: World, party: PartyId) -> frozenset[PartyId]:
    """Return whom a decision about a party concerns too closely, with what they are part of."""
    register = world.register
    parties = [world.party(each) for each in (party, *register.parts(party))]
    return register.with_survivors(interested_parties(parties, world.coalition))


def aside_in(world: World, subject: Application | Membership, part: Part) -> Part:
    """Return who stands aside in a vote, be it for a part in what is appealed or an interest."""
    recused = frozenset[PrincipalId]()
    if isinstance(subject, Application):
        recused = world.review(subject.review).recused
    interested = interested_in(world, subject.party)
    return replace(part, people=part.people | recused, parties=part.parties | interested)


def nobody_directs(world: World, subject: Application | Membership, part: Part) -> bool:
    """Whether everybody who directs stands aside in a vote, as their keys tell who they are.

    Where nobody has a key of the director, who will have one is not known: by the director's part
    in what is appealed, it is who had one then.
    """
    keys, aside = world.directors(), aside_in(world, subject, part)
    return all(aside.includes(*each) for each in keys) if keys else part.directed


def refuse_recused(world: World, request: Request, resource: Resource) -> Refusal | None:
    """Refuse what one of the staff who stands aside from an application says of whoever made it.

    As long as it is open they have no further part in it, and a tie, a type, a merger or another
    home of the coalition decides who judges it, and by what. `may` keeps them from the application
    itself and from a vote on it.
    """
    principal, action = request.principal, type(request.command).__name__
    if principal.role not in _STAFF or action in SAFETY | STANDING_ASIDE:
        return None
    named = [each for each in (resource.party, resource.against) if each is not None]
    if isinstance(request.command, TransferHome):
        named = _concerned_by(world, request.command)
    is_open = [
        world.application(each)
        for party in world.register.with_survivors(named)
        for each in world.register.applying.of(party)
    ]
    if not any(principal.id in world.review(each.review).recused for each in is_open):
        return None
    return refuse(
        RefusalCode.CONFLICT_OF_INTEREST,
        "review.recused",
        "You stand aside from an application that is open, of a party that this concerns.",
        "Somebody else who does this, or the end of the application.",
    )


def _concerned_by(world: World, command: TransferHome) -> list[PartyId]:
    """Return who has the coalition's home or money, or is to have it, and whoever is tied to them.

    What one of them is too close to judge, the others of them do not judge either.
    """
    coalition = world.coalition
    hosts = {coalition.home, coalition.fiscal_sponsor, command.home, command.fiscal_sponsor}
    named = [PartyId(each) for each in hosts if isinstance(each, str)]
    return [*named, *(tied for each in named for tied in world.party(each).affiliates)]


def refuse_tied(world: World, request: Request, resource: Resource) -> Refusal | None:
    """Refuse what one of the staff decides about their own organisation, or one tied to it.

    That they stand aside they may always say.
    """
    principal, command = request.principal, request.command
    if principal.belongs_to is None or type(command).__name__ not in DECISIONS:
        return None
    if isinstance(command, RecuseReviewer) and command.reviewer == principal.id:
        return None
    own = world.register.with_survivors([principal.belongs_to])
    concerned = [each for each in (resource.party, resource.against) if each is not None]
    interested = frozenset[PartyId]().union(*(interested_in(world, each) for each in concerned))
    return refuse_own_cause(own, interested)
