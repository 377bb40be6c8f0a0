"""Sending and signing the text that a tier asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.assent import RequireResigning, ResigningRequired
from domain.membership.membership import SendAgreement, SignAgreement
from domain.membership.standing import MembershipMerged, MembershipWithdrawn
from domain.terms import MembershipId, MembershipStatus
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    FIRST_TEXT,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    NETWORK_AGREEMENT,
    PARTNER,
    PARTNER_AGREEMENT,
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
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import World

member = Specification().given(
    founded(seats=1), organisation(), admitted(PARTNER), published(PARTNER_AGREEMENT)
)
second_text = published(PARTNER_AGREEMENT, 2, SECOND_TEXT)

SEND = SendAgreement(membership=MEMBERSHIP)
SIGN = SignAgreement(
    membership=MEMBERSHIP,
    agreement=PARTNER_AGREEMENT,
    version=1,
    sha256=FIRST_TEXT,
    signatory=SIGNATORY,
    signatory_name="Robin Example",
    capacity="chair of the board",
)


def test_the_current_text_is_sent() -> None:
    member.when(SEND).then(sent(PARTNER_AGREEMENT))
    member.given(sent(PARTNER_AGREEMENT), second_text).when(SEND).then(
        sent(PARTNER_AGREEMENT, 2, SECOND_TEXT)
    )


def test_sending_the_same_version_again_changes_nothing() -> None:
    member.given(sent(PARTNER_AGREEMENT)).when(SEND).then_nothing()


def test_an_agreement_without_a_text_is_not_sent() -> None:
    Specification().given(founded(), organisation(), admitted(NETWORK)).when(SEND).then_refused(
        RefusalCode.AGREEMENT_VERSION, f"{NETWORK_AGREEMENT}.template", because="Publishing"
    )


@pytest.mark.parametrize("command", [SEND, SIGN])
def test_nothing_is_sent_for_or_signed_by_a_membership_that_was_merged(
    command: SendAgreement | SignAgreement,
) -> None:
    merged = Fact(MEMBERSHIP, MembershipMerged(into=MembershipId(ANOTHER)))
    member.given(sent(PARTNER_AGREEMENT), second_text, merged).when(command).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing", because="is merged"
    )


@pytest.mark.parametrize("command", [SEND, SIGN])
def test_nothing_is_sent_to_or_signed_by_who_is_no_member(
    command: SendAgreement | SignAgreement,
) -> None:
    member.when(replace(command, membership=MembershipId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_nothing_is_sent_or_signed_before_the_membership_began() -> None:
    member.when(SEND, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    member.given(sent(PARTNER_AGREEMENT)).when(SIGN, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_the_text_that_was_sent_is_signed() -> None:
    member.given(sent(PARTNER_AGREEMENT)).when(SIGN).then(signed(PARTNER_AGREEMENT))


def test_signing_the_version_already_signed_changes_nothing() -> None:
    done = member.given(sent(PARTNER_AGREEMENT), signed(PARTNER_AGREEMENT))
    done.when(SIGN).then_nothing()


def test_an_active_member_may_sign_a_newer_version() -> None:
    newer = replace(SIGN, version=2, sha256=SECOND_TEXT)
    member.given(
        sent(PARTNER_AGREEMENT),
        signed(PARTNER_AGREEMENT),
        second_text,
        sent(PARTNER_AGREEMENT, 2, SECOND_TEXT),
    ).when(newer).then(signed(PARTNER_AGREEMENT, 2, SECOND_TEXT))


def test_an_agreement_that_the_policy_lacks_is_not_signed() -> None:
    member.when(replace(SIGN, agreement="pledge")).then_refused(
        RefusalCode.INVALID_INPUT, "known-agreement", field="agreement", because=PARTNER_AGREEMENT
    )


def test_the_agreement_of_another_tier_is_not_signed() -> None:
    member.when(replace(SIGN, agreement=MEMBER_AGREEMENT)).then_refused(
        RefusalCode.AGREEMENT_VERSION,
        f"{PARTNER}.agreement",
        field="agreement",
        because=f"Signing {PARTNER_AGREEMENT}.",
    )


def test_an_agreement_without_a_text_is_not_signed() -> None:
    Specification().given(founded(), organisation(), admitted(NETWORK)).when(
        replace(SIGN, agreement=NETWORK_AGREEMENT)
    ).then_refused(RefusalCode.AGREEMENT_VERSION, f"{NETWORK_AGREEMENT}.template")


def test_a_text_that_was_sent_may_be_signed_though_another_took_its_place() -> None:
    waiting = member.given(sent(PARTNER_AGREEMENT), second_text)
    waiting.when(SIGN).then(signed(PARTNER_AGREEMENT))
    # Then the one that took its place is asked for, as of everybody who signed the first.
    by = TODAY + timedelta(days=CATE.deadlines.resigning_grace_days)
    waiting.given(signed(PARTNER_AGREEMENT)).when(RequireResigning(membership=MEMBERSHIP)).then(
        sent(PARTNER_AGREEMENT, 2, SECOND_TEXT),
        Fact(MEMBERSHIP, ResigningRequired(agreement=PARTNER_AGREEMENT, version=2, sign_by=by)),
    )


def test_once_the_newer_text_is_sent_that_one_alone_is_signed() -> None:
    newer = sent(PARTNER_AGREEMENT, 2, SECOND_TEXT)
    both = member.given(sent(PARTNER_AGREEMENT), second_text, newer)
    both.when(SIGN).then_refused(
        RefusalCode.AGREEMENT_VERSION, f"{PARTNER_AGREEMENT}.version", field="version"
    )
    both.when(replace(SIGN, version=2, sha256=SECOND_TEXT)).then(
        signed(PARTNER_AGREEMENT, 2, SECOND_TEXT)
    )


EARLIER = [
    pytest.param([signed(PARTNER_AGREEMENT)], FIRST_TEXT, id="it was signed"),
    pytest.param([Fact(MEMBERSHIP, MembershipWithdrawn())], FIRST_TEXT, id="it has left"),
    pytest.param([], "3" * 64, id="it is another text"),
]


@pytest.mark.parametrize(("already", "sha256"), EARLIER)
def test_an_earlier_version_is_not_signed_by_who_is_not_waited_for(
    already: list[Fact], sha256: str
) -> None:
    member.given(sent(PARTNER_AGREEMENT), already, second_text).when(
        replace(SIGN, sha256=sha256)
    ).then_refused(
        RefusalCode.AGREEMENT_VERSION,
        f"{PARTNER_AGREEMENT}.version",
        field="version",
        because=f"Version 2 of {PARTNER_AGREEMENT}, SHA-256 {SECOND_TEXT}.",
    )


def test_nothing_is_sent_or_signed_before_the_last_entry_of_the_membership() -> None:
    later = TODAY + timedelta(days=1)
    sent_later = member.given(sent(PARTNER_AGREEMENT), on=later)
    sent_later.when(SIGN, today=later).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because="2026-03-03 or later"
    )
    sent_later.when(SIGN, today=later, effective=later).then(signed(PARTNER_AGREEMENT))
    sent_later.given(second_text).when(SEND, today=later).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


@pytest.mark.parametrize("already", [[], [signed(PARTNER_AGREEMENT)]])
def test_another_text_than_the_current_one_is_not_signed(already: list[Fact]) -> None:
    member.given(sent(PARTNER_AGREEMENT), already).when(
        replace(SIGN, sha256=SECOND_TEXT)
    ).then_refused(RefusalCode.AGREEMENT_VERSION, f"{PARTNER_AGREEMENT}.version", field="sha256")


def test_what_was_not_sent_is_not_signed() -> None:
    member.when(SIGN).then_refused(
        RefusalCode.WRONG_PHASE, "agreement.sent", because="Sending the agreement first."
    )
    member.given(sent(PARTNER_AGREEMENT), second_text).when(
        replace(SIGN, version=2, sha256=SECOND_TEXT)
    ).then_refused(RefusalCode.WRONG_PHASE, "agreement.sent")


def test_a_membership_is_active_from_the_signature_on() -> None:
    world = World()
    world.append([organisation(), admitted(PARTNER), sent(PARTNER_AGREEMENT)], TODAY)
    assert world.membership(MEMBERSHIP).status is MembershipStatus.AGREEMENT_PENDING
    world.append([signed(PARTNER_AGREEMENT)], TODAY)
    assert world.membership(MEMBERSHIP).status is MembershipStatus.ACTIVE


def test_where_a_later_policy_names_another_agreement_that_one_is_signed() -> None:
    renamed = policy_with(("[agreements.partner-agreement]", "[agreements.partner-pledge]"))
    later = member.given(sent(PARTNER_AGREEMENT), signed(PARTNER_AGREEMENT)).under(renamed)
    pledge = replace(
        second_text,
        event=replace(published(PARTNER_AGREEMENT).event, agreement="partner-pledge"),
    )
    later.given(pledge).when(SEND).then(sent("partner-pledge"))
    later.given(pledge, sent("partner-pledge")).when(
        replace(SIGN, agreement="partner-pledge")
    ).then(signed("partner-pledge"))
