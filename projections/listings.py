"""Listings: what a party consents to show in the directory, while it does.

An organisation's listing stands here in clear as long as it is published. Of a person's,
only which fields are shown; the values stay hidden in the entry.

Consent is judged now, so listings have no history: the row of one that was replaced or withdrawn
is deleted with its terms, and answers about the past show what the party shows at present.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeVar

import sqlalchemy as sa
from msgspec import UnsetType

from domain.ledger.recorded import Recorded
from domain.membership.party import (
    IndividualListingPublished,
    ListingWithdrawn,
    OrganisationListingPublished,
)
from domain.terms import ListedField, PartyKind
from projections.as_of import holds_now
from projections.holds import is_free
from projections.model import ReadModel, Row, TermIndex, Terms, folds_of, on, opened_names
from projections.tables import listing_terms, listings

COUNTY: Final = "county"
POPULATION: Final = "population"
SERVICE: Final = "service"

T = TypeVar("T")


class ListingRow(Row, frozen=True, gc=False):
    """The listing of a party. All but kind, fields, position and day is an organisation's.

    Attributes:
        fields: what the party consents to show.
        sort_name: the name without regard to case, to order by; "" for a person.
        search_text: name and description without regard to case; "" for a person.
        position: the entry that published the listing.
        listed_on: the day from which it counts.
    """

    kind: PartyKind
    fields: tuple[ListedField, ...]
    name: str | None
    description: str | None
    counties: tuple[str, ...]
    populations: tuple[str, ...]
    services: tuple[str, ...]
    website: str | None
    email: str | None
    phone: str | None
    sort_name: str
    search_text: str
    position: int
    listed_on: date


def searchable(text: str) -> str:
    """Return text without regard to case, as `ListingRow.search_text` has it."""
    return text.casefold()


def _organisation(
    _: ListingRow | None, event: OrganisationListingPublished, recorded: Recorded
) -> ListingRow:
    name = _shown(event.name)
    description = _shown(event.description)
    return ListingRow(
        id=recorded.envelope.stream,
        kind=PartyKind.ORGANISATION,
        fields=tuple(event.fields),
        name=name,
        description=description,
        counties=tuple(_shown(event.counties) or ()),
        populations=tuple(_shown(event.populations) or ()),
        services=tuple(_shown(event.services) or ()),
        website=_shown(event.website),
        email=_shown(event.email),
        phone=_shown(event.phone),
        sort_name=searchable(name or ""),
        search_text=searchable("\n".join(part for part in (name, description) if part)),
        position=recorded.position,
        listed_on=recorded.envelope.effective,
    )


def _individual(
    _: ListingRow | None, event: IndividualListingPublished, recorded: Recorded
) -> ListingRow:
    return ListingRow(
        id=recorded.envelope.stream,
        kind=PartyKind.INDIVIDUAL,
        fields=tuple(event.fields),
        name=None,
        description=None,
        counties=(),
        populations=(),
        services=(),
        website=None,
        email=None,
        phone=None,
        sort_name="",
        search_text="",
        position=recorded.position,
        listed_on=recorded.envelope.effective,
    )


def _withdrawn(_: ListingRow | None, __: ListingWithdrawn, ___: Recorded) -> None:
    return None


def _shown(value: T | UnsetType) -> T | None:
    # An expunged value is not shown any more, and is no reason to stop.
    return None if isinstance(value, UnsetType) else value


def _terms(row: ListingRow) -> Terms:
    return frozenset(
        [(COUNTY, county) for county in row.counties]
        + [(POPULATION, population) for population in row.populations]
        + [(SERVICE, service) for service in row.services]
    )


MODEL = ReadModel(
    version=1,
    table=listings,
    row_type=ListingRow,
    folds=folds_of(
        on(OrganisationListingPublished, _organisation),
        on(IndividualListingPublished, _individual),
        on(ListingWithdrawn, _withdrawn),
    ),
    opens=opened_names([OrganisationListingPublished]),
    history=False,
    index=TermIndex(table=listing_terms, terms=_terms),
)


def found_by(
    party: sa.ColumnElement[str], facet: str, terms: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that a party's present listing shows one of some terms.

    Args:
        party: the column that names the party.
        facet: `COUNTY`, `POPULATION` or `SERVICE`.
        terms: of which one is enough.
    """
    found = listing_terms.alias()
    return sa.exists().where(
        found.c.facet == facet,
        found.c.term.in_(list(terms)),
        found.c.party == party,
        holds_now(found),
        is_free(found.c.party),
    )
