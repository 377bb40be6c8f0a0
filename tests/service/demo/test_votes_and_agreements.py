"""The votes of the story, whom they bring in or move, and what everybody signs."""

from __future__ import annotations

from collections import Counter
from datetime import date

from domain.coalition.ballots import VoteCast
from domain.coalition.coalition import AgreementTemplatePublished, PolicyAdopted
from domain.coalition.vote import VoteClosed, VoteOpened
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.application import AppealDecided, ApplicationApproved
from domain.membership.membership import AgreementSigned, MemberAdmitted, TierChanged
from domain.membership.plans import ReviewReplaced
from domain.membership.waiting import ApplicationWaitlisted
from domain.policy import VoteKind
from domain.terms import AppealOutcome, Basis, TierChangeReason, VoteOutcome
from projections import memberships as views
from projections.as_of import AsOf
from service.demo.seed import DemoCoalition
from service.security.principal import Role
from tests.service.demo.story import POLICY, of


def test_votes_are_held_on_whoever_comes_or_goes_and_on_the_policy(entries: list[Recorded]) -> None:
    opened = Counter(each.kind for each in of(entries, VoteOpened))
    own = [each for each in of(entries, TierChanged) if each.from_tier == each.to_tier]
    # Each yes to what is new has a vote, and so have a return, a no that is appealed, and what is
    # open still.
    waits = {
        each.envelope.stream for each in entries if isinstance(each.event, ApplicationWaitlisted)
    }
    yes = {each.envelope.stream for each in entries if isinstance(each.event, ApplicationApproved)}
    assert opened[VoteKind.ADMISSION] + opened[VoteKind.TIER_CHANGE] == (
        len(yes | waits) - len(own) + 3
    )
    assert [opened[kind] for kind in (VoteKind.APPEAL, VoteKind.POLICY, VoteKind.TERMINATION)] == [
        1,
        1,
        1,
    ]
    closed = of(entries, VoteClosed)
    assert Counter(each.outcome for each in closed) == {
        VoteOutcome.PASSED: opened.total() - 3,
        VoteOutcome.FAILED: 2,
    }
    assert all(each.quorum_met for each in closed)
    assert sum(each.tally is not None for each in closed) >= len(closed) // 2
    assert [each.outcome for each in of(entries, AppealDecided)] == [AppealOutcome.UPHELD]


def test_a_vote_is_open_in_which_those_who_sign_in_as_partners_may_vote(
    demo: DemoCoalition, entries: list[Recorded]
) -> None:
    closed = {each.envelope.stream for each in entries if isinstance(each.event, VoteClosed)}
    (vote,) = [
        each.event
        for each in entries
        if isinstance(each.event, VoteOpened) and each.envelope.stream not in closed
    ]
    electorate, ballots = revealed(vote.electorate), revealed(vote.ballots)
    cast = [
        revealed(each.event.membership)
        for each in entries
        if isinstance(each.event, VoteCast) and each.envelope.stream == ballots
    ]
    assert len(cast) == 3
    assert set(cast) < set(electorate)
    # Whoever looks at it in the year that follows finds it open, whatever is swept.
    assert vote.closes_on >= date(2027, 6, 1)
    with demo.ledger.read() as snapshot:
        now = AsOf(snapshot.position, date(2026, 6, 30), current=True)
        rows = views.by_ids(snapshot.connection, now, electorate)
    assert {row.party for row in rows.values()} == {each.party for each in demo.partners}
    assert demo.principals[Role.REPRESENTATIVE] in demo.partners
    speaker = demo.principals[Role.REPRESENTATIVE].party
    assert speaker not in {rows[membership].party for membership in cast if membership}


def test_the_whole_membership_adopted_the_second_policy(entries: list[Recorded]) -> None:
    (vote,) = [
        each
        for each in entries
        if isinstance(each.event, VoteOpened) and each.event.kind is VoteKind.POLICY
    ]
    (closed,) = [
        each.event
        for each in entries
        if each.envelope.stream == vote.envelope.stream and isinstance(each.event, VoteClosed)
    ]
    adopted = of(entries, PolicyAdopted)[1]
    assert (adopted.basis, adopted.vote) == (Basis.VOTE, vote.envelope.stream)
    assert isinstance(vote.event, VoteOpened)
    assert adopted.sha256 == vote.event.proposal_sha256
    # Everybody who was active then voted, in every tier.
    assert closed.tally is not None
    electorate = revealed(vote.event.electorate)
    assert closed.tally.turnout == len(electorate) >= 20
    tiers = {
        each.event.tier
        for each in entries
        if isinstance(each.event, MemberAdmitted) and each.envelope.stream in electorate
    }
    assert tiers == {tier.id for tier in POLICY.tiers}


def test_tiers_change_in_many_directions(entries: list[Recorded]) -> None:
    changes = of(entries, TierChanged)
    directions = {(each.from_tier, each.to_tier) for each in changes}
    assert len(changes) >= 6
    assert len(directions) >= 6
    assert ("ally-network", "community-network") in directions
    assert ("community-network", "ally-network") in directions
    assert {each.reason for each in changes} == {*TierChangeReason}


def test_a_member_is_assessed_anew_for_the_tier_that_it_came_to(entries: list[Recorded]) -> None:
    (again,) = [
        each for each in of(entries, TierChanged) if each.reason is TierChangeReason.REASSESSMENT
    ]
    assert again.from_tier == again.to_tier
    # Its plan had ended, so that none was left to be replaced.
    assert not of(entries, ReviewReplaced)


def test_a_change_of_tier_within_one_agreement_asks_for_no_new_signature(
    entries: list[Recorded],
) -> None:
    moved = {
        each.envelope.stream
        for each in entries
        if isinstance(each.event, TierChanged)
        and {each.event.from_tier, each.event.to_tier} == {"ally-network", "community-network"}
    }
    assert len(moved) == 2
    for stream in moved:
        signed = [
            each.event.version
            for each in entries
            if each.envelope.stream == stream and isinstance(each.event, AgreementSigned)
        ]
        assert signed in ([1], [1, 2])


def test_every_agreement_has_a_second_text_that_many_have_signed_again(
    entries: list[Recorded],
) -> None:
    published = Counter(each.agreement for each in of(entries, AgreementTemplatePublished))
    assert published == {agreement.id: 2 for agreement in POLICY.agreements}
    signed = Counter(
        (each.envelope.stream, each.event.agreement)
        for each in entries
        if isinstance(each.event, AgreementSigned)
    )
    again = Counter(agreement for (_, agreement), times in signed.items() if times == 2)
    assert again.total() >= 10
    assert set(again) == set(published)
