"""The coalition: what it is called, its policy, its seats and its agreement texts."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec
import strawberry

from domain.terms import ApplicationPhase
from projections import applications, homes, memberships
from projections.coalition import TemplateText, limits_on, texts_on
from projections.homes import HomeRow
from service.faults import CorruptLedgerError
from service.graphql import entries
from service.graphql.context import Context, Info
from service.graphql.declare import field, object_type
from service.graphql.ids import NodeKind, global_id
from service.graphql.rules import Rules, documents
from service.graphql.scalars import Sha256
from service.graphql.types.described import COALITION, Texts
from service.graphql.types.node import Node
from service.graphql.types.party import Party, own_resource, parties_of
from service.graphql.types.policy import Policy, Tier
from service.graphql.voters import of_member
from service.security.access import Resource

_FOUNDING: Final = 1
"""The position of the founding: a ledger begins with it."""

_SOURCE: Final = {"source": "Coalition.source"}


class _Founding(msgspec.Struct, frozen=True):
    """The entry of the founding."""

    entry: str
    position: int


@object_type
class TierSeats:
    """How many members a limited tier may have, and has."""

    tier: Tier = strawberry.field(description="The limited tier.")
    limit: int | None = strawberry.field(
        description="Its seats; null while nobody has set them, and then it admits nobody."
    )
    taken: int = strawberry.field(description="The live memberships in it.")
    offered: int = strawberry.field(description="The seats that are kept for somebody.")
    waiting: int = strawberry.field(description="The applications on its waitlist.")


@object_type
class Coalition(Node):
    """The coalition whose ledger this is."""

    rules: strawberry.Private[Rules]
    resource: strawberry.Private[Resource]

    @classmethod
    def of(cls, context: Context, rules: Rules) -> Coalition:
        """Return the coalition's object."""
        return cls(
            id=global_id(NodeKind.COALITION, rules.coalition.id),
            rules=rules,
            resource=of_member(context, COALITION),
        )

    @field
    def name(self) -> str:
        """What it is called."""
        return self.rules.coalition.name

    @field
    def time_zone(self) -> str:
        """The time zone in which its days begin and end."""
        return self.rules.coalition.time_zone

    @field
    def founded_on(self) -> date:
        """The day from which its ledger counts."""
        return self.rules.coalition.founded_on

    @field
    def source(self, info: Info) -> str | None:
        """Where the founding is documented."""
        context, as_of = info.context, self.rules.as_of
        (founding,) = entries.by_positions(context.connection, [_FOUNDING])
        row = _Founding(founding.entry_id, _FOUNDING)
        return Texts(context, [row], as_of, _SOURCE).text(row, "source")

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.rules.coalition.version

    @field
    def policy(self) -> Policy:
        """The policy in force."""
        return policy_in_force(self.rules)

    @field
    def home(self, info: Info) -> Party | None:
        """The organisation that gives it a home, for staff."""
        found = self._hosts(info)
        return None if found is None else self._party(info, found.home)

    @field
    def fiscal_sponsor(self, info: Info) -> Party | None:
        """The organisation that holds its money, for staff."""
        found = self._hosts(info)
        return None if found is None else self._party(info, found.fiscal_sponsor)

    @field
    def seats(self, info: Info) -> list[TierSeats]:
        """The seats of each limited tier, on the day."""
        policy = self.rules.policy
        limited = [tier for tier in policy.tiers if tier.is_limited]
        if not limited:
            return []
        connection, as_of = info.context.connection, self.rules.as_of
        taken = memberships.count_by_tier(connection, as_of)
        waiting = applications.count_by_phase_and_tier(
            connection, as_of, [ApplicationPhase.SEAT_OFFERED, ApplicationPhase.WAITLISTED]
        )
        limits = limits_on(self.rules.coalition, as_of.effective)
        return [
            TierSeats(
                tier=Tier(policy=policy, tier=tier),
                limit=limits.get(tier.id, tier.seats),
                taken=taken.get(tier.id, 0),
                offered=waiting.get((ApplicationPhase.SEAT_OFFERED, tier.id), 0),
                waiting=waiting.get((ApplicationPhase.WAITLISTED, tier.id), 0),
            )
            for tier in limited
        ]

    def _hosts(self, info: Info) -> HomeRow | None:
        as_of = self.rules.as_of
        context = info.context
        return context.known(("home", as_of), lambda: homes.at(context.connection, as_of))

    def _party(self, info: Info, party: str | None) -> Party | None:
        if party is None:
            return None
        return parties_of(info.context, {party: own_resource(party)}, self.rules.as_of).get(party)


@object_type
class AgreementTemplate:
    """The text of an agreement on the day: what a member reads and signs."""

    key: strawberry.Private[str]
    template: strawberry.Private[TemplateText]
    siblings: strawberry.Private[tuple[TemplateText, ...]]
    asked_by: strawberry.Private[tuple[str, ...]]

    @field
    def agreement(self) -> str:
        """The policy's name for the agreement."""
        return self.key

    @field
    def version(self) -> int:
        """Its version, from 1."""
        return self.template.version

    @field
    def sha256(self) -> Sha256:
        """The SHA-256 of the text, which a signature names."""
        return Sha256(self.template.sha256)

    @field
    def tiers(self) -> list[str]:
        """The keys of the tiers that ask for it."""
        return list(self.asked_by)

    @field
    def published_on(self) -> date:
        """The day from which it is the one to sign."""
        return self.template.published_on

    @field
    def text(self, info: Info) -> str:
        """The text itself."""
        hashes = tuple(each.sha256 for each in self.siblings)
        stored = info.context.known(("texts", hashes), lambda: documents(info.context, hashes))
        content = stored.get(self.template.sha256)
        if content is None:
            raise CorruptLedgerError("a published agreement text is not stored")
        return content.decode()


def policy_in_force(rules: Rules) -> Policy:
    """Return the policy in force."""
    return Policy.of(rules.policy, rules.adopted)


def policies(rules: Rules) -> list[Policy]:
    """Return every version that was adopted, in order."""
    return [Policy.of(rules.file(each), each) for each in rules.coalition.policies]


def templates(rules: Rules) -> list[AgreementTemplate]:
    """Return the text to sign on the day, of each agreement that has one."""
    texts = texts_on(rules.coalition, rules.as_of.effective)
    siblings = tuple(texts.values())
    asked_by = {each.id: each.tiers for each in rules.policy.agreements}
    return [
        AgreementTemplate(
            key=key, template=template, siblings=siblings, asked_by=asked_by.get(key, ())
        )
        for key, template in texts.items()
    ]
