"""Conflicts of interest: who declares one, and who is recused."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.coalition.vote import CloseVote
from domain.decision import Command, Fact, RefusalCode
from domain.membership.application import ApplicationDeclined, ReviewStarted
from domain.membership.membership import AdmitMember
from domain.membership.review import (
    AssignReviewer,
    ConflictDeclared,
    DeclareConflict,
    RecuseReviewer,
    ReviewerAssigned,
    ReviewerRecused,
)
from domain.membership.waiting import ApplicationWaitlisted
from domain.terms import MembershipId, PartyId, PrincipalId, VoteOutcome
from tests.domain.coalition.votes import (
    DIRECTOR,
    VOTE,
    aside,
    cast,
    closed,
    opened,
    partner,
    partners,
    seats,
    vote,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    LANTERN,
    PARTNER,
    REVIEW,
    REVIEWER,
    founded,
    organisation,
    ready,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.specification import Specification

COLLEAGUE = PrincipalId("a colleague")
applied = Specification().given(founded(seats=8), partners(3), organisation(), submitted(PARTNER))
reviewing = applied.given(review_started())
ready_to_vote = (
    Specification().given(founded(seats=8), partners(3), organisation()).given(ready(PARTNER))
)


def conflict(party: PartyId | None = None, declarer: PrincipalId = REVIEWER) -> DeclareConflict:
    return DeclareConflict(
        application=APPLICATION, declarer=declarer, details="We share a landlord.", party=party
    )


def declared(party: PartyId | None = None, declarer: PrincipalId = REVIEWER) -> Fact:
    event = ConflictDeclared(
        application=APPLICATION, declarer=declarer, party=party, details="We share a landlord."
    )
    return Fact(REVIEW, event)


def recused(reviewer: PrincipalId = REVIEWER, reason: str | None = None) -> Fact:
    event = ReviewerRecused(application=APPLICATION, reviewer=reviewer, reason=reason)
    return Fact(REVIEW, event)


def test_a_reviewer_who_declares_a_conflict_is_recused() -> None:
    reviewing.when(conflict()).then(declared(), recused())


def test_a_recused_reviewer_reviews_no_more() -> None:
    world = reviewing.given(declared(), recused())
    world.when(AssignReviewer(application=APPLICATION, reviewer=REVIEWER)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "review.recused", field="reviewer"
    )
    assigned = ReviewerAssigned(application=APPLICATION, reviewer=COLLEAGUE)
    world.when(AssignReviewer(application=APPLICATION, reviewer=COLLEAGUE)).then(
        Fact(REVIEW, assigned)
    )


RECUSE = RecuseReviewer(application=APPLICATION, reviewer=REVIEWER)
AGAIN = Fact(APPLICATION, ReviewStarted())


def test_what_nobody_is_left_to_stand_by_is_reviewed_again_before_a_yes() -> None:
    alone = ready_to_vote.given(opened(seats(1, 2)), closed(VoteOutcome.PASSED))
    alone.when(conflict()).then(declared(), recused(), AGAIN)
    alone.when(RECUSE).then(recused(), AGAIN)
    # Somebody else stands by it, or a yes has been said already.
    joined = ReviewerAssigned(application=APPLICATION, reviewer=COLLEAGUE)
    for given in (
        alone.given(Fact(REVIEW, joined)),
        alone.given(Fact(APPLICATION, ApplicationWaitlisted(clauses=[]))),
        reviewing,
    ):
        given.when(RECUSE).then(recused())

    again = alone.given(recused(), AGAIN)
    admit = AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER))
    again.when(admit).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    again.when(AssignReviewer(application=APPLICATION, reviewer=COLLEAGUE)).then(
        Fact(REVIEW, joined)
    )
    again.given(Fact(REVIEW, joined), reviewed()).when(admit).then_accepted()


def test_who_waits_for_a_seat_without_a_reviewer_gets_another_and_keeps_their_place() -> None:
    assign = AssignReviewer(application=APPLICATION, reviewer=COLLEAGUE)
    joined = Fact(REVIEW, ReviewerAssigned(application=APPLICATION, reviewer=COLLEAGUE))
    waiting = ready_to_vote.given(Fact(APPLICATION, ApplicationWaitlisted(clauses=[])))
    waiting.when(assign).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    waiting.given(recused()).when(assign).then(joined)
    # A review that is from before recusals opened it again.
    ready_to_vote.given(recused()).when(assign).then(joined, AGAIN)


def test_a_member_that_declares_a_conflict_keeps_its_representative_unrecused() -> None:
    reviewing.when(conflict(partner(1), COLLEAGUE)).then(declared(partner(1), COLLEAGUE))


def test_a_conflict_is_declared_once() -> None:
    reviewing.given(declared(), recused()).when(conflict()).then_nothing()
    reviewing.given(declared(partner(1))).when(conflict(partner(1))).then_nothing()


def test_who_is_no_member_has_no_vote_to_stand_aside_from() -> None:
    reviewing.when(conflict(LANTERN)).then_refused(RefusalCode.NOT_IN_ELECTORATE, "conflict.member")


def test_a_member_that_declares_it_while_a_vote_is_open_leaves_its_electorate() -> None:
    voting = ready_to_vote.given(opened(seats(1, 2), seats(3)))
    for given in (voting, voting.given(cast(2)), voting.given(cast(1))):
        given.when(conflict(partner(1))).then(declared(partner(1)), aside(1))
    # Who has no vote in it leaves nothing, and a vote that is closed is over.
    voting.when(conflict(partner(3))).then(declared(partner(3)))
    voting.given(closed(VoteOutcome.FAILED)).when(conflict(partner(1))).then(declared(partner(1)))
    voting.given(aside(1)).when(conflict(partner(1))).then(declared(partner(1)))


def test_the_director_leaves_a_vote_that_they_have_a_part_in() -> None:
    said = replace(conflict(declarer=COLLEAGUE), by_director=True)
    facts = [declared(declarer=COLLEAGUE), recused(COLLEAGUE)]
    ready_to_vote.given(opened(seats(1))).when(said).then(*facts)
    voting = ready_to_vote.given(opened(seats(1), director_votes=True), cast(1), cast(None))
    voting.when(said).then(*facts, aside(None))
    voting.when(replace(said, by_director=False)).then(*facts)
    left = voting.given(aside(None))
    left.when(CloseVote(vote=VOTE)).then(closed(VoteOutcome.PASSED, (1, 0, 0)))
    left.when(vote(), voter=DIRECTOR).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused"
    )


def test_a_director_who_recuses_themself_leaves_it_as_by_a_conflict() -> None:
    said = RecuseReviewer(application=APPLICATION, reviewer=COLLEAGUE, by_themself=True)
    ready_to_vote.when(said).then(recused(COLLEAGUE))
    voting = ready_to_vote.given(opened(seats(1), director_votes=True), cast(1), cast(None))
    voting.when(said).then(recused(COLLEAGUE), aside(None))
    voting.when(replace(said, by_themself=False)).then(recused(COLLEAGUE))
    voting.given(aside(None)).when(said).then(recused(COLLEAGUE))
    voting.given(closed(VoteOutcome.FAILED)).when(said).then(recused(COLLEAGUE))
    ready_to_vote.given(opened(seats(1))).when(said).then(recused(COLLEAGUE))


def test_the_director_recuses_a_reviewer() -> None:
    command = RecuseReviewer(application=APPLICATION, reviewer=REVIEWER, reason="kin")
    reviewing.when(command).then(recused(reason="kin"))
    reviewing.given(recused()).when(command).then_nothing()


def test_somebody_can_be_kept_out_of_a_review_from_the_start() -> None:
    applied.when(RecuseReviewer(application=APPLICATION, reviewer=COLLEAGUE)).then(
        recused(COLLEAGUE)
    )


@pytest.mark.parametrize(
    "command", [conflict(), RecuseReviewer(application=APPLICATION, reviewer=REVIEWER)]
)
def test_after_the_decision_nobody_is_recused(command: Command) -> None:
    reviewing.given(Fact(APPLICATION, ApplicationDeclined())).when(command).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


@pytest.mark.parametrize(
    "command", [conflict(), RecuseReviewer(application=APPLICATION, reviewer=REVIEWER)]
)
def test_nobody_is_recused_before_there_is_an_application(command: Command) -> None:
    reviewing.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    Specification().given(founded()).when(command).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )
