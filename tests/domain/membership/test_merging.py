"""Two organisations become one, and two again: one membership, one seat, one vote, both EINs."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from domain.coalition.vote import CloseVote, Tally, VoteClosed, VotersMerged
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.membership.membership import AdmitMember
from domain.membership.party import AddAlias, AppointRepresentative, PublishListing, RenameParty
from domain.membership.standing import MembershipMerged, MembershipPassed, ReinstateMembership
from domain.membership.ties import (
    DeclareAffiliation,
    MergeParties,
    PartiesMerged,
    PartiesSeparated,
    SeparateParties,
)
from domain.policy import VoteKind
from domain.terms import Affiliation, Ballot, MembershipId, PartyId, PersonId, VoteOutcome
from tests.domain.coalition.votes import (
    AFTER,
    VOTE,
    affiliated,
    ask,
    cast,
    closed,
    home,
    member,
    opened,
    partner,
    partners,
    seat,
    seats,
    vote,
    voter,
)
from tests.domain.examples import (
    ALLY,
    ANOTHER,
    APPLICATION,
    LANTERN,
    MEMBER,
    MEMBER_AGREEMENT,
    NETWORK,
    PARTNER,
    WREN,
    founded,
    individual,
    organisation,
    published,
    ready,
)
from tests.domain.specification import Specification

ONE, TWO = partner(1), partner(2)
FIRST, SECOND = seat(1), seat(2)
REASON = "They share a house now."
EARLIER = date(2026, 2, 1)
TEXTS = [published("partner-agreement"), published(MEMBER_AGREEMENT)]


def coalition(*facts: Fact | list[Fact]) -> Specification:
    return Specification().given(founded(seats=3), *TEXTS).given(*facts)


def merge(
    survivor: PartyId = ONE, merged: PartyId = TWO, membership: MembershipId | None = FIRST
) -> MergeParties:
    return MergeParties(survivor=survivor, merged=merged, membership=membership, reason=REASON)


def together(
    survivor: PartyId = ONE,
    merged: PartyId = TWO,
    *,
    kept: MembershipId | None = FIRST,
    ended: MembershipId | None = SECOND,
    tier: str | None = PARTNER,
    passed: bool = False,
    claims: list[PartyId] | None = None,
) -> list[Fact]:
    event = PartiesMerged(
        survivor=survivor,
        absorbed=merged,
        membership=kept,
        tier=tier,
        passed=passed,
        ended=ended,
        claims=[survivor, merged] if claims is None else claims,
        reason=REASON,
    )
    facts = []
    if kept is not None and ended is not None:
        facts.append(Fact(ended, MembershipMerged(into=kept)))
    if kept is not None and passed:
        facts.append(Fact(kept, MembershipPassed(party=survivor)))
    return [*facts, Fact(survivor, event), Fact(merged, event)]


def apart(
    *, returned: MembershipId | None = None, reinstated: MembershipId | None = None
) -> list[Fact]:
    event = PartiesSeparated(
        survivor=ONE, absorbed=TWO, returned=returned, reinstated=reinstated, reason=REASON
    )
    return [Fact(ONE, event), Fact(TWO, event)]


SEPARATE = SeparateParties(party=TWO, reason=REASON)


# Merging ----------------------------------------------------------------


def test_of_two_partners_one_membership_one_seat_and_both_eins_remain() -> None:
    given = coalition(partners(2))
    given.when(merge()).then(*together())
    # The seat is free for one more, and the EIN of neither is.
    full = given.given(together(), member(3), organisation(), ready(PARTNER))
    admit = AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER))
    full.when(admit).then_accepted()
    taken = organisation(ein="980000002")
    given.given(together(), taken, ready(PARTNER)).when(admit).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )


def test_the_membership_of_the_merged_one_may_be_the_one_that_goes_on() -> None:
    coalition(member(1, MEMBER), member(2, PARTNER)).when(merge(membership=seat(2))).then(
        *together(kept=seat(2), ended=seat(1), passed=True)
    )


def test_where_one_has_a_membership_it_goes_on_whosever_it_was() -> None:
    bare = organisation(ONE, ein="990000001")
    coalition(bare, member(2)).when(merge(membership=None)).then(
        *together(kept=seat(2), ended=None, passed=True)
    )
    coalition(member(1), organisation(TWO, ein=None)).when(merge(membership=None)).then(
        *together(ended=None, claims=[ONE])
    )
    coalition(member(1, NETWORK), organisation(TWO, ein=None)).when(merge(membership=None)).then(
        *together(ended=None, tier=NETWORK, claims=[])
    )


def test_two_that_are_no_members_may_be_one() -> None:
    coalition(organisation(ONE), organisation(TWO)).when(merge(membership=None)).then(
        *together(kept=None, ended=None, tier=None, claims=[])
    )


def test_to_merge_again_changes_nothing() -> None:
    coalition(partners(2), together()).when(merge()).then_nothing()


def test_whoever_is_part_of_another_goes_on_under_that_one_alone() -> None:
    given = coalition(partners(3), together())
    for command, field in (
        (merge(partner(3), TWO, seat(3)), "merged"),
        (merge(TWO, partner(3), seat(3)), "survivor"),
        (RenameParty(party=TWO, name="Another name"), "party"),
        (AddAlias(party=TWO, alias="A.N."), "party"),
        (PublishListing(party=TWO, name="Shown"), "party"),
        (
            DeclareAffiliation(party=TWO, affiliate=partner(3), affiliation=Affiliation.SPONSORS),
            "party",
        ),
        (
            DeclareAffiliation(party=partner(3), affiliate=TWO, affiliation=Affiliation.SPONSORS),
            "affiliate",
        ),
        (
            AppointRepresentative(
                party=TWO,
                person=PersonId(ANOTHER),
                capacity="chair",
                name="Sam Invented",
                email="sam@example.org",
            ),
            "party",
        ),
    ):
        given.when(command).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field=field)


def test_an_application_of_the_merged_one_admits_nobody() -> None:
    part = together(TWO, LANTERN, kept=seat(2), ended=None)
    given = coalition(organisation(), ready(MEMBER), member(2), part)
    admit = AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER))
    given.when(admit).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")


def test_a_merged_membership_is_not_taken_up_again_by_itself() -> None:
    coalition(partners(2), together()).when(ReinstateMembership(membership=seat(2))).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_only_known_organisations_that_differ_are_merged() -> None:
    given = coalition(member(1), individual())
    given.when(merge()).then_refused(RefusalCode.INVALID_INPUT, "known-merged", field="merged")
    given.when(merge(TWO, ONE)).then_refused(
        RefusalCode.INVALID_INPUT, "known-survivor", field="survivor"
    )
    given.when(merge(ONE, WREN)).then_refused(
        RefusalCode.INVALID_INPUT, "party-kind", field="merged"
    )
    given.when(merge(ONE, ONE)).then_refused(
        RefusalCode.INVALID_INPUT, "another-party", field="merged"
    )


def test_where_both_have_a_membership_one_of_them_is_chosen() -> None:
    given = coalition(partners(3))
    for wrong in (None, seat(3)):
        given.when(merge(membership=wrong)).then_refused(
            RefusalCode.INVALID_INPUT, "merger.membership", field="membership"
        )
    alone = coalition(member(1), organisation(TWO))
    alone.when(merge(membership=seat(2))).then_refused(
        RefusalCode.INVALID_INPUT, "merger.membership", field="membership"
    )


def test_the_home_moves_before_it_is_merged() -> None:
    coalition(partners(2), home(None, TWO)).when(merge()).then_refused(
        RefusalCode.WRONG_PHASE, "merger.home", field="merged"
    )


def test_a_tier_that_does_not_admit_the_survivor_is_not_passed_to_it() -> None:
    group = organisation(ONE, party_type="coalition-or-group", ein=None)
    coalition(group, member(2)).when(merge(membership=None)).then_refused(
        RefusalCode.NOT_ELIGIBLE, f"{PARTNER}.type", field="tier"
    )


def test_an_ein_of_the_two_that_another_provider_has_is_in_the_way() -> None:
    # As network members the two may share an EIN with a provider, which a provider may not.
    registered = organisation(partner(3), ein="980000002")
    third = [registered, *(fact for fact in member(3, MEMBER) if fact.stream != partner(3))]
    given = coalition(member(1, MEMBER), member(2, NETWORK), third)
    given.when(merge()).then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="merged")
    given.when(merge(membership=seat(2))).then_accepted()


def test_a_merger_holds_neither_from_before_the_two_nor_from_a_day_to_come() -> None:
    given = coalition(partners(2))
    given.when(merge(), effective=EARLIER).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    given.when(merge(), effective=AFTER).then_refused(
        RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
    )


# Votes ------------------------------------------------------------------


def under_way(*ballots: Fact, recused: list[MembershipId] | None = None) -> Specification:
    electorate = [each for each in seats(1, 2, 3, 4, 5) if each not in (recused or [])]
    given = Specification().given(founded(seats=9), *TEXTS, partners(5), ready(MEMBER))
    return given.given(opened(electorate, recused), list(ballots))


def one_vote(*, aside: bool = False) -> Fact:
    return Fact(VOTE, VotersMerged(survivor=seat(1), ended=seat(2), stands_aside=aside))


def merged_in_vote(*, aside: bool = False) -> list[Fact]:
    ended, *rest = together()
    return [ended, one_vote(aside=aside), *rest]


def count(given: Specification) -> Tally:
    outcome = given.when(CloseVote(vote=VOTE), today=AFTER, effective=AFTER)
    decision = outcome._decision
    assert isinstance(decision, list)
    event = decision[0].event
    assert isinstance(event, VoteClosed)
    assert isinstance(event.counted, Tally)
    return event.counted


def test_in_a_vote_that_is_open_one_vote_of_the_two_remains() -> None:
    under_way().when(merge()).then(*merged_in_vote())
    given = under_way().given(merged_in_vote())
    given.when(vote(), voter=voter(1)).then(cast(1))
    given.when(vote(), voter=voter(2)).then_refused(
        RefusalCode.NOT_IN_ELECTORATE, "votes.electorate"
    )


def test_a_ballot_of_either_is_the_ballot_of_the_one() -> None:
    given = under_way(cast(2, Ballot.AGAINST)).given(merged_in_vote())
    given.when(vote(Ballot.AGAINST), voter=voter(1)).then_nothing()
    given.when(vote(Ballot.APPROVE), voter=voter(1)).then_refused(
        RefusalCode.ALREADY_VOTED, "votes.one-each", field="ballot"
    )
    assert count(given) == Tally(approve=0, against=1, abstain=0)


def test_where_both_voted_the_survivor_s_ballot_counts_and_once() -> None:
    given = under_way(cast(2, Ballot.AGAINST), cast(1), cast(3), cast(4), cast(5))
    given = given.given(merged_in_vote())
    assert count(given) == Tally(approve=4, against=0, abstain=0)
    # Four may vote and did: there is nobody to wait for.
    given.when(CloseVote(vote=VOTE)).then_accepted()


def test_the_quorum_is_of_those_who_have_a_vote_still() -> None:
    # Three of five is more than half, and two of four is not.
    given = under_way(cast(1), cast(2)).given(merged_in_vote())
    outcome = given.when(CloseVote(vote=VOTE), today=AFTER, effective=AFTER)
    outcome.then(
        closed(VoteOutcome.FAILED, (1, 0, 0), quorum_met=False),
    )


def test_who_stands_aside_makes_the_other_stand_aside() -> None:
    recused = [seat(2)]
    under_way(recused=recused).when(merge()).then(*merged_in_vote(aside=True))
    given = under_way(cast(1), cast(3), recused=recused).given(merged_in_vote(aside=True))
    given.when(vote(), voter=voter(1)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused"
    )
    assert count(given) == Tally(approve=1, against=0, abstain=0)


def test_a_vote_that_neither_has_a_part_in_is_left_alone() -> None:
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), member(4, NETWORK))
    given = given.given(ready(MEMBER), opened(seats(1, 2, 3)))
    given.when(merge(ONE, partner(4), seat(1))).then(*together(ONE, partner(4), ended=seat(4)))


def test_a_merger_waits_for_a_vote_about_either() -> None:
    given = coalition(partners(2), organisation(), ready(MEMBER), opened(seats(1, 2)))
    given.when(merge(ONE, LANTERN)).then_refused(RefusalCode.WRONG_PHASE, "merger.open-vote")
    about = opened(seats(1), kind=VoteKind.TERMINATION, application=None, membership=seat(2))
    coalition(partners(2), about).when(merge()).then_refused(
        RefusalCode.WRONG_PHASE, "merger.open-vote"
    )


def test_the_ties_of_the_two_are_the_ties_of_the_one() -> None:
    # The second partner was tied to the applicant; the first one is, as soon as they are one.
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), ready(MEMBER))
    given = given.given(affiliated(LANTERN, TWO), together())
    given.when(ask()).then(*opened(seats(3), [seat(1)]))
    # And whoever was tied to a part stands aside when it is about the whole.
    given = Specification().given(founded(seats=9), *TEXTS, partners(3))
    given = given.given(affiliated(TWO, partner(3)), together())
    question = ask(VoteKind.TERMINATION, application=None, membership=seat(1))
    given.when(question).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.termination.electorate", field="byFallback"
    )


# Separating -------------------------------------------------------------


def test_the_membership_that_ended_by_the_merger_lives_again() -> None:
    given = coalition(partners(2), together())
    outcome = given.when(SEPARATE)
    decision = outcome._decision
    assert isinstance(decision, list)
    assert decision[:2] == apart(reinstated=seat(2))
    (back,) = decision[2:]
    assert back.stream == seat(2)
    after = given.given(decision)
    after.when(merge()).then(*together())


def test_the_membership_that_was_brought_goes_back_and_the_other_one_lives_again() -> None:
    given = coalition(member(1, MEMBER), member(2, PARTNER))
    given = given.given(together(kept=seat(2), ended=seat(1), passed=True))
    decision = given.when(SEPARATE)._decision
    assert isinstance(decision, list)
    assert decision[0] == Fact(seat(2), MembershipPassed(party=TWO))
    assert decision[1:3] == apart(returned=seat(2), reinstated=seat(1))
    assert decision[3].stream == seat(1)
    assert len(decision) == 4


def test_without_a_free_seat_the_two_are_apart_and_the_membership_stays_ended() -> None:
    given = Specification().given(founded(seats=2), *TEXTS, partners(2), together(), member(3))
    given.when(SEPARATE).then(*apart())
    # The EIN that it lent is its own again.
    apart_now = given.given(apart())
    apart_now.when(merge(membership=None)).then(*together(ended=None))


def test_an_ein_that_the_two_share_lets_one_of_them_be_a_provider() -> None:
    shared = organisation(TWO, ein="980000001")
    rest = [fact for fact in member(2, NETWORK) if fact.stream != TWO]
    given = coalition(member(1, MEMBER), shared, rest, together(tier=MEMBER))
    decision = given.when(SEPARATE)._decision
    assert isinstance(decision, list)
    # As a network member it needs no EIN of its own.
    assert decision[:2] == apart(reinstated=seat(2))


def test_only_what_is_part_of_another_is_separated_and_from_the_outermost_first() -> None:
    given = coalition(partners(2))
    given.when(SEPARATE).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")
    given.when(SeparateParties(party=LANTERN, reason=REASON)).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )
    outer = coalition(partners(3), together()).given(
        together(partner(3), ONE, kept=seat(3), ended=seat(1))
    )
    outer.when(SEPARATE).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")


def test_a_separation_waits_for_votes_and_does_not_come_before_the_merger() -> None:
    given = coalition(partners(2)).given(together(), on=AFTER)
    given.when(SEPARATE, today=AFTER).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    about = opened([], kind=VoteKind.TERMINATION, application=None, membership=seat(1))
    coalition(partners(2), together(), about).when(SEPARATE).then_refused(
        RefusalCode.WRONG_PHASE, "merger.open-vote"
    )


def test_a_membership_stays_where_its_tier_does_not_admit_the_one_that_leaves() -> None:
    # It was brought by a nonprofit, of which its tier admits none any more.
    given = coalition(member(1, MEMBER), member(2, ALLY))
    given = given.given(together(kept=seat(2), ended=seat(1), tier=ALLY, passed=True))
    given.when(SEPARATE).then(*apart())


@pytest.mark.parametrize("field", ["passed", "membership", "ended", "reason"])
def test_who_was_merged_is_separated_whatever_was_expunged_of_the_merger(field: str) -> None:
    *others, last = together(kept=seat(2), ended=seat(1), passed=True)
    last = Fact(last.stream, replace(last.event, **{field: UNSET}))
    given = coalition(member(1, MEMBER), member(2, PARTNER)).given([*others, last])
    decision = given.when(SEPARATE)._decision
    assert isinstance(decision, list)
    # Without knowing that it was brought, or which one that was, it stays where it is.
    returned = None if field in {"passed", "membership"} else seat(2)
    reinstated = None if field == "ended" or returned is None else seat(1)
    assert apart(returned=returned, reinstated=reinstated)[1] in decision
