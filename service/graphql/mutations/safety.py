"""Mutations that keep a party safe: holding its listing back, and releasing it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import safety as commands
from service.graphql.context import Info
from service.graphql.declare import mutation
from service.graphql.ids import NodeKind, own_id
from service.graphql.mutations.answers import COMMAND, changed_party
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.party import Party


@strawberry.input(
    description=(
        "Takes whatever a party lists out of the directory at once, in answers about the past "
        "too, and keeps it out until it is released."
    )
)
class HoldListingInput(CommandInput):
    """The input of `holdListing`."""

    party: strawberry.ID = strawberry.field(description="The party, or its listing.")
    reason: str | None = strawberry.field(
        default=None,
        description="Why, for staff and the party: up to 4,000 characters. Nobody has to say.",
    )


@strawberry.input(description="Shows again what a party consents to show.")
class ReleaseListingInput(CommandInput):
    """The input of `releaseListing`."""

    party: strawberry.ID = strawberry.field(description="The party.")


@strawberry.type(description="Nothing of the party is listed.")
class HoldListingAccepted(Accepted):
    """An accepted `holdListing`."""

    party: Party | None = strawberry.field(description="The party, for those who may know.")


@strawberry.type(description="The party is listed again, if it consents to be.")
class ReleaseListingAccepted(Accepted):
    """An accepted `releaseListing`."""

    party: Party | None = strawberry.field(description="The party.")


HoldListingResult: TypeAlias = Annotated[
    HoldListingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("HoldListingResult", description="What came of `holdListing`."),
]
ReleaseListingResult: TypeAlias = Annotated[
    ReleaseListingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ReleaseListingResult", description="What came of `releaseListing`."),
]


@strawberry.type
class SafetyMutations:
    """Mutations that keep a party safe."""

    @mutation(
        description=(
            "Take a party out of the directory at once. Whoever speaks for it may, and all staff "
            "but auditors, whose own access it does not change."
        )
    )
    def hold_listing(
        self, info: Info, given: Annotated[HoldListingInput, COMMAND]
    ) -> HoldListingResult:
        """Hold a listing."""
        return perform(
            info,
            given,
            lambda: command_of(commands.HoldListing, given, party=_held(given.party)),
            lambda context, done: HoldListingAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )

    @mutation(description="Show a party in the directory again. Its own, and the director's.")
    def release_listing(
        self, info: Info, given: Annotated[ReleaseListingInput, COMMAND]
    ) -> ReleaseListingResult:
        """Release a listing."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ReleaseListing, given, party=named(NodeKind.PARTY, given.party)
            ),
            lambda context, done: ReleaseListingAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )


def _held(given: str) -> str:
    """Return the party; whoever has to act at once may know its listing only."""
    return own_id(NodeKind.LISTING, given) or named(NodeKind.PARTY, given)
