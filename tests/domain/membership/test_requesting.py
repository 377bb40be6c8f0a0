"""A member asks for another tier, and who asks for a tier does so once at a time."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import Event
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    ApplicationDeclined,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.waiting import ApplicationExpired, ApplicationWithdrawn
from domain.terms import (
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    MembershipId,
    ReviewId,
    TierChangeReason,
)
from tests.domain.coalition.votes import VOTE
from tests.domain.examples import (
    ALLY,
    ANOTHER,
    APPLICANT,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    REVIEW,
    admitted,
    founded,
    organisation,
    submitted,
)
from tests.domain.specification import Specification
from tests.domain.world import an_id

coalition = Specification().given(founded())

SECOND = ApplicationId(an_id("a second application"))
SUBMIT = SubmitApplication(
    application=APPLICATION, review=REVIEW, party=LANTERN, applicant=APPLICANT, tier=MEMBER
)
REQUEST = RequestTierChange(
    application=APPLICATION,
    review=REVIEW,
    applicant=APPLICANT,
    membership=MEMBERSHIP,
    tier=MEMBER,
    reason=TierChangeReason.SERVICES_CHANGED,
)


member = coalition.given(organisation(), admitted(NETWORK))
ASKED = submitted(MEMBER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP)


def test_a_member_asks_for_another_tier() -> None:
    member.when(REQUEST).then(ASKED)


def test_asking_for_the_same_tier_change_again_changes_nothing() -> None:
    member.given(ASKED).when(REQUEST).then_nothing()


def test_another_tier_change_under_the_id_of_an_application_is_refused() -> None:
    again = replace(REQUEST, reason=TierChangeReason.REQUESTED)
    member.given(ASKED).when(again).then_refused(
        RefusalCode.INVALID_INPUT, "new-id", field="application"
    )


def test_only_a_member_asks_for_another_tier() -> None:
    unknown = replace(REQUEST, membership=MembershipId(ANOTHER))
    member.when(unknown).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_a_tier_change_needs_ids_of_its_own() -> None:
    member.when(replace(REQUEST, review=ReviewId(APPLICATION))).then_refused(
        RefusalCode.INVALID_INPUT, "distinct-ids", field="id"
    )


def test_a_member_asks_for_its_own_tier_to_be_assessed_anew() -> None:
    again = replace(REQUEST, tier=NETWORK, reason=TierChangeReason.REASSESSMENT)
    founding = coalition.given(organisation(), admitted(NETWORK))
    by = coalition.given(organisation(), admitted(NETWORK, application=ApplicationId(ANOTHER)))
    founding.when(again).then_accepted()
    by.when(again).then_accepted()


def test_a_member_does_not_ask_for_a_tier_that_the_policy_lacks() -> None:
    member.when(replace(REQUEST, tier="gold")).then_refused(
        RefusalCode.INVALID_INPUT, "known-tier", field="tier"
    )


def test_a_member_whose_type_the_tier_does_not_admit_is_refused() -> None:
    member.when(replace(REQUEST, tier=ALLY)).then_refused(
        RefusalCode.NOT_ELIGIBLE, "ally-network.type", field="tier"
    )


def test_a_member_without_an_ein_does_not_come_to_a_tier_that_asks_for_one() -> None:
    coalition.given(organisation(ein=None), admitted(NETWORK)).when(REQUEST).then_refused(
        RefusalCode.INVALID_INPUT, "coalition-member.ein-determination", field="ein"
    )


def test_a_member_that_asks_does_not_learn_whether_another_provider_has_its_ein() -> None:
    member.given(organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER)).when(
        REQUEST
    ).then(ASKED)


def test_a_provider_s_own_ein_is_not_in_its_way() -> None:
    coalition.given(organisation(), admitted(PARTNER)).when(REQUEST).then(ASKED)


def test_nobody_asks_for_another_tier_before_they_were_a_member() -> None:
    member.when(REQUEST, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_another_provider_with_another_ein_is_in_nobody_s_way() -> None:
    coalition.given(organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY), organisation()).when(
        SUBMIT
    ).then(submitted(MEMBER))


def test_a_tier_is_asked_for_once_at_a_time() -> None:
    asked = coalition.given(organisation(), submitted(MEMBER))
    again = replace(SUBMIT, application=SECOND, review=ReviewId(ANOTHER))
    asked.when(again).then_refused(RefusalCode.WRONG_PHASE, "application.once", field="tier")
    # Another tier may be asked for beside it, and the same one by somebody else.
    other = asked.when(replace(again, tier=NETWORK))._decision
    assert isinstance(other, list)
    ferry = asked.given(organisation(FERRY, FERRY_EIN)).when(replace(again, party=FERRY))._decision
    assert isinstance(ferry, list)


@pytest.mark.parametrize(
    "end",
    [
        ApplicationWithdrawn(reason=None),
        ApplicationExpired(deadline="deadlines.application_expiry_days"),
        ApplicationDeclined(),
    ],
)
def test_what_was_answered_or_taken_back_is_asked_for_again(end: Event) -> None:
    again = replace(SUBMIT, application=SECOND, review=ReviewId(ANOTHER))
    over = coalition.given(organisation(), submitted(MEMBER), Fact(APPLICATION, end))
    assert isinstance(over.when(again)._decision, list)


def test_who_appeals_a_decline_may_ask_anew_and_who_was_right_need_not() -> None:
    again = replace(SUBMIT, application=SECOND, review=ReviewId(ANOTHER))
    declined = coalition.given(
        organisation(),
        submitted(MEMBER),
        Fact(APPLICATION, ApplicationDeclined()),
        Fact(APPLICATION, AppealFiled(grounds="We do.")),
    )
    assert isinstance(declined.when(again)._decision, list)
    upheld = AppealDecided(outcome=AppealOutcome.UPHELD, vote=VOTE)
    assert isinstance(declined.given(Fact(APPLICATION, upheld)).when(again)._decision, list)
    overturned = AppealDecided(outcome=AppealOutcome.OVERTURNED, vote=VOTE)
    declined.given(Fact(APPLICATION, overturned)).when(again).then_refused(
        RefusalCode.WRONG_PHASE, "application.once", field="tier"
    )


def test_a_member_asks_for_another_tier_once_at_a_time() -> None:
    first = submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP)
    asked = coalition.given(organisation(), admitted(MEMBER), first)
    again = replace(REQUEST, application=SECOND, review=ReviewId(ANOTHER), tier=PARTNER)
    asked.when(again).then_refused(RefusalCode.WRONG_PHASE, "application.once", field="tier")
    assert isinstance(asked.when(replace(again, tier=NETWORK))._decision, list)
