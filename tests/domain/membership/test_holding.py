"""Safety holds: a listing is taken down at once, and comes back by a release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, Moment, RefusalCode
from domain.membership.holding import is_releasable
from domain.membership.party import ListingWithdrawn, Party, evolve
from domain.membership.safety import (
    HoldConfirmed,
    HoldListing,
    ListingHeld,
    ListingReleased,
    ReleaseListing,
    SafetyEvent,
)
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
    coalition.given(HELD).when(HOLD).then_nothing()


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


def test_somebody_else_who_holds_it_too_confirms_the_hold_once() -> None:
    still = replace(HOLD, reason="I know why.")
    confirmed = Fact(LANTERN, HoldConfirmed(reason="I know why."))
    # Whoever gives a reason is somebody else here.
    coalition.given(HELD).when(still).then(confirmed)
    coalition.given(HELD, confirmed).when(still).then_nothing()
    coalition.given(HELD, confirmed).when(RELEASE).then(RELEASED)
    coalition.given(HELD, confirmed, RELEASED, HELD).when(still).then(confirmed)


def test_a_hold_may_be_taken_for_an_error_for_a_day_while_nobody_confirmed_it() -> None:
    def releasable(*events: SafetyEvent, days: int = 0) -> bool:
        party = Party(id=LANTERN)
        for event in events:
            party = evolve(party, event, TODAY)
        day = TODAY + timedelta(days=days)
        return is_releasable(party, Moment(day, day))

    held, confirmed, released = ListingHeld(), HoldConfirmed(), ListingReleased()
    assert releasable(held)
    assert releasable(held, days=1)
    assert not releasable(held, days=2)
    assert not releasable(held, confirmed)
    assert not releasable(held, released)
    assert not releasable()
    assert releasable(held, confirmed, released, held)
