"""Conflicts of interest: standing aside, being recused, and who is too close to whom."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import TransferHome
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
from domain.membership.ties import (
    AffiliationEnded,
    DeclareAffiliation,
    EndAffiliation,
    PartyAffiliated,
)
from domain.membership.waiting import ApplicationWaitlisted
from domain.terms import Affiliation, MembershipId, PartyId, PrincipalId, VoteOutcome
from tests.domain.coalition.votes import (
    DIRECTOR,
    VOTE,
    affiliated,
    aside,
    cast,
    closed,
    home,
    opened,
    partner,
    partners,
    seat,
    seats,
    vote,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    LANTERN,
    PARTNER,
    REVIEW,
    REVIEWER,
    WREN,
    founded,
    individual,
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


# Affiliation ------------------------------------------------------------

parties = Specification().given(founded(), organisation(), organisation(FERRY), individual())


def tie(
    affiliate: PartyId = FERRY, affiliation: Affiliation = Affiliation.SPONSORED_BY
) -> DeclareAffiliation:
    return DeclareAffiliation(party=LANTERN, affiliate=affiliate, affiliation=affiliation)


SHARED = Affiliation.SHARES_LEADERSHIP
TO_LANTERN = DeclareAffiliation(party=partner(1), affiliate=LANTERN, affiliation=SHARED)


def tied(
    party: PartyId, affiliate: PartyId, affiliation: Affiliation, *, own: bool = False
) -> Fact:
    said = PartyAffiliated(affiliate=affiliate, affiliation=affiliation, own_word=own)
    return Fact(party, said)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Affiliation.SPONSORED_BY, Affiliation.SPONSORS),
        (Affiliation.SPONSORS, Affiliation.SPONSORED_BY),
        (Affiliation.CONTROLS, Affiliation.CONTROLLED_BY),
        (Affiliation.CONTROLLED_BY, Affiliation.CONTROLS),
        (Affiliation.SHARES_LEADERSHIP, Affiliation.SHARES_LEADERSHIP),
    ],
)
def test_an_affiliation_is_recorded_of_both_parties(here: Affiliation, there: Affiliation) -> None:
    facts = [tied(LANTERN, FERRY, here), tied(FERRY, LANTERN, there)]
    parties.when(tie(affiliation=here)).then(*facts)
    parties.given(facts).when(tie(affiliation=here)).then_nothing()


END = EndAffiliation(
    party=LANTERN,
    affiliate=FERRY,
    affiliation=Affiliation.SPONSORED_BY,
    reason="The sponsorship ended.",
)


def untied(party: PartyId, affiliate: PartyId, affiliation: Affiliation) -> Fact:
    return Fact(
        party,
        AffiliationEnded(affiliate=affiliate, affiliation=affiliation, reason=END.reason),
    )


def test_an_affiliation_ends_for_both_parties_and_leaves_their_other_ties() -> None:
    by, of, also = Affiliation.SPONSORED_BY, Affiliation.SPONSORS, Affiliation.SHARES_LEADERSHIP
    facts = [tied(LANTERN, FERRY, by), tied(FERRY, LANTERN, of)]
    ended = [untied(LANTERN, FERRY, by), untied(FERRY, LANTERN, of)]
    parties.given(facts).when(END).then(*ended)
    given = parties.given(facts, tied(LANTERN, FERRY, also), tied(FERRY, LANTERN, also), ended)
    given.when(tie(affiliation=also)).then_nothing()
    given.when(tie()).then(*facts)


def test_only_what_was_declared_and_not_ended_ends() -> None:
    for given in (
        parties,
        parties.given(
            tied(LANTERN, FERRY, Affiliation.SPONSORED_BY),
            untied(LANTERN, FERRY, Affiliation.SPONSORED_BY),
        ),
    ):
        given.when(END).then_refused(
            RefusalCode.WRONG_PHASE, "party.affiliation", field="affiliation"
        )
    parties.when(replace(END, affiliate=PartyId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-affiliate", field="affiliate"
    )
    parties.given(tied(LANTERN, FERRY, Affiliation.SPONSORED_BY)).when(
        END, effective=DAY_BEFORE
    ).then_refused(RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn")


def test_a_tie_that_becomes_known_while_a_vote_is_open_takes_the_voter_out_of_it() -> None:
    voting = ready_to_vote.given(opened(seats(1, 2, 3)), cast(1))
    ties = affiliated(LANTERN, partner(1))
    for said in (tie(partner(1), SHARED), TO_LANTERN):
        facts = ties if said.party == LANTERN else [ties[1], ties[0]]
        voting.when(said).then(*facts, aside(1))
        voting.given(ties, aside(1)).when(said).then_nothing()
        voting.given(ties, closed(VoteOutcome.FAILED)).when(said).then_nothing()


def test_who_says_so_of_itself_leaves_and_whom_the_vote_is_about_takes_out_nobody() -> None:
    voting = ready_to_vote.given(opened(seats(1, 2, 3)))
    ties = affiliated(LANTERN, partner(1))
    own = replace(tie(partner(1), SHARED), declarer=LANTERN)
    by_itself = [tied(LANTERN, partner(1), SHARED, own=True), ties[1]]
    voting.when(own).then(*by_itself)
    voting.given(by_itself).when(own).then_nothing()
    # Until the voter, or the director, says the same.
    for said in (
        replace(TO_LANTERN, declarer=partner(1)),
        tie(partner(1), SHARED),
    ):
        voting.given(by_itself).when(said).then(ties[0], aside(1))
        voting.given(by_itself).when(said, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )
        # What is known by another's word stays so.
        voting.given(by_itself, ties[0], aside(1)).when(own).then_nothing()


def test_what_a_party_says_of_itself_counts_where_the_other_one_is_judged() -> None:
    """Whoever says so may be judged by the other; it does not judge the other from now on."""
    own = replace(TO_LANTERN, declarer=partner(1))
    by_itself = [tied(partner(1), LANTERN, SHARED, own=True), tied(LANTERN, partner(1), SHARED)]
    voting = ready_to_vote.given(opened(seats(1, 2, 3)))
    voting.when(own).then(*by_itself, aside(1))
    given = parties.given(partners(1), by_itself)
    given.when(replace(own, declarer=LANTERN)).then(tied(partner(1), LANTERN, SHARED))
    given.when(replace(END, party=partner(1), affiliate=LANTERN, affiliation=SHARED)).then(
        untied(partner(1), LANTERN, SHARED), untied(LANTERN, partner(1), SHARED)
    )


def test_a_tie_changes_nothing_in_a_vote_about_somebody_else() -> None:
    voting = ready_to_vote.given(organisation(FERRY), opened(seats(1, 2, 3)))
    given = tie(partner(1), SHARED)
    voting.when(replace(given, party=FERRY)).then(*affiliated(FERRY, partner(1)))


def test_a_party_is_no_affiliate_of_itself() -> None:
    parties.when(tie(LANTERN)).then_refused(
        RefusalCode.INVALID_INPUT, "another-party", field="affiliate"
    )


def test_both_parties_must_be_known() -> None:
    parties.when(tie(PartyId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-affiliate", field="affiliate"
    )
    Specification().given(founded(), organisation(FERRY)).when(tie()).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )


def test_an_affiliation_does_not_hold_before_the_parties_are_known() -> None:
    parties.when(tie(), effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_with_the_home_its_fiscal_sponsor_leaves() -> None:
    voting = ready_to_vote.given(home(partner(1), partner(2)), opened(seats(1, 2, 3)))
    by_age = sorted((1, 2), key=seat)
    voting.when(tie(partner(2), SHARED)).then(
        *affiliated(LANTERN, partner(2)), *(aside(number) for number in by_age)
    )


# The home ----------------------------------------------------------------


def transfer(host: PartyId | None, sponsor: PartyId | None) -> TransferHome:
    return TransferHome(home=host, fiscal_sponsor=sponsor, source="minutes")


def test_the_home_moves() -> None:
    parties.when(transfer(LANTERN, FERRY)).then(home(LANTERN, FERRY))
    parties.given(home(LANTERN, FERRY)).when(transfer(LANTERN, None)).then(home(LANTERN, None))


def test_what_a_transfer_leaves_out_stays_as_it_is() -> None:
    given = parties.given(home(LANTERN, FERRY))
    given.when(TransferHome(source="minutes")).then_nothing()
    given.when(TransferHome(home=None, source="minutes")).then(home(None, FERRY))
    given.when(TransferHome(fiscal_sponsor=None, source="minutes")).then(home(LANTERN, None))


def test_a_home_that_is_there_already_does_not_move() -> None:
    parties.given(home(LANTERN, FERRY)).when(transfer(LANTERN, FERRY)).then_nothing()


def test_a_new_home_that_has_an_interest_leaves_the_votes_that_are_open() -> None:
    tied_to_sponsor = ready_to_vote.given(affiliated(LANTERN, partner(2)))
    voting = tied_to_sponsor.given(opened(seats(1, 3), seats(2)))
    voting.when(transfer(partner(1), partner(2))).then(home(partner(1), partner(2)), aside(1))
    voting.when(transfer(partner(1), partner(3))).then(home(partner(1), partner(3)))


def test_a_home_is_a_known_organisation() -> None:
    parties.when(transfer(WREN, None)).then_refused(
        RefusalCode.INVALID_INPUT, "home.organisation", field="home"
    )
    parties.when(transfer(LANTERN, PartyId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "home.organisation", field="fiscalSponsor"
    )


def test_the_home_does_not_move_before_the_founding() -> None:
    parties.when(transfer(LANTERN, FERRY), effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    Specification().when(transfer(None, None)).then_refused(
        RefusalCode.INVALID_INPUT, "known-coalition", field="coalition"
    )
