"""Registration: what a party has to be to become known to the coalition."""

from __future__ import annotations

from typing import Final

from domain.decision import Refusal, coded, refuse_input
from domain.membership.details import IndividualDetails, Registration
from domain.membership.party import IndividualRegistered, OrganisationRegistered
from domain.policy import PartyType, Policy, parse_ein
from domain.policy.errors import quoted
from domain.terms import PartyKind

_TYPES: Final = {
    kind: tuple(each for each in PartyType if each.is_person is (kind is PartyKind.INDIVIDUAL))
    for kind in PartyKind
}


def register_organisation(
    details: Registration, policy: Policy
) -> OrganisationRegistered | Refusal:
    """Return the fact that makes an organisation known.

    Refuses a party type that the policy lacks or that is a person's, a county outside
    the service area, and an EIN that the tax authority cannot have issued.
    """
    if refusal := refuse_type(details.party_type, PartyKind.ORGANISATION):
        return refusal
    if refusal := refuse_counties(details.counties, policy):
        return refusal
    ein = read_ein(details.ein)
    if isinstance(ein, Refusal):
        return ein
    return OrganisationRegistered(
        name=details.name,
        party_type=details.party_type,
        ein=ein,
        counties=sorted(set(details.counties)),
    )


def register_individual(
    details: IndividualDetails, policy: Policy
) -> IndividualRegistered | Refusal:
    """Return the fact that makes a person known, or refuse as for an organisation."""
    if refusal := refuse_type(details.party_type, PartyKind.INDIVIDUAL):
        return refusal
    if refusal := refuse_counties(details.counties, policy):
        return refusal
    return IndividualRegistered(
        name=details.name,
        party_type=details.party_type,
        email=details.email,
        counties=sorted(set(details.counties)),
    )


def refuse_counties(counties: list[str], policy: Policy) -> Refusal | None:
    """Refuse counties outside the service area."""
    outside = sorted({fips for fips in counties if not policy.serves(fips)})
    if not outside:
        return None
    return refuse_input(
        "counties",
        "service-area",
        f"Not in the service area of {policy.ref}: {', '.join(outside)}.",
        "FIPS codes of counties in the service area only.",
    )


def refuse_type(party_type: str, kind: PartyKind) -> Refusal | None:
    """Refuse a party type that the policy lacks, or that is of the other kind of party."""
    allowed = _TYPES[kind]
    if party_type in allowed:
        return None
    known = party_type in set(PartyType)
    named = coded(party_type) if known else quoted(party_type)
    message = f"There is no party type {named} here."
    return refuse_input("partyType", "known-partyType", message, f"One of: {coded(*allowed)}.")


def read_ein(text: str | None) -> str | Refusal | None:
    """Return the nine digits of an EIN, where one is given, or refuse what can be none."""
    if text is None:
        return None
    try:
        return parse_ein(text)
    except ValueError as error:
        rule, _, message = str(error).partition(": ")
        return refuse_input(
            "ein", rule, f"This is no EIN: {message}.", "The nine digits of the EIN letter."
        )
