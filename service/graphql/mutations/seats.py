"""Mutations of seats in limited tiers: the waitlist, offers, and their acceptance."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import waiting as commands
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application, with_membership
from service.graphql.mutations.submitting import (
    CommandInput,
    command_of,
    fresh_id,
    named,
    perform,
)
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.application import Application
from service.graphql.types.membership import Membership


@input_type
class WaitlistApplicationInput(CommandInput):
    """Decides with yes an application for which there is no seat yet."""

    application: strawberry.ID = strawberry.field(description="The application.")


@input_type
class OfferSeatInput(CommandInput):
    """Keeps a free seat for the first on the waitlist that could accept it as things are."""

    application: strawberry.ID = strawberry.field(description="The application.")


@input_type
class AcceptSeatInput(CommandInput):
    """Takes the seat that was offered."""

    application: strawberry.ID = strawberry.field(description="The application.")


@input_type
class ExpireSeatOfferInput(CommandInput):
    """Ends an offer that was not accepted in time."""

    application: strawberry.ID = strawberry.field(description="The application.")


@object_type
class WaitlistApplicationAccepted(Accepted):
    """The application is on the waitlist."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class OfferSeatAccepted(Accepted):
    """The seat is kept for the applicant."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class AcceptSeatAccepted(Accepted):
    """The party is a member, or has the other tier."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class ExpireSeatOfferAccepted(Accepted):
    """The seat is free again, and the application waits for the next one."""

    application: Application | None = strawberry.field(description="The application.")


WaitlistApplicationResult: TypeAlias = Annotated[
    WaitlistApplicationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "WaitlistApplicationResult", description="What came of `waitlistApplication`."
    ),
]
OfferSeatResult: TypeAlias = Annotated[
    OfferSeatAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("OfferSeatResult", description="What came of `offerSeat`."),
]
AcceptSeatResult: TypeAlias = Annotated[
    AcceptSeatAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AcceptSeatResult", description="What came of `acceptSeat`."),
]
ExpireSeatOfferResult: TypeAlias = Annotated[
    ExpireSeatOfferAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ExpireSeatOfferResult", description="What came of `expireSeatOffer`."),
]


@strawberry.type
class SeatMutations:
    """Mutations of seats."""

    @mutation
    def waitlist_application(
        self, info: Info, given: Annotated[WaitlistApplicationInput, COMMAND]
    ) -> WaitlistApplicationResult:
        """Decide with yes an application to a limited tier that is full: it waits for a seat.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.WaitlistApplication,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(WaitlistApplicationAccepted),
        )

    @mutation
    def offer_seat(self, info: Info, given: Annotated[OfferSeatInput, COMMAND]) -> OfferSeatResult:
        """Keep a free seat for an application, for the policy's days."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.OfferSeat,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(OfferSeatAccepted),
        )

    @mutation
    def accept_seat(
        self, info: Info, given: Annotated[AcceptSeatInput, COMMAND]
    ) -> AcceptSeatResult:
        """Take the seat that was offered: the applicant's last word."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AcceptSeat,
                given,
                application=named(NodeKind.APPLICATION, given.application),
                membership=fresh_id(),
            ),
            with_membership(AcceptSeatAccepted),
        )

    @mutation
    def expire_seat_offer(
        self, info: Info, given: Annotated[ExpireSeatOfferInput, COMMAND]
    ) -> ExpireSeatOfferResult:
        """End an offer whose last day has passed."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ExpireSeatOffer,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(ExpireSeatOfferAccepted),
        )
