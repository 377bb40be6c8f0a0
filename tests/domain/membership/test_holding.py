"""Safety holds: a listing is taken down at once, and comes back by a release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, RefusalCode
from domain.membership.party import ListingWithdrawn
from domain.membership.safety import HoldListing, ListingHeld, ListingReleased, ReleaseListing
from domain.terms import PartyId
from tests.domain.examples import ANOTHER, DAY_BEFORE, LANTERN, WREN, founded, individual
from tests.domain.examples import organisation as registered
from tests.domain.membership.test_party import LISTING, PUBLISH, WITHDRAW
from tests.domain.specification import TODAY, Specification

coalition = Specification().given(founded(), registered(), individual())

HOLD = HoldListing(party=LANTERN)
RELEASE = ReleaseListing(party=LANTERN)
HELD = Fact(LANTERN, ListingHeld(reason=None))
RELEASED = Fact(LANTERN, ListingReleased())


def test_a_listing_is_held_without_a_reason() -> None:
    coalition.given(Fact(LANTERN, LISTING)).when(HOLD).then(HELD)


def test_a_reason_may_be_given() -> None:
    coalition.when(replace(HOLD, party=WREN, reason="A threat.")).then(
        Fact(WREN, ListingHeld(reason="A threat."))
    )


def test_a_party_can_be_held_before_it_lists_anything() -> None:
    coalition.when(HOLD).then(HELD)


def test_what_is_held_is_not_held_twice() -> None:
    coalition.given(HELD).when(replace(HOLD, reason="Still.")).then_nothing()


def test_what_is_held_is_released_and_may_be_held_again() -> None:
    coalition.given(HELD).when(RELEASE).then(RELEASED)
    coalition.given(HELD, RELEASED).when(RELEASE).then_nothing()
    coalition.given(HELD, RELEASED).when(HOLD).then(HELD)


def test_releasing_what_nothing_holds_changes_nothing() -> None:
    coalition.when(RELEASE).then_nothing()


def test_a_party_publishes_and_withdraws_while_it_is_held() -> None:
    held = coalition.given(HELD)
    held.when(PUBLISH).then(Fact(LANTERN, LISTING))
    held.given(Fact(LANTERN, LISTING)).when(WITHDRAW).then(Fact(LANTERN, ListingWithdrawn()))


@pytest.mark.parametrize("command", [HOLD, RELEASE])
def test_a_party_that_nobody_knows_is_not_held(command: HoldListing | ReleaseListing) -> None:
    coalition.when(replace(command, party=PartyId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )


@pytest.mark.parametrize(("given", "command"), [([], HOLD), ([HELD], RELEASE)])
def test_no_hold_begins_before_the_party_was_known_or_on_a_day_to_come(
    given: list[Fact], command: Command
) -> None:
    known = coalition.given(*given)
    known.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    known.when(command, effective=TODAY + timedelta(days=1)).then_refused(
        RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
    )
