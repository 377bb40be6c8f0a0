"""Re-signing: a newer text is signed in the grace, or the member is active no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, RefusalCode
from domain.membership.assent import (
    RecordMissedResigning,
    RequireResigning,
    ResigningMissed,
    ResigningRequired,
)
from domain.membership.membership import SignAgreement
from domain.membership.standing import MembershipLapsed
from domain.membership.term import LapseMembership
from domain.terms import LapseReason, MembershipId, MembershipStatus
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    FIRST_TEXT,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    SECOND_TEXT,
    SIGNATORY,
    admitted,
    founded,
    organisation,
    policy_with,
    published,
    sent,
    signed,
)
from tests.domain.membership.standings import withdrawn
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification, at
from tests.domain.world import World

DAY = timedelta(days=1)
GRACE = timedelta(days=CATE.deadlines.resigning_grace_days)
SIGNING = timedelta(days=CATE.deadlines.agreement_signing_days)
BY = TODAY + GRACE

REQUIRE = RequireResigning(membership=MEMBERSHIP)
MISS = RecordMissedResigning(membership=MEMBERSHIP)
REQUIRED = Fact(MEMBERSHIP, ResigningRequired(agreement=MEMBER_AGREEMENT, version=2, sign_by=BY))
PLEDGE = "member-pledge"
PLEDGED = policy_with((f"[agreements.{MEMBER_AGREEMENT}]", f"[agreements.{PLEDGE}]"))
MISSED = Fact(MEMBERSHIP, ResigningMissed(agreement=MEMBER_AGREEMENT, version=2))
SECOND = sent(MEMBER_AGREEMENT, 2, SECOND_TEXT)

waiting = Specification().given(
    founded(), organisation(), admitted(MEMBER), published(MEMBER_AGREEMENT)
)
member = waiting.given(sent(MEMBER_AGREEMENT), signed(MEMBER_AGREEMENT))
superseded = member.given(published(MEMBER_AGREEMENT, 2, SECOND_TEXT))
required = superseded.given(SECOND, REQUIRED)
missed = required.given(MISSED, on=BY + DAY)

SIGN = SignAgreement(
    membership=MEMBERSHIP,
    agreement=MEMBER_AGREEMENT,
    version=2,
    sha256=SECOND_TEXT,
    signatory=SIGNATORY,
    signatory_name="Robin Example",
    capacity="chair of the board",
)


def status_of(specification: Specification) -> MembershipStatus | None:
    world = World()
    for fact, on in specification._given:
        world.append([fact], on)
    return world.membership(MEMBERSHIP).status


def test_the_newer_text_is_sent_and_asked_for_with_the_grace_of_the_policy() -> None:
    superseded.when(REQUIRE).then(SECOND, REQUIRED)
    superseded.given(SECOND).when(REQUIRE).then(REQUIRED)
    assert status_of(required) is MembershipStatus.ACTIVE


def test_who_signed_the_present_text_or_was_asked_already_is_not_asked() -> None:
    member.when(REQUIRE).then_nothing()
    required.when(REQUIRE).then_nothing()


def test_a_text_that_comes_in_the_grace_has_a_grace_of_its_own() -> None:
    third = published(MEMBER_AGREEMENT, 3, "3" * 64)
    again = ResigningRequired(agreement=MEMBER_AGREEMENT, version=3, sign_by=BY + GRACE)
    required.given(third).when(REQUIRE, **at(BY)).then(
        sent(MEMBER_AGREEMENT, 3, "3" * 64), Fact(MEMBERSHIP, again)
    )


@pytest.mark.parametrize("given", [required, missed])
def test_the_text_asked_for_may_be_signed_though_a_third_is_out(given: Specification) -> None:
    third = published(MEMBER_AGREEMENT, 3, "3" * 64)
    given.given(third, on=BY + DAY).when(SIGN, **at(BY + DAY)).then(
        signed(MEMBER_AGREEMENT, 2, SECOND_TEXT)
    )


def test_who_signed_the_agreement_that_the_tier_had_is_asked_for_the_one_that_it_has() -> None:
    moved = member.under(PLEDGED)
    # Without a text there is nothing to sign, and what the tier had before asks nobody any more.
    moved.when(REQUIRE).then_nothing()
    moved.given(published(MEMBER_AGREEMENT, 2, SECOND_TEXT)).when(REQUIRE).then_nothing()

    pledge = moved.given(published(PLEDGE))
    asked = Fact(MEMBERSHIP, ResigningRequired(agreement=PLEDGE, version=1, sign_by=BY))
    pledge.when(REQUIRE).then(sent(PLEDGE), asked)
    pledge.given(sent(PLEDGE)).when(REQUIRE).then(asked)

    waiting = pledge.given(sent(PLEDGE), asked)
    waiting.when(REQUIRE).then_nothing()
    assert status_of(waiting) is MembershipStatus.ACTIVE
    waiting.when(replace(SIGN, agreement=PLEDGE, version=1, sha256=FIRST_TEXT)).then(signed(PLEDGE))
    waiting.when(MISS, **at(BY + DAY)).then(
        Fact(MEMBERSHIP, ResigningMissed(agreement=PLEDGE, version=1))
    )


def test_a_tier_that_gets_its_agreement_back_has_it_signed_anew() -> None:
    pledged = member.under(PLEDGED).given(published(PLEDGE), sent(PLEDGE), signed(PLEDGE))
    back = pledged.under(CATE)
    asked = Fact(MEMBERSHIP, ResigningRequired(agreement=MEMBER_AGREEMENT, version=1, sign_by=BY))
    back.when(REQUIRE).then(asked)
    back.given(asked).when(replace(SIGN, version=1, sha256=FIRST_TEXT)).then(
        signed(MEMBER_AGREEMENT)
    )
    back.given(asked, signed(MEMBER_AGREEMENT)).when(REQUIRE).then_nothing()


def test_what_was_sent_by_an_earlier_policy_is_signed_and_then_what_the_tier_asks_for() -> None:
    pledge = waiting.given(sent(MEMBER_AGREEMENT)).under(PLEDGED).given(published(PLEDGE))
    first = replace(SIGN, version=1, sha256=FIRST_TEXT)
    pledge.when(first).then(signed(MEMBER_AGREEMENT))
    pledge.given(signed(MEMBER_AGREEMENT)).when(REQUIRE).then(
        sent(PLEDGE),
        Fact(MEMBERSHIP, ResigningRequired(agreement=PLEDGE, version=1, sign_by=BY)),
    )


def test_who_signs_in_the_grace_stays_active() -> None:
    again = required.given(signed(MEMBER_AGREEMENT, 2, SECOND_TEXT), on=BY)
    assert status_of(again) is MembershipStatus.ACTIVE
    again.when(MISS, **at(BY + DAY)).then_refused(RefusalCode.WRONG_PHASE, "resigning.required")


def test_after_the_grace_the_member_waits_for_its_agreement_again() -> None:
    required.when(MISS, **at(BY)).then_refused(
        RefusalCode.NOT_YET, "deadlines.resigning_grace_days"
    )
    required.when(MISS, **at(BY + DAY)).then(MISSED)
    assert status_of(missed) is MembershipStatus.AGREEMENT_PENDING
    missed.when(MISS, **at(BY + DAY)).then_refused(RefusalCode.WRONG_PHASE, "resigning.required")


def test_it_may_still_sign_and_is_active_again() -> None:
    missed.when(SIGN, **at(BY + DAY)).then(signed(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    assert (
        status_of(missed.given(signed(MEMBER_AGREEMENT, 2, SECOND_TEXT), on=BY + DAY))
        is MembershipStatus.ACTIVE
    )


def test_and_lapses_like_whoever_never_signed() -> None:
    lapse, day = LapseMembership(membership=MEMBERSHIP), BY + DAY + SIGNING
    missed.when(lapse, **at(day)).then_refused(
        RefusalCode.NOT_YET, "deadlines.agreement_signing_days"
    )
    missed.when(lapse, **at(day + DAY)).then(
        Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.AGREEMENT_UNSIGNED))
    )


def test_who_has_signed_nothing_has_nothing_to_sign_again() -> None:
    waiting.when(REQUIRE).then_refused(RefusalCode.WRONG_PHASE, "agreement.signed")
    for given in (waiting, member):
        given.when(MISS).then_refused(RefusalCode.WRONG_PHASE, "resigning.required")


@pytest.mark.parametrize("command", [REQUIRE, MISS])
def test_who_has_left_signs_nothing(command: Command) -> None:
    required.given(withdrawn()).when(command, **at(BY + DAY)).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )
    assert isinstance(command, RequireResigning | RecordMissedResigning)
    unknown = replace(command, membership=MembershipId(ANOTHER))
    required.when(unknown).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_nothing_of_it_holds_from_before_the_last_entry() -> None:
    for given, command in ((superseded, REQUIRE), (required, MISS)):
        given.when(command, today=BY + DAY, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )
