"""Claims: which EINs a live provider membership keeps from every other one (invariant 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from domain.terms import PartyId

Eins: TypeAlias = Mapping[PartyId, str | None]
"""The EIN index of each party that has an EIN."""

Sponsors: TypeAlias = Mapping[PartyId, frozenset[PartyId]]
"""Whom each party that is sponsored is sponsored by."""


class Ties(msgspec.Struct, frozen=True):
    """How parties belong together.

    Attributes:
        survivors: what each party that was merged is part of.
        sponsors: whom each party that is sponsored is sponsored by.
    """

    survivors: Mapping[PartyId, PartyId] = MappingProxyType({})
    sponsors: Sponsors = MappingProxyType({})


def shares_ein(party: PartyId, eins: Eins, sponsors: Sponsors) -> bool:
    """Whether a party has the EIN of one that sponsors it, which then is not its to claim."""
    ein = eins.get(party)
    return ein is not None and any(eins.get(each) == ein for each in sponsors.get(party, ()))


def claims_of(parties: Iterable[PartyId], eins: Eins, sponsors: Sponsors) -> set[str]:
    """Return the EIN indexes that a provider claims, of the parties that it consists of."""
    return {
        ein
        for each in parties
        if (ein := eins.get(each)) is not None and not shares_ein(each, eins, sponsors)
    }
