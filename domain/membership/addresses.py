"""Addresses: kept hidden, and given to somebody on request, which is always recorded."""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.party import Party
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    DiscloseAddress,
    RecordAddress,
)


def decide_record_address(party: Party, command: RecordAddress, moment: Moment) -> Decision:
    """Keep a party's address, or keep it no longer.

    An address is recorded each time, since no rule can compare it with the one that is kept.
    Refuses an unknown party, and a day before it was known or to come.
    """
    if refusal := _refuse(party, moment):
        return refusal
    if command.address is not None:
        return [Fact(party.id, AddressRecorded(address=command.address))]
    return [Fact(party.id, AddressRemoved())] if party.has_address else []


def decide_disclose_address(party: Party, command: DiscloseAddress, moment: Moment) -> Decision:
    """Record that a party's address is given to somebody, and why.

    Refuses a party of which no address is kept, besides what `decide_record_address` refuses.
    """
    if refusal := _refuse(party, moment):
        return refusal
    if not party.has_address:
        return refuse_input(
            "party",
            "known-address",
            "No address of this party is kept.",
            "A party that has recorded its address.",
        )
    disclosed = AddressDisclosed(recipient=command.recipient, purpose=command.purpose)
    return [Fact(party.id, disclosed)]


def _refuse(party: Party, moment: Moment) -> Refusal | None:
    if party.version == 0:
        return refuse_unknown("party")
    return refuse_too_early(moment, party.since) or refuse_not_yet(moment)
