"""Representatives, and what a party consents to show."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, RefusalCode
from domain.membership.names import OrganisationAliasAdded, OrganisationRenamed
from domain.membership.party import (
    AppointRepresentative,
    IndividualListingPublished,
    ListingWithdrawn,
    OrganisationListingPublished,
    PublishListing,
    RepresentativeAppointed,
    WithdrawListing,
)
from domain.terms import ListedField, PartyId, PersonId
from tests.domain.examples import (
    ANOTHER,
    COUNTY,
    DAY_BEFORE,
    LANTERN,
    WREN,
    founded,
    individual,
    organisation,
)
from tests.domain.specification import Specification

coalition = Specification().given(founded(), organisation(), individual())

APPOINT = AppointRepresentative(
    party=LANTERN,
    person=PersonId(ANOTHER),
    capacity="director",
    name="Robin Example",
    email="robin@example.org",
)
APPOINTED = Fact(
    LANTERN,
    RepresentativeAppointed(
        person=PersonId(ANOTHER),
        capacity="director",
        name="Robin Example",
        email="robin@example.org",
        phone=None,
    ),
)
PUBLISH = PublishListing(
    party=LANTERN,
    name="Lantern House",
    counties=["29510", COUNTY, "29510"],
    services=["shelter", "advocacy", "shelter"],
    website="https://lantern.example.org",
)
LISTING = OrganisationListingPublished(
    fields=[
        ListedField.NAME,
        ListedField.COUNTIES,
        ListedField.SERVICES,
        ListedField.WEBSITE,
    ],
    name="Lantern House",
    description=None,
    counties=[COUNTY, "29510"],
    populations=[],
    services=["shelter", "advocacy"],
    website="https://lantern.example.org",
    email=None,
    phone=None,
)
WITHDRAW = WithdrawListing(party=LANTERN)


def test_an_organisation_appoints_a_representative() -> None:
    coalition.when(APPOINT).then(APPOINTED)


def test_appointing_again_is_recorded_since_no_rule_can_compare_contacts() -> None:
    coalition.given(APPOINTED).when(APPOINT).then(APPOINTED)


def test_a_person_speaks_for_themself() -> None:
    coalition.when(replace(APPOINT, party=WREN)).then_refused(
        RefusalCode.INVALID_INPUT, "party-kind", field="party"
    )


def test_a_listing_shows_the_fields_that_have_a_value_and_no_others() -> None:
    coalition.when(PUBLISH).then(Fact(LANTERN, LISTING))


def test_an_identical_listing_is_not_published_again() -> None:
    listed = coalition.given(Fact(LANTERN, LISTING))
    listed.when(PUBLISH).then_nothing()
    listed.when(replace(PUBLISH, counties=[COUNTY, "29510"])).then_nothing()


def test_a_listing_without_a_field_takes_the_consent_to_that_field_back() -> None:
    less = replace(
        LISTING, fields=[field for field in LISTING.fields if field != "website"], website=None
    )
    coalition.given(Fact(LANTERN, LISTING)).when(replace(PUBLISH, website=None)).then(
        Fact(LANTERN, less)
    )


def test_a_person_opts_in_under_their_own_key() -> None:
    listing = IndividualListingPublished(
        fields=[ListedField.NAME, ListedField.PHONE],
        name="Wren",
        description=None,
        counties=[],
        populations=[],
        services=[],
        website=None,
        email=None,
        phone="+1 314 555 0100",
    )
    publish = PublishListing(party=WREN, name="Wren", phone="+1 314 555 0100")
    coalition.when(publish).then(Fact(WREN, listing))
    # What a person shows is personal, so no rule can tell that it is the same.
    coalition.given(Fact(WREN, listing)).when(publish).then(Fact(WREN, listing))
    coalition.given(Fact(WREN, listing)).when(replace(WITHDRAW, party=WREN)).then(
        Fact(WREN, ListingWithdrawn())
    )


def test_an_organisation_is_shown_under_a_name_that_it_has_had_or_is_known_by() -> None:
    other = replace(PUBLISH, name="Ferry House")
    coalition.when(other).then_refused(
        RefusalCode.INVALID_INPUT, "listing.own-name", field="name", because="as an alias"
    )
    alias = coalition.given(Fact(LANTERN, OrganisationAliasAdded(alias="Ferry House")))
    renamed = coalition.given(Fact(LANTERN, OrganisationRenamed(name="Ferry House")))
    for given in (alias, renamed):
        given.when(other).then(Fact(LANTERN, replace(LISTING, name="Ferry House")))
        # A new name publishes nothing: the one that was consented to may still be shown.
        given.when(PUBLISH).then(Fact(LANTERN, LISTING))
    # A person is shown under any name: whose it is stays their own.
    coalition.when(PublishListing(party=WREN, name="A Friend")).then_accepted()


def test_counties_outside_the_service_area_are_not_listed() -> None:
    coalition.when(replace(PUBLISH, counties=["06037"])).then_refused(
        RefusalCode.INVALID_INPUT, "service-area", field="counties", because="06037"
    )


def test_a_listing_is_withdrawn() -> None:
    coalition.given(Fact(LANTERN, LISTING)).when(WITHDRAW).then(Fact(LANTERN, ListingWithdrawn()))


def test_withdrawing_what_is_not_listed_changes_nothing() -> None:
    coalition.when(WITHDRAW).then_nothing()
    coalition.given(Fact(LANTERN, LISTING), Fact(LANTERN, ListingWithdrawn())).when(
        WITHDRAW
    ).then_nothing()


def test_a_withdrawn_listing_may_be_published_again() -> None:
    coalition.given(Fact(LANTERN, LISTING), Fact(LANTERN, ListingWithdrawn())).when(PUBLISH).then(
        Fact(LANTERN, LISTING)
    )


@pytest.mark.parametrize("command", [APPOINT, PUBLISH, WITHDRAW])
def test_a_party_that_nobody_knows_does_nothing(
    command: AppointRepresentative | PublishListing | WithdrawListing,
) -> None:
    coalition.when(replace(command, party=PartyId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )


@pytest.mark.parametrize("command", [APPOINT, PUBLISH, WITHDRAW])
def test_nothing_of_a_party_holds_before_it_was_known(command: Command) -> None:
    listed = replace(LISTING, description="An earlier one.")
    coalition.given(Fact(LANTERN, listed)).when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
