"""Mutations of parties: who speaks for them, and what they show."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import strawberry

from domain.membership import party as commands
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, changed_party, known_people_of
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    command_of,
    fresh_id,
    named,
    perform,
    refuse,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.scalars import Fips
from service.graphql.types.listing import Listing, listings_of
from service.graphql.types.party import Party

MOST_TERMS: Final = 50
"""Populations, and services, that one listing may show."""


@input_type
class AppointRepresentativeInput(CommandInput):
    """Lets a person speak for an organisation."""

    party: strawberry.ID = strawberry.field(description="The organisation.")
    person: strawberry.ID | None = strawberry.field(
        default=None,
        description=(
            "A representative of it whose contacts changed, or a former one who returns; left "
            "out for a new one."
        ),
    )
    replaces: strawberry.ID | None = strawberry.field(
        default=None,
        description="The representative whom they succeed, and who speaks for it no longer.",
    )
    capacity: str = strawberry.field(
        description="What entitles them to speak: up to 500 characters."
    )
    name: str = strawberry.field(description="What they are called: up to 200 characters.")
    email: str = strawberry.field(description="Their e-mail address.")
    phone: str | None = strawberry.field(default=None, description="Their telephone number.")


@input_type
class PublishListingInput(CommandInput):
    """Shows these fields of a party in the directory, and no others.

    To give a value is to consent to show it; the whole listing is given each time.
    """

    party: strawberry.ID = strawberry.field(description="The party.")
    name: str = strawberry.field(
        description="What it is called: up to 200 characters. Of an organisation, a name that it "
        "has, had or is also known by."
    )
    description: str | None = strawberry.field(
        default=None, description="What it says of itself: up to 4,000 characters."
    )
    counties: list[Fips] = strawberry.field(
        default_factory=list, description="The counties it works in."
    )
    populations: list[str] = strawberry.field(
        default_factory=list, description="Whom it serves: up to 500 characters each."
    )
    services: list[str] = strawberry.field(
        default_factory=list, description="What it does for them: up to 500 characters each."
    )
    website: str | None = strawberry.field(
        default=None, description="Its website, which begins with https://."
    )
    email: str | None = strawberry.field(default=None, description="Its e-mail address.")
    phone: str | None = strawberry.field(default=None, description="Its telephone number.")


@input_type
class WithdrawListingInput(CommandInput):
    """Takes a listing out of the directory."""

    party: strawberry.ID = strawberry.field(description="The party.")


@object_type
class AppointRepresentativeAccepted(Accepted):
    """The person speaks for the organisation."""

    party: Party | None = strawberry.field(description="The organisation.")


@object_type
class PublishListingAccepted(Accepted):
    """The listing is in the directory."""

    party: Party | None = strawberry.field(description="The party.")
    listing: Listing | None = strawberry.field(description="What it shows.")


@object_type
class WithdrawListingAccepted(Accepted):
    """The listing is out of the directory."""

    party: Party | None = strawberry.field(description="The party.")


AppointRepresentativeResult: TypeAlias = Annotated[
    AppointRepresentativeAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "AppointRepresentativeResult", description="What came of `appointRepresentative`."
    ),
]
PublishListingResult: TypeAlias = Annotated[
    PublishListingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("PublishListingResult", description="What came of `publishListing`."),
]
WithdrawListingResult: TypeAlias = Annotated[
    WithdrawListingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("WithdrawListingResult", description="What came of `withdrawListing`."),
]


@strawberry.type
class PartyMutations:
    """Mutations of parties."""

    @mutation
    def appoint_representative(
        self, info: Info, given: Annotated[AppointRepresentativeInput, COMMAND]
    ) -> AppointRepresentativeResult:
        """Let a person speak for an organisation."""
        return perform(
            info,
            given,
            lambda: _appoint(info.context, given),
            lambda context, done: AppointRepresentativeAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )

    @mutation
    def publish_listing(
        self, info: Info, given: Annotated[PublishListingInput, COMMAND]
    ) -> PublishListingResult:
        """Show fields of a party in the directory, and no others."""
        return perform(
            info,
            given,
            lambda: _publish(given),
            _published,
        )

    @mutation
    def withdraw_listing(
        self, info: Info, given: Annotated[WithdrawListingInput, COMMAND]
    ) -> WithdrawListingResult:
        """Take a listing out of the directory."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.WithdrawListing, given, party=named(NodeKind.PARTY, given.party)
            ),
            lambda context, done: WithdrawListingAccepted(
                receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
            ),
        )


def _appoint(context: Context, given: AppointRepresentativeInput) -> commands.AppointRepresentative:
    """Return the command; a person is only ever named by those who know them as theirs."""
    party = named(NodeKind.PARTY, given.party)
    person = fresh_id()
    if given.person is not None:
        # Another id would have somebody's contacts hidden under a key that is not theirs.
        if given.person not in known_people_of(context, party):
            raise refuse(
                "person",
                "known-representative",
                "There is no such representative.",
                "The id of a present or former representative, or none for a new one.",
            )
        person = given.person
    return command_of(commands.AppointRepresentative, given, party=party, person=person)


def _publish(given: PublishListingInput) -> commands.PublishListing:
    for name, terms in (("populations", given.populations), ("services", given.services)):
        if len(terms) > MOST_TERMS:
            raise refuse(name, "max-items", f"{name} are too many.", f"At most {MOST_TERMS}.")
    return command_of(commands.PublishListing, given, party=named(NodeKind.PARTY, given.party))


def _published(context: Context, done: Done) -> PublishListingAccepted:
    subject = done.accepted.subject
    return PublishListingAccepted(
        receipt=receipt_of(context, done.accepted),
        party=changed_party(context, done),
        listing=listings_of(context, [subject], done.as_of, down=True).get(subject),
    )
