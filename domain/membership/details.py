"""What a party says of itself when it becomes known to the coalition."""

from __future__ import annotations

import msgspec

from domain.terms import EinText, Email, Fips, Name


class OrganisationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation says of itself when it becomes known.

    Attributes:
        party_type: a party type of the policy, such as ``nonprofit-501c3``.
        ein: Employer Identification Number, nine digits, a hyphen allowed.
        counties: FIPS codes of the counties it works in.
    """

    name: Name
    party_type: str
    ein: EinText | None = None
    counties: list[Fips] = []


class IndividualDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of themself when they become known."""

    name: Name
    party_type: str
    email: Email
    counties: list[Fips] = []
