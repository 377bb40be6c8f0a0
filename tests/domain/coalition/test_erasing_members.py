"""Erasing a person who is a member goes around no vote, and is not the operator's to decide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import PersonErased
from domain.coalition.erasure import ErasePerson
from domain.decision import Fact, RefusalCode
from domain.membership.contest import FileAppeal
from domain.membership.party import IndividualRegistered
from domain.membership.standing import (
    MembershipWithdrawn,
    StandingAppealDecided,
    StandingAppealFiled,
)
from domain.policy import VoteKind
from domain.terms import AppealOutcome, PersonId, VoteId, VoteOutcome
from tests.domain.examples import MEMBERSHIP, NETWORK, WREN, admitted, founded
from tests.domain.membership.standings import (
    put_to_vote,
    suspended,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification, at
from tests.domain.world import COALITION

ERASE = ErasePerson(person=PersonId(WREN))
wren = IndividualRegistered(
    party_type="individual", name="Wren", email="wren@example.org", counties=["29189"]
)
member = Specification().given(founded(), Fact(WREN, wren), admitted(NETWORK, party=WREN))
left = Fact(MEMBERSHIP, MembershipWithdrawn(reason=None))
erased = Fact(COALITION, PersonErased(person=PersonId(WREN)))
WINDOW = timedelta(days=CATE.deadlines.appeal_window_days)
FAILED = voted(VoteOutcome.FAILED, version=1)


def test_whoever_runs_the_service_erases_a_member_once_it_has_left() -> None:
    member.when(ERASE).then_refused(RefusalCode.WRONG_PHASE, "erasure.member", because="withdrawal")
    member.given(withdrawn()).when(ERASE).then(erased)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (put_to_vote(version=1), RefusalCode.WRONG_PHASE),
        (voted(version=1), RefusalCode.WRONG_PHASE),
        (FAILED, RefusalCode.NOT_YET),
    ],
    ids=["open", "passed", "failed"],
)
def test_nobody_is_erased_around_a_vote_on_ending_their_membership(
    given: list[Fact], code: RefusalCode
) -> None:
    member.given(given).when(ERASE, by_director=True).then_refused(
        code, "votes.termination", because="The member's own withdrawal"
    )
    # Nobody is held: who leaves by their own word is erased at once.
    member.given(given, withdrawn()).when(ERASE, by_director=True).then(erased)


def test_who_has_just_won_an_appeal_is_not_erased_by_others() -> None:
    won = member.given(voted(VoteOutcome.PASSED, VoteKind.APPEAL, version=1))
    won.when(ERASE, by_director=True).then_refused(RefusalCode.NOT_YET, "votes.appeal")


def test_after_the_days_of_an_appeal_the_director_has_them_erased() -> None:
    given = member.given(FAILED)
    given.when(ERASE, by_director=True, **at(TODAY + WINDOW)).then_refused(
        RefusalCode.NOT_YET, "votes.termination"
    )
    late = at(TODAY + WINDOW + timedelta(days=1))
    given.when(ERASE, by_director=True, **late).then(left, erased)


ENDED = [*voted(version=1), terminated()]
APPEALED = Fact(MEMBERSHIP, StandingAppealFiled(grounds="I never asked."))


@pytest.mark.parametrize("by_director", [True, False], ids=["director", "operator"])
@pytest.mark.parametrize(
    "given",
    [
        member.given(withdrawn(), by_director=True),
        member.given(ENDED),
        member.given(suspended()),
    ],
    ids=["written down", "put out", "suspended"],
)
def test_nobody_is_erased_by_others_who_may_still_appeal_or_has(
    given: Specification,
    by_director: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    refused = RefusalCode.WRONG_PHASE, "erasure.appeal"
    given.when(ERASE, by_director=by_director).then_refused(*refused)
    last = at(TODAY + WINDOW)
    given.when(ERASE, by_director=by_director, **last).then_refused(*refused)
    late = at(TODAY + WINDOW + timedelta(days=1))
    under_appeal = given.given(APPEALED)
    under_appeal.when(ERASE, by_director=by_director, **late).then_refused(*refused)


def test_who_may_not_appeal_any_more_is_erased() -> None:
    late = at(TODAY + WINDOW + timedelta(days=1))
    upheld = StandingAppealDecided(outcome=AppealOutcome.UPHELD, vote=VoteId("a" * 32))
    lost = [APPEALED, Fact(MEMBERSHIP, upheld)]
    for given in (member.given(withdrawn(), by_director=True), member.given(ENDED)):
        given.when(ERASE, **late).then(erased)
        given.given(lost).when(ERASE).then(erased)


def test_whose_leaving_was_written_down_is_erased_once_it_says_so_itself() -> None:
    written = member.given(withdrawn(), by_director=True)
    for given in (written, written.given(APPEALED)):
        given.given(withdrawn()).when(ERASE).then(erased)


def test_what_is_done_already_is_recorded_whatever_is_voted_on() -> None:
    """A start on an older backup records anew what the key store knows."""
    member.given(put_to_vote(version=1)).when(replace(ERASE, is_done=True)).then(left, erased)


def test_who_was_erased_is_told_so_and_not_that_it_left_by_its_own_word() -> None:
    file = FileAppeal(membership=MEMBERSHIP, grounds="I never asked.")
    member.given(left, erased).when(file).then_refused(
        RefusalCode.WRONG_PHASE, "erased-person", because="was erased"
    )
