"""What a party says of itself when it becomes known to the coalition."""

from __future__ import annotations

import msgspec

from domain.terms import EinText, Email, Fips, Name, PartyId


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of an organisation when it becomes known.

    Attributes:
        party_type: a party type of the policy, such as ``nonprofit-501c3``.
        ein: Employer Identification Number, nine digits, a hyphen allowed.
        counties: FIPS codes of the counties it works in.
    """

    name: Name
    party_type: str
    ein: EinText | None = None
    counties: list[Fips] = []


class UnlistedSponsor(msgspec.Struct, frozen=True, kw_only=True):
    """A sponsor that the directory does not show; it becomes known as it is named."""

    name: Name
    party_type: str
    ein: EinText


class Sponsor(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation whose EIN an applicant shares: it is part of it, or sponsored by it.

    Attributes:
        party: the organisation that the directory shows, or the id that the other is to have.
        unlisted: what it is, where the directory does not show it.
    """

    party: PartyId
    unlisted: UnlistedSponsor | None = None


class OrganisationDetails(Registration, frozen=True, kw_only=True):
    """What an organisation says of itself when it applies.

    Attributes:
        sponsored_by: whose EIN it shares, if it says so (invariant 6).
    """

    sponsored_by: Sponsor | None = None


class IndividualDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of themself when they become known."""

    name: Name
    party_type: str
    email: Email
    counties: list[Fips] = []
