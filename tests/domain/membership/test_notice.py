"""Notice: what others have days to answer holds from today, and what was voted from the close."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.coalition.vote import CloseVote
from domain.decision import Command, Fact, RefusalCode
from domain.membership.contest import DecideAppeal
from domain.membership.membership import AdmitMember, DeclineApplication, SendAgreement
from domain.membership.standing import ReinstateMembership, SuspendMembership, TerminateMembership
from domain.membership.waiting import OfferSeat, RequestInformation, WaitlistApplication
from domain.policy import VoteKind
from domain.terms import MembershipId, VoteOutcome
from tests.domain.coalition.votes import CLOSES, VOTE, cast, closed, opened, partners, seats
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    admitted,
    founded,
    organisation,
    published,
    ready,
    review_started,
    signed,
    submitted,
)
from tests.domain.membership.standings import CLAUSE, REASON, UNTIL, put_to_vote, withdrawn
from tests.domain.membership.test_standing_appeals import FILED, asked, counted, ended
from tests.domain.membership.waitlists import waiting
from tests.domain.specification import TODAY, Specification

TOMORROW = TODAY + timedelta(days=1)

begun = Specification().given(founded(seats=4), organisation(), partners(3))
applied = begun.given(submitted(NETWORK))
member = begun.given(published(MEMBER_AGREEMENT), admitted(MEMBER))
active = member.given(signed(MEMBER_AGREEMENT))
TERMINATE = TerminateMembership(membership=MEMBERSHIP, vote=VOTE, clauses=[CLAUSE], reason=REASON)


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (applied, RequestInformation(application=APPLICATION, question="Which counties?")),
        (
            applied.given(review_started()),
            DeclineApplication(application=APPLICATION, clauses=[f"{NETWORK}.interest"]),
        ),
        (waiting, OfferSeat(application=APPLICATION)),
        (member, SendAgreement(membership=MEMBERSHIP)),
        (
            active,
            SuspendMembership(membership=MEMBERSHIP, clauses=[CLAUSE], reason=REASON, until=UNTIL),
        ),
        (active.given(put_to_vote(), closed(VoteOutcome.PASSED)), TERMINATE),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_others_have_days_to_answer_holds_from_today(
    given: Specification, command: Command
) -> None:
    given.when(command, today=TOMORROW).then_refused(
        RefusalCode.TOO_EARLY,
        "effective-date.today",
        field="effectiveOn",
        because=f"An effective date of {TOMORROW}",
    )
    given.when(command, today=TOMORROW, effective=TOMORROW).then_accepted()


def test_ballots_are_counted_on_the_day_of_the_close() -> None:
    voting = begun.given(ready(PARTNER), opened(seats(1, 2, 3)))
    voting = voting.given(cast(1), cast(2), cast(3), on=CLOSES)
    for effective in (TODAY, CLOSES - timedelta(days=1)):
        voting.when(CloseVote(vote=VOTE), today=CLOSES, effective=effective).then_refused(
            RefusalCode.TOO_EARLY, "effective-date.today", field="effectiveOn", because="counted"
        )
    voting.when(CloseVote(vote=VOTE), today=CLOSES, effective=CLOSES).then_accepted()


PASSED = closed(VoteOutcome.PASSED)


@pytest.mark.parametrize(
    ("given", "command", "vote"),
    [
        (
            begun.given(ready(PARTNER), opened(seats(1, 2, 3))),
            AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER)),
            PASSED,
        ),
        (
            Specification().given(
                founded(seats=1), organisation(), partners(1), ready(PARTNER), opened(seats(1))
            ),
            WaitlistApplication(application=APPLICATION),
            PASSED,
        ),
        (
            active.given(withdrawn(), put_to_vote(VoteKind.ADMISSION, version=4)),
            ReinstateMembership(membership=MEMBERSHIP),
            PASSED,
        ),
        (
            ended.given(FILED, asked([2], seats(1, 3))),
            DecideAppeal(membership=MEMBERSHIP),
            counted(VoteOutcome.PASSED),
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_was_voted_holds_from_the_close_of_the_vote_on(
    given: Specification, command: Command, vote: Fact
) -> None:
    voted = given.given(vote, on=TOMORROW)
    voted.when(command, today=TOMORROW).then_refused(
        RefusalCode.TOO_EARLY,
        "effective-date",
        field="effectiveOn",
        because="was closed on",
    )
    voted.when(command, today=TOMORROW, effective=TOMORROW).then_accepted()
