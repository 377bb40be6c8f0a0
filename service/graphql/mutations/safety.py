"""Mutations that keep a party safe: holding its listing back, and giving its address."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import safety as commands
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind, own_id
from service.graphql.mutations.answers import COMMAND, changed_party
from service.graphql.mutations.submitting import CommandInput, Done, command_of, named, perform
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.party import Party
from service.graphql.types.safety import disclosed_address


@input_type
class HoldListingInput(CommandInput):
    """Takes whatever a party lists out of the directory at once, in answers about the past too, and
    keeps it out until it is released. Where somebody else did so before, it confirms that.
    """

    party: strawberry.ID = strawberry.field(description="The party, or its listing.")
    reason: str | None = strawberry.field(
        default=None,
        description="Why, for staff and the party: up to 4,000 characters. Nobody has to say.",
    )


@input_type
class ReleaseListingInput(CommandInput):
    """Shows again what a party consents to show."""

    party: strawberry.ID = strawberry.field(description="The party, or its listing.")


@input_type
class RecordAddressInput(CommandInput):
    """Keeps the address of a party, which nobody reads but whoever speaks for it, until the
    director gives it to somebody.
    """

    party: strawberry.ID = strawberry.field(description="The party.")
    address: str | None = strawberry.field(
        default=None,
        description="The address: up to 4,000 characters. Left out, none is kept any more.",
    )


@input_type
class DiscloseAddressInput(CommandInput):
    """Gives the address of a party to somebody who needs it, and records that."""

    party: strawberry.ID = strawberry.field(description="The party, or its listing.")
    recipient: str = strawberry.field(description="Who gets it: up to 500 characters.")
    purpose: str = strawberry.field(description="What for: up to 4,000 characters.")


@object_type
class HoldListingAccepted(Accepted):
    """Nothing of the party is listed."""

    party: Party | None = strawberry.field(description="The party, for those who may know.")


@object_type
class ReleaseListingAccepted(Accepted):
    """The party is listed again, if it consents to be."""

    party: Party | None = strawberry.field(description="The party.")


@object_type
class RecordAddressAccepted(Accepted):
    """The address is kept, or none is."""

    party: Party | None = strawberry.field(description="The party.")


@object_type
class DiscloseAddressAccepted(Accepted):
    """It is recorded that the address was given, and to whom."""

    party: Party | None = strawberry.field(description="The party.")
    address: str | None = strawberry.field(
        description="The address; null once another one is kept, or it was erased."
    )


HoldListingResult: TypeAlias = Annotated[
    HoldListingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("HoldListingResult", description="What came of `holdListing`."),
]
ReleaseListingResult: TypeAlias = Annotated[
    ReleaseListingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ReleaseListingResult", description="What came of `releaseListing`."),
]

RecordAddressResult: TypeAlias = Annotated[
    RecordAddressAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecordAddressResult", description="What came of `recordAddress`."),
]
DiscloseAddressResult: TypeAlias = Annotated[
    DiscloseAddressAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DiscloseAddressResult", description="What came of `discloseAddress`."),
]


@strawberry.type
class SafetyMutations:
    """Mutations that keep a party safe."""

    @mutation
    def hold_listing(
        self, info: Info, given: Annotated[HoldListingInput, COMMAND]
    ) -> HoldListingResult:
        """Take a party out of the directory at once.

        Whoever speaks for it may, and all staff but auditors, whose own access it does not change.
        """
        return perform(
            info,
            given,
            lambda: command_of(commands.HoldListing, given, party=_party(given.party)),
            lambda context, done: HoldListingAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )

    @mutation
    def release_listing(
        self, info: Info, given: Annotated[ReleaseListingInput, COMMAND]
    ) -> ReleaseListingResult:
        """Show a party in the directory again. Its own, and the director's.

        A reviewer and the committee release what they held themselves by mistake: until the day
        after, and while nobody else has held it too.
        """
        return perform(
            info,
            given,
            lambda: command_of(commands.ReleaseListing, given, party=_party(given.party)),
            lambda context, done: ReleaseListingAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )

    @mutation
    def record_address(
        self, info: Info, given: Annotated[RecordAddressInput, COMMAND]
    ) -> RecordAddressResult:
        """Keep a party's address, or keep it no longer."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RecordAddress, given, party=named(NodeKind.PARTY, given.party)
            ),
            lambda context, done: RecordAddressAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )

    @mutation
    def disclose_address(
        self, info: Info, given: Annotated[DiscloseAddressInput, COMMAND]
    ) -> DiscloseAddressResult:
        """Give a party's address to somebody. The party sees to whom, and why."""
        return perform(
            info,
            given,
            lambda: command_of(commands.DiscloseAddress, given, party=_party(given.party)),
            _disclosed,
        )


def _disclosed(context: Context, done: Done) -> DiscloseAddressAccepted:
    accepted = done.accepted
    return DiscloseAddressAccepted(
        receipt=receipt_of(context, accepted),
        party=changed_party(context, done),
        address=disclosed_address(context, accepted.subject, accepted.entries[-1].position),
    )


def _party(given: str) -> str:
    """Return the party; whoever has to act at once may know its listing only."""
    return own_id(NodeKind.LISTING, given) or named(NodeKind.PARTY, given)
