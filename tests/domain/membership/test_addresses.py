"""Addresses are kept hidden, and what is given to somebody is recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import PersonErased
from domain.coalition.erasure import ErasePerson
from domain.decision import Command, Fact, RefusalCode
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    DiscloseAddress,
    RecordAddress,
)
from domain.terms import PartyId, PersonId
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    LANTERN,
    WREN,
    founded,
    individual,
    organisation,
)
from tests.domain.specification import TODAY, Specification
from tests.domain.world import COALITION

coalition = Specification().given(founded(), organisation(), individual())

RECORD = RecordAddress(party=LANTERN, address="1 Invented Street, St. Louis")
RECORDED = Fact(LANTERN, AddressRecorded(address="1 Invented Street, St. Louis"))
REMOVED = Fact(LANTERN, AddressRemoved())
DISCLOSE = DiscloseAddress(party=LANTERN, recipient="Larkspur Movers", purpose="Beds.")
DISCLOSED = Fact(LANTERN, AddressDisclosed(recipient="Larkspur Movers", purpose="Beds."))


def test_an_address_is_kept_of_organisations_and_people() -> None:
    coalition.when(RECORD).then(RECORDED)
    coalition.when(replace(RECORD, party=WREN)).then(
        Fact(WREN, AddressRecorded(address="1 Invented Street, St. Louis"))
    )


def test_the_same_address_is_recorded_again_since_no_rule_knows_it() -> None:
    coalition.given(RECORDED).when(RECORD).then(RECORDED)


def test_an_address_is_removed_once() -> None:
    remove = replace(RECORD, address=None)
    coalition.given(RECORDED).when(remove).then(REMOVED)
    coalition.given(RECORDED, REMOVED).when(remove).then_nothing()
    coalition.when(remove).then_nothing()


def test_every_disclosure_is_recorded_also_the_same_one() -> None:
    coalition.given(RECORDED).when(DISCLOSE).then(DISCLOSED)
    coalition.given(RECORDED, DISCLOSED).when(DISCLOSE).then(DISCLOSED)


@pytest.mark.parametrize("given", [[], [RECORDED, REMOVED]])
def test_an_address_that_is_not_kept_is_not_disclosed(given: list[Fact]) -> None:
    coalition.given(*given).when(DISCLOSE).then_refused(
        RefusalCode.INVALID_INPUT, "known-address", field="party"
    )


@pytest.mark.parametrize("command", [RECORD, DISCLOSE])
def test_a_party_that_nobody_knows_has_no_address(command: RecordAddress | DiscloseAddress) -> None:
    coalition.when(replace(command, party=PartyId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )


@pytest.mark.parametrize("command", [RECORD, DISCLOSE])
def test_no_address_is_kept_or_given_before_the_party_was_known_or_on_a_day_to_come(
    command: Command,
) -> None:
    known = coalition.given(RECORDED)
    known.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    known.when(command, effective=TODAY + timedelta(days=1)).then_refused(
        RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
    )


def test_an_address_can_be_erased_and_none_is_kept_afterwards() -> None:
    erased = Fact(COALITION, PersonErased(person=PersonId(LANTERN)))
    coalition.given(RECORDED).when(ErasePerson(person=PersonId(LANTERN))).then(erased)
    for command in (RECORD, DISCLOSE):
        coalition.given(RECORDED, erased).when(command).then_refused(
            RefusalCode.INVALID_INPUT, "erased-person", field="party"
        )
