"""Who is too close to whom, by an affiliation or as the home, and what that does to votes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import TransferHome
from domain.decision import Fact, RefusalCode
from domain.membership.ties import (
    AffiliationEnded,
    DeclareAffiliation,
    EndAffiliation,
    PartyAffiliated,
)
from domain.terms import Affiliation, PartyId, VoteOutcome
from tests.domain.coalition.votes import (
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
)
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    FERRY,
    LANTERN,
    PARTNER,
    WREN,
    founded,
    individual,
    organisation,
    ready,
)
from tests.domain.specification import Specification

ready_to_vote = (
    Specification().given(founded(seats=8), partners(3), organisation()).given(ready(PARTNER))
)


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
