"""Plans of the commands that keep a party safe."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command
from domain.membership.addresses import decide_disclose_address, decide_record_address
from domain.membership.holding import decide_hold_listing, decide_release_listing
from domain.membership.safety import DiscloseAddress, HoldListing, RecordAddress, ReleaseListing
from service.plan import Planner, about_party, plain

SAFETY_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        HoldListing: about_party(plain(decide_hold_listing)),
        ReleaseListing: about_party(plain(decide_release_listing)),
        RecordAddress: about_party(plain(decide_record_address)),
        DiscloseAddress: about_party(plain(decide_disclose_address)),
    }
)
"""How the commands that keep a party safe are planned."""
