"""Mutations of applicants who ask for admission, or of members for another tier."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from domain.membership import application as commands
from domain.policy import PartyType
from domain.terms import PrincipalId, TierChangeReason
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind, own_id
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import (
    CommandInput,
    NothingSuchError,
    command_of,
    fresh_id,
    named,
    perform,
    refuse,
    sign_in,
)
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.scalars import Ein, Fips
from service.graphql.types.application import Application
from service.security.principal import Role

_SPONSOR: Final = ("", ".listing", ".unlisted.partyType", ".unlisted.ein")
"""Where the rules find what is wrong with a sponsor."""


@input_type
class UnlistedSponsorInput:
    """A sponsor that the directory does not show."""

    name: str = strawberry.field(description="What it is called: up to 200 characters.")
    party_type: PartyType = strawberry.field(description="What kind of party it is.")
    ein: Ein = strawberry.field(description="Its EIN.")


@input_type
class SponsorInput:
    """The organisation whose EIN an applicant shares: one of the two says which it is.

    The answer is the same whether the coalition knows it or not.
    """

    listing: strawberry.ID | None = strawberry.field(
        default=None, description="Its listing, where the directory shows it."
    )
    unlisted: UnlistedSponsorInput | None = strawberry.field(
        default=None, description="What it is, where the directory does not show it."
    )


@input_type
class OrganisationInput:
    """What an organisation says of itself when it becomes known."""

    name: str = strawberry.field(description="What it is called: up to 200 characters.")
    party_type: PartyType = strawberry.field(description="What kind of party it is.")
    ein: Ein | None = strawberry.field(default=None, description="Its EIN.")
    counties: list[Fips] = strawberry.field(
        default_factory=list, description="The counties it works in."
    )
    sponsored_by: SponsorInput | None = strawberry.field(
        default=None,
        description=(
            "For a department, an agency or a fiscally sponsored group: the organisation that it "
            "is part of, or that sponsors it. `ein` is then the one that they share, or left out."
        ),
    )


@input_type
class IndividualInput:
    """What a person says of themself when they become known."""

    name: str = strawberry.field(description="What they are called: up to 200 characters.")
    party_type: PartyType = strawberry.field(description="What kind of party they are.")
    email: str = strawberry.field(description="Their e-mail address.")
    counties: list[Fips] = strawberry.field(
        default_factory=list, description="The counties they work in."
    )


@input_type
class SubmitApplicationInput(CommandInput):
    """Asks for admission to a tier.

    Give `organisation` or `individual` for a party that is new, or `party` for one that is known.
    """

    tier: str = strawberry.field(description="The key of the tier.")
    organisation: OrganisationInput | None = strawberry.field(
        default=None, description="The organisation that applies, where it is new."
    )
    individual: IndividualInput | None = strawberry.field(
        default=None, description="The person who applies, where they are new."
    )
    party: strawberry.ID | None = strawberry.field(
        default=None, description="The party that applies, where it is known already."
    )
    applicant: strawberry.ID | None = strawberry.field(
        default=None,
        description="The sign-in of whoever applies, where the director submits for them.",
    )
    statement: str | None = strawberry.field(
        default=None, description="What the applicant says about it: up to 4,000 characters."
    )


@input_type
class RequestTierChangeInput(CommandInput):
    """Asks for another tier for a membership, or for its own, to be assessed anew."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    tier: str = strawberry.field(description="The key of the tier asked for.")
    reason: TierChangeReason = strawberry.field(description="Why.")
    statement: str | None = strawberry.field(
        default=None, description="What the member says about it: up to 4,000 characters."
    )


@object_type
class SubmitApplicationAccepted(Accepted):
    """The application is in the ledger."""

    application: Application | None = strawberry.field(description="The new application.")


@object_type
class RequestTierChangeAccepted(Accepted):
    """The application for another tier is in the ledger."""

    application: Application | None = strawberry.field(description="The new application.")


SubmitApplicationResult: TypeAlias = Annotated[
    SubmitApplicationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("SubmitApplicationResult", description="What came of `submitApplication`."),
]
RequestTierChangeResult: TypeAlias = Annotated[
    RequestTierChangeAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RequestTierChangeResult", description="What came of `requestTierChange`."),
]


@strawberry.type
class ApplicationMutations:
    """Mutations of applicants who ask."""

    @mutation
    def submit_application(
        self,
        info: Info,
        given: Annotated[SubmitApplicationInput, COMMAND],
    ) -> SubmitApplicationResult:
        """Ask for admission to a tier, or to come back.

        The yes to whoever was a member brings the same membership back, with all its history.
        """
        return perform(
            info,
            given,
            lambda: _submit_application(info.context, given),
            with_application(SubmitApplicationAccepted),
            fields=_places(given),
        )

    @mutation
    def request_tier_change(
        self,
        info: Info,
        given: Annotated[RequestTierChangeInput, COMMAND],
    ) -> RequestTierChangeResult:
        """Ask for another tier for a membership; it is reviewed like an admission.

        Asked for its own tier, the membership is assessed anew: `Membership.standards` and the
        improvement plans follow that review once `changeTier` has said yes, and a no leaves them.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RequestTierChange,
                given,
                application=fresh_id(),
                review=fresh_id(),
                applicant=info.context.principal.id,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_application(RequestTierChangeAccepted),
        )


def _places(given: SubmitApplicationInput) -> dict[str, str]:
    """Return where the details of a new party stand in the input."""
    if given.organisation is None and given.individual is None:
        return {}
    inside = "individual" if given.organisation is None else "organisation"
    sponsor = [f"sponsoredBy{each}" for each in _SPONSOR] if given.organisation else []
    return {name: f"{inside}.{name}" for name in ("partyType", "ein", "counties", *sponsor)}


def _details(given: OrganisationInput) -> dict[str, Any]:
    """Return the details of an organisation, with the id that its sponsor has, or is to have."""
    details, named = dataclasses.asdict(given), given.sponsored_by
    if named is None:
        return details
    if (named.listing is None) is (named.unlisted is None):
        raise refuse(
            "organisation.sponsoredBy",
            "one-sponsor",
            "A sponsor is either listed, or said to be something, not both.",
            "`listing` for one that the directory shows, or `unlisted` for another.",
        )
    party = fresh_id() if named.listing is None else own_id(NodeKind.LISTING, named.listing)
    if party is None:
        raise refuse(
            "organisation.sponsoredBy.listing",
            "id-type",
            "listing is not the id of a listing.",
            "The id of one of the type Listing.",
        )
    unlisted = details["sponsored_by"]["unlisted"]
    return details | {"sponsored_by": {"party": party, "unlisted": unlisted}}


def _submit_application(
    context: Context, given: SubmitApplicationInput
) -> commands.SubmitApplication:
    principal = context.principal
    applicant = principal.id
    if given.applicant is not None:
        applicant = PrincipalId(sign_in("applicant", given.applicant))
    if applicant != principal.id and principal.role is not Role.DIRECTOR:
        # Whom else one might apply for is nobody else's business.
        raise NothingSuchError
    command = command_of(
        commands.SubmitApplication,
        given,
        application=fresh_id(),
        review=fresh_id(),
        # A stream's id is drawn here and never chosen: it stands in the log for ever.
        party=fresh_id() if given.party is None else named(NodeKind.PARTY, given.party),
        applicant=applicant,
        organisation=None if given.organisation is None else _details(given.organisation),
    )
    if (given.party is None) is (command.organisation is None and command.individual is None):
        raise refuse(
            "party",
            "new-or-known",
            "A party is either new, with its details, or known, with its id.",
            "`organisation` or `individual` for a new party, or `party` for a known one.",
        )
    return command
